"""Where a document goes, and how large it may be there."""

import pytest

from hubspoke_admin.documents.placements import (
    InlinePolicy,
    ManagedPolicy,
    OrganizationPolicy,
    Placement,
    Role,
    check_size,
)
from hubspoke_admin.exceptions import DocumentRefused


def sized(characters: int) -> dict[str, str]:
    """Make a document of so many characters without white space."""
    return {"x": "é" * (characters - len('{"x":""}'))}


PLACES = [
    (lambda document: ManagedPolicy("n", "/", document, ""), 6144, "a managed policy"),
    (lambda document: InlinePolicy("n", "user", "bot", document), 2048, "the inline policies of a user"),
    (lambda document: InlinePolicy("n", "role", "bot", document), 10_240, "the inline policies of a role"),
    (
        lambda document: Role("n", "/", document, ""),
        2048,
        "a trust policy; ask AWS to raise the quota, to at most 4096",
    ),
    (lambda document: Role("n", "/", document, "", trust_max=4096), 4096, "a trust policy$"),
    (
        lambda document: OrganizationPolicy("n", "SERVICE_CONTROL_POLICY", document, ""),
        5120,
        "a service control policy",
    ),
    (
        lambda document: OrganizationPolicy("n", "RESOURCE_CONTROL_POLICY", document, ""),
        5120,
        "a resource control policy",
    ),
]


@pytest.mark.parametrize(
    ("place", "most", "said"), PLACES, ids=lambda each: str(each) if isinstance(each, int) else ""
)
def test_each_place_has_a_limit_of_its_own(place: type[Placement], most: int, said: str) -> None:
    """The largest that AWS takes is taken; one character more is refused, and the limit named."""
    check_size(place(sized(most)))  # type: ignore[call-arg]
    with pytest.raises(
        DocumentRefused, match=f"{most + 1} characters without white space; AWS takes {most} in {said}"
    ):
        check_size(place(sized(most + 1)))  # type: ignore[call-arg]
