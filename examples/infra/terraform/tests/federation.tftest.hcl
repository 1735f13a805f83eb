# Who is trusted with what, and by which token.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}
mock_provider "azurerm" {}
mock_provider "azuread" {}

variables {
  prefix = "twinlog"
  github = { repository = "example/payments" }
}

run "aws" {
  module {
    source = "./modules/federation/aws"
  }

  variables {
    entra       = { issuer = "https://login.microsoftonline.com/tenant/v2.0", audience = "replication" }
    azure_cells = { azure-eastus = "principal-of-azure-eastus" }
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github.url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.github.client_id_list == toset(["sts.amazonaws.com"])
    error_message = "AWS trusts GitHub's tokens for STS"
  }
  assert {
    condition     = jsondecode(aws_iam_role.github["plan"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/payments:pull_request", "repo:example/payments:ref:refs/heads/main"]
    error_message = "a pull request and the main branch may plan on AWS"
  }
  assert {
    condition     = jsondecode(aws_iam_role.github["apply"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/payments:environment:production"]
    error_message = "only the approved environment may apply on AWS"
  }
  assert {
    condition     = alltrue([for role in values(aws_iam_role.github) : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"])
    error_message = "GitHub's tokens are for AWS"
  }
  assert {
    condition     = aws_iam_role_policy_attachment.plan.policy_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    error_message = "who plans on AWS may only read"
  }
  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.plan.policy).Statement[0].Action, "dynamodb:Query") && jsondecode(aws_iam_role_policy.plan.policy).Statement[0].Effect == "Deny"
    error_message = "who plans on AWS may not read events"
  }
  assert {
    condition     = length(setsubtract(["lambda:TagResource", "lambda:UntagResource", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"], jsondecode(aws_iam_role_policy.apply.policy).Statement[1].Action)) == 0
    error_message = "who applies on AWS may tag mappings and have access logs delivered"
  }
  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.apply.policy).Statement : statement if statement.Sid == "NeverItself"]).Effect == "Deny"
    error_message = "the pipeline may not widen its own rights"
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.apply.policy).Statement : statement if contains(flatten([statement.Action]), "*")]) == 0
    error_message = "the pipeline may not do everything"
  }
  assert {
    condition     = aws_iam_openid_connect_provider.entra.url == "https://login.microsoftonline.com/tenant/v2.0" && aws_iam_openid_connect_provider.entra.client_id_list == toset(["replication"])
    error_message = "AWS trusts Entra's tokens for the replication application"
  }
  assert {
    condition     = jsondecode(aws_iam_role.azure_cell["azure-eastus"].assume_role_policy).Statement[0].Condition.StringEquals["login.microsoftonline.com/tenant/v2.0:sub"] == "principal-of-azure-eastus"
    error_message = "an Azure cell's role is for its identity alone"
  }
  assert {
    condition     = jsondecode(aws_iam_role.azure_cell["azure-eastus"].assume_role_policy).Statement[0].Condition.StringEquals["login.microsoftonline.com/tenant/v2.0:aud"] == "replication"
    error_message = "an Azure cell shows a token for the replication application"
  }
}

