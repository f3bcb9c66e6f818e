variable "roles" {
  description = <<-EOT
    The roles of this account, by their names in the hub's grants:
    route: who assumes the role: hub, direct or both.
    path: the hub's SpokeRolePath. The hub can't assume a role under another path; "/" is for the direct route.
    external_id: as in the role's profile. It will stand in the trust, for whoever may read the role.
    next_external_id: taken as well while external_id is changed.
    direct_external_id: what callers of the direct route must give.
    managed_policies: ARNs of managed policies, each under a name of your choice.
    inline_policies: documents as JSON, each under its policy's name: jsonencode({…}), or file("permissions.json").
    session_tags, caller_tag_keys: the tags of the role's profile.
    allow_role_chaining, allow_pass_role: widen the role's boundary. Say true only where the role's work needs it.
  EOT
  type = map(object({
    route               = optional(string, "hub")
    path                = optional(string, "/hubspoke/")
    external_id         = optional(string)
    next_external_id    = optional(string)
    direct_external_id  = optional(string)
    managed_policies    = optional(map(string), {})
    inline_policies     = optional(map(string), {})
    session_tags        = optional(map(string), {})
    caller_tag_keys     = optional(set(string), [])
    allow_role_chaining = optional(bool, false)
    allow_pass_role     = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.roles) : can(regex("^[A-Za-z0-9_+=,.@-]{1,55}$", name))])
    error_message = "A role's name has 1 to 55 of the characters A-Z a-z 0-9 _ + = , . @ and -; its boundary's has nine more."
  }

  validation {
    condition     = alltrue([for role in values(var.roles) : can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", role.path))])
    error_message = "A path begins and ends with a slash."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.roles) : [for arn in values(role.managed_policies) : can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]+$", arn))]]))
    error_message = "Each of managed_policies is the ARN of a policy, AWS's or this account's."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.roles) : [for text in values(role.inline_policies) : can(jsondecode(text).Statement)]]))
    error_message = "Each of inline_policies is a policy document as JSON. A file is read by file(\"permissions.json\")."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.roles) : [for name in keys(role.inline_policies) : can(regex("^[A-Za-z0-9_+=,.@-]{1,128}$", name))]]))
    error_message = "A policy's name has 1 to 128 of the characters A-Z a-z 0-9 _ + = , . @ and -."
  }
}

variable "hub_execution_role_arns" {
  description = "ARNs of the hub's execution roles, exact, one per Region of the hub: the stacks' output ExecutionRoleArn. They must exist."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "direct_hub_role_arns" {
  description = "ARNs, exact, of the hub roles of the direct route. They must exist."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "organization_id" {
  description = "The hub's organization. Null without AWS Organizations."
  type        = string
  default     = null
}

variable "doctor" {
  description = <<-EOT
    The role by which operators read this account for hubspoke-admin doctor. Null for none.
    operator_arns: users and roles of one account. Of a permission set of Identity Center, with its sixteen digits as
    question marks.
  EOT
  type = object({
    operator_arns = list(string)
    role_name     = optional(string, "hubspoke-doctor")
  })
  default = null

  validation {
    condition     = var.doctor == null || can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.doctor.role_name))
    error_message = "A role's name has 1 to 64 of the characters A-Z a-z 0-9 _ + = , . @ and -."
  }
}
