variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "cell" {
  description = "The cell's name: azure-eastus. Its origin is the name and the incarnation."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,31}$", var.cell))
    error_message = "A cell's name takes up to 32 lower-case letters, digits and hyphens: set something like azure-eastus."
  }
}

variable "location" {
  description = "The Azure region: eastus."
  type        = string
}

variable "administrator_object_ids" {
  description = "Object ids of people who apply by hand: they make the certificate in the vault, and merge what its CA has signed."
  type        = set(string)
}

variable "tenant_id" {
  description = "The Entra tenant of the subscription."
  type        = string
}

variable "unique" {
  description = "Six characters that make the names unique which all of Azure shares: storage accounts, gateways, vaults."
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

variable "identity" {
  description = "Who the cell is: to Cosmos DB, to storage, to Event Grid, to the other cells and to AWS."
  type = object({
    id           = string
    client_id    = string
    principal_id = string
  })
}

variable "package" {
  description = "The function app's zip file, as `npm run build:functions` makes it. Its name changes with its content, or nothing would be deployed."
  type        = string
}

variable "global_name" {
  description = "The name that clients use: what the gateway's certificate is for."
  type        = string
}

variable "domain_phase" {
  description = "prepare: the vault and the certificate. serve: the gateway answers to the global name with it."
  type        = string
  default     = "prepare"

  validation {
    condition     = contains(["prepare", "serve"], var.domain_phase)
    error_message = "domain_phase is \"${var.domain_phase}\": set prepare first, and serve once the certificate is issued."
  }
}

variable "certificate_issuer" {
  description = "Who signs the certificate: an issuer that the vault knows (DigiCert, GlobalSign), or Unknown for a request that is signed elsewhere and merged."
  type        = string
  default     = "Unknown"
}

variable "publisher" {
  description = "Whom API Management names as the API's publisher."
  type = object({
    name  = string
    email = string
  })
}

variable "gateway_sku" {
  description = "API Management's tier and units: Consumption_0, or StandardV2_1 and its like where the quotas of Consumption are too small."
  type        = string
  default     = "Consumption_0"
}

variable "cosmos" {
  description = "The account's capacity: serverless, or autoscale up to max_throughput request units a second. What an account was made with Terraform does not change: docs/runbooks/change-capacity.md."
  type = object({
    capacity       = optional(string, "serverless")
    max_throughput = optional(number, 4000)
    backup_tier    = optional(string, "Continuous7Days")
  })
  default = {}

  validation {
    condition     = contains(["serverless", "autoscale"], var.cosmos.capacity)
    error_message = "cosmos.capacity is \"${var.cosmos.capacity}\": set serverless or autoscale."
  }

  validation {
    condition     = var.cosmos.max_throughput >= 1000 && var.cosmos.max_throughput % 1000 == 0
    error_message = "cosmos.max_throughput is ${var.cosmos.max_throughput}: autoscale takes 1000 or more, in steps of 1000."
  }
}

variable "function_app" {
  description = "The Flex Consumption app: memory of an instance in MB, and how many instances there may be."
  type = object({
    memory        = optional(number, 2048)
    max_instances = optional(number, 100)
  })
  default = {}

  validation {
    condition     = contains([512, 2048, 4096], var.function_app.memory)
    error_message = "function_app.memory is ${var.function_app.memory}: Flex Consumption has instances of 512, 2048 and 4096 MB."
  }
}

variable "deletion_protection" {
  description = "Whether the log is locked, and refuses to be deleted by hand. Off only to tear a cell down; Terraform itself deletes it never."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long Log Analytics keeps the functions' logs."
  type        = number
  default     = 30
}
