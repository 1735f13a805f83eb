output "zone_id" {
  description = "The hosted zone."
  value       = aws_route53_zone.this.zone_id
}

output "name_servers" {
  description = "Whom to delegate the zone to: set them at the registrar, or in the parent zone."
  value       = aws_route53_zone.this.name_servers
}

output "validation_fqdns" {
  description = "For each certificate name, where its record stands."
  value       = { for name, record in aws_route53_record.certificate : name => record.fqdn }
}
