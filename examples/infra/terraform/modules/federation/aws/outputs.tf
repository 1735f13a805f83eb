output "github_role_arns" {
  description = "AWS_PLAN_ROLE_ARN and AWS_APPLY_ROLE_ARN of the pipelines."
  value       = { for name, role in aws_iam_role.github : name => role.arn }
}

output "azure_cell_role_arns" {
  description = "For each Azure cell, the role that its identity can take in AWS by web identity. No cell does, and it may do nothing until a policy is attached."
  value       = { for cell, role in aws_iam_role.azure_cell : cell => role.arn }
}
