# What rings, and when.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}
mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks/aws"
}
mock_provider "azurerm" {}

variables {
  prefix      = "twinlog"
  alert_email = "on-call@example.com"
}

run "aws" {
  module {
    source = "./modules/observability/aws"
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  variables {
    cell   = "aws-us-east-1"
    region = "us-east-1"
    peers  = ["azure-eastus"]
    observed = {
      functions          = { api = "api", relay = "relay", receive = "receive", reconcile = "reconcile", sweep = "sweep" }
      log_groups         = { api = "/api", relay = "/relay", receive = "/receive", reconcile = "/reconcile", sweep = "/sweep" }
      table              = "twinlog"
      dead_letters       = "twinlog-dead-letters"
      inbound            = "inbound"
      dead_letter_queues = { inbound = "inbound-dead-letters", schedules = "missed" }
      failures_bucket    = "failures"
      relay_mapping      = "uuid"
      api_id             = "api-id"
      health_check_id    = "check"
    }
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == null && aws_sns_topic.probe.kms_master_key_id == null
    error_message = "alarms may publish to their topics"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.cell["relay-behind"].metric_name == "IteratorAge" && aws_cloudwatch_metric_alarm.cell["relay-behind"].threshold == 60000 && aws_cloudwatch_metric_alarm.cell["relay-behind"].dimensions.FunctionName == "relay"
    error_message = "a relay that is a minute behind the stream rings"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.cell["inbound-dead-letters"].threshold == 0 && aws_cloudwatch_metric_alarm.cell["inbound-dead-letters"].dimensions.QueueName == "inbound-dead-letters"
    error_message = "one message in the dead-letter queue rings"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.cell["relay-gave-up"].metric_name == "OnFailureDestinationDeliveredEventCount"
    error_message = "a record that was given up rings"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.cell["replication-lag"].threshold == 120000 && aws_cloudwatch_metric_alarm.cell["replication-lag"].namespace == "Twinlog/aws-us-east-1"
    error_message = "replication lag into AWS rings"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.cell["divergence"].threshold == 0 && length([for filter in values(aws_cloudwatch_log_metric_filter.twinlog) : filter if strcontains(filter.pattern, "twinlog.divergence")]) > 0
    error_message = "one divergence on AWS rings"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.probe.metric_name == "HealthCheckStatus" && aws_cloudwatch_metric_alarm.probe.treat_missing_data == "breaching"
    error_message = "an unhealthy cell rings, and so does silence about it"
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.cell.dashboard_body).widgets) == 8
    error_message = "the dashboard on AWS has its charts"
  }
}

run "azure" {
  module {
    source = "./modules/observability/azure"
  }

  variables {
    location    = "eastus"
    topic_ids   = { aws-us-east-1-0 = "/topics/aws", azure-eastus-0 = "/topics/azure" }
    profile_ids = { apex = "/profiles/apex", aws = "/profiles/aws", azure = "/profiles/azure" }
    cells = {
      azure-eastus = { resource_group = "group", location = "eastus", workspace_id = "/workspace", cosmos_id = "/cosmos", function_id = "/app", gateway_id = "/gateway" }
    }
  }

  assert {
    condition     = azurerm_monitor_metric_alert.topic["aws-us-east-1-0-dead-letters"].criteria[0].metric_name == "DeadLetteredCount" && azurerm_monitor_metric_alert.topic["aws-us-east-1-0-dead-letters"].criteria[0].threshold == 0
    error_message = "one event that Event Grid gave up rings"
  }
  assert {
    condition     = azurerm_monitor_metric_alert.topic["azure-eastus-0-undelivered"].criteria[0].metric_name == "DeliveryAttemptFailCount"
    error_message = "failing deliveries ring"
  }
  assert {
    condition     = strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.cell["azure-eastus-change-feed-lag"].criteria[0].query, "twinlog.relay.lag") && azurerm_monitor_scheduled_query_rules_alert_v2.cell["azure-eastus-change-feed-lag"].criteria[0].threshold == 60000
    error_message = "a relay that is a minute behind the change feed rings"
  }
  assert {
    condition     = azurerm_monitor_scheduled_query_rules_alert_v2.cell["azure-eastus-replication-lag"].criteria[0].threshold == 120000
    error_message = "replication lag into Azure rings"
  }
  assert {
    condition     = azurerm_monitor_scheduled_query_rules_alert_v2.cell["azure-eastus-divergence"].criteria[0].threshold == 0 && strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.cell["azure-eastus-divergence"].criteria[0].query, "twinlog.divergence")
    error_message = "one divergence on Azure rings"
  }
  assert {
    condition     = toset(keys(azurerm_monitor_metric_alert.probe)) == toset(["apex", "aws", "azure"]) && azurerm_monitor_metric_alert.probe["apex"].criteria[0].metric_name == "ProbeAgentCurrentEndpointStateByProfileResourceId"
    error_message = "an endpoint that Traffic Manager finds unhealthy rings"
  }
  assert {
    condition     = azurerm_monitor_metric_alert.throttled["azure-eastus"].criteria[0].dimension[0].values == tolist(["429"])
    error_message = "throttled requests ring"
  }
}
