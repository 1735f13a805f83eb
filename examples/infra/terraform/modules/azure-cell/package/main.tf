# Flex Consumption takes a package by OneDeploy alone. The provider's `zip_deploy_file` goes to /api/zipdeploy, which that plan
# does not have, and by a publishing password, which the app refuses: https://github.com/hashicorp/terraform-provider-azurerm/issues/29630.
# So the Azure CLI sends it, as whoever applies. A module of its own, so that a test of the rest may leave it out.
resource "terraform_data" "package" {
  triggers_replace = [var.function_app_id, var.package]

  provisioner "local-exec" {
    interpreter = ["bash"]
    command     = "${path.module}/deploy.sh"

    environment = {
      FUNCTION_APP_ID = var.function_app_id
      PACKAGE         = var.package
    }
  }
}
