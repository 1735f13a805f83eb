resource "aws_scheduler_schedule" "function" {
  for_each = { reconcile = var.schedules.reconcile, sweep = var.schedules.sweep }

  name                = "${var.prefix}-${var.cell}-${each.key}"
  description         = local.functions[each.key].description
  schedule_expression = each.value

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.function[each.key].arn
    role_arn = aws_iam_role.scheduler.arn

    # The next run does what this one did not.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }

    dead_letter_config {
      arn = aws_sqs_queue.missed_schedules.arn
    }
  }
}

resource "aws_sqs_queue" "missed_schedules" {
  name                      = "${var.prefix}-${var.cell}-missed-schedules"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_iam_role" "scheduler" {
  name        = "${var.prefix}-${var.cell}-scheduler"
  description = "Calls reconcile and sweep."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "call"
  role = aws_iam_role.scheduler.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [for name in ["reconcile", "sweep"] : aws_lambda_function.function[name].arn]
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [aws_sqs_queue.missed_schedules.arn]
      },
    ]
  })
}
