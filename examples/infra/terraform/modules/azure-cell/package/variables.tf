variable "function_app_id" {
  description = "The function app."
  type        = string
}

variable "configuration" {
  description = "What the app is updated for when it changes, as one text: its package is sent again then."
  type        = string
}

variable "package" {
  description = "Its zip file. The name changes with the content, or nothing would be deployed."
  type        = string
}
