locals {
  clouds = toset([for endpoint in values(var.endpoints) : endpoint.cloud])

  # A cloud's profile stands where its first cell does.
  cloud_location = {
    for cloud in local.clouds : cloud => [
      for name in sort(keys(var.endpoints)) : var.endpoints[name].location if var.endpoints[name].cloud == cloud
    ][0]
  }
}

resource "azurerm_resource_group" "routing" {
  name     = "${var.prefix}-routing"
  location = var.location
}

# The nearest cloud that has a healthy cell, and in it the nearest healthy cell.
resource "azurerm_traffic_manager_profile" "apex" {
  name                   = "${var.prefix}-apex"
  resource_group_name    = azurerm_resource_group.routing.name
  traffic_routing_method = "Performance"

  dns_config {
    relative_name = "${var.prefix}-${var.unique}"
    ttl           = var.failover.ttl
  }

  monitor_config {
    protocol                     = "HTTPS"
    port                         = 443
    path                         = "/health"
    interval_in_seconds          = var.failover.interval
    timeout_in_seconds           = var.failover.timeout
    tolerated_number_of_failures = var.failover.tolerated
    expected_status_code_ranges  = ["200-200"]
  }
}

resource "azurerm_traffic_manager_profile" "cloud" {
  for_each = local.clouds

  name                   = "${var.prefix}-${each.key}"
  resource_group_name    = azurerm_resource_group.routing.name
  traffic_routing_method = "Performance"

  dns_config {
    relative_name = "${var.prefix}-${each.key}-${var.unique}"
    ttl           = var.failover.ttl
  }

  monitor_config {
    protocol                     = "HTTPS"
    port                         = 443
    path                         = "/health"
    interval_in_seconds          = var.failover.interval
    timeout_in_seconds           = var.failover.timeout
    tolerated_number_of_failures = var.failover.tolerated
    expected_status_code_ranges  = ["200-200"]
  }
}

resource "azurerm_traffic_manager_nested_endpoint" "cloud" {
  for_each = local.clouds

  name                    = each.key
  profile_id              = azurerm_traffic_manager_profile.apex.id
  target_resource_id      = azurerm_traffic_manager_profile.cloud[each.key].id
  endpoint_location       = local.cloud_location[each.key]
  minimum_child_endpoints = 1
}

# External for both clouds: API Management can be no other kind, and an AWS host is none of Azure's.
resource "azurerm_traffic_manager_external_endpoint" "cell" {
  for_each = var.endpoints

  name              = each.key
  profile_id        = azurerm_traffic_manager_profile.cloud[each.value.cloud].id
  target            = each.value.target
  endpoint_location = each.value.location
  enabled           = !contains(var.drained, each.key)

  # The name that clients come with: a gateway that would not know it must not count as healthy.
  custom_header {
    name  = "Host"
    value = var.global_name
  }
}
