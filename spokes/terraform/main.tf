# Roles in a spoke account, as spokes/cloudformation makes them.

data "aws_caller_identity" "current" {}

module "role_documents" {
  source   = "./documents/role"
  for_each = var.roles

  route                   = each.value.route
  hub_execution_role_arns = var.hub_execution_role_arns
  direct_hub_role_arns    = var.direct_hub_role_arns
  organization_id         = var.organization_id
  external_id             = each.value.external_id
  next_external_id        = each.value.next_external_id
  direct_external_id      = each.value.direct_external_id
  session_tags            = each.value.session_tags
  caller_tag_keys         = each.value.caller_tag_keys
  allow_role_chaining     = each.value.allow_role_chaining
  allow_pass_role         = each.value.allow_pass_role
}

module "doctor_documents" {
  source = "./documents/doctor"
  count  = var.doctor == null ? 0 : 1

  operator_arns = var.doctor.operator_arns
  account_id    = data.aws_caller_identity.current.account_id
}

locals {
  descriptions = {
    hub    = "Vended by hubspoke; every session carries its caller as source identity"
    direct = "Vended by hubspoke, and assumed directly by a hub role"
    both   = "Vended by hubspoke, and assumed directly by a hub role"
  }

  # By names and not by ARNs: what isn't made yet has no ARN to plan by.
  attachments = merge([
    for name, role in var.roles : {
      for key, arn in role.managed_policies : "${name}/${key}" => { role = name, arn = arn }
    }
  ]...)
  inline_policies = merge([
    for name, role in var.roles : {
      for key, document in role.inline_policies : "${name}/${key}" => { role = name, name = key, document = document }
    }
  ]...)
}

resource "aws_iam_policy" "boundary" {
  for_each = var.roles

  name        = "${each.key}-boundary"
  path        = each.value.path
  description = "Ceiling of a role vended by hubspoke"
  policy      = module.role_documents[each.key].boundary
}

resource "aws_iam_role" "spoke" {
  for_each = var.roles

  name                 = each.key
  path                 = each.value.path
  description          = local.descriptions[each.value.route]
  assume_role_policy   = module.role_documents[each.key].trust
  permissions_boundary = aws_iam_policy.boundary[each.key].arn
  # Role chaining allows neither route more, nobody else is trusted, and IAM takes no less.
  max_session_duration = 3600
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each = local.attachments

  role       = aws_iam_role.spoke[each.value.role].name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "inline" {
  for_each = local.inline_policies

  name   = each.value.name
  role   = aws_iam_role.spoke[each.value.role].name
  policy = each.value.document
}

resource "aws_iam_role" "doctor" {
  count = var.doctor == null ? 0 : 1

  name                 = var.doctor.role_name
  description          = "Reads roles and what bounds them for hubspoke-admin doctor, and nothing else"
  assume_role_policy   = module.doctor_documents[0].trust
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "doctor" {
  count = var.doctor == null ? 0 : 1

  name   = "read-roles"
  role   = aws_iam_role.doctor[0].name
  policy = module.doctor_documents[0].permissions
}
