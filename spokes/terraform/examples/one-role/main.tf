# One role, which the hub vends, in the account of the provider's credentials.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "external_id" {
  description = "As in the role's profile in the grants."
  type        = string
  sensitive   = true
}

module "spoke" {
  source = "../.."

  hub_execution_role_arns = ["arn:aws:iam::111111111111:role/hubspoke-prod-eu-west-1-vend"]

  roles = {
    automation-spoke-role = {
      external_id      = var.external_id
      managed_policies = { read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
    }
  }
}

output "role_arns" {
  value = module.spoke.role_arns
}
