"""Why a request is decided as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubspoke_admin.cedar import Policy
from hubspoke_admin.comparisons import comparisons
from hubspoke_contract.errors import Problem
from hubspoke_contract.names import Target
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import Denial, Permit, decide


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, the policies that made it, and in words why."""

    allowed: bool
    policies: Mapping[str, str]
    """Their ids, each with ``FILE:LINE``, or an empty text where the policies came from a bundle."""
    reason: str


def explain(
    bundle: Bundle, policies: Sequence[Policy], caller: Caller, target: Target, request: VendRequest
) -> Explanation:
    """Decide a request and say why.

    Args:
        policies: the bundle's, to say where they stand.
    """
    decision = decide(bundle, caller, target, request)
    places = {policy.name: policy.place for policy in policies if policy.name in decision.policies}
    if isinstance(decision, Permit):
        return Explanation(True, places, f"for {decision.duration} s")
    return Explanation(False, places, _why(bundle, policies, caller, target, request, decision))


def _why(
    bundle: Bundle,
    policies: Sequence[Policy],
    caller: Caller,
    target: Target,
    request: VendRequest,
    denial: Denial,
) -> str:
    profile = bundle.roles.get(target)
    if profile is None:
        there = target.account in bundle.accounts
        return f"{target} is no role of the catalogue" + ("" if there else ", nor its account one")
    if request.duration is not None and request.duration > profile.max_duration:
        return f"profile {profile.name} gives its roles for at most {profile.max_duration} s"
    if request.session_policy is not None and request.session_policy not in profile.session_policies:
        offered = ", ".join(profile.session_policies) or "none"
        return f"profile {profile.name} does not offer {request.session_policy}; session policies: {offered}"
    if denial.problem is Problem.PolicyError:
        return "a policy fails to evaluate, and then nothing is permitted"
    if denial.policies:
        return f"forbidden by {', '.join(denial.policies)}"
    return "no policy permits it" + _missing(policies, caller)


def _missing(policies: Sequence[Policy], caller: Caller) -> str:
    """Say what wasn't given and policies that could permit look at."""
    found = comparisons(p for p in policies if p.is_permit and p.admits(caller.kind, caller.key))
    looked_at = {
        path.removeprefix("principal.") for path in (*found.literals, *found.patterns, *found.beside)
    }
    unknown = {
        "orgId": ("--org-id", caller.org_id is None),
        "uniqueId": ("--unique-id", "XXXXXXXX" in caller.unique_id),
    }
    options = [option for name, (option, is_open) in unknown.items() if name in looked_at and is_open]
    if "session" in looked_at and caller.session == "session":
        options.append("--session")
    return f"; a policy looks at what {' and '.join(options)} would say" if options else ""
