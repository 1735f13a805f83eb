output "alarms" {
  description = "What rings, by name."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.cell : alarm.alarm_name],
    [aws_cloudwatch_metric_alarm.server_errors.alarm_name, aws_cloudwatch_metric_alarm.probe.alarm_name],
  )
}

output "dashboard" {
  description = "The dashboard's name."
  value       = aws_cloudwatch_dashboard.cell.dashboard_name
}
