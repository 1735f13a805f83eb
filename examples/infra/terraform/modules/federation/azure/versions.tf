terraform {
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"

      # 4.75.0 takes a federated credential whose issuer or subject is changed for a new one, and refuses it, for it is there:
      # https://github.com/hashicorp/terraform-provider-azurerm/issues/32521
      version = ">= 4.55, != 4.75.0, < 5.0"
    }

    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}
