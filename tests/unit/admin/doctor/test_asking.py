"""What STS would be asked, as policies on either side see it."""

import pytest

from hubspoke_admin.doctor.asking import ASSUME, SET_SOURCE_IDENTITY, TAG_SESSION, Asking
from hubspoke_admin.iam.request import PRESENT
from tests.unit.admin.doctor.conftest import EXTERNAL_ID, HOME_ROLE, HUB, ORGANIZATION, ROLE, SPOKE, asking


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        (Asking(HOME_ROLE, ROLE, None), (ASSUME,)),
        (asking(), (ASSUME, SET_SOURCE_IDENTITY)),
        (asking(tags=(("a", "b"),)), (ASSUME, SET_SOURCE_IDENTITY, TAG_SESSION)),
        (asking(tag_keys=("a",)), (ASSUME, SET_SOURCE_IDENTITY, TAG_SESSION)),
    ],
)
def test_aws_decides_about_the_call_and_what_is_set_by_it(asked: Asking, actions: tuple[str, ...]) -> None:
    """One by one, and only about what is set."""
    assert asked.actions == actions


def test_a_trust_sees_a_principal_and_identity_policies_see_none() -> None:
    """The same request, from two sides."""
    assert asking().request(ASSUME, by_resource=True).principal == HOME_ROLE
    assert asking().request(ASSUME, by_resource=False).principal is None


def test_a_request_has_the_keys_that_a_vend_has() -> None:
    """Those of the asker, of the role, and of what is sent."""
    asked = asking(
        organization=ORGANIZATION, region="eu-west-1", tags=(("team", "platform"),), tag_keys=("ticket",)
    )
    keys = asked.request(ASSUME, by_resource=True).keys

    assert keys["aws:PrincipalArn"] == HOME_ROLE
    assert (keys["aws:PrincipalAccount"], keys["aws:ResourceAccount"]) == (HUB, SPOKE)
    assert (keys["aws:PrincipalOrgID"], keys["aws:ResourceOrgID"]) == (ORGANIZATION, ORGANIZATION)
    assert (keys["sts:ExternalId"], keys["sts:SourceIdentity"]) == (EXTERNAL_ID, PRESENT)
    assert keys["aws:TagKeys"] == ("team", "ticket")
    assert (keys["aws:RequestTag/team"], keys["aws:RequestTag/ticket"]) == ("platform", PRESENT)
    assert keys["aws:RequestedRegion"] == "eu-west-1"


@pytest.mark.parametrize("key", ["sts:ExternalId", "sts:SourceIdentity", "aws:TagKeys"])
def test_what_is_not_sent_is_not_in_the_request(key: str) -> None:
    """Nor is an organization that isn't known: a policy that asks for it can't be answered."""
    request = Asking(HOME_ROLE, ROLE, None).request(ASSUME, by_resource=True)
    assert request.values(key) == ()
    assert request.values("aws:PrincipalOrgID") is None


def test_near_misses_differ_in_one_thing() -> None:
    """Each is another call that should be refused."""
    right = asking(organization=ORGANIZATION)
    near = [
        right.without_source_identity(),
        *right.without_the_external_id(),
        right.from_another_organization(),
    ]
    fields = ("principal", "role_arn", "organization", "external_id", "source_identity", "tags", "tag_keys")
    differing = [[name for name in fields if getattr(each, name) != getattr(right, name)] for each in near]
    assert differing == [["source_identity"], ["external_id"], ["external_id"], ["organization"]]
