module "azure_cell" {
  source   = "./modules/azure-cell"
  for_each = local.azure_cells

  prefix                   = var.prefix
  cell                     = each.key
  location                 = each.value.region
  tenant_id                = module.federation_azure.tenant_id
  administrator_object_ids = var.administrator_object_ids
  unique                   = local.unique
  environment              = local.environment[each.key]
  topic_endpoints          = module.mesh.topic_endpoints[each.key]
  identity                 = module.federation_azure.identities[each.key]
  package                  = local.azure_package
  global_name              = var.global_name
  domain_phase             = var.azure_domain_phase
  certificate_issuer       = var.certificate_issuer
  publisher                = var.publisher
  gateway_sku              = var.gateway_sku
  cosmos                   = var.cosmos
  deletion_protection      = var.deletion_protection
}

module "mesh" {
  source = "./modules/mesh"

  prefix          = var.prefix
  unique          = local.unique
  topics_per_cell = var.topics_per_cell

  origins = {
    for name in keys(local.cells) : name => {
      location     = local.azure_location[name]
      principal_id = module.federation_azure.identities[name].principal_id
    }
  }

  azure_destinations = { for name, cell in module.azure_cell : name => cell.receive_function_id }
  aws_destinations   = { for name, cell in local.aws : name => cell.url }

  webhook = {
    tenant_id = module.federation_azure.tenant_id
    client_id = module.federation_azure.replication.audience
  }
}

module "routing" {
  source = "./modules/routing"

  prefix      = var.prefix
  unique      = local.unique
  location    = local.home
  global_name = var.global_name
  drained     = var.drained_cells
  failover    = var.failover

  endpoints = {
    for name, cell in local.cells : name => {
      cloud    = cell.cloud
      location = local.azure_location[name]
      target   = cell.cloud == "aws" ? local.aws[name].gateway_target : module.azure_cell[name].gateway_target
    }
  }
}

locals {
  global = {
    name   = var.global_name
    target = module.routing.apex_fqdn
    ttl    = var.failover.ttl
  }

  gateway_ownership = var.azure_domain_ownership_id == null ? null : {
    name  = "apimuid.${var.global_name}"
    value = var.azure_domain_ownership_id
  }
}

module "dns_aws" {
  source = "./modules/dns/aws"

  zone              = local.aws_zone
  delegations       = var.primary_dns == "route53" ? { "azure.${var.zone}" = module.dns_azure.name_servers } : {}
  global            = var.primary_dns == "route53" ? local.global : null
  gateway_ownership = var.primary_dns == "route53" ? local.gateway_ownership : null

  certificate_validations = {
    for name in distinct(flatten([for names in values(local.aws_names) : values(names)])) : name => local.certificate_validations[name]
    if var.primary_dns == "route53" || name != var.global_name
  }
}

module "dns_azure" {
  source = "./modules/dns/azure"

  prefix            = var.prefix
  location          = local.home
  zone              = local.azure_zone
  delegations       = var.primary_dns == "azure" ? { "aws.${var.zone}" = module.dns_aws.name_servers } : {}
  global            = var.primary_dns == "azure" ? local.global : null
  gateway_ownership = var.primary_dns == "azure" ? local.gateway_ownership : null

  certificate_validations = {
    for name in [var.global_name] : name => local.certificate_validations[name] if var.primary_dns == "azure"
  }

  cells = {
    for name, cell in module.azure_cell : name => { name = "${name}.azure.${var.zone}", target = cell.gateway_target }
  }
}

module "federation_azure" {
  source = "./modules/federation/azure"

  prefix                   = var.prefix
  location                 = local.home
  subscription_id          = var.azure_subscription_id
  state_container_id       = var.state_container_id
  administrator_object_ids = var.administrator_object_ids
  operator_object_ids      = var.operator_object_ids
  cells                    = local.azure_location
  aws_roles                = local.aws_roles
  aws_token_issuer         = var.aws_token_issuer
  github                   = var.github
}

module "federation_aws" {
  source = "./modules/federation/aws"

  prefix      = var.prefix
  github      = var.github
  azure_cells = { for name in keys(local.azure_cells) : name => module.federation_azure.identities[name].principal_id }

  entra = {
    issuer   = module.federation_azure.replication.issuer
    audience = module.federation_azure.replication.audience
  }
}

module "observability_azure" {
  source = "./modules/observability/azure"

  prefix      = var.prefix
  location    = local.home
  alert_email = var.alert_email
  cells       = { for name, cell in module.azure_cell : name => cell.observed }
  topic_ids   = module.mesh.topic_ids
  profile_ids = module.routing.profile_ids
}
