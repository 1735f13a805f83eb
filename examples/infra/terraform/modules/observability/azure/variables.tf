variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "location" {
  description = "Where the resource group and the dashboard are noted."
  type        = string
}

variable "alert_email" {
  description = "Whom alerts are sent to."
  type        = string
}

variable "cells" {
  description = "For each Azure cell, what the azure-cell module says there is to look at."
  type = map(object({
    resource_group = string
    location       = string
    workspace_id   = string
    cosmos_id      = string
    function_id    = string
    gateway_id     = string
  }))
}

variable "topic_ids" {
  description = "The Event Grid topics, those of AWS cells included."
  type        = map(string)
}

variable "profile_ids" {
  description = "The Traffic Manager profiles: apex, and one for each cloud."
  type        = map(string)
}

variable "limits" {
  description = "When it rings: seconds that the change feed or an event may be behind."
  type = object({
    relay_behind_seconds       = optional(number, 60)
    replication_behind_seconds = optional(number, 120)
  })
  default = {}
}
