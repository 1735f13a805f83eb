# The AWS half as the root joins it, two regions of it, with invented names where the root has Azure's answers. For
# run.mjs, which applies it against moto.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "package" {
  description = "The functions' zip file."
  type        = string
}

variable "deletion_protection" {
  description = "As in the root."
  type        = bool
  default     = true
}

provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = false
  skip_metadata_api_check     = true

  default_tags {
    tags = { service = "twinlog" }
  }
}

provider "aws" {
  alias                       = "eu_west_1"
  region                      = "eu-west-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { service = "twinlog" }
  }
}

locals {
  zone = "pay.example.com"
  names = {
    for cell in ["aws-us-east-1", "aws-eu-west-1"] : cell => {
      global = "api.${local.zone}"
      cloud  = "api.aws.${local.zone}"
      cell   = "${cell}.aws.${local.zone}"
    }
  }

  environment = {
    TWINLOG_INCARNATION      = "1"
    TWINLOG_POLICY           = "any-cell"
    TWINLOG_RECEIVE_ISSUER   = "https://login.microsoftonline.com/tenant/v2.0"
    TWINLOG_RECEIVE_AUDIENCE = "replication"
    TWINLOG_RECEIVE_SUBJECTS = "event-grid"
    TWINLOG_PEER_SUBJECTS    = "azure-eastus"
  }

  entra   = { tenant_id = "tenant", client_id = "client" }
  records = [for name in distinct(flatten([for names in values(local.names) : values(names)])) : name]
}

module "certificate_us_east_1" {
  source = "../../modules/dns/certificate"
  names  = local.names["aws-us-east-1"]
}

module "certificate_eu_west_1" {
  source    = "../../modules/dns/certificate"
  providers = { aws = aws.eu_west_1 }
  names     = local.names["aws-eu-west-1"]
}

module "dns" {
  source = "../../modules/dns/aws"

  zone              = local.zone
  delegations       = { "azure.${local.zone}" = ["ns1-01.azure-dns.com.", "ns2-01.azure-dns.net."] }
  global            = { name = "api.${local.zone}", target = "twinlog-abc123.trafficmanager.net", ttl = 10 }
  gateway_ownership = { name = "apimuid.api.${local.zone}", value = "proof" }

  certificate_validations = {
    for name in local.records : name => merge(module.certificate_us_east_1.validations, module.certificate_eu_west_1.validations)[name]
  }
}

module "aws_us_east_1" {
  source = "../../modules/aws-cell"

  prefix              = "twinlog"
  cell                = "aws-us-east-1"
  region              = "us-east-1"
  environment         = merge(local.environment, { TWINLOG_PEERS = "aws-eu-west-1,azure-eastus" })
  topic_endpoints     = ["https://twinlog-aws-us-east-1-0.eastus-1.eventgrid.azure.net/api/events"]
  entra               = local.entra
  package             = var.package
  domain              = merge(local.names["aws-us-east-1"], { zone_id = module.dns.zone_id })
  deletion_protection = var.deletion_protection

  certificate = {
    arn              = module.certificate_us_east_1.arn
    validation_fqdns = [for name in values(local.names["aws-us-east-1"]) : module.dns.validation_fqdns[name]]
  }
}

module "aws_eu_west_1" {
  source    = "../../modules/aws-cell"
  providers = { aws = aws.eu_west_1 }

  prefix              = "twinlog"
  cell                = "aws-eu-west-1"
  region              = "eu-west-1"
  environment         = merge(local.environment, { TWINLOG_PEERS = "aws-us-east-1,azure-eastus" })
  topic_endpoints     = ["https://twinlog-aws-eu-west-1-0.northeurope-1.eventgrid.azure.net/api/events"]
  entra               = local.entra
  package             = var.package
  domain              = merge(local.names["aws-eu-west-1"], { zone_id = module.dns.zone_id })
  deletion_protection = var.deletion_protection

  certificate = {
    arn              = module.certificate_eu_west_1.arn
    validation_fqdns = [for name in values(local.names["aws-eu-west-1"]) : module.dns.validation_fqdns[name]]
  }
}

module "alarms_us_east_1" {
  source    = "../../modules/observability/aws"
  providers = { aws = aws, aws.us_east_1 = aws }

  prefix      = "twinlog"
  cell        = "aws-us-east-1"
  region      = "us-east-1"
  peers       = ["aws-eu-west-1", "azure-eastus"]
  observed    = module.aws_us_east_1.observed
  alert_email = "on-call@example.com"
}

module "alarms_eu_west_1" {
  source    = "../../modules/observability/aws"
  providers = { aws = aws.eu_west_1, aws.us_east_1 = aws }

  prefix      = "twinlog"
  cell        = "aws-eu-west-1"
  region      = "eu-west-1"
  peers       = ["aws-us-east-1", "azure-eastus"]
  observed    = module.aws_eu_west_1.observed
  alert_email = "on-call@example.com"
}

module "federation" {
  source = "../../modules/federation/aws"

  prefix      = "twinlog"
  github      = { repository = "example/payments" }
  entra       = { issuer = "https://login.microsoftonline.com/tenant/v2.0", audience = "replication" }
  azure_cells = { azure-eastus = "principal" }
}
