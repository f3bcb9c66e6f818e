output "trust" {
  description = "The role's trust policy, as JSON."
  value       = jsonencode(local.trust)
}

output "permissions" {
  description = "What the role reads, as JSON."
  value       = jsonencode(local.permissions)
}
