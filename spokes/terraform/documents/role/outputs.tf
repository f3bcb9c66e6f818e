output "trust" {
  description = "The role's trust policy, as JSON."
  value       = jsonencode(local.trust)

  precondition {
    condition     = var.route == "direct" || length(var.hub_execution_role_arns) > 0
    error_message = "The hub's route needs hub_execution_role_arns; nobody else is trusted in its place."
  }

  precondition {
    condition     = var.route == "hub" || length(var.direct_hub_role_arns) > 0
    error_message = "The direct route needs direct_hub_role_arns; nobody else is trusted in its place."
  }

  precondition {
    condition     = var.next_external_id == null || var.external_id != null
    error_message = "next_external_id is taken beside external_id, which is null. Set external_id alone."
  }

  precondition {
    # What AWS allows before anybody asks for more, counted without white space as AWS does.
    condition     = length(jsonencode(local.trust)) <= 2048
    error_message = "The trust policy is over 2,048 characters. Ask AWS for a larger quota, or trust fewer roles."
  }
}

output "boundary" {
  description = "The policy that bounds the role, as JSON."
  value       = jsonencode(local.boundary)
}
