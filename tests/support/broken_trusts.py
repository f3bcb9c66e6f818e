"""What can be wrong with a spoke's trust: whom it lets in, and what it asks of the hub."""

from random import Random

from tests.support.spokes import BARE, ORGANIZATION, OTHER_ACCOUNT, PLAIN, TAGGED, Spoke, fault, twin

# --- who is let in ------------------------------------------------------------------------------


@fault("TrustPrincipal", refuses=True)
def _another_principal(spoke: Spoke, rng: Random) -> None:
    hub, account = spoke.hub_role, spoke.hub_role.split(":")[4]
    other = rng.choice(
        [
            twin(hub),
            f"{hub}2",
            hub.replace("-vend", "-inventory"),
            hub.replace("eu-west-1", "us-east-1"),
            f"arn:aws:iam::{account}:user/operator",
        ]
    )
    spoke.everywhere({"AWS": rng.choice([other, [other, f"{other}x"]])})


@fault("TrustPrincipal", refuses=True)
def _another_principal_may_assume(spoke: Spoke, rng: Random) -> None:
    spoke.assume["Principal"] = {"AWS": rng.choice([twin(spoke.hub_role), OTHER_ACCOUNT])}


@fault("TrustPrincipalGone", refuses=True)
def _principal_gone(spoke: Spoke, rng: Random) -> None:
    gone = rng.choice(["AROA", "AIDA"]) + "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ234567", k=17))
    if rng.random() < 0.5:
        spoke.everywhere({"AWS": gone})
    else:
        spoke.assume["Principal"] = {"AWS": [gone]}


