locals {
  # What the functions log. A line that is about one thing is counted by its name; a figure stands in a line of its own.
  queries = {
    divergence = {
      description = "Two events in one place of the log. Nothing was overwritten; see the runbook: restore from backup."
      metric      = "twinlog.divergences"
      measured    = "count()"
      threshold   = 0
    }
    dead-letters = {
      description = "Something was kept as a dead letter: npx twinlog dead-letters list."
      metric      = "twinlog.dead_letters"
      measured    = "count()"
      threshold   = 0
    }
    change-feed-lag = {
      description = "The relay is behind the change feed: this cell's events do not leave."
      metric      = "twinlog.relay.lag"
      measured    = "max(todouble(parse_json(Message).value))"
      threshold   = var.limits.relay_behind_seconds * 1000
    }
    replication-lag = {
      description = "Events of the other cells arrive late."
      metric      = "twinlog.replication.lag"
      measured    = "max(todouble(parse_json(Message).value))"
      threshold   = var.limits.replication_behind_seconds * 1000
    }
  }
  cell_queries = merge([
    for cell, observed in var.cells : {
      for name, query in local.queries : "${cell}-${name}" => merge(query, { cell = cell, observed = observed })
    }
  ]...)

  topic_metrics = {
    undelivered  = { metric = "DeliveryAttemptFailCount", threshold = 100, severity = 2, description = "Deliveries fail: a cell does not take the others' events. They are tried again for a day." }
    dead-letters = { metric = "DeadLetteredCount", threshold = 0, severity = 1, description = "Event Grid gave up on events. Reconcile brings them over." }
    dropped      = { metric = "DroppedEventCount", threshold = 0, severity = 1, description = "Event Grid dropped events and could not even keep them. Reconcile brings them over." }
    unpublished  = { metric = "PublishFailCount", threshold = 100, severity = 2, description = "Publishing fails: see the relay, and the capacity page for the topic's 5,000 events a second." }
  }
  topic_alerts = merge([
    for topic, id in var.topic_ids : {
      for name, alert in local.topic_metrics : "${topic}-${name}" => merge(alert, { id = id })
    }
  ]...)
}

resource "azurerm_resource_group" "observability" {
  name     = "${var.prefix}-observability"
  location = var.location
}

resource "azurerm_monitor_action_group" "alerts" {
  name                = "${var.prefix}-alerts"
  resource_group_name = azurerm_resource_group.observability.name
  short_name          = substr(var.prefix, 0, 12)

  email_receiver {
    name                    = "on-call"
    email_address           = var.alert_email
    use_common_alert_schema = true
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "cell" {
  for_each = local.cell_queries

  name                 = "${var.prefix}-${each.key}"
  description          = each.value.description
  resource_group_name  = each.value.observed.resource_group
  location             = each.value.observed.location
  scopes               = [each.value.observed.workspace_id]
  severity             = 1
  evaluation_frequency = "PT5M"
  window_duration      = "PT5M"

  # A table that no line was written to yet is unknown to the query's check.
  skip_query_validation = true

  criteria {
    query = <<-KQL
      FunctionAppLogs
      | where Message has "${each.value.metric}"
      | summarize measured = ${each.value.measured} by bin(TimeGenerated, 5m)
    KQL

    metric_measure_column   = "measured"
    time_aggregation_method = "Maximum"
    operator                = "GreaterThan"
    threshold               = each.value.threshold
  }

  action {
    action_groups = [azurerm_monitor_action_group.alerts.id]
  }
}

resource "azurerm_monitor_metric_alert" "topic" {
  for_each = local.topic_alerts

  name                = "${var.prefix}-${each.key}"
  description         = each.value.description
  resource_group_name = azurerm_resource_group.observability.name
  scopes              = [each.value.id]
  severity            = each.value.severity
  frequency           = "PT1M"
  window_size         = "PT5M"

  criteria {
    metric_namespace = "Microsoft.EventGrid/topics"
    metric_name      = each.value.metric
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = each.value.threshold
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}

resource "azurerm_monitor_metric_alert" "probe" {
  for_each = var.profile_ids

  name                = "${var.prefix}-probe-${each.key}"
  description         = "Traffic Manager finds an endpoint of the profile ${each.key} unhealthy."
  resource_group_name = azurerm_resource_group.observability.name
  scopes              = [each.value]
  severity            = 1
  frequency           = "PT1M"
  window_size         = "PT1M"

  criteria {
    metric_namespace = "Microsoft.Network/trafficManagerProfiles"
    metric_name      = "ProbeAgentCurrentEndpointStateByProfileResourceId"
    aggregation      = "Minimum"
    operator         = "LessThan"
    threshold        = 1

    dimension {
      name     = "EndpointName"
      operator = "Include"
      values   = ["*"] # why *: each endpoint by itself
    }
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}

resource "azurerm_monitor_metric_alert" "throttled" {
  for_each = var.cells

  name                = "${var.prefix}-${each.key}-throttled"
  description         = "Cosmos DB turns requests away: see the capacity page."
  resource_group_name = each.value.resource_group
  scopes              = [each.value.cosmos_id]
  severity            = 2
  frequency           = "PT1M"
  window_size         = "PT5M"

  criteria {
    metric_namespace = "Microsoft.DocumentDB/databaseAccounts"
    metric_name      = "TotalRequests"
    aggregation      = "Count"
    operator         = "GreaterThan"
    threshold        = 100

    dimension {
      name     = "StatusCode"
      operator = "Include"
      values   = ["429"]
    }
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}

resource "azurerm_monitor_metric_alert" "server_errors" {
  for_each = var.cells

  name                = "${var.prefix}-${each.key}-server-errors"
  description         = "The gateway answers 5xx."
  resource_group_name = each.value.resource_group
  scopes              = [each.value.gateway_id]
  severity            = 2
  frequency           = "PT1M"
  window_size         = "PT5M"

  criteria {
    metric_namespace = "Microsoft.ApiManagement/service"
    metric_name      = "Requests"
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = 10

    dimension {
      name     = "GatewayResponseCodeCategory"
      operator = "Include"
      values   = ["5xx"]
    }
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}
