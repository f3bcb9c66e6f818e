"""Everything that is the same for all roles, read from AWS once: the hub's role, its API, its grants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hubspoke.findings import Finding, right, unseen, wrong
from hubspoke_admin import bundles, quarantine
from hubspoke_admin.doctor import gateway, grants, hub_trust, permissions, trust
from hubspoke_admin.doctor.asking import Asking
from hubspoke_admin.doctor.permissions import Held
from hubspoke_admin.doctor.reading import Account, CannotSee, Reader, RoleSeen
from hubspoke_admin.documents.granted import Granted
from hubspoke_admin.exceptions import AwsError
from hubspoke_admin.hubs import Hub, calling
from hubspoke_grants.bundle import BundleInvalid, load
from hubspoke_grants.caller import Caller


def of_grants(hubs: Sequence[Hub]) -> tuple[grants.InForce, list[Finding]]:
    """Read what decides: the grants in force in every Region, and the quarantine."""
    found: list[Finding] = []
    granted: Granted | None = None
    try:
        states = [bundles.in_force(each) for each in hubs]
        if bundles.regions_differ(states):
            says = f"Not every Region has the same grants in force: {'; '.join(map(str, states))}."
            found.append(wrong("grants", "GrantsDiffer", says, "hubspoke-admin grants publish"))
        elif states[0].stored is None:
            says = "No grants are in force, so the hub refuses everybody."
            found.append(wrong("grants", "GrantsMissing", says, "hubspoke-admin grants publish"))
        else:
            granted = Granted.by(load(states[0].stored.body))
            where = ", ".join(each.hub.region for each in states)
            found.append(
                right(
                    "grants", "GrantsInForce", f"The bundle {granted.bundle.version} is in force in {where}."
                )
            )
    except BundleInvalid as error:
        says = f"What is in force is no whole bundle: {error}."
        found.append(wrong("grants", "GrantsInvalid", says, "hubspoke-admin grants publish"))
    except AwsError as error:
        found.append(unread("grants", "GrantsUnread", error))
    rows: dict[str, list[quarantine.Entry]] = {}
    try:
        rows = {each.region: quarantine.entries(each, datetime.now(UTC)) for each in hubs}
    except AwsError as error:
        found.append(unread("quarantine", "QuarantineUnread", error))
    return grants.InForce(granted, grants.quarantined(rows)), found


def of_gateways(hubs: Sequence[Hub], organization: str | None, caller: Caller | None) -> list[Finding]:
    """Judge each Region's API by its resource policy."""
    found: list[Finding] = []
    for each in hubs:
        try:
            api = calling(f"{each.region}: the API can't be read", lambda each=each: _rest_api(each))  # type: ignore[misc]
        except AwsError as error:
            found.append(unread("gateway", "GatewayUnread", error))
            continue
        policy = gateway.parse(api.get("policy"))
        partition, account = each.output("ExecutionRoleArn").split(":")[1], each.account
        api = f"arn:{partition}:execute-api:{each.region}:{account}:{each.output('ApiId')}"
        asking = caller.account if caller else None
        found += gateway.examine(policy, account, organization, asking, f"{api}/{each.output('Stage')}")
    return list(dict.fromkeys(found))


def _rest_api(hub: Hub) -> Any:
    return hub.client("apigateway").get_rest_api(restApiId=hub.output("ApiId"))


@dataclass(frozen=True, slots=True)
class Assumers:
    """Whoever assumes roles in spokes: what each may do, and what was found on the way."""

    held: Mapping[str, Held]
    trusts: Mapping[str, Any]
    """Their trust policies' documents, of those that can be read."""
    findings: tuple[Finding, ...]

    @classmethod
    def read(cls, arns: Iterable[str], reader: Reader) -> "Assumers":
        """Read the policies of these roles."""
        held: dict[str, Held] = {}
        trusts: dict[str, Any] = {}
        found: list[Finding] = []
        for arn in arns:
            seen = _seen(arn, reader)
            if isinstance(seen, Finding):
                found.append(seen)
                continue
            trusts[arn] = seen[0].trust
            may = permissions.held(*seen)
            if isinstance(may, Finding):
                found.append(may)
            else:
                held[arn] = may
        return cls(held, trusts, tuple(found))

    def organization(self) -> str | None:
        """Find the organization that the roles they assume must be in; ``None`` where none is asked for."""
        asked = {
            value
            for may in self.held.values()
            for statement in may.statements
            for condition in statement.conditions
            if condition.key.lower() == "aws:resourceorgid"
            for value in condition.values
        }
        return asked.pop() if len(asked) == 1 else None


def _seen(arn: str, reader: Reader) -> tuple[RoleSeen, Account] | Finding:
    number, name = arn.split(":")[4], arn.rpartition("/")[2]
    try:
        account = reader.open(number)
        role = account.role(name)
    except CannotSee as unread:
        return unseen("hub-role", "HubRoleUnread", unread.finding.says, unread.finding.mend)
    if role is None or role.arn != arn:
        says = f"There is no role {arn}, so no spoke that trusts it can be reached."
        mend = (
            "Deploy the hub's stack again. A role made anew is a stranger to every spoke: docs/incidents.md."
        )
        return wrong("hub-role", "HubRoleMissing", says, mend)
    return role, account


def of_hub_role(arn: str, document: Any, principal: str | None, organization: str | None) -> list[Finding]:
    """Judge whom the hub role of the direct route trusts.

    Args:
        arn: the hub role.
        document: its trust policy.
        principal: ARN of whoever is to assume it; ``None`` to ask about strangers alone.
        organization: the hub's, if it is known.
    """
    found = hub_trust.of_hub_role(arn, document)
    if principal is None or any(each.code == "HubTrustUnreadable" for each in found):
        return found
    mend = f"hubspoke-admin policy hub-trust --hub-role {arn} --principal {principal}"
    expected = trust.Expected((Asking(principal, arn, organization),), frozenset(), mend)
    judged = trust.examine(document, expected)
    return [*found, *(_of_hub_trust(each) for each in judged if each.code not in _ELSEWHERE)]


# The hub role is there for several callers. Whether strangers are among them is asked by itself.
_ELSEWHERE = ("TrustOthers", "TrustAnybody", "TrustLeftover")


def _of_hub_trust(finding: Finding) -> Finding:
    return Finding("hub-trust", finding.verdict, f"Hub{finding.code}", finding.says, finding.mend)


def unread(step: str, code: str, error: AwsError) -> Finding:
    """Say what AWS kept from being read, and what to look at."""
    says, _, mend = str(error).partition("\n")
    return unseen(
        step, code, says, mend or "Allow yourself to read it: docs/doctor.md lists what doctor needs."
    )
