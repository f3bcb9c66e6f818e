# Whom the doctor's role trusts and what it reads, as spokes/cloudformation/doctor-role.yaml makes it. No provider.

locals {
  partition = try(split(":", var.operator_arns[0])[1], "")
  operators = distinct([for arn in var.operator_arns : split(":", arn)[4]])

  trust = {
    Version = "2012-10-17"
    Statement = [
      {
        # The operators' account, narrowed by their names: a role named as principal is stored by its unique id, and
        # Identity Center makes its roles anew.
        Sid       = "OperatorsMayRead"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.operators[0]}:root" }
        # An operator's own session may carry a source identity or tags, and they come along.
        Action    = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        Condition = { ArnLike = { "aws:PrincipalArn" = var.operator_arns } }
      },
    ]
  }

  permissions = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadRoles"
        Effect   = "Allow"
        Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
        Resource = "arn:${local.partition}:iam::${var.account_id}:role/*"
      },
      {
        # A boundary may be a policy of AWS's own.
        Sid    = "ReadBoundaries"
        Effect = "Allow"
        Action = ["iam:GetPolicy", "iam:GetPolicyVersion"]
        Resource = [
          "arn:${local.partition}:iam::${var.account_id}:policy/*",
          "arn:${local.partition}:iam::aws:policy/*",
        ]
      },
    ]
  }
}
