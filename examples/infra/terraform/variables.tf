variable "prefix" {
  description = "What every resource's name begins with."
  type        = string
  default     = "twinlog"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.prefix))
    error_message = "prefix is \"${var.prefix}\": set 2 to 12 lower-case letters and digits, a letter first."
  }
}

variable "azure_subscription_id" {
  description = "The subscription that holds the Azure half."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.azure_subscription_id))
    error_message = "azure_subscription_id is \"${var.azure_subscription_id}\": set what `az account show --query id` prints."
  }
}

variable "cells" {
  description = "Every cell of the matrix: its name, its cloud, its region there, and its incarnation, which is raised by whoever restores its database from a backup."
  type = list(object({
    name        = string
    cloud       = string
    region      = string
    incarnation = optional(number, 1)
  }))

  validation {
    condition     = length(var.cells) >= 2
    error_message = "cells lists ${length(var.cells)}: a matrix has two cells or more. Add one in the other cloud."
  }

  validation {
    condition     = length(distinct(var.cells[*].name)) == length(var.cells)
    error_message = "cells has a name twice (${join(", ", var.cells[*].name)}): give each cell its own, it is the origin of its events."
  }

  validation {
    condition     = alltrue([for cell in var.cells : can(regex("^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$", cell.name))])
    error_message = "cells has a name that is not up to 24 lower-case letters, digits and hyphens between them: set names such as aws-us-east-1."
  }

  validation {
    condition     = alltrue([for cell in var.cells : contains(["aws", "azure"], cell.cloud)])
    error_message = "cells has a cloud that is neither aws nor azure: set one of the two."
  }

  validation {
    condition     = alltrue([for cloud in ["aws", "azure"] : anytrue([for cell in var.cells : cell.cloud == cloud])])
    error_message = "cells are all in one cloud: add one in the other, or nothing is left when a cloud is lost."
  }

  validation {
    condition     = length(distinct([for cell in var.cells : "${cell.cloud} ${cell.region}"])) == length(var.cells)
    error_message = "cells has two in one region: give each its own region, a gateway there can have the global name once."
  }

  validation {
    condition     = alltrue([for cell in var.cells : contains(keys(local.nearest_azure_region), cell.region) if cell.cloud == "aws"])
    error_message = "cells has an AWS region that is not one of ${join(", ", keys(local.nearest_azure_region))}: set one of these, or add yours as docs/runbooks/add-a-region.md says."
  }

  validation {
    condition     = alltrue([for cell in var.cells : contains(local.azure_regions, cell.region) if cell.cloud == "azure"])
    error_message = "cells has an Azure region that is not one of ${join(", ", local.azure_regions)}: set one of these, or add yours as docs/runbooks/add-a-region.md says."
  }

  validation {
    condition     = alltrue([for cell in var.cells : cell.incarnation >= 1 && floor(cell.incarnation) == cell.incarnation])
    error_message = "cells has an incarnation that is no whole number from 1: leave it out, or raise it by one after a restore."
  }
}

variable "callers" {
  description = "Whose tokens clients show: the issuer, the audience that names this API, and where the issuer's keys are (JWKS). Alike in every cell."
  type = object({
    issuer   = string
    audience = string
    keys_url = string
  })

  validation {
    condition     = startswith(var.callers.issuer, "https://") && startswith(var.callers.keys_url, "https://") && var.callers.audience != ""
    error_message = "callers needs the https addresses of issuer and keys_url, and an audience: set what your identity provider calls issuer and jwks_uri."
  }
}

variable "drained_cells" {
  description = "Cells that nobody is to be led to: a planned evacuation. They go on replicating."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.drained_cells, var.cells[*].name)) == 0
    error_message = "drained_cells names ${join(", ", setsubtract(var.drained_cells, var.cells[*].name))}, and there is no such cell: set names out of ${join(", ", var.cells[*].name)}."
  }

  validation {
    condition     = length(setsubtract(var.cells[*].name, var.drained_cells)) > 0
    error_message = "drained_cells names every cell, and Traffic Manager leads to all where it may lead to none: leave one out."
  }
}

variable "policy" {
  description = "Who decides after create: any-cell, every cell at once; home-cell, each transaction's home."
  type        = string
  default     = "any-cell"

  validation {
    condition     = contains(["any-cell", "home-cell"], var.policy)
    error_message = "policy is \"${var.policy}\": set any-cell or home-cell."
  }
}

variable "zone" {
  description = "The DNS zone that this configuration owns: payments.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.zone))
    error_message = "zone is \"${var.zone}\": set a domain such as payments.example.com, in lower case and without a dot at the end."
  }
}

