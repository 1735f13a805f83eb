resource "aws_route53_zone" "this" {
  name    = var.zone
  comment = "Twinlog: cells, certificates and, where this is the primary, the global name."
}

resource "aws_route53_record" "delegation" {
  for_each = var.delegations

  zone_id = aws_route53_zone.this.zone_id
  name    = each.key
  type    = "NS"
  ttl     = 3600
  records = each.value
}

# An alias can only lead to AWS; a CNAME leads to Traffic Manager, which is why the global name is no zone's apex.
resource "aws_route53_record" "global" {
  count = var.global == null ? 0 : 1

  zone_id = aws_route53_zone.this.zone_id
  name    = var.global.name
  type    = "CNAME"
  ttl     = var.global.ttl
  records = [var.global.target]
}

# One record a name, whichever region's certificate asked first: ACM wants the same one in all of them.
resource "aws_route53_record" "certificate" {
  for_each = var.certificate_validations

  zone_id         = aws_route53_zone.this.zone_id
  name            = each.value.name
  type            = each.value.type
  ttl             = 300
  records         = [each.value.record]
  allow_overwrite = true
}

resource "aws_route53_record" "gateway_ownership" {
  count = var.gateway_ownership == null ? 0 : 1

  zone_id = aws_route53_zone.this.zone_id
  name    = var.gateway_ownership.name
  type    = "TXT"
  ttl     = 300
  records = [var.gateway_ownership.value]
}
