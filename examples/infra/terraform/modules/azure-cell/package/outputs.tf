output "function_app_id" {
  description = "The function app, with its functions: whoever takes the id from here comes after them."
  value       = var.function_app_id

  depends_on = [terraform_data.package]
}
