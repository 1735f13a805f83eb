# The host's own storage: the package and its locks. Reached as the cell's identity; it has no keys.
resource "azurerm_storage_account" "host" {
  name                            = local.short
  resource_group_name             = azurerm_resource_group.cell.name
  location                        = azurerm_resource_group.cell.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
}

resource "azurerm_storage_container" "package" {
  name                  = "package"
  storage_account_id    = azurerm_storage_account.host.id
  container_access_type = "private"
}

resource "azurerm_role_assignment" "host_storage" {
  scope                = azurerm_storage_account.host.id
  role_definition_name = "Storage Blob Data Owner" # what the host asks for, to lease and to write blobs
  principal_id         = var.identity.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_service_plan" "functions" {
  name                = local.name
  resource_group_name = azurerm_resource_group.cell.name
  location            = azurerm_resource_group.cell.location
  os_type             = "Linux"
  sku_name            = "FC1"
}

resource "azurerm_function_app_flex_consumption" "cell" {
  name                = "${var.prefix}-${var.cell}-${var.unique}"
  resource_group_name = azurerm_resource_group.cell.name
  location            = azurerm_resource_group.cell.location
  service_plan_id     = azurerm_service_plan.functions.id
  runtime_name        = "node"
  runtime_version     = "22"
  https_only          = true

  storage_container_type            = "blobContainer"
  storage_container_endpoint        = "${azurerm_storage_account.host.primary_blob_endpoint}${azurerm_storage_container.package.name}"
  storage_authentication_type       = "UserAssignedIdentity"
  storage_user_assigned_identity_id = var.identity.id

  instance_memory_in_mb  = var.function_app.memory
  maximum_instance_count = var.function_app.max_instances

  webdeploy_publish_basic_authentication_enabled = false

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity.id]
  }

  site_config {
    minimum_tls_version = "1.2"
    http2_enabled       = true
  }

  app_settings = merge(var.environment, {
    TWINLOG_CELL                     = var.cell
    TWINLOG_STORE                    = azurerm_cosmosdb_sql_database.log.name
    TWINLOG_DEAD_LETTERS             = azurerm_cosmosdb_sql_container.beside["twinlog-dead-letters"].name
    EVENT_GRID_ENDPOINT              = join(",", var.topic_endpoints)
    AZURE_CLIENT_ID                  = var.identity.client_id
    COSMOS__accountEndpoint          = azurerm_cosmosdb_account.log.endpoint
    COSMOS__credential               = "managedidentity"
    COSMOS__clientId                 = var.identity.client_id
    AzureWebJobsStorage__accountName = azurerm_storage_account.host.name
    AzureWebJobsStorage__credential  = "managedidentity"
    AzureWebJobsStorage__clientId    = var.identity.client_id
  })

  depends_on = [
    azurerm_role_assignment.host_storage,
    azurerm_cosmosdb_sql_role_assignment.cell,
    azurerm_cosmosdb_sql_container.events,
  ]
}

# What is in the app. Event Grid subscriptions come after it, for they name one of the functions.
module "package" {
  source = "./package"

  function_app_id = azurerm_function_app_flex_consumption.cell.id
  package         = var.package

  configuration = sha1(jsonencode([
    azurerm_function_app_flex_consumption.cell.app_settings,
    azurerm_function_app_flex_consumption.cell.runtime_version,
    var.function_app,
  ]))
}

# Logs by way of the platform, so that no telemetry key is needed.
resource "azurerm_monitor_diagnostic_setting" "functions" {
  name                       = "logs"
  target_resource_id         = azurerm_function_app_flex_consumption.cell.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.cell.id

  enabled_log {
    category = "FunctionAppLogs"
  }
}
