output "topic_endpoints" {
  description = "For each cell, the endpoints that it publishes to, in the order of their shards."
  value = {
    for origin in keys(var.origins) : origin => [
      for shard in range(var.topics_per_cell) : azurerm_eventgrid_topic.cell["${origin}-${shard}"].endpoint
    ]
  }
}

output "subscriptions" {
  description = "Who hears whom: from, to and the topic of every subscription."
  value       = local.subscriptions
}

output "topic_ids" {
  description = "The topics, for alarms."
  value       = { for name, topic in azurerm_eventgrid_topic.cell : name => topic.id }
}

output "resource_group" {
  description = "The resource group of the topics."
  value       = azurerm_resource_group.mesh.name
}
