output "tenant_id" {
  description = "The Entra tenant."
  value       = data.azuread_client_config.this.tenant_id
}

output "identities" {
  description = "For each cell, who it is in Entra."
  value = {
    for cell, identity in azurerm_user_assigned_identity.cell : cell => {
      id           = identity.id
      client_id    = identity.client_id
      principal_id = identity.principal_id
    }
  }
}

output "replication" {
  description = "How a token between cells looks: who issues it and whom it is for; and Event Grid's principal, which delivers with one."
  value = {
    issuer              = "https://login.microsoftonline.com/${data.azuread_client_config.this.tenant_id}/v2.0"
    audience            = azuread_application.replication.client_id
    event_grid_subject  = azuread_service_principal.event_grid.object_id
    webhook_assignments = { for name, assignment in azuread_app_role_assignment.webhook : name => assignment.id }
  }
}

output "operations" {
  description = "How an operator's token looks: who issues it, whom it is for, and the role in it."
  value = {
    issuer   = "https://login.microsoftonline.com/${data.azuread_client_config.this.tenant_id}/v2.0"
    audience = azuread_application.operations.client_id
    role     = local.operator_role
  }
}

output "github_client_ids" {
  description = "AZURE_PLAN_CLIENT_ID and AZURE_APPLY_CLIENT_ID of the pipelines."
  value       = { for name, identity in azurerm_user_assigned_identity.github : name => identity.client_id }
}
