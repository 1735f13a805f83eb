resource "aws_apigatewayv2_api" "api" {
  name          = "${var.prefix}-${var.cell}"
  description   = "The HTTP API of the cell ${var.cell}."
  protocol_type = "HTTP"

  # Only names with a certificate of ours: behind the execute-api name nobody would be routed away from a failed cell.
  disable_execute_api_endpoint = true
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function["api"].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "api" {
  api_id    = aws_apigatewayv2_api.api.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.prefix}-${var.cell}"
  retention_in_days = var.log_retention_days
}

resource "aws_apigatewayv2_stage" "api" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_rate_limit    = var.throttle.rate
    throttling_burst_limit   = var.throttle.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    format = jsonencode({
      requestId = "$context.requestId"
      time      = "$context.requestTimeEpoch"
      method    = "$context.httpMethod"
      path      = "$context.path"
      status    = "$context.status"
      latency   = "$context.responseLatency"
      error     = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "ApiGateway"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["api"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/*/$default" # why *: the one route, on whichever stage
}

resource "aws_acm_certificate_validation" "api" {
  certificate_arn         = var.certificate.arn
  validation_record_fqdns = var.certificate.validation_fqdns
}

resource "aws_apigatewayv2_domain_name" "api" {
  for_each = { global = var.domain.global, cloud = var.domain.cloud, cell = var.domain.cell }

  domain_name = each.value

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.api.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "api" {
  for_each = aws_apigatewayv2_domain_name.api

  api_id      = aws_apigatewayv2_api.api.id
  domain_name = each.value.id
  stage       = aws_apigatewayv2_stage.api.id
}
