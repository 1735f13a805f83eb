locals {
  charts = concat(
    [for cell, observed in var.cells : { title = "${cell}: requests", id = observed.gateway_id, namespace = "Microsoft.ApiManagement/service", metric = "Requests", aggregation = 1 }],
    [for cell, observed in var.cells : { title = "${cell}: request units", id = observed.cosmos_id, namespace = "Microsoft.DocumentDB/databaseAccounts", metric = "TotalRequestUnits", aggregation = 1 }],
    [for topic, id in var.topic_ids : { title = "${topic}: failed deliveries", id = id, namespace = "Microsoft.EventGrid/topics", metric = "DeliveryAttemptFailCount", aggregation = 1 }],
    [for topic, id in var.topic_ids : { title = "${topic}: dead letters", id = id, namespace = "Microsoft.EventGrid/topics", metric = "DeadLetteredCount", aggregation = 1 }],
    [for profile, id in var.profile_ids : { title = "Traffic Manager, ${profile}: probes", id = id, namespace = "Microsoft.Network/trafficManagerProfiles", metric = "ProbeAgentCurrentEndpointStateByProfileResourceId", aggregation = 2 }],
  )
}

resource "azurerm_portal_dashboard" "matrix" {
  name                = "${var.prefix}-matrix"
  resource_group_name = azurerm_resource_group.observability.name
  location            = azurerm_resource_group.observability.location

  dashboard_properties = jsonencode({
    lenses = {
      "0" = {
        order = 0
        parts = {
          for place, chart in local.charts : tostring(place) => {
            position = { x = 6 * (place % 3), y = 4 * floor(place / 3), colSpan = 6, rowSpan = 4 }
            metadata = {
              type   = "Extension/HubsExtension/PartType/MonitorChartPart"
              inputs = []
              settings = {
                content = {
                  options = {
                    chart = {
                      title = chart.title
                      metrics = [{
                        resourceMetadata = { id = chart.id }
                        namespace        = chart.namespace
                        name             = chart.metric
                        aggregationType  = chart.aggregation
                      }]
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  })
}
