variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "location" {
  description = "Where the resource group is noted. Azure DNS itself is in no region."
  type        = string
}

variable "zone" {
  description = "The zone's name: the whole zone where Azure DNS is the primary, azure.<zone> where Route 53 is."
  type        = string
}

variable "delegations" {
  description = "Sub-zones that live elsewhere, and their name servers."
  type        = map(list(string))
  default     = {}
}

variable "global" {
  description = "The name that clients use and what it is a CNAME to. Null where the other zone has it."
  type = object({
    name   = string
    target = string
    ttl    = number
  })
  default = null
}

variable "certificate_validations" {
  description = "For each name in this zone that a certificate of ACM is for, the record that proves it."
  type = map(object({
    name   = string
    type   = string
    record = string
  }))
  default = {}
}

variable "gateway_ownership" {
  description = "The TXT record by which API Management knows that the global name is ours: its name and its value. Null without one."
  type = object({
    name  = string
    value = string
  })
  default = null
}

variable "cells" {
  description = "For each Azure cell, its name in this zone and the gateway behind it: for people, and for the day that both Traffic Manager and Route 53 are out."
  type = map(object({
    name   = string
    target = string
  }))
  default = {}
}
