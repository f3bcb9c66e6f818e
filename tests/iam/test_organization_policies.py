"""The management account's template, by the simulator's word: as the documents that the command writes."""

import pytest

from tests.iam.policy_ceilings import PIPELINE, PROOFS, STACK_SETS
from tests.iam.proofs import Proof
from tests.iam.simulator import Simulator, Verdict
from tests.support.policies import HUB, ORGANIZATION
from tests.template.rendering import render, template_of_spokes
from tests.template.test_organization_policies import ROUTES

DOCUMENTS = {
    "scp": ("hub", "ServiceControl"),
    "rcp": ("hub", "ResourceControl"),
    "rcp, both": ("both", "ResourceControl"),
}


def document(proof: str) -> dict[str, object]:
    """Render the document that a proof is about."""
    route, resource = DOCUMENTS[proof]
    rendered = render(
        template_of_spokes("organization-policies"),
        OrganizationId=ORGANIZATION,
        HubAccountId=HUB,
        AdministratorArns=f"{STACK_SETS},{PIPELINE}",
        **ROUTES[route],
    )
    content: dict[str, object] = rendered[resource]["Content"]
    return content


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_lets_through_what_it_is_for_and_no_near_miss(simulator: Simulator, name: str) -> None:
    """The requests are those that the command's documents are asked."""
    proof: Proof = PROOFS[name]
    for said, request in proof.allowed.items():
        assert proof.judge(simulator, request, document(name)) is Verdict.ALLOWED, said
    for said, request in proof.refused.items():
        assert proof.judge(simulator, request, document(name)) is not Verdict.ALLOWED, said


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name in DOCUMENTS for place in range(len(PROOFS[name].spoilt))]
)
def test_a_spoilt_document_is_noticed(simulator: Simulator, name: str, place: int) -> None:
    """One of the near misses then comes through."""
    proof: Proof = PROOFS[name]
    spoil, miss = proof.spoilt[place]
    spoiled = document(name)
    spoil(spoiled)
    assert proof.judge(simulator, proof.refused[miss], spoiled) is Verdict.ALLOWED
