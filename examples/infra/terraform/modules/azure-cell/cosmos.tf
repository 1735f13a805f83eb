# One region and Strong consistency: a cell's reads are read-after-write across its instances.
#
# Terraform deletes nothing of the log. Whatever would make a new account or container (another name, region, key, serverless for autoscale) is
# refused at plan, and so is taking the cell out of the configuration. The lock below would not do: it goes before what it locks does,
# in the same apply, for it names the account. What takes a log away is docs/runbooks/tear-down.md, by hand.
resource "azurerm_cosmosdb_account" "log" {
  name                          = "${var.prefix}-${var.cell}-${var.unique}"
  resource_group_name           = azurerm_resource_group.cell.name
  location                      = azurerm_resource_group.cell.location
  offer_type                    = "Standard"
  kind                          = "GlobalDocumentDB"
  local_authentication_disabled = true
  minimal_tls_version           = "Tls12"
  automatic_failover_enabled    = false

  consistency_policy {
    consistency_level = "Strong"
  }

  geo_location {
    location          = azurerm_resource_group.cell.location
    failover_priority = 0
  }

  dynamic "capabilities" {
    for_each = var.cosmos.capacity == "serverless" ? ["EnableServerless"] : []

    content {
      name = capabilities.value
    }
  }

  backup {
    type = "Continuous"
    tier = var.cosmos.backup_tier
  }

  lifecycle {
    prevent_destroy = true

    # Azure turns a serverless account into a provisioned one in place, which the provider knows nothing of: to it a changed capability is a new
    # account (https://github.com/hashicorp/terraform-provider-azurerm/blob/v4.55.0/internal/services/cosmos/cosmosdb_account_resource.go#L153).
    # docs/runbooks/change-capacity.md
    ignore_changes = [capabilities]

    postcondition {
      condition     = var.cosmos.capacity != "serverless" || contains(self.capabilities[*].name, "EnableServerless")
      error_message = "The account of ${var.cell} is not serverless, and Azure makes none serverless that was not made so: set cosmos.capacity to autoscale, or see docs/runbooks/change-capacity.md."
    }
  }
}

resource "azurerm_management_lock" "log" {
  count = var.deletion_protection ? 1 : 0

  name       = "the-log"
  scope      = azurerm_cosmosdb_account.log.id
  lock_level = "CanNotDelete"
  notes      = "The events of ${var.cell} live here. deletion_protection = false takes this lock away."

  # What is below a locked resource is locked with it (https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources), the roles
  # that the cell's identity has in the account too: another identity is another assignment, and taking the old one away would be refused. So
  # the lock goes before an assignment does, and comes back once its successor is there.
  lifecycle {
    replace_triggered_by = [azurerm_cosmosdb_sql_role_assignment.cell]
  }
}

resource "azurerm_cosmosdb_sql_database" "log" {
  name                = "twinlog"
  resource_group_name = azurerm_resource_group.cell.name
  account_name        = azurerm_cosmosdb_account.log.name

  lifecycle {
    prevent_destroy = true
  }
}

# Key and index are those of packages/store-cosmos/src/container.ts; a test compares them. Nothing expires: no default
# time to live is set, and nothing may set one.
resource "azurerm_cosmosdb_sql_container" "events" {
  name                  = "events"
  resource_group_name   = azurerm_resource_group.cell.name
  account_name          = azurerm_cosmosdb_account.log.name
  database_name         = azurerm_cosmosdb_sql_database.log.name
  partition_key_kind    = "Hash"
  partition_key_paths   = ["/stream"]
  partition_key_version = 2

  indexing_policy {
    indexing_mode = "consistent"

    included_path {
      path = "/stream/?"
    }

    included_path {
      path = "/account/?"
    }

    included_path {
      path = "/origin/?"
    }

    included_path {
      path = "/eventId/?"
    }

    excluded_path {
      path = "/*"
    }
  }

  dynamic "autoscale_settings" {
    for_each = var.cosmos.capacity == "autoscale" ? [var.cosmos.max_throughput] : []

    content {
      max_throughput = autoscale_settings.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# Where the change-feed trigger notes how far it is, and the dead letters. Neither is ever large.
resource "azurerm_cosmosdb_sql_container" "beside" {
  for_each = toset(["leases", "twinlog-dead-letters"])

  name                  = each.key
  resource_group_name   = azurerm_resource_group.cell.name
  account_name          = azurerm_cosmosdb_account.log.name
  database_name         = azurerm_cosmosdb_sql_database.log.name
  partition_key_kind    = "Hash"
  partition_key_paths   = ["/id"]
  partition_key_version = 2

  dynamic "autoscale_settings" {
    for_each = var.cosmos.capacity == "autoscale" ? [1000] : []

    content {
      max_throughput = autoscale_settings.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  containers    = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"
  database_path = "${azurerm_cosmosdb_account.log.id}/dbs/${azurerm_cosmosdb_sql_database.log.name}"

  # An event is created and read, never replaced and never deleted. The upsert is for snapshots, which stand in their
  # stream's own partition; a role cannot tell documents of a container apart.
  data_roles = {
    log = {
      scope = "${local.database_path}/colls/events"
      actions = [
        "Microsoft.DocumentDB/databaseAccounts/readMetadata",
        "${local.containers}/items/create",
        "${local.containers}/items/read",
        "${local.containers}/items/upsert",
        "${local.containers}/executeQuery",
        "${local.containers}/readChangeFeed",
      ]
    }
    leases = {
      scope = "${local.database_path}/colls/leases"
      actions = [
        "Microsoft.DocumentDB/databaseAccounts/readMetadata",
        "${local.containers}/items/create",
        "${local.containers}/items/read",
        "${local.containers}/items/replace",
        "${local.containers}/items/upsert",
        "${local.containers}/items/delete",
        "${local.containers}/executeQuery",
      ]
    }
    dead-letters = {
      scope = "${local.database_path}/colls/twinlog-dead-letters"
      actions = [
        "Microsoft.DocumentDB/databaseAccounts/readMetadata",
        "${local.containers}/items/create",
        "${local.containers}/items/read",
        "${local.containers}/items/upsert",
        "${local.containers}/items/delete",
        "${local.containers}/executeQuery",
        "${local.containers}/readChangeFeed",
      ]
    }
  }
}

resource "azurerm_cosmosdb_sql_role_definition" "cell" {
  for_each = local.data_roles

  name                = "${local.name}-${each.key}"
  resource_group_name = azurerm_resource_group.cell.name
  account_name        = azurerm_cosmosdb_account.log.name
  assignable_scopes   = [azurerm_cosmosdb_account.log.id]

  permissions {
    data_actions = each.value.actions
  }
}

resource "azurerm_cosmosdb_sql_role_assignment" "cell" {
  for_each = local.data_roles

  resource_group_name = azurerm_resource_group.cell.name
  account_name        = azurerm_cosmosdb_account.log.name
  role_definition_id  = azurerm_cosmosdb_sql_role_definition.cell[each.key].id
  principal_id        = var.identity.principal_id
  scope               = each.value.scope

  depends_on = [azurerm_cosmosdb_sql_container.events, azurerm_cosmosdb_sql_container.beside]
}
