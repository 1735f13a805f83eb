output "url" {
  description = "Where the cell answers, for its peers and for Event Grid. Known once it really answers there."
  value       = "https://${var.domain.cell}"

  depends_on = [
    aws_apigatewayv2_api_mapping.api,
    aws_apigatewayv2_route.api,
    aws_iam_role_policy.function,
    aws_lambda_permission.api,
    aws_route53_record.cell,
  ]
}

output "gateway_target" {
  description = "The regional host behind the global name: what Traffic Manager leads to."
  value       = aws_apigatewayv2_domain_name.api["global"].domain_name_configuration[0].target_domain_name
}

output "token_role_arns" {
  description = "The roles that ask for identity tokens, by function: the subjects of the federated credentials."
  value       = { for name, function in local.functions : name => aws_iam_role.function[name].arn if contains(function.grants, "identity_token") }
}

output "observed" {
  description = "What the alarms and the dashboard look at."
  value = {
    functions    = { for name, function in aws_lambda_function.function : name => function.function_name }
    log_groups   = { for name, group in aws_cloudwatch_log_group.function : name => group.name }
    table        = aws_dynamodb_table.log.name
    dead_letters = aws_dynamodb_table.dead_letters.name
    inbound      = aws_sqs_queue.inbound.name
    dead_letter_queues = {
      inbound   = aws_sqs_queue.inbound_dead_letters.name
      schedules = aws_sqs_queue.missed_schedules.name
    }
    failures_bucket = aws_s3_bucket.failures.id
    api_id          = aws_apigatewayv2_api.api.id
    relay_mapping   = aws_lambda_event_source_mapping.relay.uuid
    health_check_id = aws_route53_health_check.cell.id
  }
}
