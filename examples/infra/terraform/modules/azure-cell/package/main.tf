# Flex Consumption takes a package by OneDeploy alone. The provider's `zip_deploy_file` goes to /api/zipdeploy, which that plan
# does not have, and by a publishing password, which the app refuses: https://github.com/hashicorp/terraform-provider-azurerm/issues/29630.
# And with each update of an app whose storage is reached by identity it writes a connection string without a key into
# AzureWebJobsStorage, on which the host fails: https://github.com/hashicorp/terraform-provider-azurerm/issues/29149. Nor does it
# start an app that was stopped (https://github.com/hashicorp/terraform-provider-azurerm/issues/8073). So the Azure CLI takes that setting away, starts the app
# and sends the package, as whoever applies. A module of its own, so that a test of the rest may leave it out.
resource "terraform_data" "package" {
  triggers_replace = [var.function_app_id, var.configuration, var.package]

  provisioner "local-exec" {
    interpreter = ["bash"]
    command     = "${path.module}/deploy.sh"

    environment = {
      FUNCTION_APP_ID = var.function_app_id
      PACKAGE         = var.package
    }
  }
}
