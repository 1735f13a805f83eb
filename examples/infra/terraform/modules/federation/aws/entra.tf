# Azure → AWS: a managed identity's token for the replication application, shown to AssumeRoleWithWebIdentity. No cell
# does: an AWS cell's API takes that token itself, and AWS is asked for nothing else. The trust is here for what a team
# adds, such as a compensation that calls AWS; its rights then go into the policy below.
resource "aws_iam_openid_connect_provider" "entra" {
  url            = var.entra.issuer
  client_id_list = [var.entra.audience]
}

locals {
  issuer_host = trimprefix(var.entra.issuer, "https://")
}

resource "aws_iam_role" "azure_cell" {
  for_each = var.azure_cells

  name                 = "${var.prefix}-from-${each.key}"
  description          = "The cell ${each.key}, calling the AWS cells' replication routes."
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.entra.arn }
      Condition = {
        StringEquals = {
          "${local.issuer_host}:aud" = var.entra.audience
          "${local.issuer_host}:sub" = each.value
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "azure_cell" {
  for_each = var.azure_cells

  name = "replicate"
  role = aws_iam_role.azure_cell[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "CallReplicationRoutes"
      Effect   = "Allow"
      Action   = ["execute-api:Invoke"]
      Resource = [for arn in values(var.api_execution_arns) : "${arn}/*/POST/replication/*"] # why *: any stage, and every replication route
    }]
  })
}
