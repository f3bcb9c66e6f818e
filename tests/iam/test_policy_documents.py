"""The documents that ``hubspoke-admin policy`` writes, by the simulator's word."""

import pytest

from tests.iam import policy_ceilings, policy_permissions, policy_trusts
from tests.iam.simulator import Simulator, Verdict
from tests.support.policies import printed

PROOFS = {**policy_trusts.PROOFS, **policy_permissions.PROOFS, **policy_ceilings.PROOFS}
SPOILT = [(name, place) for name, proof in PROOFS.items() for place in range(len(proof.spoilt))]


@pytest.mark.parametrize("name", PROOFS)
def test_it_lets_through_what_it_is_for_and_no_near_miss(simulator: Simulator, name: str) -> None:
    proof = PROOFS[name]
    document = printed(*proof.command)
    assert proof.allowed
    assert len(proof.refused) >= 12
    for said, request in proof.allowed.items():
        assert proof.judge(simulator, request, document) is Verdict.ALLOWED, said
    for said, request in proof.refused.items():
        assert proof.judge(simulator, request, document) is not Verdict.ALLOWED, said


@pytest.mark.parametrize(
    ("name", "place"), SPOILT, ids=[f"{name}: {PROOFS[name].spoilt[place][1]}" for name, place in SPOILT]
)
def test_a_spoilt_document_is_noticed(simulator: Simulator, name: str, place: int) -> None:
    proof = PROOFS[name]
    spoil, miss = proof.spoilt[place]
    document = printed(*proof.command)
    spoil(document)
    assert proof.judge(simulator, proof.refused[miss], document) is Verdict.ALLOWED


def test_each_has_three_ways_to_spoil_it() -> None:
    assert [name for name, proof in PROOFS.items() if len(proof.spoilt) < 3] == []
