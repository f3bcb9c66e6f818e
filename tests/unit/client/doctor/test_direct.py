"""hubspoke.doctor.direct: the hub role, and the spoke's role by it."""

from collections.abc import Callable

import pytest

from hubspoke.doctor import direct
from hubspoke.doctor.credentials import Signer
from hubspoke.findings import Finding
from hubspoke.hub_role import HubRole
from hubspoke_contract import arns
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, Params, Reply, sts_error

HUB = ("999999999999", "team/automation-hub-role")
TARGET = Target(AccountId("888888888888"), RoleName("hubspoke/automation-spoke-role"))
SERIAL = "arn:aws:iam::111111111111:mfa/me"
SIGNER = Signer([], None, arns.principal("arn:aws:iam::111111111111:user/inventory-bot"), "aws")


def _route(**options: object) -> HubRole:
    return HubRole(*HUB, cache=False, retries=0, **options)  # type: ignore[arg-type]


def _from_the_second(reply: Reply, sts: FakeAws) -> Callable[[Params], Reply]:
    first = sts.sts

    def answer(params: Params) -> Reply:
        return first(params) if len(sts.assumed) == 1 else reply

    return answer


def _vend(route: HubRole) -> Finding:
    assert direct.examine(route, SIGNER).code == "HubRoleAssumed"
    return direct.vend(route, SIGNER, TARGET)


def test_all_is_well(sts: FakeAws, canaries: Canaries) -> None:
    """The hub role is assumed once, the spoke's for as short as can be; nothing of either is said or kept."""
    canaries.adopt("secret", sts.secret)
    canaries.adopt("token", sts.token)
    found = _vend(_route())
    canaries.check("the finding", repr(found))
    assert found.code == "SpokeRoleAssumed"
    assert [params["RoleArn"] for params in sts.assumed] == [
        "arn:aws:iam::999999999999:role/team/automation-hub-role",
        "arn:aws:iam::888888888888:role/hubspoke/automation-spoke-role",
    ]
    assert sts.assumed[1]["DurationSeconds"] == "900"


def test_an_mfa_code_is_asked_for_once(sts: FakeAws) -> None:
    """A code is good for one call."""
    asked: list[int] = []

    def code() -> str:
        asked.append(1)
        return "123456"

    assert _vend(_route(mfa_serial=SERIAL, mfa_code=code)).code == "SpokeRoleAssumed"
    assert len(asked) == 1
    assert sts.assumed[0]["TokenCode"] == "123456"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (sts_error(403, "AccessDenied", "hush"), "HubRoleRefused"),
        (sts_error(403, "ExpiredToken", "hush"), "StsKeyRefused"),
        (sts_error(400, "ValidationError", "hush"), "StsInvalid"),
        (sts_error(403, "RegionDisabledException", "hush"), "StsUnusable"),
        (sts_error(400, "Throttling", "hush"), "StsBusy"),
        (Reply(503, b"hush"), "StsBusy"),
        (Reply(200, b"hush"), "NotSts"),
        (Reply(200, b"<a>hush", cut_after=3), "StsSilent"),
    ],
)
def test_why_the_hub_role_isnt_had(sts: FakeAws, reply: Reply, code: str) -> None:
    """Told apart, and never in STS's words."""
    sts.sts = lambda _: reply
    found = direct.examine(_route(), SIGNER)
    assert found.code == code
    assert found.mend
    assert "hush" not in repr(found)


def test_a_denied_hub_role_has_three_sides(sts: FakeAws) -> None:
    """Each is said with what it has to hold."""
    sts.sts = lambda _: sts_error(403, "AccessDenied")
    mend = direct.examine(_route(), SIGNER).mend
    assert '"sts:AssumeRole" on "arn:aws:iam::999999999999:role/team/automation-hub-role"' in mend
    assert "user inventory-bot of 111111111111" in mend
    assert "--mfa-serial" in mend


def test_a_denied_spoke_role_has_three_sides(sts: FakeAws) -> None:
    """The hub role's policy, the trust, and its conditions."""
    sts.sts = _from_the_second(sts_error(403, "AccessDenied"), sts)
    found = _vend(_route(external_id="an-external-id"))
    assert found.code == "SpokeRoleRefused"
    assert '"arn:aws:iam::888888888888:role/hubspoke/automation-spoke-role"' in found.mend
    assert '"arn:aws:iam::999999999999:role/team/automation-hub-role"' in found.mend
    assert "source identity" in found.mend
    assert "an-external-id" not in repr(found)


def test_where_sts_said_nothing_of_the_caller_the_partition_stays_open(sts: FakeAws) -> None:
    """And nobody is named."""
    sts.sts = lambda _: sts_error(403, "AccessDenied")
    mend = direct.examine(_route(), Signer([])).mend
    assert "arn:PARTITION:iam::999999999999" in mend
    assert "name you." in mend


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"mfa_serial": SERIAL}, "MfaCodeNeeded"),
        ({"mfa_serial": SERIAL, "mfa_code": "12345"}, "MfaCodeInvalid"),
        ({"region": "nonesuch"}, "StsUnusable"),
    ],
)
def test_what_keeps_sts_from_being_asked(sts: FakeAws, options: dict[str, str], code: str) -> None:
    """Without a call."""
    assert direct.examine(_route(**options), SIGNER).code == code
    assert sts.assumed == []