run "azure" {
  module {
    source = "./modules/federation/azure"
  }

  variables {
    location                 = "eastus"
    subscription_id          = "00000000-0000-0000-0000-000000000001"
    state_container_id       = "/the/state"
    administrator_object_ids = ["person"]
    operator_object_ids      = ["operator"]
    aws_token_issuer         = "https://00000000-0000-0000-0000-000000000002.tokens.sts.global.api.aws"
    cells                    = { aws-us-east-1 = "eastus", azure-eastus = "eastus" }
    aws_roles                = { aws-us-east-1 = { relay = "arn:aws:iam::123456789012:role/twinlog-aws-us-east-1-relay" } }
  }

  assert {
    condition     = azurerm_federated_identity_credential.aws_cell["aws-us-east-1-relay"].subject == "arn:aws:iam::123456789012:role/twinlog-aws-us-east-1-relay" && azurerm_federated_identity_credential.aws_cell["aws-us-east-1-relay"].issuer == "https://00000000-0000-0000-0000-000000000002.tokens.sts.global.api.aws"
    error_message = "a function's AWS role is who may be the cell in Entra"
  }
  assert {
    condition     = alltrue([for credential in concat(values(azurerm_federated_identity_credential.aws_cell), values(azurerm_federated_identity_credential.github)) : credential.audience == tolist(["api://AzureADTokenExchange"])])
    error_message = "federated tokens are for the exchange"
  }
  assert {
    condition     = azurerm_federated_identity_credential.github["apply-environment"].subject == "repo:example/payments:environment:production"
    error_message = "only the approved environment may apply on Azure"
  }
  assert {
    condition     = azurerm_federated_identity_credential.github["plan-pull-request"].subject == "repo:example/payments:pull_request" && azurerm_federated_identity_credential.github["plan-drift"].subject == "repo:example/payments:ref:refs/heads/main"
    error_message = "a pull request and the main branch may plan on Azure"
  }
  assert {
    condition     = toset([for assignment in values(azurerm_role_assignment.github) : assignment.role_definition_name if assignment.principal_id == azurerm_user_assigned_identity.github["plan"].principal_id]) == toset(["Reader", "Key Vault Reader", "Storage Blob Data Reader"])
    error_message = "who plans on Azure may only read"
  }
  assert {
    condition     = alltrue([for action in one(azurerm_role_definition.plan.permissions).actions : can(regex("/(list|listKeys|readonlykeys|listConnectionStrings|getFullUrl)/action$", action))]) && azurerm_role_assignment.plan_settings.principal_id == azurerm_user_assigned_identity.github["plan"].principal_id
    error_message = "what a plan reads beyond Reader is settings and keys that open nothing"
  }
  assert {
    condition     = toset(keys(azuread_app_role_assignment.read_applications)) == toset(["plan", "apply"]) && alltrue([for assignment in values(azuread_app_role_assignment.read_applications) : assignment.app_role_id == "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"])
    error_message = "pipelines read the applications in Entra, and write none"
  }
  assert {
    condition     = azurerm_role_assignment.github["apply-state"].scope == "/the/state" && azurerm_role_assignment.github["plan-state"].scope == "/the/state"
    error_message = "the pipelines reach the state and no other data"
  }
  assert {
    condition     = toset(keys(azurerm_user_assigned_identity.cell)) == toset(["aws-us-east-1", "azure-eastus"])
    error_message = "every cell has an identity of its own"
  }
  assert {
    condition     = one(azuread_application.replication.api).requested_access_token_version == 2
    error_message = "tokens between cells are of version 2, as their issuer is written"
  }
  assert {
    condition     = one(azuread_application.replication.app_role).value == "AzureEventGridSecureWebhookSubscriber"
    error_message = "Event Grid finds the role that it looks for"
  }
  assert {
    condition     = toset(keys(azuread_app_role_assignment.webhook)) == toset(["event_grid", "apply", "person"])
    error_message = "Event Grid, the pipeline and people may subscribe webhooks"
  }
  assert {
    condition     = length(azuread_application.replication.password) == 0
    error_message = "the application has no password"
  }
  assert {
    condition     = toset(keys(azuread_app_role_assignment.operator)) == toset(["operator"]) && azuread_app_role_assignment.operator["operator"].app_role_id == one(azuread_application.operations.app_role).id
    error_message = "who is named operates the cells, and no cell, no pipeline and no administrator does"
  }
  assert {
    condition     = azuread_service_principal.operations.app_role_assignment_required
    error_message = "who is no operator gets no token for operating"
  }
  assert {
    condition     = output.operations.audience == azuread_application.operations.client_id && output.operations.role == one(azuread_application.operations.app_role).value && one(azuread_application.operations.api).requested_access_token_version == 2
    error_message = "cells expect of operators what Entra issues"
  }
  assert {
    condition     = azuread_application_pre_authorized.azure_cli.permission_ids == toset([one(one(azuread_application.operations.api).oauth2_permission_scope).id]) && azuread_application_pre_authorized.azure_cli.authorized_client_id == "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    error_message = "the Azure CLI may ask for an operator's token"
  }
  assert {
    condition     = length(azuread_application.operations.password) == 0
    error_message = "the operators' application has no password"
  }
  assert {
    condition     = endswith(output.replication.issuer, "/v2.0") && output.replication.audience == azuread_application.replication.client_id
    error_message = "cells expect what Entra issues"
  }
}

run "another_issuer_is_refused" {
  command = plan

  module {
    source = "./modules/federation/azure"
  }

  variables {
    location                 = "eastus"
    subscription_id          = "00000000-0000-0000-0000-000000000001"
    state_container_id       = "/the/state"
    administrator_object_ids = []
    operator_object_ids      = []
    aws_token_issuer         = "https://sts.amazonaws.com"
    cells                    = {}
    aws_roles                = {}
  }

  expect_failures = [var.aws_token_issuer]
}
