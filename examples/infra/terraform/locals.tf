locals {
  tags = { service = var.prefix, managed-by = "terraform" }

  # Six characters of the subscription: names that all of Azure shares have them.
  unique = substr(sha1(var.azure_subscription_id), 0, 6)

  cells       = { for cell in var.cells : cell.name => cell }
  aws_cells   = { for name, cell in local.cells : name => cell if cell.cloud == "aws" }
  azure_cells = { for name, cell in local.cells : name => cell if cell.cloud == "azure" }
  home        = values(local.azure_cells)[0].region # where what is of no region is noted

  azure_location = {
    for name, cell in local.cells : name => cell.cloud == "azure" ? cell.region : local.nearest_azure_region[cell.region]
  }

  aws_zone   = var.primary_dns == "route53" ? var.zone : "aws.${var.zone}"
  azure_zone = var.primary_dns == "azure" ? var.zone : "azure.${var.zone}"
  aws_names = {
    for name in keys(local.aws_cells) : name => {
      global = var.global_name
      cloud  = "api.aws.${var.zone}"
      cell   = "${name}.aws.${var.zone}"
    }
  }

  # By names that are known beforehand: a cell's functions know their peers, and so cannot wait for each other.
  peer_urls = merge(
    { for name, names in local.aws_names : name => "https://${names.cell}" },
    { for name in keys(local.azure_cells) : name => "https://${var.prefix}-${name}-${local.unique}.azure-api.net" },
  )

  # Likewise the roles of the AWS cells' functions, which Entra is to trust before they exist.
  aws_roles = {
    for name in keys(local.aws_cells) : name => {
      for function in ["api", "relay", "receive", "reconcile", "sweep"] :
      function => "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/${var.prefix}-${name}-${function}"
    }
  }

  environment = {
    for name, cell in local.cells : name => {
      TWINLOG_INCARNATION       = tostring(cell.incarnation)
      TWINLOG_PEERS             = join(",", [for peer in keys(local.cells) : peer if peer != name])
      TWINLOG_PEER_URLS         = join(",", [for peer, url in local.peer_urls : "${peer}=${url}" if peer != name])
      TWINLOG_POLICY            = var.policy
      TWINLOG_TOKEN_ISSUER      = var.callers.issuer
      TWINLOG_TOKEN_AUDIENCE    = var.callers.audience
      TWINLOG_TOKEN_KEYS        = var.callers.keys_url
      TWINLOG_RECEIVE_ISSUER    = module.federation_azure.replication.issuer
      TWINLOG_RECEIVE_AUDIENCE  = module.federation_azure.replication.audience
      TWINLOG_RECEIVE_SUBJECTS  = module.federation_azure.replication.event_grid_subject
      TWINLOG_PEER_SUBJECTS     = join(",", [for peer, identity in module.federation_azure.identities : identity.principal_id if peer != name])
      TWINLOG_OPERATOR_ISSUER   = module.federation_azure.operations.issuer
      TWINLOG_OPERATOR_AUDIENCE = module.federation_azure.operations.audience
      TWINLOG_OPERATOR_ROLE     = module.federation_azure.operations.role
    }
  }

  # The zip files. The Azure one has its content's hash in its name: what deploys it looks at the name only.
  aws_package    = "${var.functions_dir}/aws.zip"
  azure_packages = tolist(fileset(var.functions_dir, "azure-*.zip"))
  azure_package  = "${var.functions_dir}/${one(local.azure_packages)}"

  aws_cell = {
    for name, cell in local.aws_cells : name => {
      environment     = local.environment[name]
      topic_endpoints = module.mesh.topic_endpoints[name]
      domain          = merge(local.aws_names[name], { zone_id = module.dns_aws.zone_id })
      entra = {
        tenant_id = module.federation_azure.tenant_id
        client_id = module.federation_azure.identities[name].client_id
      }
      certificate = {
        arn = local.certificates[name].arn
        validation_fqdns = [
          for record in values(local.aws_names[name]) : merge(module.dns_aws.validation_fqdns, module.dns_azure.validation_fqdns)[record]
        ]
      }
      peers = [for peer in keys(local.cells) : peer if peer != name]
    }
  }

  # What the regions' files made, by cell.
  aws = merge(
    module.aws_us_east_1,
    module.aws_us_west_2,
    module.aws_eu_west_1,
  )

  certificates = merge(
    module.certificate_us_east_1,
    module.certificate_us_west_2,
    module.certificate_eu_west_1,
  )

  certificate_validations = merge([for certificate in values(local.certificates) : certificate.validations]...)
}

data "aws_caller_identity" "this" {}
