variable "prefix" {
  description = "What every resource's name begins with: twinlog."
  type        = string
}

variable "github" {
  description = "The repository, its main branch and the environment whose approval lets a pipeline apply."
  type = object({
    repository  = string
    branch      = optional(string, "main")
    environment = optional(string, "production")
  })
}

variable "entra" {
  description = "Who issues the Azure cells' tokens, and whom they are for."
  type = object({
    issuer   = string
    audience = string
  })
}

variable "azure_cells" {
  description = "For each Azure cell, the object id of its managed identity: the subject of its tokens."
  type        = map(string)
}
