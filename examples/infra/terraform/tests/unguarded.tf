# Laid over modules/azure-cell in the copy that the tests run in: before Terraform 1.13 a test cannot clean up what may not be destroyed.
# That it may not is held by log-and-replication.spec.ts.
resource "azurerm_cosmosdb_account" "log" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "azurerm_cosmosdb_sql_database" "log" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "azurerm_cosmosdb_sql_container" "events" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "azurerm_cosmosdb_sql_container" "beside" {
  lifecycle {
    prevent_destroy = false
  }
}
