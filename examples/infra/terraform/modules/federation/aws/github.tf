data "aws_caller_identity" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id

  github_subjects = {
    plan = [
      "repo:${var.github.repository}:pull_request",
      "repo:${var.github.repository}:ref:refs/heads/${var.github.branch}",
    ]
    apply = ["repo:${var.github.repository}:environment:${var.github.environment}"]
  }
}

# No thumbprint: IAM trusts GitHub's certificate by its authority.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "github" {
  for_each = local.github_subjects

  name                 = "${var.prefix}-github-${each.key}"
  description          = each.key == "plan" ? "Reads, for plans of pull requests and for drift." : "Applies, behind the environment's approval."
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = each.value
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.github["plan"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

# Reading infrastructure is not reading what the log holds. The state's bucket carries another name, and is read.
resource "aws_iam_role_policy" "plan" {
  name = "no-data"
  role = aws_iam_role.github["plan"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "NoData"
      Effect = "Deny"
      Action = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:GetRecords", "s3:GetObject", "sqs:ReceiveMessage"]
      Resource = [
        "arn:aws:dynamodb:*:${local.account}:table/${var.prefix}*", # why *: a denial, of every table that the prefix names
        "arn:aws:sqs:*:${local.account}:${var.prefix}-*",           # why *: a denial, of every queue that the prefix names
        "arn:aws:s3:::${var.prefix}-*-failures-*/*",                # why *: a denial, of every bucket of failures
      ]
    }]
  })
}

resource "aws_iam_role_policy" "apply" {
  name = "apply"
  role = aws_iam_role.github["apply"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "CellsByName"
        Effect = "Allow"
        Action = ["dynamodb:*", "lambda:*", "sqs:*", "scheduler:*", "logs:*", "cloudwatch:*", "sns:*", "s3:*"] # why *: Terraform makes, changes, reads and deletes these, all of them named below
        Resource = [
          "arn:aws:dynamodb:*:${local.account}:table/${var.prefix}*",                  # why *: every region, and what the prefix names
          "arn:aws:lambda:*:${local.account}:function:${var.prefix}-*",                # why *: every region, and what the prefix names
          "arn:aws:sqs:*:${local.account}:${var.prefix}-*",                            # why *: every region, and what the prefix names
          "arn:aws:scheduler:*:${local.account}:schedule/default/${var.prefix}-*",     # why *: every region, and what the prefix names
          "arn:aws:logs:*:${local.account}:log-group:/aws/lambda/${var.prefix}-*",     # why *: every region, and what the prefix names
          "arn:aws:logs:*:${local.account}:log-group:/aws/apigateway/${var.prefix}-*", # why *: every region, and what the prefix names
          "arn:aws:cloudwatch:*:${local.account}:alarm:${var.prefix}-*",               # why *: every region, and what the prefix names
          "arn:aws:cloudwatch::${local.account}:dashboard/${var.prefix}-*",            # why *: what the prefix names
          "arn:aws:sns:*:${local.account}:${var.prefix}-*",                            # why *: every region, and what the prefix names
          "arn:aws:s3:::${var.prefix}-*",                                              # why *: what the prefix names
        ]
      },
      {
        Sid    = "WhatHasNoNameBeforehand"
        Effect = "Allow"
        Action = [
          "acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:DescribeCertificate", "acm:ListTagsForCertificate", "acm:RequestCertificate",
          "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT", "apigateway:TagResource",
          "lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:ListTags", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateEventSourceMapping",
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery",
          "route53:ChangeResourceRecordSets", "route53:ChangeTagsForResource", "route53:CreateHealthCheck", "route53:CreateHostedZone", "route53:DeleteHealthCheck",
          "route53:DeleteHostedZone", "route53:GetChange", "route53:GetHealthCheck", "route53:GetHostedZone", "route53:ListHostedZones",
          "route53:ListResourceRecordSets", "route53:ListTagsForResource", "route53:UpdateHealthCheck",
        ]
        Resource = "*" # why *: certificates, APIs, mappings, zones and health checks have ids that nobody can know beforehand
      },
      {
        Sid    = "RolesByName"
        Effect = "Allow"
        Action = [
          "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:GetRole", "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PassRole", "iam:PutRolePolicy", "iam:TagRole",
          "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
        ]
        Resource = ["arn:aws:iam::${local.account}:role/${var.prefix}-*"] # why *: what the prefix names
      },
      {
        Sid    = "TrustByName"
        Effect = "Allow"
        Action = ["iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider", "iam:GetOpenIDConnectProvider", "iam:TagOpenIDConnectProvider", "iam:AddClientIDToOpenIDConnectProvider", "iam:RemoveClientIDFromOpenIDConnectProvider"]
        Resource = [
          aws_iam_openid_connect_provider.github.arn,
          aws_iam_openid_connect_provider.entra.arn,
        ]
      },
      {
        Sid      = "NeverItself"
        Effect   = "Deny"
        Action   = ["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"]
        Resource = ["arn:aws:iam::${local.account}:role/${var.prefix}-github-*"] # why *: both pipeline roles, which only a person changes
      },
    ]
  })
}
