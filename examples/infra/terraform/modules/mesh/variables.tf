variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "unique" {
  description = "Six characters that make the names unique which all of Azure shares."
  type        = string
}

variable "origins" {
  description = "Every cell, as one that publishes: where its topics stand, and the identity that may send to them."
  type = map(object({
    location     = string
    principal_id = string
  }))

  validation {
    condition     = length(var.origins) >= 2
    error_message = "A mesh joins two cells or more: give a second one."
  }
}

variable "azure_destinations" {
  description = "For each Azure cell, the function that receives."
  type        = map(string)
}

variable "aws_destinations" {
  description = "For each AWS cell, the URL that it answers at, without a path."
  type        = map(string)
}

variable "webhook" {
  description = "The Entra application that deliveries to AWS carry a token for."
  type = object({
    tenant_id = string
    client_id = string
  })
}

variable "topics_per_cell" {
  description = "Topics of each cell. A stream's events all go to one of them, by a hash of the stream."
  type        = number
  default     = 1

  validation {
    condition     = var.topics_per_cell >= 1 && var.topics_per_cell <= 16 && floor(var.topics_per_cell) == var.topics_per_cell
    error_message = "topics_per_cell is ${var.topics_per_cell}: set a whole number from 1 to 16."
  }
}

variable "delivery" {
  description = "Events and kilobytes that a delivery has at most, and how long it is tried: Event Grid's own longest by default."
  type = object({
    max_events   = optional(number, 100)
    kilobytes    = optional(number, 512)
    max_attempts = optional(number, 30)
    max_minutes  = optional(number, 1440)
  })
  default = {}

  validation {
    condition     = var.delivery.max_attempts >= 1 && var.delivery.max_attempts <= 30 && var.delivery.max_minutes >= 1 && var.delivery.max_minutes <= 1440
    error_message = "delivery takes max_attempts from 1 to 30 and max_minutes from 1 to 1440: Event Grid tries no longer."
  }
}
