# Four cells, two topics each: who hears whom.

mock_provider "azurerm" {
  source = "./tests/mocks/azurerm"
}

variables {
  prefix          = "twinlog"
  unique          = "abc123"
  topics_per_cell = 2
  webhook         = { tenant_id = "tenant", client_id = "replication" }

  origins = {
    aws-us-east-1    = { location = "eastus", principal_id = "p1" }
    aws-eu-west-1    = { location = "northeurope", principal_id = "p2" }
    azure-eastus     = { location = "eastus", principal_id = "p3" }
    azure-westeurope = { location = "westeurope", principal_id = "p4" }
  }
  aws_destinations = {
    aws-us-east-1 = "https://aws-us-east-1.aws.pay.example.com"
    aws-eu-west-1 = "https://aws-eu-west-1.aws.pay.example.com"
  }
  azure_destinations = {
    azure-eastus     = "/apps/azure-eastus/functions/receive"
    azure-westeurope = "/apps/azure-westeurope/functions/receive"
  }
}

run "mesh" {
  module {
    source = "./modules/mesh"
  }

  assert {
    condition     = length(azurerm_eventgrid_topic.cell) == 8
    error_message = "each cell has its topics"
  }
  assert {
    condition     = length(azurerm_eventgrid_event_subscription.replication) == 8 * 3
    error_message = "every topic is heard by every other cell"
  }
  assert {
    condition     = alltrue([for wire in values(output.subscriptions) : wire.origin != wire.destination])
    error_message = "no cell hears itself"
  }
  assert {
    condition = alltrue([
      for pair in setproduct(keys(var.origins), keys(var.origins)) :
      length([for wire in values(output.subscriptions) : wire if wire.origin == pair[0] && wire.destination == pair[1]]) == (pair[0] == pair[1] ? 0 : 2)
    ])
    error_message = "every pair of cells is wired in both directions"
  }
  assert {
    condition = alltrue([
      for name, wire in output.subscriptions :
      one(one(azurerm_eventgrid_event_subscription.replication[name].advanced_filter).string_begins_with).values[0] == "urn:twinlog:origin:${wire.origin}."
    ])
    error_message = "a subscription passes on only what its origin decided"
  }
  assert {
    condition     = alltrue([for subscription in values(azurerm_eventgrid_event_subscription.replication) : one(one(subscription.advanced_filter).string_begins_with).key == "source"])
    error_message = "the filter looks at the event's source"
  }
  assert {
    condition     = alltrue([for topic in values(azurerm_eventgrid_topic.cell) : topic.input_schema == "CloudEventSchemaV1_0"])
    error_message = "topics take CloudEvents 1.0"
  }
  assert {
    condition     = alltrue([for topic in values(azurerm_eventgrid_topic.cell) : endswith(topic.name, "-${var.unique}") && length(topic.name) <= 50])
    error_message = "topics have names that nobody else in the region has"
  }
  assert {
    condition     = alltrue([for subscription in values(azurerm_eventgrid_event_subscription.replication) : subscription.event_delivery_schema == "CloudEventSchemaV1_0"])
    error_message = "subscriptions deliver CloudEvents 1.0"
  }
  assert {
    condition     = alltrue([for topic in values(azurerm_eventgrid_topic.cell) : !topic.local_auth_enabled])
    error_message = "topics take no key"
  }
  assert {
    condition     = alltrue([for subscription in values(azurerm_eventgrid_event_subscription.replication) : one(subscription.retry_policy).max_delivery_attempts == 30 && one(subscription.retry_policy).event_time_to_live == 1440])
    error_message = "deliveries are tried as long as Event Grid can"
  }
  assert {
    condition     = alltrue([for subscription in values(azurerm_eventgrid_event_subscription.replication) : length(subscription.storage_blob_dead_letter_destination) == 1 && one(subscription.dead_letter_identity).type == "SystemAssigned"])
    error_message = "what Event Grid gives up is kept, as the topic's identity"
  }
  assert {
    condition     = alltrue([for assignment in values(azurerm_role_assignment.dead_letter) : assignment.role_definition_name == "Storage Blob Data Contributor"])
    error_message = "topics may write dead letters"
  }
  assert {
    condition     = alltrue([for name, assignment in azurerm_role_assignment.publish : assignment.role_definition_name == "EventGrid Data Sender" && assignment.scope == azurerm_eventgrid_topic.cell[name].id && assignment.principal_id == var.origins[replace(name, "/-[0-9]+$/", "")].principal_id])
    error_message = "only a cell's own identity may send to its topics"
  }
  assert {
    condition     = alltrue([for account in values(azurerm_storage_account.dead_letters) : !account.shared_access_key_enabled && account.min_tls_version == "TLS1_2"])
    error_message = "the dead letters' storage takes no key"
  }
  assert {
    condition     = one(azurerm_eventgrid_event_subscription.replication["azure-eastus-0-to-aws-us-east-1"].webhook_endpoint).url == "https://aws-us-east-1.aws.pay.example.com/replication/events"
    error_message = "AWS cells are reached by their webhook"
  }
  assert {
    condition     = one(azurerm_eventgrid_event_subscription.replication["azure-eastus-0-to-aws-us-east-1"].webhook_endpoint).active_directory_app_id_or_uri == "replication" && one(azurerm_eventgrid_event_subscription.replication["azure-eastus-0-to-aws-us-east-1"].webhook_endpoint).active_directory_tenant_id == "tenant"
    error_message = "webhooks are called with a token of Entra"
  }
  assert {
    condition     = one(azurerm_eventgrid_event_subscription.replication["aws-us-east-1-1-to-azure-eastus"].azure_function_endpoint).function_id == "/apps/azure-eastus/functions/receive"
    error_message = "Azure cells are reached by their function"
  }
  assert {
    condition     = length(output.topic_endpoints["aws-us-east-1"]) == 2
    error_message = "a cell is told all of its topics"
  }
}

run "a_mesh_of_one_is_refused" {
  command = plan

  module {
    source = "./modules/mesh"
  }

  variables {
    origins            = { aws-us-east-1 = { location = "eastus", principal_id = "p1" } }
    azure_destinations = {}
  }

  expect_failures = [var.origins]
}

run "endless_delivery_is_refused" {
  command = plan

  module {
    source = "./modules/mesh"
  }

  variables {
    delivery = { max_attempts = 31 }
  }

  expect_failures = [var.delivery]
}
