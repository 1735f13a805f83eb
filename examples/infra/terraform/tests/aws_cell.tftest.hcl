# A cell on AWS. Assertions fail with a sentence; tests/mutations.mjs has seen each of them do so.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}

variables {
  prefix          = "twinlog"
  cell            = "aws-us-east-1"
  region          = "us-east-1"
  package         = "tests/fixture/aws.zip"
  topic_endpoints = ["https://topic-0.example.net/api/events", "https://topic-1.example.net/api/events"]
  entra           = { tenant_id = "tenant", client_id = "client" }
  certificate     = { arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock", validation_fqdns = ["_a.api.pay.example.com"] }
  domain = {
    global  = "api.pay.example.com"
    cloud   = "api.aws.pay.example.com"
    cell    = "aws-us-east-1.aws.pay.example.com"
    zone_id = "Z1"
  }
}

run "cell" {
  module {
    source = "./modules/aws-cell"
  }

  # --- the log

  assert {
    condition     = aws_dynamodb_table.log.billing_mode == "PAY_PER_REQUEST"
    error_message = "the log is on demand"
  }
  assert {
    condition     = aws_dynamodb_table.log.stream_enabled && aws_dynamodb_table.log.stream_view_type == "NEW_IMAGE"
    error_message = "the log's stream carries the new image"
  }
  assert {
    condition     = aws_dynamodb_table.log.deletion_protection_enabled && aws_dynamodb_table.dead_letters.deletion_protection_enabled
    error_message = "both tables refuse to be deleted"
  }
  assert {
    condition     = aws_dynamodb_table.log.point_in_time_recovery[0].enabled
    error_message = "the log can be restored to any moment"
  }
  assert {
    condition     = aws_dynamodb_table.log.server_side_encryption[0].enabled
    error_message = "the log is encrypted with a key of KMS"
  }
  assert {
    condition     = length(aws_dynamodb_table.log.ttl) == 0 || !anytrue(aws_dynamodb_table.log.ttl[*].enabled)
    error_message = "nothing expires in the log"
  }

  # --- the functions

  assert {
    condition     = toset(keys(aws_lambda_function.function)) == toset(["api", "relay", "receive", "reconcile", "sweep"])
    error_message = "five functions: api, relay, receive, reconcile, sweep"
  }
  assert {
    condition     = alltrue([for name, function in aws_lambda_function.function : function.handler == "${name}.handler"])
    error_message = "every function is handled by the module of its name"
  }
  assert {
    condition     = alltrue([for function in values(aws_lambda_function.function) : one(function.architectures) == "arm64"])
    error_message = "every function runs on arm64"
  }
  assert {
    condition     = alltrue([for function in values(aws_lambda_function.function) : tonumber(trimsuffix(trimprefix(function.runtime, "nodejs"), ".x")) >= 22])
    error_message = "every function runs on Node 22 or later"
  }
  assert {
    condition     = aws_lambda_function.function["api"].timeout < 30
    error_message = "the api gives up before API Gateway does"
  }
  assert {
    condition     = aws_lambda_function.function["relay"].environment[0].variables.EVENT_GRID_ENDPOINT == "https://topic-0.example.net/api/events,https://topic-1.example.net/api/events"
    error_message = "the cell publishes to every topic of its own, in order"
  }
  assert {
    condition     = alltrue([for variable in keys(aws_lambda_function.function["api"].environment[0].variables) : !can(regex("(?i)(_key$|_keys$|secret|password|connection_?string|token$)", variable))])
    error_message = "no function has a key or a secret in its environment"
  }
  assert {
    condition     = aws_lambda_function.function["api"].environment[0].variables.TWINLOG_INBOUND_QUEUE_URL == aws_sqs_queue.inbound.url
    error_message = "the api knows the inbound queue"
  }

  # --- the relay

  assert {
    condition     = jsondecode(one(one(aws_lambda_event_source_mapping.relay.filter_criteria).filter).pattern).dynamodb.Keys.place.S[0].prefix == "aws-us-east-1."
    error_message = "only events that this cell decided reach the relay"
  }
  assert {
    condition     = jsondecode(one(one(aws_lambda_event_source_mapping.relay.filter_criteria).filter).pattern).eventName == ["INSERT"]
    error_message = "only inserts reach the relay"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.relay.bisect_batch_on_function_error
    error_message = "a poison record is cut out of its batch"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.relay.maximum_retry_attempts > 0 && aws_lambda_event_source_mapping.relay.maximum_retry_attempts <= 100
    error_message = "the relay's retries are bounded"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.relay.maximum_record_age_in_seconds > 0 && aws_lambda_event_source_mapping.relay.maximum_record_age_in_seconds < 86400
    error_message = "a record is given up before the stream forgets it"
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.relay.function_response_types, "ReportBatchItemFailures")
    error_message = "the relay says which records failed"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.relay.starting_position == "TRIM_HORIZON"
    error_message = "the relay begins with the first record that there is"
  }
  assert {
    condition     = one(one(aws_lambda_event_source_mapping.relay.destination_config).on_failure).destination_arn == aws_s3_bucket.failures.arn
    error_message = "what the relay gives up is kept whole, in S3"
  }
  assert {
    condition     = length(aws_lambda_event_source_mapping.relay.metrics_config) == 1
    error_message = "the mapping counts what it gives up"
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.failures.block_public_acls && aws_s3_bucket_public_access_block.failures.block_public_policy && aws_s3_bucket_public_access_block.failures.ignore_public_acls && aws_s3_bucket_public_access_block.failures.restrict_public_buckets
    error_message = "the bucket is closed to the public"
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.failures.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "the bucket is encrypted"
  }

  # --- the inbound queue

  assert {
    condition     = jsondecode(aws_sqs_queue.inbound.redrive_policy).maxReceiveCount >= 5
    error_message = "a message is tried several times before it goes to the dead-letter queue"
  }
  assert {
    condition     = aws_sqs_queue.inbound.visibility_timeout_seconds >= 6 * aws_lambda_function.function["receive"].timeout
    error_message = "a message stays hidden for six times the function's time-out"
  }
  assert {
    condition     = aws_sqs_queue.inbound.message_retention_seconds == 1209600 && aws_sqs_queue.inbound_dead_letters.message_retention_seconds == 1209600
    error_message = "queues keep messages for 14 days"
  }
  assert {
    condition     = aws_sqs_queue.inbound.sqs_managed_sse_enabled && aws_sqs_queue.inbound_dead_letters.sqs_managed_sse_enabled && aws_sqs_queue.missed_schedules.sqs_managed_sse_enabled
    error_message = "queues are encrypted"
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.receive.function_response_types, "ReportBatchItemFailures")
    error_message = "receive says which messages failed"
  }

  # --- schedules

  assert {
    condition     = aws_scheduler_schedule.function["reconcile"].schedule_expression == "rate(5 minutes)" && aws_scheduler_schedule.function["sweep"].schedule_expression == "rate(1 minute)"
    error_message = "reconcile runs every five minutes and sweep every minute"
  }
  assert {
    condition     = one(one(aws_scheduler_schedule.function["reconcile"].target).dead_letter_config).arn == aws_sqs_queue.missed_schedules.arn
    error_message = "a run that could not be started is kept"
  }

  # --- ingress

  assert {
    condition     = aws_apigatewayv2_api.api.disable_execute_api_endpoint
    error_message = "the execute-api endpoint is off"
  }
  assert {
    condition     = aws_apigatewayv2_integration.api.payload_format_version == "2.0"
    error_message = "the api is called with payload 2.0"
  }
  assert {
    condition     = aws_apigatewayv2_route.api.route_key == "$default"
    error_message = "every route and method reaches the api, the webhook's OPTIONS included"
  }
  assert {
    condition     = aws_apigatewayv2_domain_name.api["global"].domain_name == "api.pay.example.com"
    error_message = "the gateway answers to the global name"
  }
  assert {
    condition     = one(aws_apigatewayv2_stage.api.default_route_settings).throttling_rate_limit > 0 && one(aws_apigatewayv2_stage.api.default_route_settings).throttling_burst_limit > 0
    error_message = "the stage lets requests in"
  }
  assert {
    condition     = endswith(aws_lambda_permission.api.source_arn, "/*/$default")
    error_message = "only this API's one route may call the function"
  }

  # --- records

  assert {
    condition     = one(aws_route53_record.cloud.latency_routing_policy).region == "us-east-1" && aws_route53_record.cloud.set_identifier == "aws-us-east-1"
    error_message = "the cloud's name answers by latency"
  }
  assert {
    condition     = aws_route53_record.cloud.health_check_id == aws_route53_health_check.cell.id
    error_message = "the cloud's name leaves out a cell that is unhealthy"
  }
  assert {
    condition     = aws_route53_health_check.cell.type == "HTTPS" && aws_route53_health_check.cell.resource_path == "/health" && aws_route53_health_check.cell.request_interval == 10 && aws_route53_health_check.cell.fqdn == "aws-us-east-1.aws.pay.example.com"
    error_message = "the health check asks the cell itself for /health every 10 s"
  }

  # --- least privilege

  assert {
    condition = alltrue(flatten([
      for name, policy in aws_iam_role_policy.function : [
        for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : !strcontains(action, "*")]
      ]
    ]))
    error_message = "no function may do an action with a * in it"
  }
  assert {
    condition = alltrue(flatten([
      for name, policy in aws_iam_role_policy.function : [
        for statement in jsondecode(policy.policy).Statement : !contains(flatten([statement.Resource]), "*") || statement.Sid == "ProveWhoThisIsToEntra"
      ]
    ]))
    error_message = "no function may touch every resource, but for the token that knows none"
  }
  assert {
    condition = alltrue([
      for policy in values(aws_iam_role_policy.function) : alltrue([
        for statement in jsondecode(policy.policy).Statement : statement.Sid == "OperateDeadLetters" || !can(regex("dynamodb:(Delete|Update|Batch|Scan|CreateTable)", jsonencode(statement.Action)))
      ])
    ])
    error_message = "no function may change or delete what is in the log"
  }
  assert {
    condition = toset([
      for name, policy in aws_iam_role_policy.function : name
      if anytrue([for statement in jsondecode(policy.policy).Statement : statement.Sid == "OperateDeadLetters" && toset(statement.Action) == toset(["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DeleteItem"])])
    ]) == toset(["api"])
    error_message = "operators can look at dead letters, drive them again and discard them, by the api alone"
  }
  assert {
    condition = alltrue(flatten([
      for policy in values(aws_iam_role_policy.function) : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Condition["ForAllValues:StringEquals"]["sts:IdentityTokenAudience"] == "api://AzureADTokenExchange" && statement.Condition.StringEquals["sts:SigningAlgorithm"] == "RS256"
        if statement.Sid == "ProveWhoThisIsToEntra"
      ]
    ]))
    error_message = "identity tokens are for Entra alone, signed with RS256"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.function["relay"].policy, "AppendAndReadTheLog")
    error_message = "the relay may not write to the log"
  }
  assert {
    condition     = alltrue([for role in values(aws_iam_role.function) : jsondecode(role.assume_role_policy).Statement[0].Principal.Service == "lambda.amazonaws.com"])
    error_message = "only Lambda takes the functions' roles"
  }
  assert {
    condition     = toset(keys(output.token_role_arns)) == toset(["api", "relay", "receive", "reconcile", "sweep"])
    error_message = "every function that asks Entra for a token is named to it"
  }
}

