data "azuread_client_config" "this" {}

resource "azurerm_resource_group" "identities" {
  name     = "${var.prefix}-identities"
  location = var.location
}

locals {
  aws_subjects = merge([
    for cell, roles in var.aws_roles : {
      for function, arn in roles : "${cell}-${function}" => { cell = cell, subject = arn }
    }
  ]...)

  github_subjects = {
    plan = {
      "pull-request" = "repo:${var.github.repository}:pull_request"
      "drift"        = "repo:${var.github.repository}:ref:refs/heads/${var.github.branch}"
    }
    apply = {
      "environment" = "repo:${var.github.repository}:environment:${var.github.environment}"
    }
  }
  github_credentials = merge([
    for identity, subjects in local.github_subjects : {
      for name, subject in subjects : "${identity}-${name}" => { identity = identity, subject = subject }
    }
  ]...)

  entra_exchange = "api://AzureADTokenExchange"
}

# --- Cells: one identity for each. An Azure cell's function app has it; an AWS cell's functions take it with their
# AWS tokens, and nothing else can.

resource "azurerm_user_assigned_identity" "cell" {
  for_each = var.cells

  name                = "${var.prefix}-${each.key}"
  resource_group_name = azurerm_resource_group.identities.name
  location            = each.value
}

# Several stand on one identity, whose credentials Azure lets be written one at a time only (409 ConcurrentFederatedIdentityCredentialsWrites…). They need not
# wait for each other here: the provider locks the identity around each write and delete, since 3.40
# (https://github.com/hashicorp/terraform-provider-azurerm/pull/20003), and the state's own lock keeps a second apply away.
resource "azurerm_federated_identity_credential" "aws_cell" {
  for_each = local.aws_subjects

  name                = each.key
  resource_group_name = azurerm_resource_group.identities.name
  parent_id           = azurerm_user_assigned_identity.cell[each.value.cell].id
  issuer              = var.aws_token_issuer
  subject             = each.value.subject
  audience            = [local.entra_exchange]
}

# --- Between cells: whoever calls a cell's replication routes shows a token for this application.

resource "azuread_application" "replication" {
  display_name     = "${var.prefix}-replication"
  sign_in_audience = "AzureADMyOrg"

  # Version 2: the audience is the application's id and the issuer ends in /v2.0, whoever asks.
  api {
    requested_access_token_version = 2
  }

  app_role {
    id                   = local.webhook_role_id
    value                = "AzureEventGridSecureWebhookSubscriber" # the name that Event Grid looks for
    display_name         = "AzureEventGridSecureWebhookSubscriber"
    description          = "May subscribe a webhook of this application, and deliver to it."
    allowed_member_types = ["Application", "User"]
    enabled              = true
  }
}

locals {
  webhook_role_id      = uuidv5("url", "urn:twinlog:role:AzureEventGridSecureWebhookSubscriber")
  event_grid_client_id = "4962773b-9cdb-44cf-a8bf-237846a00ab7" # Microsoft.EventGrid, in every tenant of the public cloud
}

resource "azuread_service_principal" "replication" {
  client_id = azuread_application.replication.client_id
}

# Event Grid's own principal, which the tenant may not have yet.
resource "azuread_service_principal" "event_grid" {
  client_id    = local.event_grid_client_id
  use_existing = true
}

resource "azuread_app_role_assignment" "webhook" {
  for_each = merge(
    {
      event_grid = azuread_service_principal.event_grid.object_id
      apply      = azurerm_user_assigned_identity.github["apply"].principal_id
    },
    { for id in var.administrator_object_ids : id => id },
  )

  app_role_id         = local.webhook_role_id
  principal_object_id = each.value
  resource_object_id  = azuread_service_principal.replication.object_id
}

# --- GitHub → Azure: who plans may read, who applies may write, and a pull request can only plan.

resource "azurerm_user_assigned_identity" "github" {
  for_each = local.github_subjects

  name                = "${var.prefix}-github-${each.key}"
  resource_group_name = azurerm_resource_group.identities.name
  location            = azurerm_resource_group.identities.location
}

resource "azurerm_federated_identity_credential" "github" {
  for_each = local.github_credentials

  name                = each.key
  resource_group_name = azurerm_resource_group.identities.name
  parent_id           = azurerm_user_assigned_identity.github[each.value.identity].id
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = each.value.subject
  audience            = [local.entra_exchange]
}

resource "azurerm_role_assignment" "github" {
  for_each = {
    plan-read   = { identity = "plan", role = "Reader", scope = local.subscription }
    plan-vault  = { identity = "plan", role = "Key Vault Reader", scope = local.subscription }
    plan-state  = { identity = "plan", role = "Storage Blob Data Reader", scope = var.state_container_id }
    apply-write = { identity = "apply", role = "Contributor", scope = local.subscription }
    apply-grant = { identity = "apply", role = "Role Based Access Control Administrator", scope = local.subscription } # this configuration assigns roles
    apply-lock  = { identity = "apply", role = "Locks Contributor", scope = local.subscription }                       # and locks the log
    apply-vault = { identity = "apply", role = "Key Vault Certificates Officer", scope = local.subscription }
    apply-state = { identity = "apply", role = "Storage Blob Data Contributor", scope = var.state_container_id }
  }

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.github[each.value.identity].principal_id
  principal_type       = "ServicePrincipal"
}

# The provider reads a resource with its settings and keys, and for those Reader is not enough. None of the keys opens anything: local
# authentication is off wherever there is one, and no setting is a secret. Whoever applies first makes this role; a pipeline may not change it.
resource "azurerm_role_definition" "plan" {
  name        = "${var.prefix}-plan"
  scope       = local.subscription
  description = "What Terraform's provider reads beyond Reader."

  permissions {
    actions = [
      "Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/action",
      "Microsoft.DocumentDB/databaseAccounts/listKeys/action",
      "Microsoft.DocumentDB/databaseAccounts/readonlykeys/action",
      "Microsoft.EventGrid/eventSubscriptions/getFullUrl/action",
      "Microsoft.EventGrid/topics/listKeys/action",
      "Microsoft.Web/sites/config/list/action",
    ]
  }
}

resource "azurerm_role_assignment" "plan_settings" {
  scope              = local.subscription
  role_definition_id = azurerm_role_definition.plan.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github["plan"].principal_id
  principal_type     = "ServicePrincipal"
}

# Both read the applications above in Entra, and neither writes there: who may operate or subscribe is changed by a person.
data "azuread_service_principal" "graph" {
  client_id = "00000003-0000-0000-c000-000000000000" # Microsoft Graph, in every tenant
}

resource "azuread_app_role_assignment" "read_applications" {
  for_each = azurerm_user_assigned_identity.github

  app_role_id         = local.application_read_all
  principal_object_id = each.value.principal_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}

locals {
  subscription         = "/subscriptions/${var.subscription_id}"
  application_read_all = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30" # https://learn.microsoft.com/graph/permissions-reference
}