@fault("TrustOthers", refuses=False)
def _others_too(spoke: Spoke, rng: Random) -> None:
    kind, name = rng.choice(
        [
            ("AWS", f"arn:aws:iam::{OTHER_ACCOUNT}:role/somebody"),
            ("AWS", f"arn:aws:iam::{OTHER_ACCOUNT}:user/somebody"),
            ("AWS", f"arn:aws:iam::{spoke.account}:role/somebody/in/the/account"),
            ("AWS", twin(spoke.hub_role)),
            ("AWS", f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/somebody/session"),
            ("Service", "ec2.amazonaws.com"),
            ("Federated", f"arn:aws:iam::{spoke.account}:oidc-provider/token.example.com"),
            ("Federated", f"arn:aws:iam::{spoke.account}:saml-provider/people"),
        ]
    )
    action = "sts:AssumeRole"
    if kind == "Federated":
        action += "WithSAML" if "saml" in name else "WithWebIdentity"
    _let_in(spoke, rng, kind, name, action)


@fault("TrustAnybody", refuses=False)
def _an_account_too(spoke: Spoke, rng: Random) -> None:
    own, hub = spoke.account, spoke.hub_role.split(":")[4]
    account = rng.choice([own, hub, OTHER_ACCOUNT])
    name = rng.choice([account, f"arn:aws:iam::{account}:root"])
    if account != hub:
        _let_in(spoke, rng, "AWS", name, "sts:AssumeRole")
    else:
        spoke.assume["Principal"] = {"AWS": rng.choice([name, [name], [spoke.hub_role, name]])}


@fault("TrustAnybody", refuses=False)
def _anybody(spoke: Spoke, rng: Random) -> None:
    anybody = rng.choice(["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": [spoke.hub_role, "*"]}])
    if rng.random() < 0.3:
        anybody = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
        condition = rng.choice(
            [
                {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/*"}},
                {"StringEquals": {"aws:PrincipalArn": [spoke.hub_role, twin(spoke.hub_role)]}},
            ]
        )
        statement = {"Effect": "Allow", "Principal": anybody, "Action": "sts:AssumeRole"}
        spoke.trust["Statement"].append(statement | {"Sid": "More", "Condition": condition})
        return
    spoke.assume["Principal"] = anybody


def _let_in(spoke: Spoke, rng: Random, kind: str, name: str, action: str) -> None:
    """Trust somebody beside the hub: in its own statement, or in one of theirs."""
    if rng.random() < 0.5:
        principal = spoke.assume["Principal"]
        named = principal.get(kind, [])
        principal[kind] = [*([named] if isinstance(named, str) else named), name]
        rng.shuffle(principal[kind])
        actions = spoke.assume["Action"]
        spoke.assume["Action"] = actions if actions == action else [actions, action]
        return
    statement = {"Sid": "More", "Effect": "Allow", "Principal": {kind: name}, "Action": action}
    if rng.random() < 0.3:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": "theirs"}}
    spoke.trust["Statement"].append(statement)


# --- what is asked of the hub -------------------------------------------------------------------


@fault("TrustExternalId", refuses=True, roles=(PLAIN, TAGGED))
def _another_external_id(spoke: Spoke, rng: Random) -> None:
    right = spoke.assume["Condition"]["StringEquals"].pop("sts:ExternalId")
    wrong = rng.choice([right.upper(), right.title(), f"{right}-2", f" {right}", right[:-1], "another"])
    operator = rng.choice(["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
    if operator == "StringEqualsIgnoreCase":
        wrong = "another"
    spoke.condition(spoke.assume, operator, "sts:ExternalId", rng.choice([wrong, [wrong], [wrong, "third"]]))


@fault("TrustExternalId", refuses=True, roles=(BARE,))
def _an_external_id_that_is_not_sent(spoke: Spoke, rng: Random) -> None:
    operator, value = rng.choice(
        [
            ("StringEquals", "something"),
            ("StringLike", "some*"),
            ("Null", "false"),
            ("StringEqualsIgnoreCase", ["x", "y"]),
        ]
    )
    spoke.condition(spoke.assume, operator, "sts:ExternalId", value)


@fault("TrustAsksNoExternalId", refuses=False, roles=(PLAIN, TAGGED))
def _asks_for_no_external_id(spoke: Spoke, rng: Random) -> None:
    right = spoke.assume["Condition"]["StringEquals"].pop("sts:ExternalId")
    if not spoke.assume["Condition"]["StringEquals"]:
        del spoke.assume["Condition"]["StringEquals"]
    operator, value = rng.choice(
        [
            ("StringLike", "*"),
            ("StringLike", [right, "?*"]),
            ("Null", "false"),
            ("StringNotEquals", "nobody"),
            ("StringEqualsIfExists", right),
            ("", ""),
            ("", ""),
        ]
    )
    if operator:
        spoke.condition(spoke.assume, operator, "sts:ExternalId", value)


@fault("TrustAction", refuses=True)
def _may_not_assume(spoke: Spoke, rng: Random) -> None:
    if rng.random() < 0.4:
        spoke.trust["Statement"].remove(spoke.assume)
        return
    other = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRol", "sts:GetCallerIdentity", "sts:assumeroles"]
    spoke.assume["Action"] = rng.choice([rng.choice(other), rng.sample(other, 2)])


@fault("TrustSetSourceIdentity", refuses=True)
def _may_not_set_source_identity(spoke: Spoke, rng: Random) -> None:
    statement = spoke.statement("HubMaySetSourceIdentity")
    match rng.randrange(3):
        case 0:
            spoke.trust["Statement"].remove(statement)
        case 1:
            statement["Action"] = rng.choice(["sts:SourceIdentity", ["sts:TagSession"]])
        case _:
            gone = "AROA" + "Q" * 17
            statement["Principal"] = {"AWS": rng.choice([twin(spoke.hub_role), gone, [f"{spoke.hub_role}x"]])}


@fault("TrustAsksNoSourceIdentity", refuses=False)
def _asks_for_no_source_identity(spoke: Spoke, rng: Random) -> None:
    del spoke.assume["Condition"]["Null"]
    if rng.random() < 0.5:
        spoke.condition(spoke.assume, "StringLikeIfExists", "sts:SourceIdentity", "*")


@fault("TrustSourceIdentity", refuses=True)
def _wants_no_source_identity(spoke: Spoke, rng: Random) -> None:
    statement = spoke.statement("HubMaySetSourceIdentity")
    spoke.condition(statement, "Null", "sts:SourceIdentity", rng.choice(["true", ["true"], True]))


@fault("TrustTagSession", refuses=True, roles=(TAGGED,))
def _may_not_tag_sessions(spoke: Spoke, rng: Random) -> None:
    statement = spoke.statement("HubMayTagSession")
    if rng.random() < 0.5:
        spoke.trust["Statement"].remove(statement)
    else:
        statement["Principal"] = {"AWS": twin(spoke.hub_role)}


@fault("TrustTags", refuses=True, roles=(TAGGED,))
def _wants_other_tags(spoke: Spoke, rng: Random) -> None:
    statement = rng.choice([spoke.assume, spoke.statement("HubMayTagSession")])
    operator, key, value = rng.choice(
        [
            ("StringEquals", "aws:RequestTag/team", "Platform"),
            ("StringEquals", "aws:RequestTag/cost-center", ["1", "2"]),
            ("Null", "aws:RequestTag/team", "true"),
            ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "owner"]),
            ("ForAnyValue:StringEquals", "aws:TagKeys", "owner"),
        ]
    )
    spoke.condition(statement, operator, key, value)


@fault("TrustOrganization", refuses=True)
def _wants_another_organization(spoke: Spoke, rng: Random) -> None:
    operator = rng.choice(["StringEquals", "StringLike", "ForAnyValue:StringEquals"])
    value = rng.choice(["o-another000", ["o-another000", "o-third00000"], ORGANIZATION.upper()])
    spoke.condition(spoke.assume, operator, "aws:PrincipalOrgID", value)


# The embedded hub's account is in no organization, whatever the doctor is told, so it isn't refused.
@fault("TrustOrganization", refuses=None)
def _wants_another_organization_if_any(spoke: Spoke, _: Random) -> None:
    spoke.condition(spoke.assume, "StringEqualsIfExists", "aws:PrincipalOrgID", "o-another000")


@fault("TrustCondition", refuses=True)
def _condition_that_is_not_met(spoke: Spoke, rng: Random) -> None:
    hub = spoke.hub_role
    operator, key, value = rng.choice(
        [
            ("ArnLike", "aws:PrincipalArn", twin(hub)),
            ("ArnEquals", "aws:PrincipalArn", [f"{hub}x", twin(hub)]),
            ("StringEquals", "aws:PrincipalArn", hub.upper()),
            ("Bool", "aws:MultiFactorAuthPresent", "true"),
            ("StringEquals", "aws:PrincipalAccount", OTHER_ACCOUNT),
            ("StringNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/hubspoke-*"),
            ("StringEquals", "aws:RequestedRegion", ["us-east-1", "us-west-2"]),
            ("Bool", "aws:SecureTransport", "false"),
            ("StringEquals", "aws:PrincipalType", "User"),
        ]
    )
    spoke.condition(spoke.assume, operator, key, value)


@fault("TrustConditionUnknown", refuses=None)
def _condition_that_nobody_knows(spoke: Spoke, rng: Random) -> None:
    operator, key, value = rng.choice(
        [
            ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "198.51.100.7"]),
            ("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0"),
            ("StringEquals", "aws:PrincipalTag/team", "platform"),
            ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
            ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
            ("StringLike", "sts:RoleSessionName", "somebody-*"),
            ("StringLike", "sts:SourceIdentity", "user.121212121212.*"),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-*/ou-*"),
            ("BinaryEquals", "aws:PrincipalTag/key", "QmluYXJ5"),
        ]
    )
    spoke.condition(spoke.assume, operator, key, value)
