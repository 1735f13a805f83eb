variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "location" {
  description = "Where the identities are noted."
  type        = string
}

variable "subscription_id" {
  description = "The subscription that the pipelines plan and apply in."
  type        = string
}

variable "administrator_object_ids" {
  description = "Object ids of people who apply by hand: they may subscribe webhooks that Entra protects."
  type        = set(string)
}

variable "operator_object_ids" {
  description = "Object ids of people, groups and service principals who may operate the cells. No cell's identity is one."
  type        = set(string)
}

variable "state_container_id" {
  description = "The container that holds Terraform's state."
  type        = string
}

variable "cells" {
  description = "For each cell, the Azure region that its identity is noted in."
  type        = map(string)
}

variable "aws_roles" {
  description = "For each AWS cell, the roles of the functions that ask for identity tokens, by function."
  type        = map(map(string))

  validation {
    condition     = alltrue([for roles in values(var.aws_roles) : length(roles) <= 20])
    error_message = "aws_roles has more than 20 roles for one cell: an identity takes 20 federated credentials."
  }
}

variable "aws_token_issuer" {
  description = "The AWS account's own token issuer, as bootstrap/enable-token-issuer.sh prints it."
  type        = string

  validation {
    condition     = can(regex("^https://[0-9a-z-]+\\.tokens\\.sts\\.global\\.api\\.aws$", var.aws_token_issuer))
    error_message = "aws_token_issuer is \"${var.aws_token_issuer}\": set the https address that bootstrap/enable-token-issuer.sh prints, without a slash at its end."
  }
}

variable "github" {
  description = "The repository, its main branch and the environment whose approval lets a pipeline apply."
  type = object({
    repository  = string
    branch      = optional(string, "main")
    environment = optional(string, "production")
  })
}
