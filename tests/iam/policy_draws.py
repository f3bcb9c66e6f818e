"""Policies and requests at random, made of values that almost meet: what two evaluators can differ about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hubspoke_admin.iam.request import Request
from tests.iam import simulator
from tests.iam.documents import Document, session_of

HUB, OTHER, SPOKE = "111111111111", "999999999999", "222222222222"
ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
OBJECT = "arn:aws:s3:::kestrel/in/2026/file.txt"
USER = f"arn:aws:iam::{HUB}:user/ci/joe"
VENDER = f"arn:aws:iam::{HUB}:role/hub/vend"
PATH_TWIN = VENDER.replace("/hub/", "/bus/")
PRINCIPALS = (USER, VENDER, VENDER.replace("vend", "vend-2"), VENDER.replace(HUB, OTHER))
SESSIONS = ("01kan", "02kan")
OWN_ROLE = ROLE.replace(SPOKE, HUB)
ASSUMES = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
# In one account a trust lets in whoever it names, whatever identity policies say: roles are taken elsewhere.
RESOURCES = {**dict.fromkeys(ASSUMES, ROLE), "iam:GetRole": OWN_ROLE, "s3:GetObject": OBJECT}
_NO_KEYS_OF: Mapping[str, tuple[str, ...]] = {
    "sts:AssumeRole": (),
    "sts:TagSession": ("sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity"),
    "sts:SetSourceIdentity": ("sts:ExternalId", "sts:RoleSessionName", "sts:TransitiveTagKeys"),
    "iam:GetRole": ("sts:",),
    "s3:GetObject": ("sts:", "aws:RequestTag", "aws:TagKeys"),
}

_TEXTS = ("Kestrel-7", "kestrel-7", "kestrel-77", "heron", "")
_WILD_TEXTS = ("*", "kestrel-?", "*-7", "k*l-7?", "${*}", "kestrel${$}7", "**7", "?*")
_VARIABLES = ("${aws:PrincipalTag/team}", "${aws:principaltag/TEAM}-7", "${sts:Nothing, 'heron'}")
_ARNS = (*PRINCIPALS, PATH_TWIN)
_WILD_ARNS = (
    *(f"arn:aws:iam::{HUB}:role/*", "arn:*:iam::*:role/hub/vend", "arn:aws:iam::*:*", "arn:aws:*:*:*:*"),
    *(f"arn:aws:iam::{HUB}:*/vend", f"arn:aws:iam::{HUB}:role/vend", f"{VENDER}-?", "arn:aws:s3:::*"),
    "arn:aws:iam::*",
)
_DATES = ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "2026-11-22", "2027-01-01T00:00:00Z")
_ADDRESSES = ("203.0.113.7", "198.51.100.1", "2001:db8::7")
_NETWORKS = ("203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "198.51.100.0/31")
_NOT = ("Equals", "NotEquals")
_ORDER = (*_NOT, "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")


@dataclass(frozen=True, slots=True)
class _Kind:
    """Keys of one type, what they are given and what policies ask of them."""

    keys: tuple[str, ...]
    given: tuple[str, ...]
    asked: tuple[str, ...]
    operators: tuple[str, ...]
    multi: bool = False


_STRING_OPERATORS = tuple(
    f"String{each}" for each in (*_NOT, "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
)
_KINDS = (
    _Kind(
        (
            "sts:ExternalId",
            "sts:RoleSessionName",
            "aws:PrincipalOrgID",
            "aws:RequestTag/team",
            "sts:SourceIdentity",
        ),
        _TEXTS[:4],
        (*_TEXTS, *_WILD_TEXTS, *_VARIABLES),
        _STRING_OPERATORS,
    ),
    _Kind(
        ("aws:PrincipalArn", "aws:SourceArn"),
        _ARNS,
        (*_ARNS, *_WILD_ARNS[:-1]),
        ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
    ),
    _Kind(("aws:PrincipalArn",), _ARNS, (*_ARNS, *_WILD_ARNS, "*"), _STRING_OPERATORS),
    _Kind(
        ("aws:MultiFactorAuthPresent", "aws:SecureTransport"), ("true", "false"), ("true", "FALSE"), ("Bool",)
    ),
    _Kind(
        ("aws:TagKeys", "sts:TransitiveTagKeys", "aws:PrincipalOrgPaths"),
        _TEXTS[:4],
        (*_TEXTS, *_WILD_TEXTS),
        _STRING_OPERATORS,
        multi=True,
    ),
    _Kind(
        ("aws:MultiFactorAuthAge",),
        ("10", "300", "3600"),
        ("10", "300", "299.5", "0300"),
        tuple(f"Numeric{each}" for each in _ORDER),
    ),
    _Kind(("aws:CurrentTime", "aws:TokenIssueTime"), _DATES, _DATES, tuple(f"Date{each}" for each in _ORDER)),
    _Kind(("aws:SourceIp",), _ADDRESSES, _NETWORKS, ("IpAddress", "NotIpAddress")),
)


@dataclass(frozen=True, slots=True)
class Draw:
    """One question, put as each of the two takes it."""

    document: Document
    request: Request
    asked: simulator.Request


class Draws:
    """Draws the same questions again for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311

    def trust(self) -> Draw:
        """Draw a trust policy and somebody who asks for the role."""
        statements = [self._statement(self._principal(), ASSUMES) for _ in range(self._few())]
        return self._draw(statements, self._random.choice(ASSUMES), ROLE, self._random.choice(PRINCIPALS))

    def identity(self) -> Draw:
        """Draw an identity policy and something that its owner asks for."""
        statements = [self._statement(self._resource(), tuple(RESOURCES)) for _ in range(self._few())]
        action = self._random.choice(tuple(RESOURCES))
        found = self._draw(statements, action, RESOURCES[action], self._random.choice(PRINCIPALS[:3]))
        return replace(found, request=replace(found.request, principal=None))

    def _draw(self, statements: Sequence[Document], action: str, resource: str, arn: str) -> Draw:
        alone = len(statements) == 1 and self._chance(0.3)
        document = {"Version": "2012-10-17", "Statement": statements[0] if alone else statements}
        keys = self._keys(action) | {"aws:PrincipalArn": arn}
        principal, user_id = arn, "AIDAEXAMPLEEXAMPLE"
        if ":role/" in arn:
            session = self._random.choice(SESSIONS)
            principal, user_id = session_of(arn, session), f"AROAEXAMPLEEXAMPLE:{session}"
        return Draw(
            document,
            # The simulator takes the session's name from the principal, ours from the key.
            Request(action, resource, arn, keys | {"aws:userid": user_id}, absent=lambda _: True),
            simulator.Request(
                principal=principal,
                action=action,
                resource=resource,
                account=resource.split(":")[4] or HUB,
                context=keys,
            ),
        )

    def _keys(self, action: str) -> dict[str, Any]:
        found: dict[str, Any] = {"aws:PrincipalTag/team": self._random.choice(("kestrel", "*", "heron"))}
        for kind in _KINDS:
            for key in kind.keys:
                if self._chance(0.65) and not key.startswith(_NO_KEYS_OF[action]):
                    found[key] = (
                        tuple(self._some(kind.given)) if kind.multi else self._random.choice(kind.given)
                    )
        return found

    def _statement(self, rest: Document, actions: tuple[str, ...]) -> Document:
        found: Document = {"Effect": "Allow" if self._chance(0.75) else "Deny", **rest}
        if self._chance(0.5):
            found["Sid"] = self._random.choice(("Vend", "Never", "Tags"))
        name = "Action" if self._chance(0.85) else "NotAction"
        found[name] = self._listed((*actions, *_WILD_ACTIONS[name]))
        if self._chance(0.75):
            found["Condition"] = self._condition()
        return found

    def _principal(self) -> Document:
        if self._chance(0.15):
            return {"Principal": "*"}
        named: Document = {"AWS": self._listed(_NAMED)}
        if self._chance(0.1):
            named["Service"] = "lambda.amazonaws.com"
        if self._chance(0.1):
            named["Federated"] = f"arn:aws:iam::{SPOKE}:saml-provider/idp"
        return {"Principal": named}

    def _resource(self) -> Document:
        name = "Resource" if self._chance(0.85) else "NotResource"
        return {name: self._listed(_NAMED_RESOURCES if name == "Resource" else _NAMED_RESOURCES[1:])}

    def _condition(self) -> Document:
        found: Document = {}
        for _ in range(self._few()):
            kind = self._random.choice(_KINDS)
            key = self._random.choice(kind.keys)
            key = key.lower() if self._chance(0.1) else key
            if self._chance(0.1):
                found.setdefault("Null", {})[key] = self._random.choice(("true", "false"))
                continue
            operator = self._random.choice(kind.operators)
            if kind.multi or (self._chance(0.1) and operator.startswith("String")):
                operator = f"{self._random.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
            if self._chance(0.2):
                operator += "IfExists"
            found.setdefault(operator, {})[key] = self._listed(kind.asked)
        return found

    def _few(self) -> int:
        return self._random.choice((1, 1, 2, 3))

    def _chance(self, of_one: float) -> bool:
        return self._random.random() < of_one

    def _some(self, values: Sequence[str]) -> list[str]:
        return self._random.sample(values, min(self._few(), len(values)))

    def _listed(self, values: Sequence[str]) -> str | list[str]:
        found = self._some(values)
        return found[0] if len(found) == 1 and self._chance(0.7) else found


