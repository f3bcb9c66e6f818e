"""``tests.yaml`` of a grants folder: who must get what, and who must not."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.principals import PrincipalInvalid, caller
from hubspoke_admin.strict_yaml import MappingNode, YamlInvalid, read_yaml
from hubspoke_admin.text import read
from hubspoke_contract import limits
from hubspoke_contract.names import PolicyName, Target, policy_name, target
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import Permit, decide

FILE: Final = "tests.yaml"
_KEYS: Final = frozenset(
    {
        *("name", "principal", "role", "duration", "session_policy", "expect"),
        *("unique_id", "org_id", "session"),
    }
)
_PERMIT: Final = "permit"
_DENY: Final = "deny"


@dataclass(frozen=True, slots=True)
class Case:
    """One test: a request, and what must be decided."""

    line: int
    name: str
    caller: Caller
    target: Target
    request: VendRequest
    permit: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that the grants don't pass."""

    place: str
    """``FILE:LINE``."""
    name: str
    principal: str
    role: str
    expected: str
    decided: str
    """``permit`` or ``deny``."""
    policies: tuple[str, ...]
    """Ids of the policies that made the decision; none where no policy permits."""

    def to_document(self) -> dict[str, object]:
        """Write it as ``grants test --format json`` prints it."""
        return {
            "Test": self.name,
            "Principal": self.principal,
            "Role": self.role,
            "Expected": self.expected,
            "Decided": self.decided,
            "Policies": list(self.policies),
            "Place": self.place,
        }


def read_cases(folder: Path) -> list[Case]:
    """Read the tests of a grants folder, in its order.

    Raises:
        GrantsInvalid: there is no ``tests.yaml``, or it holds no test, or one that can't be read.
    """
    path = folder / FILE
    if not path.exists():
        raise GrantsInvalid(
            f"{path}: no such file; write who must and who must not get a role: nothing is published untested"
        )
    cases: list[Case] = []
    mistakes: list[str] = []
    try:
        document = read_yaml(read(path))
        document.only({"tests"})
        nodes = document.mappings("tests")
    except YamlInvalid as error:
        raise GrantsInvalid(f"{path}:{error.line}: {error}") from None
    for node in nodes:
        try:
            cases.append(_case(node))
        except YamlInvalid as error:
            mistakes.append(f"{path}:{error.line}: {error}")
    for expected, wanted in ((True, _PERMIT), (False, _DENY)):
        if not mistakes and not any(case.permit is expected for case in cases):
            mistakes.append(f"{path}:1: no test has expect: {wanted}; write at least one of each kind")
    if mistakes:
        raise GrantsInvalid(*mistakes)
    return cases


def run(folder: Path, bundle: Bundle) -> list[Failure]:
    """Run a grants folder's tests on a bundle, whichever folder that was built from.

    Returns:
        The tests that fail, in the order of ``tests.yaml``; none when the bundle may be published.

    Raises:
        GrantsInvalid: the tests are missing or can't be read.
    """
    return failures(folder, read_cases(folder), bundle)


def failures(folder: Path, cases: Iterable[Case], bundle: Bundle) -> list[Failure]:
    """Decide each test's request, and list those that are decided otherwise than expected."""
    found: list[Failure] = []
    for case in cases:
        decision = decide(bundle, case.caller, case.target, case.request)
        if isinstance(decision, Permit) != case.permit:
            found.append(
                Failure(
                    place=f"{folder / FILE}:{case.line}",
                    name=case.name,
                    principal=case.caller.principal,
                    role=str(case.target),
                    expected=_PERMIT if case.permit else _DENY,
                    decided=_DENY if case.permit else _PERMIT,
                    policies=decision.policies,
                )
            )
    return found


def _case(node: MappingNode) -> Case:
    node.only(_KEYS)
    for key in ("principal", "role", "expect"):
        if key not in node:
            raise node.wrong(key, "must be there: a test has principal, role and expect")
    place = target(node.text("role", ""))
    if place is None:
        raise node.wrong("role", "must be ACCOUNT/ROLE, the account in twelve digits")
    expected = node.text("expect", "")
    if expected not in (_PERMIT, _DENY):
        raise node.wrong("expect", f"must be {_PERMIT} or {_DENY}")
    try:
        who = caller(
            node.text("principal", ""),
            unique_id=node.text("unique_id", None),
            org_id=node.text("org_id", None),
            session=node.text("session", None),
        )
    except PrincipalInvalid as error:
        raise node.wrong(error.key, str(error)) from None
    return Case(
        line=node.first_line,
        name=node.text("name", f"{who.key} {expected}"),
        caller=who,
        target=place,
        request=VendRequest(_duration(node), _session_policy(node)),
        permit=expected == _PERMIT,
    )


def _duration(node: MappingNode) -> int | None:
    if "duration" not in node:
        return None
    return node.whole_number("duration", 0, limits.DURATION_MIN, limits.DURATION_MAX)


def _session_policy(node: MappingNode) -> PolicyName | None:
    raw = node.text("session_policy", None)
    name = None if raw is None else policy_name(raw)
    if raw is not None and name is None:
        raise node.wrong("session_policy", "must be a session policy's name, without .json")
    return name
