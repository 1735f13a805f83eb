# The API authenticates the webhook, puts the batch on this queue and answers 200; `receive` stores it. Event Grid so
# never waits for the log, and a log that is down for days loses nothing.
resource "aws_sqs_queue" "inbound" {
  name                       = "${var.prefix}-${var.cell}-inbound"
  max_message_size           = 262144
  message_retention_seconds  = 1209600
  visibility_timeout_seconds = 6 * local.functions.receive.timeout
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.inbound_dead_letters.arn
    maxReceiveCount     = var.receive.max_receives
  })
}

resource "aws_sqs_queue" "inbound_dead_letters" {
  name                      = "${var.prefix}-${var.cell}-inbound-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_lambda_event_source_mapping" "receive" {
  event_source_arn        = aws_sqs_queue.inbound.arn
  function_name           = aws_lambda_function.function["receive"].arn
  batch_size              = var.receive.batch_size
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.receive.concurrency
  }
}
