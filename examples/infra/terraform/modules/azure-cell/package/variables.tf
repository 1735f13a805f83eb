variable "function_app_id" {
  description = "The function app."
  type        = string
}

variable "package" {
  description = "Its zip file. The name changes with the content, or nothing would be deployed."
  type        = string
}