_NAMED = (
    *PRINCIPALS,
    *(HUB, f"arn:aws:iam::{HUB}:root", OTHER, "*", PATH_TWIN),
    *(f"arn:aws:sts::{HUB}:assumed-role/vend/{each}" for each in SESSIONS),
    f"arn:aws:sts::{OTHER}:assumed-role/vend/{SESSIONS[0]}",
)
_WILD_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "Action": (
        "*",
        "sts:*",
        "sts:assumerole",
        "sts:ASSUME*",
        "sts:*Rol?",
        "sts:*Session",
        "iam:*",
        "s3:Get?bject",
    ),
    "NotAction": ("sts:Get*", "iam:*", "sts:TagSession", "sts:SET*", "s3:*"),
}
_NAMED_RESOURCES = (
    "*",
    *(
        ROLE,
        OWN_ROLE,
        f"{ROLE}-2",
        OBJECT,
        f"arn:aws:iam::{SPOKE}:role/*",
        f"arn:aws:iam::{HUB}:role/*-spoke-*",
    ),
    *(f"arn:aws:iam::{SPOKE}:role/hubspoke/*-role", "arn:aws:iam::*:role/hubspoke/automation-spoke-rol?"),
    *(f"arn:aws:iam::{OTHER}:role/*", "arn:aws:s3:::*", "arn:aws:s3:::kestrel/*.txt", "arn:aws:s3:::kestrel"),
    *("arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:::kestrel/i?/*", "arn:aws:s3:::*/file.???"),
    *("arn:aws:s3:::kestre${*}/*", "arn:aws:s3:*:*:kestrel/*"),
)
