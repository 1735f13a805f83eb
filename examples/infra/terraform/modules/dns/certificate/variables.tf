variable "names" {
  description = "What the certificate is for: the global name, the cloud's and the cell's."
  type = object({
    global = string
    cloud  = string
    cell   = string
  })
}
