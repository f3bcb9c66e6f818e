"""The policies that can be about one caller: leaving out the others changes no answer."""

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_grants.decision import offer
from hubspoke_grants.entities import account_entities, caller_entity, lineage, role_entities, uid
from hubspoke_grants.policies import Policies
from tests.support import grants
from tests.support.grants import TARGET

BUNDLE = grants.bundle()
ACCOUNT = BUNDLE.accounts[TARGET.account]
CALLERS = (grants.user(), grants.role(), grants.user("other"), grants.user(number="555555555555"))

PRINCIPALS = (
    "principal",
    "principal is Caller::Role",
    *(f"principal == {caller.principal}" for caller in CALLERS),
    f"principal in {CALLERS[0].principal}",
    f"principal is Caller::Role in {CALLERS[1].principal}",
)
ACTIONS = (
    "action",
    'action == Action::"assume"',
    'action == Action::"audit"',
    'action in [Action::"assume", Action::"audit"]',
)
RESOURCES = (
    "resource",
    "resource is SpokeRole",
    'resource == SpokeRole::"222222222222/app-role"',
    'resource == SpokeRole::"222222222222/other-role"',
    'resource in Account::"222222222222"',
    'resource in Account::"333333333333"',
    'resource in OrgUnit::"ou-root/Workloads"',
    'resource in OrgUnit::"ou-root/Workloads/Dev/deeper"',
    'resource is SpokeRole in OrgUnit::"ou-root"',
    'resource in Hub::"hub"',
)
CONDITIONS = (
    "",
    " when { context.duration <= 900 }",
    ' unless { principal.name == "bot" }',
    " when { 1 > 2 }",
)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Draw some policies, of every form that a scope can have."""
    texts = [
        f'@id("{number}") {draw(st.sampled_from(("permit", "permit", "forbid")))} '
        f"({draw(st.sampled_from(PRINCIPALS))}, {draw(st.sampled_from(ACTIONS))}, "
        f"{draw(st.sampled_from(RESOURCES))}){draw(st.sampled_from(CONDITIONS))};"
        for number in range(draw(st.integers(0, 6)))
    ]
    return "\n".join(texts)


@given(text=policies(), caller=st.sampled_from(CALLERS), duration=st.sampled_from((900, 3600)))
def test_what_is_left_out_changes_no_answer(text: str, caller: grants.Caller, duration: int) -> None:
    """Decision, reasons and errors are those of all the policies together."""
    request = {
        "principal": uid(caller.entity_type, caller.key),
        "action": uid("Action", "assume"),
        "resource": uid("SpokeRole", str(TARGET)),
        "context": {"duration": duration},
    }
    entities = [caller_entity(caller), *role_entities(TARGET, "app", ACCOUNT)]
    about = Policies(text).about((caller.entity_type, caller.key))

    whole, part = (cedarpy.is_authorized(request, each, entities) for each in (text, about.policies))

    assert part.decision == whole.decision
    assert sorted(part.diagnostics.id_annotations_by_reason.values()) == sorted(
        whole.diagnostics.id_annotations_by_reason.values()
    )
    assert len(part.diagnostics.errors) == len(whole.diagnostics.errors)
    if whole.decision is cedarpy.Decision.Allow:
        assert about.reaches(lineage(TARGET, ACCOUNT))


@pytest.mark.parametrize("scope", ["resource", "resource is SpokeRole"])
def test_a_permit_of_any_role_reaches_every_role(scope: str) -> None:
    """Where a permit names no place, no role is passed over."""
    about = Policies(f'@id("a") permit (principal, action, {scope});').about(("Caller::User", "x"))
    assert about.reaches([])


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        ('resource == SpokeRole::"222222222222/app-role"', True),
        ('resource == SpokeRole::"222222222222/other-role"', False),
        ('resource in Account::"222222222222"', True),
        ('resource in Account::"333333333333"', False),
        ('resource in OrgUnit::"ou-root"', True),
        ('resource in OrgUnit::"ou-root/Workloads/Dev/deeper"', False),
        ('resource is SpokeRole in OrgUnit::"ou-root/Workloads"', True),
        ('resource is SpokeRole in OrgUnit::"ou-root/Sandbox"', False),
        ('resource in Hub::"hub"', True),
    ],
)
def test_a_permit_reaches_what_its_scope_names(scope: str, reached: bool) -> None:
    """A role is passed over just where no permit's scope has it, and offered where one does."""
    text = f'@id("a") permit (principal, action == Action::"assume", {scope});'
    about = Policies(text).about(("Caller::User", "x"))

    assert about.reaches(lineage(TARGET, ACCOUNT)) is reached
    assert (offer(grants.bundle(text), grants.user(), TARGET) is not None) is reached


def test_what_was_parsed_once_is_kept() -> None:
    """The same caller gets the very same policies, and the text is there for whoever asks."""
    text = '@id("a") permit (principal == Caller::User::"x", action, resource);'
    found = Policies(text)

    for caller in (("Caller::User", "x"), ("Caller::User", "y")):
        assert found.about(caller) is found.about(caller)
    assert found.text == text


def test_who_has_no_permit_reaches_nothing() -> None:
    """Neither a forbid, nor a permit of the ledger, nor somebody else's permit is a way to a role."""
    about = Policies(
        '@id("a") forbid (principal, action, resource);'
        '@id("b") permit (principal, action == Action::"audit", resource);'
        '@id("c") permit (principal == Caller::User::"y", action, resource);'
    ).about(("Caller::User", "x"))
    assert not about.reaches(lineage(TARGET, ACCOUNT))


def test_a_template_is_refused() -> None:
    """A policy with a slot is no policy yet."""
    with pytest.raises(ValueError, match=r"^a policy is a template$"):
        Policies('@id("a") permit (principal == ?principal, action, resource);')


def test_callers_by_the_thousand_are_not_all_kept() -> None:
    """What is kept for callers is bounded, and who comes back gets the same."""
    found = Policies('@id("a") permit (principal == Caller::User::"0", action, resource);')
    first = found.about(("Caller::User", "0"))
    for number in range(1, 2000):
        found.about(("Caller::User", str(number)))

    assert len(found._slices) <= 256
    assert len(found.about(("Caller::User", "0")).policies) == len(first.policies) == 1


def test_an_accounts_entities_are_those_above_a_role() -> None:
    """What is asked of the ledger sees the same account as what is asked of its roles."""
    assert account_entities(ACCOUNT) == role_entities(TARGET, "app", ACCOUNT)[1:]
