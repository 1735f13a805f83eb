# Azure → AWS: a managed identity's token for the replication application, shown to AssumeRoleWithWebIdentity. No code
# here does: an AWS cell's API takes that token itself, and AWS is asked for nothing else. The trust is for code that a team
# adds, such as a compensation that calls AWS. Until that team attaches a policy to it, the role may do nothing.
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
  description          = "Code of yours in the cell ${each.key} that calls AWS. The cell itself does not; without a policy it may do nothing."
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
