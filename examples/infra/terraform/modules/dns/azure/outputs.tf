output "name_servers" {
  description = "Whom to delegate the zone to: set them at the registrar, or in the parent zone."
  value       = azurerm_dns_zone.this.name_servers
}

output "validation_fqdns" {
  description = "For each certificate name, where its record stands."
  value       = { for name, record in azurerm_dns_cname_record.certificate : name => trimsuffix(record.fqdn, ".") }
}
