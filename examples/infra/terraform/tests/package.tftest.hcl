# What is in a function app.

run "package" {
  command = plan

  module {
    source = "./modules/azure-cell/package"
  }

  variables {
    function_app_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app"
    configuration   = "settings"
    package         = "tests/fixture/azure-0000000000000000.zip"
  }

  assert {
    condition     = contains(terraform_data.package.triggers_replace, var.package)
    error_message = "another package is deployed"
  }
  assert {
    condition     = contains(terraform_data.package.triggers_replace, var.function_app_id)
    error_message = "another app gets the package"
  }
  assert {
    condition     = contains(terraform_data.package.triggers_replace, var.configuration)
    error_message = "an app that was updated is mended and gets the package again"
  }
}
