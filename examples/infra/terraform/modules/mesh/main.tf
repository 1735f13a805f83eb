locals {
  topics = merge([
    for origin, cell in var.origins : {
      for shard in range(var.topics_per_cell) : "${origin}-${shard}" => merge(cell, { origin = origin, shard = shard })
    }
  ]...)

  # Every topic to every cell but its own.
  subscriptions = merge([
    for topic, of in local.topics : {
      for destination in keys(var.origins) : "${topic}-to-${destination}" => {
        topic       = topic
        origin      = of.origin
        destination = destination
      } if destination != of.origin
    }
  ]...)

  locations = toset([for cell in values(var.origins) : cell.location])
}

resource "azurerm_resource_group" "mesh" {
  name     = "${var.prefix}-mesh"
  location = sort(tolist(local.locations))[0]
}

resource "azurerm_eventgrid_topic" "cell" {
  for_each = local.topics

  name                = "${var.prefix}-${each.key}-${var.unique}" # a topic's name is a host name in its region
  resource_group_name = azurerm_resource_group.mesh.name
  location            = each.value.location
  input_schema        = "CloudEventSchemaV1_0"
  local_auth_enabled  = false

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "publish" {
  for_each = local.topics

  scope                = azurerm_eventgrid_topic.cell[each.key].id
  role_definition_name = "EventGrid Data Sender"
  principal_id         = each.value.principal_id
  principal_type       = "ServicePrincipal"
}

# What Event Grid gave up on, in the region of the topic. The log still has it, and reconcile brings it over; this is
# what tells that it was needed.
resource "azurerm_storage_account" "dead_letters" {
  for_each = local.locations

  name                            = "${substr(replace(var.prefix, "-", ""), 0, 8)}dl${substr(sha1(each.key), 0, 6)}${var.unique}"
  resource_group_name             = azurerm_resource_group.mesh.name
  location                        = each.key
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
}

resource "azurerm_storage_container" "dead_letters" {
  for_each = local.locations

  name                  = "dead-letters"
  storage_account_id    = azurerm_storage_account.dead_letters[each.key].id
  container_access_type = "private"
}

resource "azurerm_role_assignment" "dead_letter" {
  for_each = local.topics

  scope                = azurerm_storage_account.dead_letters[each.value.location].id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_eventgrid_topic.cell[each.key].identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_eventgrid_event_subscription" "replication" {
  for_each = local.subscriptions

  name                  = each.key
  scope                 = azurerm_eventgrid_topic.cell[each.value.topic].id
  event_delivery_schema = "CloudEventSchemaV1_0"

  # Only what this origin decided: whoever else came to publish here would not be passed on, least of all to itself.
  advanced_filter {
    string_begins_with {
      key    = "source"
      values = ["urn:twinlog:origin:${each.value.origin}."]
    }
  }

  dynamic "azure_function_endpoint" {
    for_each = { for cell, id in var.azure_destinations : cell => id if cell == each.value.destination }

    content {
      function_id                       = azure_function_endpoint.value
      max_events_per_batch              = var.delivery.max_events
      preferred_batch_size_in_kilobytes = var.delivery.kilobytes
    }
  }

  dynamic "webhook_endpoint" {
    for_each = { for cell, url in var.aws_destinations : cell => url if cell == each.value.destination }

    content {
      url                               = "${webhook_endpoint.value}/replication/events"
      active_directory_tenant_id        = var.webhook.tenant_id
      active_directory_app_id_or_uri    = var.webhook.client_id
      max_events_per_batch              = var.delivery.max_events
      preferred_batch_size_in_kilobytes = var.delivery.kilobytes
    }
  }

  retry_policy {
    max_delivery_attempts = var.delivery.max_attempts
    event_time_to_live    = var.delivery.max_minutes
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = azurerm_storage_account.dead_letters[local.topics[each.value.topic].location].id
    storage_blob_container_name = azurerm_storage_container.dead_letters[local.topics[each.value.topic].location].name
  }

  dead_letter_identity {
    type = "SystemAssigned"
  }

  depends_on = [azurerm_role_assignment.dead_letter]
}
