variable "route" {
  description = "Who assumes the role: the hub's function (hub), a hub role that callers assume (direct), or both."
  type        = string
  default     = "hub"

  validation {
    condition     = contains(["hub", "direct", "both"], var.route)
    error_message = "The route is hub, direct or both."
  }
}

variable "hub_execution_role_arns" {
  description = "ARNs of the hub's execution roles, exact, one per Region of the hub: the stacks' output ExecutionRoleArn."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.hub_execution_role_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", arn))])
    error_message = "Each is the ARN of one role, without stars: arn:PARTITION:iam::ACCOUNT:role/NAME."
  }
}

variable "direct_hub_role_arns" {
  description = "ARNs, exact, of the hub roles of the direct route."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.direct_hub_role_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", arn))])
    error_message = "Each is the ARN of one role, without stars: arn:PARTITION:iam::ACCOUNT:role/NAME."
  }
}

variable "organization_id" {
  description = "The hub's organization. Null without AWS Organizations."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null || can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "An organization's id is o- and 10 to 32 lower-case letters and digits."
  }
}

variable "external_id" {
  description = "The external id in the role's profile in the grants. Null where it has none."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null || try(length(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.external_id)) <= 1224, false)
    error_message = "An external id has 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / and -."
  }
}

variable "next_external_id" {
  description = "Taken as well while the external id is changed. Then it is the external id, and this is null again."
  type        = string
  default     = null

  validation {
    condition     = var.next_external_id == null || try(length(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.next_external_id)) <= 1224, false)
    error_message = "An external id has 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / and -."
  }
}

variable "direct_external_id" {
  description = "The external id that callers of the direct route must give. Null where they need none."
  type        = string
  default     = null

  validation {
    condition     = var.direct_external_id == null || try(length(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.direct_external_id)) <= 1224, false)
    error_message = "An external id has 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / and -."
  }
}

variable "session_tags" {
  description = "The tags of the role's profile in the grants: every vend carries them, and the trust asks for them."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.session_tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value))])
    error_message = "A tag's key has 1 to 128, its value at most 256 letters, digits, spaces and characters of _ . : / = + - @."
  }
}

variable "caller_tag_keys" {
  description = "The keys of tags that the role's profile lets callers set."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for key in var.caller_tag_keys : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key))])
    error_message = "A tag's key has 1 to 128 letters, digits, spaces and characters of _ . : / = + - @."
  }
}

variable "allow_role_chaining" {
  description = "Let vended sessions assume further roles. Say true only where the role's work needs it."
  type        = bool
  default     = false
}

variable "allow_pass_role" {
  description = "Let vended sessions pass roles to services, which can do more than the session itself."
  type        = bool
  default     = false
}
