# Several role profiles, a hub in two Regions, both routes, and the doctor's role.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

module "spoke" {
  source = "../.."

  organization_id = "o-exampleorgid"
  hub_execution_role_arns = [
    "arn:aws:iam::111111111111:role/hubspoke-prod-eu-west-1-vend",
    "arn:aws:iam::111111111111:role/hubspoke-prod-us-east-1-vend",
  ]
  direct_hub_role_arns = ["arn:aws:iam::999999999999:role/automation-hub-role"]

  roles = {
    automation-spoke-role = {
      route            = "both"
      managed_policies = { read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
    }
    report-spoke-role = {
      inline_policies = { reports = file("${path.module}/reports.json") }
      session_tags    = { team = "reporting" }
    }
    deploy-spoke-role = {
      allow_pass_role  = true
      managed_policies = { power = "arn:aws:iam::aws:policy/PowerUserAccess" }
    }
  }

  doctor = {
    operator_arns = ["arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_HubOperators_????????????????"]
  }
}

output "role_arns" {
  value = module.spoke.role_arns
}
