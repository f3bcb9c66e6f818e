# Whom a spoke's role trusts, and what none of its sessions may do: values in, documents out, no provider. Equal to
# what "hubspoke-admin policy spoke-trust" and "spoke-boundary" write.

locals {
  tag_keys = sort(distinct(concat(keys(var.session_tags), tolist(var.caller_tag_keys))))
  tagged   = length(local.tag_keys) > 0 ? ["aws:TagKeys"] : []

  # One, or a list of two while it is changed. By way of JSON, since the two are of different types.
  external_ids = jsondecode(
    var.next_external_id == null ? jsonencode(var.external_id) : jsonencode([var.external_id, var.next_external_id])
  )

  # One statement per action: a condition on a key that is missing would refuse every vend.
  statements = [
    {
      route   = "hub"
      sid     = "HubMayAssume"
      action  = "sts:AssumeRole"
      trusted = var.hub_execution_role_arns
      conditions = {
        # A session that doesn't say for whom it is would be nobody's in CloudTrail.
        "Null"         = { "sts:SourceIdentity" = "false" }
        "StringEquals" = { "sts:ExternalId" = local.external_ids, "aws:PrincipalOrgID" = var.organization_id }
      }
    },
    {
      route      = "hub"
      sid        = "HubMaySetSourceIdentity"
      action     = "sts:SetSourceIdentity"
      trusted    = var.hub_execution_role_arns
      conditions = {}
    },
    {
      route   = "hub"
      sid     = "HubMayTagSession"
      action  = "sts:TagSession"
      trusted = var.hub_execution_role_arns
      # The tags of the role's profile, and no others; nothing where it has none. ForAllValues holds where there is
      # no key at all.
      conditions = {
        "StringEquals"              = { for key, value in var.session_tags : "aws:RequestTag/${key}" => value }
        "ForAllValues:StringEquals" = { for name in local.tagged : name => local.tag_keys }
        "Null"                      = { for name in local.tagged : name => "false" }
      }
    },
    {
      # As callers of the direct route assume it: they send no tags and no source identity.
      route   = "direct"
      sid     = "DirectHubRoleMayAssume"
      action  = "sts:AssumeRole"
      trusted = var.direct_hub_role_arns
      conditions = {
        "StringEquals" = { "sts:ExternalId" = var.direct_external_id, "aws:PrincipalOrgID" = var.organization_id }
      }
    },
  ]

  # Without what has no value: keys, then operators, then the condition itself.
  asked = {
    for each in local.statements : each.sid => {
      for operator, keys in each.conditions : operator => { for key, value in keys : key => value if value != null }
    }
  }
  conditions = {
    for sid, operators in local.asked : sid => { for operator, keys in operators : operator => keys if length(keys) > 0 }
  }

  trust = {
    Version = "2012-10-17"
    Statement = [
      for each in local.statements : merge(
        { Sid = each.sid, Effect = "Allow", Principal = { AWS = each.trusted }, Action = each.action },
        { for name in ["Condition"] : name => local.conditions[each.sid] if length(local.conditions[each.sid]) > 0 },
      ) if contains([each.route, "both"], var.route)
    ]
  }

  boundary = {
    Version = "2012-10-17"
    Statement = concat(
      # IAM is listed by what may be read, not by what may not be written: new actions then start outside.
      [
        {
          Sid       = "AnythingButIam"
          Effect    = "Allow"
          NotAction = "iam:*"
          Resource  = "*"
        },
        {
          Sid      = "ReadIam"
          Effect   = "Allow"
          Action   = ["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"]
          Resource = "*"
        },
      ],
      [for sid in ["PassRoles"] : { Sid = sid, Effect = "Allow", Action = "iam:PassRole", Resource = "*" } if var.allow_pass_role],
      # Denied outright: a trust policy that names the session itself would pass a mere missing Allow.
      [
        {
          Sid      = "NoFederation"
          Effect   = "Deny"
          Action   = ["sts:AssumeRoot", "sts:GetDelegatedAccessToken", "sts:GetFederationToken", "sts:GetWebIdentityToken"]
          Resource = "*"
        },
      ],
      [for sid in ["NoRoleChaining"] : { Sid = sid, Effect = "Deny", Action = "sts:AssumeRole", Resource = "*" } if !var.allow_role_chaining],
    )
  }
}
