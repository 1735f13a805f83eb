locals {
  name = "${var.prefix}-${var.cell}"

  # What the functions log. A line that is about one thing is counted by its name, wherever in the line that stands; a figure
  # stands in a line of its own.
  log_metrics = {
    divergence = {
      pattern = "\"twinlog.divergences\""
      value   = "1"
      groups  = ["api", "receive", "reconcile"]
    }
    dead_letters = {
      pattern = "\"twinlog.dead_letters\""
      value   = "1"
      groups  = ["api", "relay", "receive", "reconcile"]
    }
    replication_lag = {
      pattern = "{ $.metric = \"twinlog.replication.lag\" }"
      value   = "$.value"
      groups  = ["api", "receive"]
    }
  }
  log_filters = merge([
    for metric, filter in local.log_metrics : {
      for group in filter.groups : "${metric}-${group}" => merge(filter, { metric = metric, group = group })
    }
  ]...)

  alarms = {
    relay-behind = {
      description = "The relay is behind the stream: this cell's events do not leave. See the runbook: a cloud lost."
      namespace   = "AWS/Lambda"
      metric      = "IteratorAge"
      dimensions  = { FunctionName = var.observed.functions["relay"] }
      statistic   = "Maximum"
      threshold   = var.limits.relay_behind_seconds * 1000
      periods     = 3
    }
    relay-gave-up = {
      description = "A record went to the bucket for failures: reconcile brings the event over; look why it failed."
      namespace   = "AWS/Lambda"
      metric      = "OnFailureDestinationDeliveredEventCount"
      dimensions  = { EventSourceMappingUUID = var.observed.relay_mapping }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    inbound-dead-letters = {
      description = "A message of other cells' events was received too often and is in the dead-letter queue."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.observed.dead_letter_queues["inbound"] }
      statistic   = "Maximum"
      threshold   = 0
      periods     = 1
    }
    inbound-old = {
      description = "Other cells' events wait in the inbound queue."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.observed.inbound }
      statistic   = "Maximum"
      threshold   = var.limits.replication_behind_seconds
      periods     = 3
    }
    missed-schedules = {
      description = "Reconcile or sweep could not be called."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.observed.dead_letter_queues["schedules"] }
      statistic   = "Maximum"
      threshold   = 0
      periods     = 1
    }
    reconcile-fails = {
      description = "Reconcile fails: what transport lost stays lost until it runs."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.observed.functions["reconcile"] }
      statistic   = "Sum"
      threshold   = 0
      periods     = 2
    }
    table-throttled = {
      description = "DynamoDB turns writes away: see the capacity page."
      namespace   = "AWS/DynamoDB"
      metric      = "WriteThrottleEvents"
      dimensions  = { TableName = var.observed.table }
      statistic   = "Sum"
      threshold   = 0
      periods     = 2
    }
    divergence = {
      description = "Two events in one place of the log. Nothing was overwritten; see the runbook: restore from backup."
      namespace   = "Twinlog/${var.cell}"
      metric      = "divergence"
      dimensions  = {}
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    dead-letters = {
      description = "Something was kept as a dead letter: npx twinlog dead-letters list."
      namespace   = "Twinlog/${var.cell}"
      metric      = "dead_letters"
      dimensions  = {}
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    replication-lag = {
      description = "Events of the other cells (${join(", ", var.peers)}) arrive late."
      namespace   = "Twinlog/${var.cell}"
      metric      = "replication_lag"
      dimensions  = {}
      statistic   = "Maximum"
      threshold   = var.limits.replication_behind_seconds * 1000
      periods     = 3
    }
  }
}

# Not encrypted with alias/aws/sns: its policy lets no alarm publish, and cannot be changed. What an alarm says is no secret.
resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alert_email
}

resource "aws_cloudwatch_log_metric_filter" "twinlog" {
  for_each = local.log_filters

  name           = "${local.name}-${each.key}"
  log_group_name = var.observed.log_groups[each.value.group]
  pattern        = each.value.pattern

  metric_transformation {
    namespace = "Twinlog/${var.cell}"
    name      = each.value.metric
    value     = each.value.value
  }
}

resource "aws_cloudwatch_metric_alarm" "cell" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "server_errors" {
  alarm_name          = "${local.name}-server-errors"
  alarm_description   = "More than ${var.limits.server_errors_percent}% of the answers are 5xx."
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.server_errors_percent
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "percent"
    expression  = "100 * errors / requests"
    label       = "5xx, per cent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "5xx", requests = "Count" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApiGateway"
        metric_name = metric_query.value
        dimensions  = { ApiId = var.observed.api_id }
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

# An alarm calls a topic of its own region.
resource "aws_sns_topic" "probe" {
  provider = aws.us_east_1

  name = "${local.name}-probe"
}

resource "aws_sns_topic_subscription" "probe_email" {
  provider = aws.us_east_1

  topic_arn = aws_sns_topic.probe.arn
  protocol  = "email"
  endpoint  = var.alert_email
}

resource "aws_cloudwatch_metric_alarm" "probe" {
  provider = aws.us_east_1

  alarm_name          = "${local.name}-probe"
  alarm_description   = "Route 53 finds the cell unhealthy."
  namespace           = "AWS/Route53"
  metric_name         = "HealthCheckStatus"
  dimensions          = { HealthCheckId = var.observed.health_check_id }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.probe.arn]
  ok_actions          = [aws_sns_topic.probe.arn]
}