run "other_names_are_refused" {
  command = plan

  module {
    source = "./modules/aws-cell"
  }

  variables {
    cell = "AWS_us"
  }

  expect_failures = [var.cell]
}

run "retries_without_a_bound_are_refused" {
  command = plan

  module {
    source = "./modules/aws-cell"
  }

  variables {
    relay = { max_age_seconds = 86400 }
  }

  expect_failures = [var.relay]
}

run "another_prefix" {
  module {
    source = "./modules/aws-cell"
  }

  variables {
    prefix = "acme"
  }

  assert {
    condition     = aws_dynamodb_table.log.name == "acme" && aws_dynamodb_table.dead_letters.name == "acme-dead-letters"
    error_message = "tables carry the prefix, by which pipelines are let in and kept out"
  }
}

run "a_restored_table" {
  module {
    source = "./modules/aws-cell"
  }

  variables {
    table = "twinlog-2"
  }

  assert {
    condition     = aws_dynamodb_table.log.name == "twinlog-2" && aws_dynamodb_table.dead_letters.name == "twinlog-dead-letters"
    error_message = "a restored table is the log"
  }
}

run "a_table_that_no_pipeline_may_touch_is_refused" {
  command = plan

  module {
    source = "./modules/aws-cell"
  }

  variables {
    table = "restored"
  }

  expect_failures = [var.table]
}
