locals {
  widgets = [
    { title = "Requests and 5xx", metrics = [["AWS/ApiGateway", "Count", "ApiId", var.observed.api_id], [".", "5xx", ".", "."]], stat = "Sum" },
    { title = "Latency, p50 and p99", metrics = [["AWS/ApiGateway", "Latency", "ApiId", var.observed.api_id, { stat = "p50" }], ["...", { stat = "p99" }]], stat = "p99" },
    { title = "Relay: behind the stream, ms", metrics = [["AWS/Lambda", "IteratorAge", "FunctionName", var.observed.functions["relay"]]], stat = "Maximum" },
    { title = "Replication lag into this cell, ms", metrics = [["Twinlog/${var.cell}", "replication_lag"]], stat = "Maximum" },
    { title = "Inbound queue: waiting, and oldest in s", metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.observed.inbound], [".", "ApproximateAgeOfOldestMessage", ".", "."]], stat = "Maximum" },
    { title = "Dead letters and divergence", metrics = [["Twinlog/${var.cell}", "dead_letters"], [".", "divergence"], ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.observed.dead_letter_queues["inbound"]]], stat = "Sum" },
    { title = "Write units and throttles", metrics = [["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", var.observed.table], [".", "WriteThrottleEvents", ".", "."]], stat = "Sum" },
    { title = "Errors by function", metrics = [for name in values(var.observed.functions) : ["AWS/Lambda", "Errors", "FunctionName", name]], stat = "Sum" },
  ]
}

resource "aws_cloudwatch_dashboard" "cell" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = [
      for place, widget in local.widgets : {
        type   = "metric"
        x      = 12 * (place % 2)
        y      = 6 * floor(place / 2)
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          metrics = widget.metrics
          stat    = widget.stat
          period  = 60
          region  = var.region
          view    = "timeSeries"
        }
      }
    ]
  })
}
