variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "cell" {
  description = "The cell's name: aws-us-east-1. Its origin is the name and the incarnation."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,31}$", var.cell))
    error_message = "A cell's name takes up to 32 lower-case letters, digits and hyphens: set something like aws-us-east-1."
  }
}

variable "region" {
  description = "The AWS region of the provider that this module is given."
  type        = string
}

variable "environment" {
  description = "TWINLOG_* variables that are alike in every cell, and this cell's peers."
  type        = map(string)
  default     = {}
}

variable "topic_endpoints" {
  description = "The Event Grid topics that this cell publishes to, in the order of their shards."
  type        = list(string)

  validation {
    condition     = length(var.topic_endpoints) > 0
    error_message = "A cell publishes to one topic at least: give the endpoint of its Event Grid topic."
  }
}

variable "entra" {
  description = "The Entra identity that this cell's functions exchange their AWS token for."
  type = object({
    tenant_id = string
    client_id = string
  })
}

variable "package" {
  description = "The functions' zip file, as `npm run build:functions` makes it."
  type        = string
}

variable "domain" {
  description = "The names that the HTTP API answers to, and the zone that cell and cloud are written to."
  type = object({
    global  = string
    cloud   = string
    cell    = string
    zone_id = string
  })
}

variable "certificate" {
  description = "The certificate for these names, and where the records stand that prove it."
  type = object({
    arn              = string
    validation_fqdns = list(string)
  })
}

variable "table" {
  description = "The log's table, where that is not the one that the prefix names: one that was restored beside it."
  type        = string
  default     = null

  validation {
    condition     = var.table == null || startswith(coalesce(var.table, "-"), var.prefix)
    error_message = "A pipeline may touch tables that begin with ${var.prefix}: restore to one such as ${var.prefix}-2, and set that."
  }
}

variable "deletion_protection" {
  description = "Whether the log refuses to be deleted. Off only to tear a cell down."
  type        = bool
  default     = true
}

variable "relay" {
  description = "How the stream is read: Lambdas at a time on each shard, records in a batch, and when a record goes to the bucket for what failed."
  type = object({
    parallelization   = optional(number, 2)
    batch_size        = optional(number, 100)
    retries           = optional(number, 30)
    max_age_seconds   = optional(number, 21600)
    failures_kept_for = optional(number, 365)
  })
  default = {}

  validation {
    condition     = var.relay.parallelization >= 1 && var.relay.parallelization <= 10
    error_message = "relay.parallelization is ${var.relay.parallelization}: Lambda takes 1 to 10 at a time on a shard."
  }

  validation {
    condition     = var.relay.retries >= 1 && var.relay.max_age_seconds >= 60 && var.relay.max_age_seconds < 86400
    error_message = "relay.retries must be 1 or more and relay.max_age_seconds 60 to 86399: a stream forgets after 24 hours, and a record without a bound blocks its shard until then."
  }
}

variable "receive" {
  description = "How the inbound queue is read: messages in a batch, Lambdas at a time, and receptions before a message goes to the dead-letter queue."
  type = object({
    batch_size   = optional(number, 10)
    concurrency  = optional(number, 50)
    max_receives = optional(number, 20)
  })
  default = {}
}

variable "throttle" {
  description = "Requests a second, and at once, that the stage lets in. The account's quota of the region stands above it (10,000 and 5,000 by default)."
  type = object({
    rate  = optional(number, 10000)
    burst = optional(number, 5000)
  })
  default = {}
}

variable "schedules" {
  description = "How often reconcile and sweep run, as EventBridge Scheduler writes it."
  type = object({
    reconcile = optional(string, "rate(5 minutes)")
    sweep     = optional(string, "rate(1 minute)")
  })
  default = {}
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps the functions' logs."
  type        = number
  default     = 30
}
