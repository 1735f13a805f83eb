# --- Operators: whoever runs `npx twinlog` shows a token for an application of their own, so that no cell is an operator
# and no operator is a cell. Cells look for the role; without an assignment Entra gives no token at all.

resource "azuread_application" "operations" {
  display_name     = "${var.prefix}-operations"
  sign_in_audience = "AzureADMyOrg"

  api {
    requested_access_token_version = 2

    oauth2_permission_scope {
      id                         = local.operate_scope_id
      value                      = "operate"
      type                       = "User"
      admin_consent_display_name = "Operate the cells"
      admin_consent_description  = "Lets a tool operate the cells as whoever has signed in to it."
      enabled                    = true
    }
  }

  app_role {
    id                   = local.operator_role_id
    value                = local.operator_role
    display_name         = local.operator_role
    description          = "May drain cells, take over, reconcile, read the log, and drive dead letters again."
    allowed_member_types = ["Application", "User"]
    enabled              = true
  }
}

locals {
  operator_role       = "Operator"
  operator_role_id    = uuidv5("url", "urn:twinlog:role:Operator")
  operate_scope_id    = uuidv5("url", "urn:twinlog:scope:operate")
  azure_cli_client_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" # Azure CLI, in every tenant of the public cloud
}

resource "azuread_service_principal" "operations" {
  client_id                    = azuread_application.operations.client_id
  app_role_assignment_required = true
}

# `az account get-access-token` asks nobody for consent.
resource "azuread_application_pre_authorized" "azure_cli" {
  application_id       = azuread_application.operations.id
  authorized_client_id = local.azure_cli_client_id
  permission_ids       = [local.operate_scope_id]
}

resource "azuread_app_role_assignment" "operator" {
  for_each = var.operator_object_ids

  app_role_id         = local.operator_role_id
  principal_object_id = each.value
  resource_object_id  = azuread_service_principal.operations.object_id
}