variable "global_name" {
  description = "The name that clients use, in the zone: api.payments.example.com. A CNAME to Traffic Manager."
  type        = string

  validation {
    condition     = endswith(var.global_name, ".${var.zone}")
    error_message = "global_name is \"${var.global_name}\": set a name below ${var.zone}, such as api.${var.zone}. The zone's own name can be no CNAME."
  }

  validation {
    condition     = !endswith(".${var.global_name}", ".aws.${var.zone}") && !endswith(".${var.global_name}", ".azure.${var.zone}")
    error_message = "global_name is \"${var.global_name}\": aws.${var.zone} and azure.${var.zone} are the clouds' own; set something like api.${var.zone}."
  }
}

variable "primary_dns" {
  description = "Who serves the zone: route53 or azure. The other has a sub-zone, aws.<zone> or azure.<zone>."
  type        = string
  default     = "route53"

  validation {
    condition     = contains(["route53", "azure"], var.primary_dns)
    error_message = "primary_dns is \"${var.primary_dns}\": set route53 or azure."
  }
}

variable "azure_domain_phase" {
  description = "prepare: vaults, certificates and records. serve: the Azure gateways answer to the global name. A first deploy is prepare, then serve."
  type        = string
  default     = "prepare"

  validation {
    condition     = contains(["prepare", "serve"], var.azure_domain_phase)
    error_message = "azure_domain_phase is \"${var.azure_domain_phase}\": set prepare first, and serve once the certificates are issued."
  }
}

variable "azure_domain_ownership_id" {
  description = "What proves to API Management that the global name is ours although it leads to Traffic Manager: bootstrap/domain-ownership.sh prints it. Needed to serve."
  type        = string
  default     = null

  validation {
    condition     = var.azure_domain_phase != "serve" || var.azure_domain_ownership_id != null
    error_message = "azure_domain_phase is serve and azure_domain_ownership_id is not set: set what bootstrap/domain-ownership.sh prints."
  }
}

variable "certificate_issuer" {
  description = "Who signs the Azure gateways' certificate: an issuer that the vault knows (DigiCert, GlobalSign), or Unknown for a request that is signed elsewhere and merged."
  type        = string
  default     = "Unknown"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9]*$", var.certificate_issuer))
    error_message = "certificate_issuer is \"${var.certificate_issuer}\": set Unknown, or the name of an issuer that the vault knows, such as DigiCert."
  }
}

variable "publisher" {
  description = "Whom API Management names as the API's publisher."
  type = object({
    name  = string
    email = string
  })

  validation {
    condition     = var.publisher.name != "" && can(regex("^[^@ ]+@[^@ ]+$", var.publisher.email))
    error_message = "publisher is \"${var.publisher.name}\" <${var.publisher.email}>: set a name, and an address that somebody reads."
  }
}

variable "alert_email" {
  description = "Whom alarms of both clouds are sent to."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.alert_email))
    error_message = "alert_email is \"${var.alert_email}\": set an address that somebody reads."
  }
}

variable "aws_token_issuer" {
  description = "The AWS account's own token issuer, as bootstrap/enable-token-issuer.sh prints it."
  type        = string

  validation {
    condition     = can(regex("^https://[^/ ]+$", var.aws_token_issuer))
    error_message = "aws_token_issuer is \"${var.aws_token_issuer}\": set what bootstrap/enable-token-issuer.sh prints, an https address without a path."
  }
}

