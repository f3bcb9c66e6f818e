"""``decide`` against a reference that shares no code with it."""

import collections
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hubspoke_contract.names import AccountId, PolicyName, RoleName, Target
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller, Kind
from hubspoke_grants.decision import Permit, decide
from tests.oracle import reference
from tests.support import grants

WORLDS = 100
QUESTIONS = 20
DECISIONS = int(os.environ.get("HUBSPOKE_ORACLE_DECISIONS", "10000"))
SEEDS = range(max(1, DECISIONS // (WORLDS * QUESTIONS)))
"""Ten thousand decisions a change, a million in the long run. The seeds are fixed, so that a difference
can be looked at again."""


def bundle_of(world: reference.World) -> Bundle:
    """Load the bundle that a world's grants would be published as."""
    return grants.bundle(
        world.cedar(),
        Accounts=[
            grants.account(place.number, Name=place.name, OrgUnit="/".join(place.units), Tags=place.tags)
            for place in world.places
        ],
        Profiles=[
            grants.profile(
                Name=profile.name,
                RoleName=profile.role,
                MaxDurationSeconds=profile.longest,
                SessionPolicies=list(profile.session_policies),
                CallerTagKeys=list(profile.caller_tags),
                Accounts=list(profile.places),
            )
            for profile in world.profiles
        ],
        SessionPolicies={name: f'{{"Statement":["{name}"]}}' for name in world.names},
    )


def caller_of(who: reference.Who) -> Caller:
    """Make the caller whom the reference speaks of."""
    return Caller(
        kind=Kind(who.kind),
        partition="aws",
        account=AccountId(who.account),
        name=who.name,
        unique_id=who.unique_id,
        session=who.session,
        org_id=who.org,
    )


def decided(bundle: Bundle, question: reference.Question) -> reference.Answer:
    """Put a question to ``decide``."""
    answer = decide(
        bundle,
        caller_of(question.who),
        Target(AccountId(question.number), RoleName(question.role)),
        VendRequest(
            duration=question.duration,
            session_policy=PolicyName(question.session_policy) if question.session_policy else None,
            tags=tuple((key, "value") for key in question.tags),
        ),
    )
    if isinstance(answer, Permit):
        return reference.Answer(None, answer.duration, answer.policies)
    return reference.Answer(answer.problem.name, None, answer.policies)


def compare(seed: int) -> collections.Counter[str]:
    """Compare the two over random worlds; count the answers by their problem."""
    chance = random.Random(seed)  # noqa: S311
    answers: collections.Counter[str] = collections.Counter()
    for _ in range(WORLDS):
        world = reference.world(chance)
        bundle = bundle_of(world)
        for _ in range(QUESTIONS):
            question = reference.question(chance, world)
            expected = world.answer(question)
            assert decided(bundle, question) == expected, f"{question}\n{world.cedar()}"
            answers[expected.problem or "Permit"] += 1
    return answers


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_are_those_of_the_reference(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Two thousand random decisions: the same yes or no, for the same reason, by the same policies."""
    answers = compare(seed)
    record_property("decisions", answers.total())
    record_property("permits", answers["Permit"])

    assert answers.total() == WORLDS * QUESTIONS
    assert answers["Permit"] >= 0.3 * answers.total(), answers
    assert {"NotGranted", "RoleUnknown", "PolicyError"} <= answers.keys()


def test_the_reference_knows_neither_our_code_nor_cedar() -> None:
    """Importing the reference imports nothing of ours and no Cedar."""
    code = (
        "import sys; import tests.oracle.reference; "
        "print([name for name in sys.modules if name.startswith(('hubspoke', 'vending', 'cedarpy'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
