resource "azurerm_resource_group" "dns" {
  name     = "${var.prefix}-dns"
  location = var.location
}

resource "azurerm_dns_zone" "this" {
  name                = var.zone
  resource_group_name = azurerm_resource_group.dns.name
}

# Azure DNS takes names without the zone, and without a dot at the end.
resource "azurerm_dns_ns_record" "delegation" {
  for_each = var.delegations

  name                = trimsuffix(each.key, ".${var.zone}")
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.dns.name
  ttl                 = 3600
  records             = each.value
}

resource "azurerm_dns_cname_record" "global" {
  count = var.global == null ? 0 : 1

  name                = trimsuffix(var.global.name, ".${var.zone}")
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.dns.name
  ttl                 = var.global.ttl
  record              = var.global.target
}

resource "azurerm_dns_cname_record" "certificate" {
  for_each = var.certificate_validations

  name                = trimsuffix(trimsuffix(each.value.name, "."), ".${var.zone}")
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.dns.name
  ttl                 = 300
  record              = each.value.record
}

resource "azurerm_dns_cname_record" "cell" {
  for_each = var.cells

  name                = trimsuffix(each.value.name, ".${var.zone}")
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.dns.name
  ttl                 = 300
  record              = each.value.target
}

resource "azurerm_dns_txt_record" "gateway_ownership" {
  count = var.gateway_ownership == null ? 0 : 1

  name                = trimsuffix(var.gateway_ownership.name, ".${var.zone}")
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.dns.name
  ttl                 = 300

  record {
    value = var.gateway_ownership.value
  }
}
