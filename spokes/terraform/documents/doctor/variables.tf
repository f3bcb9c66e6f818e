variable "operator_arns" {
  description = "Who runs hubspoke-admin doctor, all in one account. Of a permission set of Identity Center, with its sixteen digits as question marks."
  type        = list(string)

  validation {
    condition     = length(var.operator_arns) > 0 && alltrue([for arn in var.operator_arns : can(regex("^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@/-]{3,}[?]{0,16}$", arn))])
    error_message = "Name at least one user or role by its ARN, without stars; sixteen ? may stand at the end."
  }

  validation {
    condition     = length(distinct([for arn in var.operator_arns : try(split(":", arn)[4], "")])) <= 1
    error_message = "All operators are of one account."
  }
}

variable "account_id" {
  description = "The spoke's account."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}
