output "alerts" {
  description = "What rings, by name."
  value = concat(
    [for alert in azurerm_monitor_scheduled_query_rules_alert_v2.cell : alert.name],
    [for alert in azurerm_monitor_metric_alert.topic : alert.name],
    [for alert in azurerm_monitor_metric_alert.probe : alert.name],
    [for alert in azurerm_monitor_metric_alert.throttled : alert.name],
    [for alert in azurerm_monitor_metric_alert.server_errors : alert.name],
  )
}
