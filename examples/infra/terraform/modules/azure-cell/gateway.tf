locals {
  # Wildcard operations, one for each method that a Functions trigger takes; any other gets the gateway's 404.
  methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
}

# Reads the certificate, and nothing else: not the identity of the cell.
resource "azurerm_user_assigned_identity" "gateway" {
  name                = "${local.name}-gateway"
  resource_group_name = azurerm_resource_group.cell.name
  location            = azurerm_resource_group.cell.location
}

resource "azurerm_api_management" "gateway" {
  name                = "${var.prefix}-${var.cell}-${var.unique}"
  resource_group_name = azurerm_resource_group.cell.name
  location            = azurerm_resource_group.cell.location
  publisher_name      = var.publisher.name
  publisher_email     = var.publisher.email
  sku_name            = var.gateway_sku

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.gateway.id]
  }
}

resource "azurerm_api_management_api" "api" {
  name                  = "twinlog"
  display_name          = "Twinlog"
  resource_group_name   = azurerm_resource_group.cell.name
  api_management_name   = azurerm_api_management.gateway.name
  revision              = "1"
  path                  = ""
  protocols             = ["https"]
  service_url           = "https://${azurerm_function_app_flex_consumption.cell.default_hostname}"
  subscription_required = false # who may call is decided in the function, alike on both clouds
}

resource "azurerm_api_management_api_operation" "any_path" {
  for_each = toset(local.methods)

  operation_id        = lower(each.key)
  display_name        = each.key
  resource_group_name = azurerm_resource_group.cell.name
  api_management_name = azurerm_api_management.gateway.name
  api_name            = azurerm_api_management_api.api.name
  method              = each.key
  url_template        = "/*"
}

resource "azurerm_key_vault" "gateway" {
  name                       = local.short
  resource_group_name        = azurerm_resource_group.cell.name
  location                   = azurerm_resource_group.cell.location
  tenant_id                  = var.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true # for good: Azure never takes it off again
  soft_delete_retention_days = 7
}

resource "azurerm_role_assignment" "gateway_certificate" {
  scope                = azurerm_key_vault.gateway.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.gateway.principal_id
  principal_type       = "ServicePrincipal"
}

# Nobody is let into a vault by owning the subscription.
resource "azurerm_role_assignment" "administrator_certificate" {
  for_each = var.administrator_object_ids

  scope                = azurerm_key_vault.gateway.id
  role_definition_name = "Key Vault Certificates Officer"
  principal_id         = each.value
}

# For the global name, like the AWS cells' certificates: clients come with that name whichever cell they are led to.
resource "azurerm_key_vault_certificate" "global" {
  name         = "global"
  key_vault_id = azurerm_key_vault.gateway.id

  certificate_policy {
    issuer_parameters {
      name = var.certificate_issuer
    }

    key_properties {
      exportable = true
      key_size   = 2048
      key_type   = "RSA"
      reuse_key  = false
    }

    lifetime_action {
      action {
        action_type = var.certificate_issuer == "Unknown" ? "EmailContacts" : "AutoRenew"
      }

      trigger {
        days_before_expiry = 30
      }
    }

    secret_properties {
      content_type = "application/x-pkcs12"
    }

    x509_certificate_properties {
      subject            = "CN=${var.global_name}"
      validity_in_months = 6
      key_usage          = ["digitalSignature", "keyEncipherment"]
      extended_key_usage = ["1.3.6.1.5.5.7.3.1"] # TLS server

      subject_alternative_names {
        dns_names = [var.global_name]
      }
    }
  }

  depends_on = [azurerm_role_assignment.administrator_certificate]
}

# The second phase. Without it the gateway does not know the global name, so its probe fails and Traffic Manager leads
# nobody here.
resource "azurerm_api_management_custom_domain" "global" {
  count = var.domain_phase == "serve" ? 1 : 0

  api_management_id = azurerm_api_management.gateway.id

  gateway {
    host_name                       = var.global_name
    key_vault_certificate_id        = azurerm_key_vault_certificate.global.versionless_secret_id
    ssl_keyvault_identity_client_id = azurerm_user_assigned_identity.gateway.client_id
  }

  depends_on = [azurerm_role_assignment.gateway_certificate]
}
