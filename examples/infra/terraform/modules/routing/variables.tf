variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "unique" {
  description = "Six characters that make the profiles' names unique: all of Azure shares trafficmanager.net."
  type        = string
}

variable "location" {
  description = "Where the resource group is noted. Traffic Manager itself is in no region."
  type        = string
}

variable "global_name" {
  description = "The name that clients use, and that every probe asks for."
  type        = string
}

variable "endpoints" {
  description = "Every cell: its cloud, the host that answers for it, and the Azure region nearest to it, by which Performance routing measures."
  type = map(object({
    cloud    = string
    target   = string
    location = string
  }))
}

variable "drained" {
  description = "Cells that nobody is to be led to: an evacuation that is planned."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.drained, keys(var.endpoints))) == 0
    error_message = "drained names ${join(", ", setsubtract(var.drained, keys(var.endpoints)))}, and there is no such cell: name cells of this matrix."
  }

  validation {
    condition     = length(setsubtract(keys(var.endpoints), var.drained)) > 0
    error_message = "drained names every cell: leave one, or Traffic Manager answers as if all were healthy."
  }
}

variable "failover" {
  description = "How cells are watched, and how long an answer is cached: the probe's interval and time-out in seconds, failed probes in a row that are forgiven, and the TTL in seconds."
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
