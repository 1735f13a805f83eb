# A cell on Azure whose database was provisioned, as it is made so or as Azure made it so.

mock_provider "azurerm" {
  source = "./tests/mocks/azurerm"
}

override_module {
  target  = module.package
  outputs = { function_app_id = "/deployed/app" }
}

variables {
  prefix                   = "twinlog"
  cell                     = "azure-eastus"
  location                 = "eastus"
  tenant_id                = "00000000-0000-0000-0000-000000000009"
  administrator_object_ids = ["person"]
  unique                   = "abc123"
  identity                 = { id = "identity", client_id = "client", principal_id = "principal" }
  topic_endpoints          = ["https://topic-0.example.net/api/events"]
  package                  = "tests/fixture/azure-0000000000000000.zip"
  global_name              = "api.pay.example.com"
  publisher                = { name = "Payments", email = "payments@example.com" }
}

run "autoscale" {
  module {
    source = "./modules/azure-cell"
  }

  variables {
    cosmos = { capacity = "autoscale" }
  }

  assert {
    condition     = length(azurerm_cosmosdb_account.log.capabilities) == 0
    error_message = "an account that is to scale by itself is not serverless"
  }
}

run "serverless_afterwards_is_refused" {
  command = plan

  module {
    source = "./modules/azure-cell"
  }

  expect_failures = [azurerm_cosmosdb_account.log]
}
