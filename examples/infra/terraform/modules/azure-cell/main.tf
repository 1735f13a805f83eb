locals {
  name  = "${var.prefix}-${var.cell}"
  short = "${substr(replace(var.prefix, "-", ""), 0, 8)}${substr(sha1(var.cell), 0, 6)}${var.unique}" # 20 characters, for what takes 24
}

resource "azurerm_resource_group" "cell" {
  name     = local.name
  location = var.location
}

resource "azurerm_log_analytics_workspace" "cell" {
  name                         = local.name
  resource_group_name          = azurerm_resource_group.cell.name
  location                     = azurerm_resource_group.cell.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  local_authentication_enabled = false
}
