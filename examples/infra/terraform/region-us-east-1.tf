module "certificate_us_east_1" {
  source   = "./modules/dns/certificate"
  for_each = { for name, cell in local.aws_cells : name => cell if cell.region == "us-east-1" }

  providers = {
    aws = aws
  }

  names = local.aws_names[each.key]
}

module "aws_us_east_1" {
  source   = "./modules/aws-cell"
  for_each = { for name, cell in local.aws_cells : name => cell if cell.region == "us-east-1" }

  providers = {
    aws = aws
  }

  prefix              = var.prefix
  cell                = each.key
  region              = each.value.region
  environment         = local.aws_cell[each.key].environment
  topic_endpoints     = local.aws_cell[each.key].topic_endpoints
  entra               = local.aws_cell[each.key].entra
  certificate         = local.aws_cell[each.key].certificate
  domain              = local.aws_cell[each.key].domain
  package             = local.aws_package
  relay               = { parallelization = var.relay_parallelization }
  deletion_protection = var.deletion_protection
}

module "alarms_us_east_1" {
  source   = "./modules/observability/aws"
  for_each = module.aws_us_east_1

  providers = {
    aws           = aws
    aws.us_east_1 = aws
  }

  prefix      = var.prefix
  cell        = each.key
  region      = "us-east-1"
  peers       = local.aws_cell[each.key].peers
  observed    = each.value.observed
  alert_email = var.alert_email
}
