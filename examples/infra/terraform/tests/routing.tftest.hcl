# Traffic Manager: who is led where, and how soon somewhere else.

mock_provider "azurerm" {}

variables {
  prefix      = "twinlog"
  unique      = "abc123"
  location    = "eastus"
  global_name = "api.pay.example.com"

  endpoints = {
    aws-us-east-1 = { cloud = "aws", target = "d-1.execute-api.us-east-1.amazonaws.com", location = "eastus" }
    aws-eu-west-1 = { cloud = "aws", target = "d-2.execute-api.eu-west-1.amazonaws.com", location = "northeurope" }
    azure-eastus  = { cloud = "azure", target = "twinlog.azure-api.net", location = "eastus" }
  }
}

run "routing" {
  module {
    source = "./modules/routing"
  }

  assert {
    condition     = azurerm_traffic_manager_profile.apex.traffic_routing_method == "Performance" && alltrue([for profile in values(azurerm_traffic_manager_profile.cloud) : profile.traffic_routing_method == "Performance"])
    error_message = "clients are led to the nearest cloud, and in it to the nearest cell"
  }
  assert {
    condition     = toset(keys(azurerm_traffic_manager_profile.cloud)) == toset(["aws", "azure"])
    error_message = "each cloud has a profile of its own"
  }
  assert {
    condition     = alltrue([for nested in values(azurerm_traffic_manager_nested_endpoint.cloud) : nested.minimum_child_endpoints == 1])
    error_message = "a cloud is out when none of its cells is healthy"
  }
  assert {
    condition     = azurerm_traffic_manager_nested_endpoint.cloud["aws"].endpoint_location != null && azurerm_traffic_manager_nested_endpoint.cloud["azure"].endpoint_location == "eastus"
    error_message = "nested endpoints have a location"
  }
  assert {
    condition     = azurerm_traffic_manager_external_endpoint.cell["aws-us-east-1"].endpoint_location == "eastus" && azurerm_traffic_manager_external_endpoint.cell["aws-eu-west-1"].endpoint_location == "northeurope"
    error_message = "external endpoints have a location"
  }
  assert {
    condition     = azurerm_traffic_manager_external_endpoint.cell["azure-eastus"].target == "twinlog.azure-api.net" && azurerm_traffic_manager_external_endpoint.cell["azure-eastus"].profile_id == azurerm_traffic_manager_profile.cloud["azure"].id
    error_message = "each cell is an endpoint of its cloud's profile"
  }
  assert {
    condition     = alltrue([for endpoint in values(azurerm_traffic_manager_external_endpoint.cell) : one(endpoint.custom_header).name == "Host" && one(endpoint.custom_header).value == "api.pay.example.com"])
    error_message = "probes come with the name that clients come with"
  }
  assert {
    condition     = alltrue([for profile in concat([azurerm_traffic_manager_profile.apex], values(azurerm_traffic_manager_profile.cloud)) : one(profile.monitor_config).protocol == "HTTPS" && one(profile.monitor_config).port == 443 && one(profile.monitor_config).path == "/health"])
    error_message = "probes ask for /health over https"
  }
  assert {
    condition     = alltrue([for profile in values(azurerm_traffic_manager_profile.cloud) : one(profile.monitor_config).expected_status_code_ranges == tolist(["200-200"])])
    error_message = "only 200 is healthy"
  }
  assert {
    condition     = alltrue([for profile in concat([azurerm_traffic_manager_profile.apex], values(azurerm_traffic_manager_profile.cloud)) : one(profile.dns_config).ttl == 10])
    error_message = "answers live for 10 s"
  }
  assert {
    condition     = alltrue([for profile in values(azurerm_traffic_manager_profile.cloud) : one(profile.monitor_config).interval_in_seconds == 10 && one(profile.monitor_config).timeout_in_seconds == 5 && one(profile.monitor_config).tolerated_number_of_failures == 1])
    error_message = "a cell is out after two probes in a row"
  }
  assert {
    condition     = output.failover_budget_seconds == 35
    error_message = "the default switches within 35 s"
  }
  assert {
    condition     = alltrue([for endpoint in values(azurerm_traffic_manager_external_endpoint.cell) : endpoint.enabled])
    error_message = "every cell is led to unless it is drained"
  }
}

run "drained" {
  module {
    source = "./modules/routing"
  }

  variables {
    drained  = ["aws-us-east-1"]
    failover = { tolerated = 3, ttl = 30 }
  }

  assert {
    condition     = !azurerm_traffic_manager_external_endpoint.cell["aws-us-east-1"].enabled && azurerm_traffic_manager_external_endpoint.cell["aws-eu-west-1"].enabled
    error_message = "nobody is led to a drained cell"
  }
  assert {
    condition     = output.failover_budget_seconds == 75
    error_message = "the budget counts every probe, the time-out and the TTL"
  }
}

run "draining_every_cell_is_refused" {
  command = plan
  module {
    source = "./modules/routing"
  }
  variables {
    drained = ["aws-us-east-1", "aws-eu-west-1", "azure-eastus"]
  }
  expect_failures = [var.drained]
}

run "draining_an_unknown_cell_is_refused" {
  command = plan
  module {
    source = "./modules/routing"
  }
  variables {
    drained = ["aws-mars-1"]
  }
  expect_failures = [var.drained]
}
