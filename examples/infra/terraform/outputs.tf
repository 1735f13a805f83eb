output "failover_budget_seconds" {
  description = "The longest time from a cell's failure until no client is led to it any more."
  value       = module.routing.failover_budget_seconds
}

output "url" {
  description = "Where clients come to."
  value       = "https://${var.global_name}"
}

output "cell_urls" {
  description = "Where each cell answers by itself."
  value       = local.peer_urls
}

output "name_servers" {
  description = "Set these at the registrar, or in the parent zone, for the zone."
  value       = var.primary_dns == "route53" ? module.dns_aws.name_servers : sort(tolist(module.dns_azure.name_servers))
}

output "subscriptions" {
  description = "Who hears whom: every subscription's origin, destination and topic."
  value       = module.mesh.subscriptions
}

output "operator_environment" {
  description = "What an operator's shell has to run before `npx twinlog`. The token holds for about an hour; nothing in here is secret."
  value       = <<-EOT
    export TWINLOG_CELLS=${join(",", [for name, url in local.peer_urls : "${name}=${url}"])}
    export TWINLOG_TOKEN=$(az account get-access-token --tenant ${module.federation_azure.tenant_id} --scope ${module.federation_azure.operations.audience}/.default --query accessToken --output tsv)
  EOT
}

output "azure_cell_role_arns" {
  description = "For each Azure cell, the role that its identity can take in AWS by web identity. For code of yours that calls AWS: no cell takes it, and it may do nothing until a policy is attached."
  value       = module.federation_aws.azure_cell_role_arns
}

output "pipeline" {
  description = "What the pipelines' repository variables are to be set to. None of it is secret."
  value = {
    AWS_PLAN_ROLE_ARN     = module.federation_aws.github_role_arns["plan"]
    AWS_APPLY_ROLE_ARN    = module.federation_aws.github_role_arns["apply"]
    AZURE_PLAN_CLIENT_ID  = module.federation_azure.github_client_ids["plan"]
    AZURE_APPLY_CLIENT_ID = module.federation_azure.github_client_ids["apply"]
    AZURE_TENANT_ID       = module.federation_azure.tenant_id
    AZURE_SUBSCRIPTION_ID = var.azure_subscription_id
  }
}
