# Inside the cloud: the cell's own name, and the cloud's name, which answers with the nearest healthy cell of AWS
# without asking Traffic Manager. It is where the global name is pointed when Traffic Manager itself is out.
resource "aws_route53_record" "cell" {
  zone_id = var.domain.zone_id
  name    = var.domain.cell
  type    = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.api["cell"].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.api["cell"].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_record" "cloud" {
  zone_id         = var.domain.zone_id
  name            = var.domain.cloud
  type            = "A"
  set_identifier  = var.cell
  health_check_id = aws_route53_health_check.cell.id

  latency_routing_policy {
    region = var.region
  }

  alias {
    name                   = aws_apigatewayv2_domain_name.api["cloud"].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.api["cloud"].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_health_check" "cell" {
  type              = "HTTPS"
  fqdn              = var.domain.cell
  port              = 443
  resource_path     = "/health"
  request_interval  = 10
  failure_threshold = 2
  enable_sni        = true
  measure_latency   = true

  tags = {
    Name = "${var.prefix}-${var.cell}"
  }
}
