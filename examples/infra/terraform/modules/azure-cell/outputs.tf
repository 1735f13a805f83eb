output "gateway_target" {
  description = "The gateway's host: what Traffic Manager leads to."
  value       = "${azurerm_api_management.gateway.name}.azure-api.net"
}

output "receive_function_id" {
  description = "The function that Event Grid hands the other cells' events to. Known once it is deployed."
  value       = "${module.package.function_app_id}/functions/receive"
}

output "observed" {
  description = "What the alarms and the dashboard look at."
  value = {
    resource_group = azurerm_resource_group.cell.name
    location       = azurerm_resource_group.cell.location
    workspace_id   = azurerm_log_analytics_workspace.cell.id
    cosmos_id      = azurerm_cosmosdb_account.log.id
    function_id    = azurerm_function_app_flex_consumption.cell.id
    gateway_id     = azurerm_api_management.gateway.id
  }
}
