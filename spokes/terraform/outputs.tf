output "role_arns" {
  description = "The roles that are vended, by their names."
  value       = { for name in keys(var.roles) : name => aws_iam_role.spoke[name].arn }
}

output "boundary_arns" {
  description = "Their boundaries, by the roles' names."
  value       = { for name in keys(var.roles) : name => aws_iam_policy.boundary[name].arn }
}

output "doctor_role_arn" {
  description = "What hubspoke-admin doctor reads this account by. Null where there is none."
  value       = one(aws_iam_role.doctor[*].arn)
}