variable "github" {
  description = "The repository whose pipelines plan and apply, its main branch, and the environment whose approval lets one apply."
  type = object({
    repository  = string
    branch      = optional(string, "main")
    environment = optional(string, "production")
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.repository is \"${var.github.repository}\": set owner/name, spelled exactly as GitHub does; the subject of a token is case-sensitive."
  }

  validation {
    condition     = var.github.branch != "" && var.github.environment != ""
    error_message = "github has no branch or no environment: set both, or leave them out for main and production; they are in the subjects of its tokens."
  }
}

variable "state_container_id" {
  description = "The container that holds Terraform's state, as bootstrap/state.sh prints it: the pipelines' identities may read it, and the one that applies may write it."
  type        = string

  validation {
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Storage/storageAccounts/[^/]+/blobServices/default/containers/[^/]+$", var.state_container_id))
    error_message = "state_container_id is \"${var.state_container_id}\": set what bootstrap/state.sh prints; a wider scope would be a wider right."
  }
}

variable "administrator_object_ids" {
  description = "Object ids in Entra of people who apply by hand: they may subscribe webhooks that Entra protects, and make the gateways' certificates."
  type        = set(string)

  validation {
    condition     = alltrue([for id in var.administrator_object_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "administrator_object_ids has one that is no object id: set what `az ad signed-in-user show --query id` prints, not a name or an address."
  }
}

variable "operator_object_ids" {
  description = "Object ids in Entra of people, groups and service principals who may operate the cells by `npx twinlog`. Empty: nobody may."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.operator_object_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "operator_object_ids has something else than an object id: set what `az ad signed-in-user show --query id` prints, no names and no mail addresses."
  }
}

variable "failover" {
  description = "How cells are watched, and how long an answer is cached: interval, time-out and TTL in seconds, and failed probes in a row that are forgiven."
  type = object({
    interval  = optional(number, 10)
    timeout   = optional(number, 5)
    tolerated = optional(number, 1)
    ttl       = optional(number, 10)
  })
  default = {}

  validation {
    condition     = contains([10, 30], var.failover.interval)
    error_message = "failover.interval is ${var.failover.interval}: Traffic Manager probes every 10 or every 30 seconds; set 10."
  }

  validation {
    condition     = var.failover.timeout >= 5 && var.failover.timeout <= (var.failover.interval == 10 ? 9 : 10)
    error_message = "failover.timeout is ${var.failover.timeout}: with an interval of ${var.failover.interval} s set it from 5 to ${var.failover.interval == 10 ? 9 : 10}."
  }

  validation {
    condition     = var.failover.tolerated >= 0 && var.failover.tolerated <= 9 && floor(var.failover.tolerated) == var.failover.tolerated
    error_message = "failover.tolerated is ${var.failover.tolerated}: set a whole number from 0 to 9."
  }

  validation {
    condition     = var.failover.ttl >= 1 && var.failover.ttl <= 60
    error_message = "failover.ttl is ${var.failover.ttl}: set 1 to 60. Clients keep an answer for that long, and reach a cell that is down all the while."
  }
}

variable "topics_per_cell" {
  description = "Event Grid topics of each cell. Each takes 5,000 events a second; a stream's events all go to one of them."
  type        = number
  default     = 1

  validation {
    condition     = var.topics_per_cell >= 1 && var.topics_per_cell <= 16 && floor(var.topics_per_cell) == var.topics_per_cell
    error_message = "topics_per_cell is ${var.topics_per_cell}: set a whole number from 1 to 16."
  }
}

variable "relay_parallelization" {
  description = "Lambdas at a time on each shard of an AWS cell's stream."
  type        = number
  default     = 2

  validation {
    condition     = var.relay_parallelization >= 1 && var.relay_parallelization <= 10 && floor(var.relay_parallelization) == var.relay_parallelization
    error_message = "relay_parallelization is ${var.relay_parallelization}: set a whole number from 1 to 10."
  }
}

variable "cosmos" {
  description = "The Azure cells' databases: serverless, or autoscale up to max_throughput request units a second; and for how long they can be restored to any moment. What an account was made with Terraform does not change: docs/runbooks/change-capacity.md."
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
    error_message = "cosmos.max_throughput is ${var.cosmos.max_throughput}: set 1000 or more, in steps of 1000, as autoscale does."
  }

  validation {
    condition     = contains(["Continuous7Days", "Continuous30Days"], var.cosmos.backup_tier)
    error_message = "cosmos.backup_tier is \"${var.cosmos.backup_tier}\": set Continuous7Days or Continuous30Days."
  }
}

variable "gateway_sku" {
  description = "The Azure gateways' tier and units: Consumption_0, or BasicV2_1, StandardV2_1 and their like."
  type        = string
  default     = "Consumption_0"

  validation {
    condition     = can(regex("^(Consumption_0|(BasicV2|StandardV2|Premium)_[1-9][0-9]?)$", var.gateway_sku))
    error_message = "gateway_sku is \"${var.gateway_sku}\": set Consumption_0, or a tier and its units such as StandardV2_1."
  }
}

variable "deletion_protection" {
  description = "Whether the logs refuse to be deleted. Off only to tear everything down. Terraform itself deletes none on Azure, on or off."
  type        = bool
  default     = true
}

variable "functions_dir" {
  description = "Where `npm run build:functions` left the two zip files."
  type        = string
  default     = "../build"

  validation {
    condition     = fileexists("${var.functions_dir}/aws.zip") && length(fileset(var.functions_dir, "azure-*.zip")) == 1
    error_message = "functions_dir is \"${var.functions_dir}\", and has no aws.zip or not just one azure-….zip: run `npm run build:functions`, or set where it left them."
  }
}
