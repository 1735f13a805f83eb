output "arn" {
  description = "The certificate, not yet validated."
  value       = aws_acm_certificate.cell.arn
}

output "validations" {
  description = "For each name, the record that proves it. The same in every region."
  value = {
    for name in values(var.names) : name => one([
      for option in aws_acm_certificate.cell.domain_validation_options : {
        name   = option.resource_record_name
        type   = option.resource_record_type
        record = option.resource_record_value
      } if option.domain_name == name
    ])
  }
}
