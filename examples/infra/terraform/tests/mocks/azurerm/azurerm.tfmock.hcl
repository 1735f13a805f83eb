mock_resource "azurerm_storage_account" {
  defaults = { primary_blob_endpoint = "https://mock.blob.core.windows.net/" }
}

mock_resource "azurerm_eventgrid_topic" {
  defaults = { endpoint = "https://mock.eastus-1.eventgrid.azure.net/api/events" }
}
