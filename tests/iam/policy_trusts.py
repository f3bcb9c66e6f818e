"""Proofs about the trusts: of the hub role, for principals and permission sets, and of a role in a spoke."""

from dataclasses import replace

from tests.iam.documents import ORGANIZATION, SPOKE, session_of
from tests.iam.proofs import Proof, by, by_trust, no_condition, put, saying, without
from tests.iam.simulator import Request
from tests.support.policies import AUTOMATION, GRANTED, HUB, IN_ORGANIZATION

EXTERNAL_ID = "automation-external-id-demo"
DIRECT_EXTERNAL_ID = "this-is-my-automation"
OTHER = "333333333333"
HUB_ROLE = f"arn:aws:iam::{HUB}:role/automation-hub-role"
EXECUTION_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"
OTHER_REGION = f"arn:aws:iam::{HUB}:role/hubspoke-prod-us-east-1-vend"


def assuming(
    principal: str | None,
    resource: str,
    *,
    action: str = "sts:AssumeRole",
    external_id: str | None = EXTERNAL_ID,
    source_identity: str | None = None,
) -> Request:
    """Ask for a session, with what STS fills in for the action."""
    context = {"aws:PrincipalOrgID": ORGANIZATION}
    if action == "sts:AssumeRole" and external_id:
        context["sts:ExternalId"] = external_id
    if source_identity and action != "sts:TagSession":
        context["sts:SourceIdentity"] = source_identity
    return Request(
        principal=principal, action=action, resource=resource, account=resource.split(":")[4], context=context
    )


def strangers(intended: Request, own_name: str) -> dict[str, Request]:
    """Return callers that no trust for an exact principal lets in."""
    caller = str(intended.principal)
    account = caller.split(":")[4]
    return {
        "another role": by(intended, account, "admin"),
        "a longer name": replace(intended, principal=f"arn:aws:iam::{account}:user/{own_name}-2"),
        "a role of a longer name": by(intended, account, f"{own_name}-2"),
        "a role of a shorter name": by(intended, account, own_name[:-1]),
        "a twin in another account": by(intended, OTHER, own_name),
        "a user of that name in another account": replace(
            intended, principal=f"arn:aws:iam::{OTHER}:user/{own_name}"
        ),
        "a twin in another partition": replace(
            intended, principal=f"arn:aws-cn:sts::{account}:assumed-role/{own_name}/x"
        ),
        "a session of the name": replace(
            intended, principal=f"arn:aws:sts::{account}:assumed-role/x/{own_name}"
        ),
        "a federated user": replace(intended, principal=f"arn:aws:sts::{account}:federated-user/x"),
        "root": replace(intended, principal=f"arn:aws:iam::{account}:root"),
        "another root": replace(intended, principal=f"arn:aws:iam::{OTHER}:root"),
        "itself": replace(intended, principal=session_of(intended.resource)),
        "nobody": replace(intended, principal=None),
        "a service": replace(intended, principal="ec2.amazonaws.com"),
        "SAML": assuming(caller, intended.resource, action="sts:AssumeRoleWithSAML"),
        "a web identity": assuming(caller, intended.resource, action="sts:AssumeRoleWithWebIdentity"),
    }


def by_external_id(intended: Request, other: str) -> dict[str, Request]:
    """Return what isn't the external id, the other route's among it."""
    own = intended.context["sts:ExternalId"]
    return {
        "no external id": without(intended, "sts:ExternalId"),
        **{
            name: saying(intended, "sts:ExternalId", value)
            for name, value in {
                "an empty external id": "",
                "another external id": "deploy-external-id-demo",
                "the other route's external id": other,
                "a longer external id": f"{own}2",
                "an external id in capitals": own.upper(),
                "a star for an external id": "*",
            }.items()
        },
    }


def by_organization(intended: Request) -> dict[str, Request]:
    return {
        "another organization": saying(intended, "aws:PrincipalOrgID", "o-zzzzzzzzzz"),
        "a longer organization": saying(intended, "aws:PrincipalOrgID", f"{ORGANIZATION}k"),
        "no organization": without(intended, "aws:PrincipalOrgID"),
    }


