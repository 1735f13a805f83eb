# The modules joined: two cells in each cloud.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}
mock_provider "aws" {
  alias  = "us_west_2"
  source = "./tests/mocks/aws"
}
mock_provider "aws" {
  alias  = "eu_west_1"
  source = "./tests/mocks/aws"
}
mock_provider "azurerm" {
  source = "./tests/mocks/azurerm"
}
mock_provider "azuread" {}

override_module {
  target  = module.azure_cell["azure-eastus"].module.package
  outputs = { function_app_id = "/deployed/app" }
}
override_module {
  target  = module.azure_cell["azure-westeurope"].module.package
  outputs = { function_app_id = "/deployed/app" }
}

variables {
  azure_subscription_id    = "00000000-0000-0000-0000-000000000001"
  zone                     = "pay.example.com"
  global_name              = "api.pay.example.com"
  publisher                = { name = "Payments", email = "payments@example.com" }
  alert_email              = "on-call@example.com"
  callers                  = { issuer = "https://login.example.com/", audience = "https://api.pay.example.com", keys_url = "https://login.example.com/keys" }
  aws_token_issuer         = "https://00000000-0000-0000-0000-000000000002.tokens.sts.global.api.aws"
  github                   = { repository = "example/payments" }
  state_container_id       = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/state/providers/Microsoft.Storage/storageAccounts/state/blobServices/default/containers/state"
  administrator_object_ids = ["00000000-0000-0000-0000-000000000003"]
  operator_object_ids      = ["00000000-0000-0000-0000-000000000004"]
  functions_dir            = "tests/fixture"

  cells = [
    { name = "aws-us-east-1", cloud = "aws", region = "us-east-1" },
    { name = "aws-eu-west-1", cloud = "aws", region = "eu-west-1", incarnation = 2 },
    { name = "azure-eastus", cloud = "azure", region = "eastus" },
    { name = "azure-westeurope", cloud = "azure", region = "westeurope" },
  ]
}

run "matrix" {
  assert {
    condition     = output.failover_budget_seconds <= 35
    error_message = "the matrix switches within 35 s"
  }
  assert {
    condition     = length(output.subscriptions) == 4 * 3
    error_message = "four cells hear each other"
  }
  assert {
    condition     = output.cell_urls["aws-us-east-1"] == "https://aws-us-east-1.aws.pay.example.com" && endswith(output.cell_urls["azure-eastus"], ".azure-api.net")
    error_message = "each cell answers under a name of its own"
  }
  assert {
    condition     = local.environment["aws-eu-west-1"].TWINLOG_INCARNATION == "2" && local.environment["azure-eastus"].TWINLOG_INCARNATION == "1"
    error_message = "each cell knows its incarnation"
  }
  assert {
    condition     = local.environment["azure-eastus"].TWINLOG_PEERS == "aws-eu-west-1,aws-us-east-1,azure-westeurope"
    error_message = "each cell knows its peers, and is none of them"
  }
  assert {
    condition     = length(split(",", local.environment["azure-eastus"].TWINLOG_PEER_URLS)) == 3 && strcontains(local.environment["azure-eastus"].TWINLOG_PEER_URLS, "aws-us-east-1=https://aws-us-east-1.aws.pay.example.com")
    error_message = "each cell knows where its peers answer"
  }
  assert {
    condition     = alltrue([for of in values(local.environment) : of.TWINLOG_RECEIVE_SUBJECTS == module.federation_azure.replication.event_grid_subject])
    error_message = "Event Grid may deliver to a cell, and nobody else"
  }
  assert {
    condition     = toset(split(",", local.environment["azure-eastus"].TWINLOG_PEER_SUBJECTS)) == toset([for peer, identity in module.federation_azure.identities : identity.principal_id if peer != "azure-eastus"])
    error_message = "a cell's peers may ask it and forward to it, and nobody else"
  }
  assert {
    condition     = alltrue([for environment in values(local.environment) : environment.TWINLOG_OPERATOR_AUDIENCE == module.federation_azure.operations.audience && environment.TWINLOG_OPERATOR_AUDIENCE != environment.TWINLOG_RECEIVE_AUDIENCE])
    error_message = "operators come by another application than cells do"
  }
  assert {
    condition     = strcontains(output.operator_environment, "--scope ${module.federation_azure.operations.audience}/.default") && strcontains(output.operator_environment, "aws-us-east-1=https://aws-us-east-1.aws.pay.example.com")
    error_message = "an operator is told how to come in"
  }
  assert {
    condition     = local.aws_roles["aws-us-east-1"].relay == "arn:aws:iam::123456789012:role/twinlog-aws-us-east-1-relay" && toset(keys(local.aws_roles["aws-us-east-1"])) == toset(keys(module.aws_us_east_1["aws-us-east-1"].token_role_arns))
    error_message = "the roles that Entra trusts are those that the cells have"
  }
  assert {
    condition     = output.pipeline.AWS_PLAN_ROLE_ARN != null && output.pipeline.AZURE_PLAN_CLIENT_ID != output.pipeline.AZURE_APPLY_CLIENT_ID
    error_message = "who plans and who applies are two"
  }
}
