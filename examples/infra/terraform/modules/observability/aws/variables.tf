variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "cell" {
  description = "The cell's name."
  type        = string
}

variable "region" {
  description = "The AWS region of the cell."
  type        = string
}

variable "peers" {
  description = "The other cells, whose events arrive here."
  type        = list(string)
}

variable "observed" {
  description = "What the aws-cell module says there is to look at."
  type = object({
    functions          = map(string)
    log_groups         = map(string)
    table              = string
    dead_letters       = string
    inbound            = string
    dead_letter_queues = map(string)
    failures_bucket    = string
    relay_mapping      = string
    api_id             = string
    health_check_id    = string
  })
}

variable "alert_email" {
  description = "Whom alarms are sent to."
  type        = string
}

variable "limits" {
  description = "When it rings: seconds that the relay or an event may be behind, and per cent of answers that may be 5xx."
  type = object({
    relay_behind_seconds       = optional(number, 60)
    replication_behind_seconds = optional(number, 120)
    server_errors_percent      = optional(number, 1)
  })
  default = {}
}