# --- the hub role, for a user and a role --------------------------------------------------------

USER, ROLE = f"arn:aws:iam::{HUB}:user/sys-automation", f"arn:aws:iam::{OTHER}:role/ci/deployer"
_USER, _ROLE = (
    assuming(USER, HUB_ROLE, external_id=None),
    assuming(session_of(ROLE), HUB_ROLE, external_id=None),
)
HUB_TRUST = ("hub-trust", "--principal", USER, "--principal", ROLE)
INTENDED = {"the user": _USER, "the role": _ROLE}
OUTSIDERS = {
    **strangers(_USER, "sys-automation"),
    **{
        f"role: {name}": each
        for name, each in strangers(_ROLE, "deployer").items()
        if "in another" not in name
    },
    "a tag": assuming(USER, HUB_ROLE, action="sts:TagSession"),
    "a source identity": assuming(USER, HUB_ROLE, action="sts:SetSourceIdentity", source_identity="x.y"),
}
ANY_PRINCIPAL = (put("CallersMayAssume", "Principal", {"AWS": HUB}), "another role")

# --- the hub role, for people -------------------------------------------------------------------

DIGITS = "0123456789abcdef"
SET = "PowerUserAccess"
PATH = "aws-reserved/sso.amazonaws.com/"


def person(role: str, account: str = HUB) -> Request:
    """Ask as somebody with a session of a role, as IAM fills in its ARN: with its path."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    asked = assuming(session_of(arn, "ann@example.com"), HUB_ROLE, external_id=None)
    return saying(asked, "aws:PrincipalArn", arn)


PEOPLE = {
    "Identity Center in us-east-1": person(f"{PATH}AWSReservedSSO_{SET}_{DIGITS}"),
    "Identity Center in us-east-2": person(f"{PATH}us-east-2/AWSReservedSSO_{SET}_{DIGITS}"),
    "Identity Center in ap-southeast-2": person(f"{PATH}ap-southeast-2/AWSReservedSSO_{SET}_{'f' * 16}"),
}
TWINS = {
    f"{name}{place or ', us-east-1'}": person(f"{PATH}{place.strip(', ')}{'/' if place else ''}{role}")
    for place in ("", ", us-east-2")
    for name, role in {
        "a set that begins alike": f"AWSReservedSSO_{SET}_ReadOnly_{DIGITS}",
        "a set that begins alike by a digit": f"AWSReservedSSO_{SET}2_{DIGITS}",
        "a set that ends alike": f"AWSReservedSSO_My{SET}_{DIGITS}",
        "a set with our name at its end": f"AWSReservedSSO_X_{SET}_{DIGITS}",
        "another set": f"AWSReservedSSO_AdministratorAccess_{DIGITS}",
        "a shorter set": f"AWSReservedSSO_{SET[:-1]}_{DIGITS}",
        "a set in capitals": f"AWSReservedSSO_{SET.upper()}_{DIGITS}",
        "too few digits": f"AWSReservedSSO_{SET}_{DIGITS[:-1]}",
        "too many digits": f"AWSReservedSSO_{SET}_{DIGITS}0",
        "no digits": f"AWSReservedSSO_{SET}_",
    }.items()
}
OTHERS = {
    **TWINS,
    "a role made by hand": person(f"AWSReservedSSO_{SET}_{DIGITS}"),
    "a role under a path made by hand": person(f"team/{PATH}AWSReservedSSO_{SET}_{DIGITS}"),
    "a path that begins alike": person(f"aws-reserved-2/sso.amazonaws.com/AWSReservedSSO_{SET}_{DIGITS}"),
    "a domain that begins alike": person(f"aws-reserved/sso.amazonaws.com.cn/AWSReservedSSO_{SET}_{DIGITS}"),
    "the set in another account": person(f"{PATH}us-east-2/AWSReservedSSO_{SET}_{DIGITS}", OTHER),
    "an administrator": person("admin"),
    "the hub role itself": person("automation-hub-role"),
    "a user": saying(_USER, "aws:PrincipalArn", USER),
    "root": saying(
        replace(_USER, principal=f"arn:aws:iam::{HUB}:root"), "aws:PrincipalArn", f"arn:aws:iam::{HUB}:root"
    ),
    "nobody": replace(_USER, principal=None),
    "a service": replace(_USER, principal="ec2.amazonaws.com"),
}


def loosened(pattern: str) -> dict[str, object]:
    return {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/{pattern}"}}


SSO = "PermissionSetsMayAssume"
SSO_SPOILT = [
    (
        put(SSO, "Condition", loosened(f"{PATH}AWSReservedSSO_{SET}_*")),
        "a set that begins alike, us-east-1",
    ),
    (put(SSO, "Condition", loosened(f"*AWSReservedSSO_{SET}_{'?' * 16}")), "a role made by hand"),
    (
        put(SSO, "Condition", loosened(f"{PATH}*{SET}_{'?' * 16}")),
        "a set that ends alike, us-east-2",
    ),
    (put(SSO, "Condition", {}), "an administrator"),
]

# --- a role in a spoke --------------------------------------------------------------------------

SPOKE_ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
IDENTITY = "user.111111111111.inventory-bot"
DIRECT = assuming(session_of(HUB_ROLE), SPOKE_ROLE, external_id=DIRECT_EXTERNAL_ID)
VENDS = {
    f"{action} from {where}": assuming(session_of(role), SPOKE_ROLE, action=action, source_identity=IDENTITY)
    for action in ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
    for where, role in (("here", EXECUTION_ROLE), ("there", OTHER_REGION))
}
VEND = VENDS["sts:AssumeRole from here"]
AT_THE_SPOKE = {
    "an administrator of the spoke": by(DIRECT, SPOKE, "admin"),
    "the spoke's root": replace(DIRECT, principal=f"arn:aws:iam::{SPOKE}:root"),
    "its twin in another spoke": by(DIRECT, OTHER, "automation-spoke-role"),
    "a caller itself": replace(DIRECT, principal=USER),
}
NOT_BY_HUB_ROLE = {
    **strangers(DIRECT, "automation-hub-role"),
    **AT_THE_SPOKE,
    "a tag by the hub role": replace(VENDS["sts:TagSession from here"], principal=session_of(HUB_ROLE)),
    "a source identity by the hub role": replace(
        VENDS["sts:SetSourceIdentity from here"], principal=session_of(HUB_ROLE)
    ),
}
NOT_BY_HUB = {
    **strangers(VEND, "hubspoke-prod-eu-west-1-vend"),
    **AT_THE_SPOKE,
    "for nobody": without(VEND, "sts:SourceIdentity"),
    "the hub of another environment": by(VEND, HUB, "hubspoke-staging-eu-west-1-vend"),
    "a Region without a hub": by(VEND, HUB, "hubspoke-prod-eu-central-1-vend"),
}
FUNCTION = {"the function, by the direct statement": without(VEND, "sts:SourceIdentity")}
ASSUME, HUB_ROLE_ASSUMES = "HubMayAssume", "DirectHubRoleMayAssume"
TRUST = ("spoke-trust", *AUTOMATION, *GRANTED)
SPOILT_VEND = [
    (no_condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
    (no_condition(ASSUME, "StringEquals", "sts:ExternalId"), "another external id"),
    (put(ASSUME, "Principal", {"AWS": HUB}), "the hub of another environment"),
    (put(ASSUME, "Principal", {"AWS": SPOKE}), "itself"),
]
SPOILT_DIRECT = [
    (no_condition(HUB_ROLE_ASSUMES, "StringEquals", "sts:ExternalId"), "no external id"),
    (put(HUB_ROLE_ASSUMES, "Principal", {"AWS": HUB}), "a role of a longer name"),
    (put(HUB_ROLE_ASSUMES, "Principal", "*"), "a twin in another account"),
]


def within(intended: dict[str, Request], proof: Proof, sid: str) -> Proof:
    """Return a proof of the same document within an organization, which is then asked for."""
    (first, *_) = intended.values()
    return replace(
        proof,
        command=(*proof.command, *IN_ORGANIZATION),
        refused={**proof.refused, **by_organization(first)},
        spoilt=[
            *proof.spoilt,
            (no_condition(sid, "StringEquals", "aws:PrincipalOrgID"), "another organization"),
            (no_condition(sid, "StringEquals", "aws:PrincipalOrgID"), "no organization"),
        ],
    )


_HUB_TRUST = Proof(
    HUB_TRUST,
    by_trust,
    INTENDED,
    OUTSIDERS,
    [
        ANY_PRINCIPAL,
        (put("CallersMayAssume", "Principal", "*"), "a twin in another account"),
        (put("CallersMayAssume", "Action", ["sts:AssumeRole", "sts:TagSession"]), "a tag"),
    ],
)
_SSO = Proof(("sso-trust", "--permission-set", SET), by_trust, PEOPLE, OTHERS, SSO_SPOILT)
_ENDING = Proof(
    ("sso-trust", "--permission-set", "*-PowerUserAccess"),
    by_trust,
    {
        "a set of that ending": person(f"{PATH}AWSReservedSSO_team-{SET}_{DIGITS}"),
        "another, elsewhere": person(f"{PATH}us-east-2/AWSReservedSSO_x-{SET}_{DIGITS}"),
    },
    {**OTHERS, "a longer ending": person(f"{PATH}AWSReservedSSO_team-{SET}_RO_{DIGITS}")},
    [
        (put(SSO, "Condition", loosened(f"{PATH}AWSReservedSSO_*-{SET}_*")), "a longer ending"),
        (
            put(SSO, "Condition", loosened(f"{PATH}AWSReservedSSO_*{SET}_{'?' * 16}")),
            "a set that ends alike, us-east-1",
        ),
        (put(SSO, "Condition", {}), "the hub role itself"),
    ],
)
_SPOKE = Proof(
    TRUST, by_trust, VENDS, {**NOT_BY_HUB, **by_external_id(VEND, DIRECT_EXTERNAL_ID)}, SPOILT_VEND
)
_DIRECT = Proof(
    (*TRUST, "--route", "direct", "--direct-external-id", DIRECT_EXTERNAL_ID),
    by_trust,
    {"the hub role": DIRECT},
    {**NOT_BY_HUB_ROLE, **by_external_id(DIRECT, EXTERNAL_ID), "the hub's function": VEND},
    SPOILT_DIRECT,
)
_BOTH = Proof(
    (*TRUST, "--route", "both", "--direct-external-id", DIRECT_EXTERNAL_ID),
    by_trust,
    {**VENDS, "the hub role": DIRECT},
    {
        **NOT_BY_HUB,
        **{f"direct: {name}": each for name, each in NOT_BY_HUB_ROLE.items()},
        **by_external_id(DIRECT, EXTERNAL_ID),
        **{f"vend: {name}": each for name, each in by_external_id(VEND, DIRECT_EXTERNAL_ID).items()},
    },
    [
        *SPOILT_VEND[:1],
        (no_condition(HUB_ROLE_ASSUMES, "StringEquals", "sts:ExternalId"), "no external id"),
        (no_condition(ASSUME, "StringEquals", "sts:ExternalId"), "vend: an empty external id"),
    ],
)
PROOFS = {
    "hub-trust": _HUB_TRUST,
    "hub-trust, organization": within(INTENDED, _HUB_TRUST, "CallersMayAssume"),
    "sso-trust": _SSO,
    "sso-trust, organization": within(PEOPLE, _SSO, SSO),
    "sso-trust by an ending": _ENDING,
    "spoke-trust": _SPOKE,
    "spoke-trust, organization": within({"": VEND}, _SPOKE, ASSUME),
    "spoke-trust, direct": _DIRECT,
    "spoke-trust, direct, organization": within({"": DIRECT}, _DIRECT, HUB_ROLE_ASSUMES),
    "spoke-trust, both": _BOTH,
    "spoke-trust, both, organization": within({"": DIRECT}, _BOTH, HUB_ROLE_ASSUMES),
}
