"""Everything that can be wrong with a spoke, and spokes of which each has one of it."""

from collections.abc import Iterator
from random import Random

from tests.support import broken_trusts  # it lists its faults
from tests.support.spellings import respell
from tests.support.spokes import FAULTS, OTHER_ACCOUNT, ROLES, Document, Fault, Spoke, fault, twin

__all__ = ["FAULTS", "ROLES", "Spoke", "broken", "broken_trusts"]

# --- what a trust denies ------------------------------------------------------------------------


def _deny(spoke: Spoke, rng: Random, condition: Document) -> None:
    hub = spoke.hub_role
    account = hub.split(":")[4]
    who = rng.choice(["*", {"AWS": "*"}, {"AWS": [hub, twin(hub)]}, {"AWS": f"arn:aws:iam::{account}:root"}])
    what = rng.choice(["sts:AssumeRole", "sts:*", ["sts:AssumeRole", "sts:TagSession"], "sts:SetSource*"])
    denies = {"Sid": "Denied", "Effect": "Deny", "Principal": who, "Action": what}
    spoke.trust["Statement"].append(denies | ({"Condition": condition} if condition else {}))


@fault("TrustDenies", refuses=True)
def _denied(spoke: Spoke, rng: Random) -> None:
    conditions = [
        {},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-another000"}},
        {"Null": {"sts:SourceIdentity": "false"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringEquals": {"aws:PrincipalAccount": spoke.hub_role.split(":")[4]}},
        {"ArnLike": {"aws:PrincipalArn": spoke.hub_role[:-3] + "*"}},
        {"StringNotLike": {"sts:ExternalId": "somebody-elses-*"}},
    ]
    _deny(spoke, rng, rng.choice(conditions))


@fault("TrustDenyUnknown", refuses=None)
def _denied_perhaps(spoke: Spoke, rng: Random) -> None:
    conditions = [
        {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}},
        {"StringNotLike": {"sts:RoleSessionName": "a*"}},
    ]
    _deny(spoke, rng, rng.choice(conditions))


@fault("TrustUnreadable", refuses=None)
def _no_policy_document(spoke: Spoke, rng: Random) -> None:
    match rng.randrange(3):
        case 0:
            spoke.trust["Version"] = "2021-01-01"
        case 1:
            spoke.assume["Conditions"] = spoke.assume.pop("Condition")
        case _:
            spoke.assume["Principal"] = [spoke.hub_role]


# --- the role itself ----------------------------------------------------------------------------


@fault("RoleMissing", refuses=True)
def _no_role(spoke: Spoke, rng: Random) -> None:
    if rng.random() < 0.5:
        spoke.has_role = False
    else:
        spoke.role += rng.choice(["2", "-", "s"])


@fault("RolePath", refuses=True)
def _another_path(spoke: Spoke, rng: Random) -> None:
    spoke.path = rng.choice(["/", "/hubspoke2/", "/Hubspoke/", "/spokes/hubspoke/"])


@fault("SessionLength", refuses=False)
def _long_sessions(spoke: Spoke, rng: Random) -> None:
    spoke.max_session = rng.choice([3601, 7200, 43200])


@fault("BoundaryMissing", refuses=False)
def _no_boundary(spoke: Spoke, _: Random) -> None:
    spoke.has_boundary = False


@fault("BoundaryWeak", refuses=False)
def _weak_boundary(spoke: Spoke, rng: Random) -> None:
    statements = {each["Sid"]: each for each in spoke.boundary["Statement"]}
    match rng.randrange(6):
        case 0:
            del statements["AnythingButIam"]["NotAction"]
            statements["AnythingButIam"]["Action"] = rng.choice(["*", ["*"], ["s3:*", "iam:*"]])
        case 1:
            more = rng.choice(["iam:*", "iam:Put*", "iam:CreateAccessKey", "iam:Update*", "iam:Attach*"])
            statements["ReadIam"]["Action"].append(more)
        case 2:
            spoke.boundary["Statement"].remove(statements["NoFederation"])
        case 3:
            statements["NoFederation"]["Condition"] = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
        case 4:
            own = f"arn:aws:iam::{spoke.account}:"
            action, resource = rng.choice(
                [
                    ("iam:UpdateAssumeRolePolicy", f"{own}role/hubspoke/*"),
                    ("iam:CreatePolicyVersion", f"{own}policy/hubspoke/{spoke.role}-boundary"),
                    ("iam:CreateAccessKey", f"{own}user/ci"),
                ]
            )
            more = {"Sid": "More", "Effect": "Allow", "Action": action, "Resource": resource}
            spoke.boundary["Statement"].append(more)
        case _:
            statements["NoFederation"]["Action"].remove("sts:GetFederationToken")


# --- what the doctor can see --------------------------------------------------------------------


@fault("BoundaryUnread", refuses=False)
def _boundary_out_of_sight(spoke: Spoke, rng: Random) -> None:
    (reads,) = (each for each in spoke.doctor_policy["Statement"] if each["Sid"] == "ReadBoundaries")
    match rng.randrange(3):
        case 0:
            reads["Action"].remove(rng.choice(reads["Action"]))
        case 1:
            spoke.doctor_policy["Statement"].remove(reads)
        case _:
            reads["Resource"] = f"arn:aws:iam::{spoke.account}:policy/elsewhere/*"


@fault("ReadingRefused", refuses=False)
def _role_out_of_sight(spoke: Spoke, rng: Random) -> None:
    (reads,) = (each for each in spoke.doctor_policy["Statement"] if each["Sid"] == "ReadRoles")
    match rng.randrange(3):
        case 0:
            needed = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
            reads["Action"].remove(rng.choice(needed))
        case 1:
            reads["Resource"] = f"arn:aws:iam::{spoke.account}:role/*-other"
        case _:
            denies = {"Sid": "Denied", "Effect": "Deny", "Action": "iam:GetRole", "Resource": "*"}
            spoke.doctor_policy["Statement"].append(denies)


@fault("DoctorRoleRefused", refuses=False)
def _doctor_kept_out(spoke: Spoke, rng: Random) -> None:
    (trusts,) = spoke.doctor_trust["Statement"]
    match rng.randrange(3):
        case 0:
            spoke.has_doctor_role = False
        case 1:
            trusts["Condition"]["ArnLike"]["aws:PrincipalArn"] = "arn:aws:iam::111111111111:user/another"
        case _:
            trusts["Principal"] = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}


def broken(templates: dict[str, Spoke], accounts: list[str], rng: Random) -> Iterator[tuple[Spoke, Fault]]:
    """Make a spoke with one fault in each account: every fault as often as any other, each written anew.

    Args:
        templates: the role's name to it as it was deployed.
        accounts: where to make them.
        rng: decides about everything.
    """
    for at, account in enumerate(accounts):
        each = FAULTS[at % len(FAULTS)]
        spoke = templates[rng.choice(each.roles)].copy(account)
        each.inject(spoke, rng)
        respell(spoke, rng)
        yield spoke, each


def unbroken(templates: dict[str, Spoke], accounts: list[str], rng: Random) -> Iterator[Spoke]:
    """Make a spoke in each account that has nothing but another spelling."""
    for at, account in enumerate(accounts):
        spoke = templates[ROLES[at % len(ROLES)]].copy(account)
        respell(spoke, rng)
        yield spoke
