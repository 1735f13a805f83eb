output "apex_fqdn" {
  description = "What the global name is a CNAME to."
  value       = azurerm_traffic_manager_profile.apex.fqdn
}

output "failover_budget_seconds" {
  description = "The longest time from a cell's failure until no client has it cached: interval × (tolerated + 1) + time-out + TTL."
  value       = var.failover.interval * (var.failover.tolerated + 1) + var.failover.timeout + var.failover.ttl
}

output "profile_ids" {
  description = "The profiles, for alarms."
  value = merge(
    { apex = azurerm_traffic_manager_profile.apex.id },
    { for cloud, profile in azurerm_traffic_manager_profile.cloud : cloud => profile.id },
  )
}

output "resource_group" {
  description = "The resource group of the profiles."
  value       = azurerm_resource_group.routing.name
}
