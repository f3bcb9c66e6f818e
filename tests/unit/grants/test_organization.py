"""An organization read through a real client, from a stand-in on a real socket."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubspoke_grants.organization import OrganizationInvalid, Pace, Reading, read
from tests.support.fake_organizations import ROOT, Asked, FakeOrganizations


class Time:
    """A clock that runs only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def pace(self, seconds: float = 600) -> Pace:
        return Pace(seconds, lambda: self.now, self.sleep)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def aws() -> Iterator[FakeOrganizations]:
    with FakeOrganizations() as fake:
        yield fake


def pull(aws: FakeOrganizations, time: Time, known: Sequence[dict[str, Any]] = ()) -> Reading:
    return read(aws.client(), known, time.pace())


def account(number: int, **changes: Any) -> dict[str, Any]:
    written = {"Id": f"{number:012d}", "Name": f"account {number}", "OrgUnit": "ou-root", "Tags": {}}
    return written | changes


def throttled(times: int, operation: str) -> Callable[[str, Asked], str | None]:
    left = [times]

    def fault(called: str, _asked: Asked) -> str | None:
        if called == operation and left[0]:
            left[0] -= 1
            return "TooManyRequestsException"
        return None

    return fault


def test_accounts_are_listed_with_their_place_and_tags(aws: FakeOrganizations, time: Time) -> None:
    """The form is that of accounts.json, ordered by id, and the root is ``ou-root``."""
    workloads = aws.unit(1, name="Workloads")
    aws.account(3, aws.unit(2, workloads, "Dev"))
    aws.account(1)
    aws.tags["000000000003"] = {"environment": "dev", "owner": ""}

    assert pull(aws, time).accounts == (
        account(1),
        account(3, OrgUnit="ou-root/Workloads/Dev", Tags={"environment": "dev", "owner": ""}),
    )


def test_five_levels_are_walked(aws: FakeOrganizations, time: Time) -> None:
    """As deep as AWS lets OUs be."""
    parent = ROOT
    for level in range(1, 6):
        parent = aws.unit(level, parent)
    aws.account(1, parent)

    (found,) = pull(aws, time).accounts
    assert found["OrgUnit"] == "ou-root/Unit1/Unit2/Unit3/Unit4/Unit5"


@pytest.mark.parametrize("empty_first", [False, True])
def test_every_page_is_read(aws: FakeOrganizations, time: Time, empty_first: bool) -> None:
    """Lists come in pages, of which any may be empty without being the last."""
    aws.page, aws.empty_first = 2, empty_first
    units = [aws.unit(number) for number in range(5)]
    for number in range(15):
        aws.account(number, units[number % 5])
    aws.tags["000000000007"] = {f"key{place}": "x" for place in range(5)}

    found = pull(aws, time).accounts
    assert [each["Id"] for each in found] == [f"{number:012d}" for number in range(15)]
    assert len(found[7]["Tags"]) == 5


def test_twelve_hundred_accounts_are_the_same_each_time(aws: FakeOrganizations, time: Time) -> None:
    """The order in which tags are read changes; what comes out doesn't."""
    units = [ROOT] + [aws.unit(number) for number in range(20)]
    for number in range(1200):
        aws.tags[aws.account(number, units[number % 21])] = {"n": str(number)}

    once, again = pull(aws, time), pull(aws, time)
    assert once == again
    assert len(once.accounts) == 1200
    assert once.unread == ()


@pytest.mark.parametrize(
    "listed",
    [
        {"State": "SUSPENDED"},
        {"State": "PENDING_CLOSURE", "Status": "ACTIVE"},
        {"State": "PENDING_ACTIVATION"},
        {"State": "CLOSED"},
        {"State": None, "Status": "SUSPENDED"},
    ],
    ids=str,
)
def test_only_active_accounts_are_listed(aws: FakeOrganizations, time: Time, listed: dict[str, Any]) -> None:
    """``State`` says so; ``Status``, which it replaces, only where there is no ``State``."""
    aws.account(1)
    aws.account(2, **listed)

    assert [each["Id"] for each in pull(aws, time).accounts] == ["000000000001"]
    assert ("ListTagsForResource", {"ResourceId": "000000000002"}) not in aws.asked


def test_an_older_answer_with_a_status_alone_is_read(aws: FakeOrganizations, time: Time) -> None:
    """Partitions get new fields at different times."""
    aws.account(1, State=None, Status="ACTIVE")

    assert len(pull(aws, time).accounts) == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Work/loads", "holds a slash"),
        ("/", "holds a slash"),
        ("Work\nloads", "can't be seen"),
        ("Work\u202eloads", "can't be seen"),
        ("Work\u00a0loads", "can't be seen"),
        (" Workloads", "can't be seen"),
        ("Workloads ", "can't be seen"),
        ("\ud800", "can't be seen"),
        ("", "can't be seen"),
    ],
)
def test_an_ou_whose_name_would_mislead_is_refused(
    aws: FakeOrganizations, time: Time, name: str, why: str
) -> None:
    """Its path decides who gets in; the message has the OU's id and what to do."""
    unit = aws.unit(7, name=name)
    with pytest.raises(OrganizationInvalid) as refused:
        pull(aws, time)

    assert str(refused.value).startswith(f"OU {unit}: ")
    assert why in str(refused.value)
    assert "rename it" in str(refused.value)


def test_ous_of_one_name_are_refused(aws: FakeOrganizations, time: Time) -> None:
    """Side by side they would be one; in different places they are two."""
    aws.unit(2, aws.unit(1, name="A"), "B")
    aws.account(1, aws.unit(3, name="B"))
    assert len(pull(aws, time).accounts) == 1

    aws.unit(4, name="B")
    with pytest.raises(OrganizationInvalid, match=f"two OUs under {ROOT}"):
        pull(aws, time)


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nb", "a\u202eb", "a\ud800b"])
def test_an_accounts_name_can_t_hide_anything(aws: FakeOrganizations, time: Time, name: str) -> None:
    """Whoever is in an account may rename it, and must not stop the pull by that."""
    aws.account(1, Name=name)

    (found,) = pull(aws, time).accounts
    assert found["Name"].startswith("a�")
    assert found["Name"].isprintable()


@pytest.mark.parametrize(
    "operation",
    [
        *("ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"),
        *("ListAccounts", "ListTagsForResource"),
    ],
)
@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException"])
def test_throttling_is_waited_out(aws: FakeOrganizations, time: Time, operation: str, code: str) -> None:
    """Each call is made again after a wait, which nobody can foretell and which grows."""
    aws.account(1)
    fault = throttled(4, operation)
    aws.fault = lambda called, asked: code if fault(called, asked) else None

    assert pull(aws, time).accounts == (account(1),)
    assert len(time.waits) == 4
    assert all(0 <= wait <= 0.5 * 2**times for times, wait in enumerate(time.waits, 1))


def test_waiting_ends(aws: FakeOrganizations, time: Time) -> None:
    """A list that stays throttled fails in time, and by the throttle's own name."""
    aws.fault = throttled(10**9, "ListAccountsForParent")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        pull(aws, time)

    assert time.now < 600
    assert max(time.waits) <= 20


@pytest.mark.parametrize("operation", ["ListOrganizationalUnitsForParent", "ListAccountsForParent"])
@pytest.mark.parametrize("code", ["ServiceException", "AccessDeniedException", "ParentNotFoundException"])
def test_a_page_that_fails_is_no_shorter_list(
    aws: FakeOrganizations, time: Time, operation: str, code: str
) -> None:
    """The second page of any list ends the reading where it can't be had."""
    aws.page = 1
    for number in (1, 2):
        aws.account(number, aws.unit(number))
        aws.account(number + 2)
    aws.fault = lambda called, asked: code if called == operation and "NextToken" in asked else None

    with pytest.raises(ClientError, match=code):
        pull(aws, time)


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("ListRoots", "Roots"),
        ("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
        ("ListAccountsForParent", "Accounts"),
        ("ListAccounts", "Accounts"),
        ("ListTagsForResource", "Tags"),
    ],
)
def test_an_answer_without_its_list_is_refused(
    aws: FakeOrganizations, time: Time, operation: str, part: str
) -> None:
    """A document of somebody else's is not an empty list."""
    aws.account(1)
    aws.spoil = lambda called, _asked, page: {} if called == operation else page

    with pytest.raises(OrganizationInvalid, match=f"lacks {part}"):
        pull(aws, time)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ({"Id": "12345678901"}, "not twelve digits"),
        ({"Id": "٢" * 12}, "not twelve digits"),
        ({"Id": None}, "without Id"),
        ({"Name": None}, "without Name"),
        ({"State": None}, "without its state"),
    ],
    ids=str,
)
def test_an_account_that_lacks_something_is_refused(
    aws: FakeOrganizations, time: Time, listed: dict[str, Any], why: str
) -> None:
    """It is never passed over."""
    aws.account(1, **listed)

    with pytest.raises(OrganizationInvalid, match=why):
        pull(aws, time)


def test_the_same_page_twice_is_refused(aws: FakeOrganizations, time: Time) -> None:
    """A token that leads back would never end."""
    aws.account(1)
    aws.spoil = lambda called, _asked, page: page | {"NextToken": "0"} if called == "ListRoots" else page

    with pytest.raises(OrganizationInvalid, match="same page twice"):
        pull(aws, time)


def test_an_account_that_moved_meanwhile_is_found(aws: FakeOrganizations, time: Time) -> None:
    """An account that no OU had while it was walked is in the flat list, so all is walked again."""
    aws.account(1)
    aws.account(2)
    walks = [0]

    def spoil(called: str, asked: Asked, page: dict[str, Any]) -> dict[str, Any]:
        if called == "ListAccountsForParent":
            walks[0] += 1
            return page if walks[0] > 1 else page | {"Accounts": page["Accounts"][:1]}
        return page

    aws.spoil = spoil
    assert [each["Id"] for each in pull(aws, time).accounts] == ["000000000001", "000000000002"]
    assert walks == [2]


def test_an_account_that_is_met_twice_is_read_again(aws: FakeOrganizations, time: Time) -> None:
    """Where it is in the end is where it is."""
    aws.account(1, aws.unit(1, name="Old"))
    moved = aws.unit(2, name="New")
    asked_for = [0]

    def spoil(called: str, asked: Asked, page: dict[str, Any]) -> dict[str, Any]:
        if called == "ListAccountsForParent" and asked["ParentId"] == moved:
            asked_for[0] += 1
            if asked_for[0] == 1:
                return {"Accounts": [{"Id": "000000000001", "Name": "x", "State": "ACTIVE"}]}
        return page

    aws.spoil = spoil
    assert [each["OrgUnit"] for each in pull(aws, time).accounts] == ["ou-root/Old"]


def test_accounts_that_never_rest_are_refused(aws: FakeOrganizations, time: Time) -> None:
    """Three readings that don't agree with the flat list are none."""
    aws.account(1)
    aws.account(2)
    aws.spoil = lambda called, _asked, page: {"Accounts": []} if called == "ListAccountsForParent" else page

    with pytest.raises(OrganizationInvalid, match="in each of 3 readings"):
        pull(aws, time)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceException", "TargetNotFoundException"])
def test_tags_that_can_t_be_read_stay_what_they_were(aws: FakeOrganizations, time: Time, code: str) -> None:
    """One account's tags don't stop the rest: it keeps the last known ones, and a new one is left out."""
    for number in (1, 2, 3):
        aws.tags[aws.account(number)] = {"now": "yes"}
    stuck = {"000000000001", "000000000003"}
    aws.fault = lambda called, asked: code if asked.get("ResourceId") in stuck else None

    known = [account(1, Tags={"was": "so"}), account(2, Tags={"was": "so"})]
    found = pull(aws, time, known)
    assert found.unread == ("000000000001", "000000000003")
    assert [each["Tags"] for each in found.over(known)] == [{"was": "so"}, {"now": "yes"}]


def test_tags_that_may_not_be_read_stop_the_reading(aws: FakeOrganizations, time: Time) -> None:
    """A missing permission would leave all tags as they are for ever, and nobody would know."""
    aws.account(1)
    aws.fault = lambda called, _asked: "AccessDeniedException" if called == "ListTagsForResource" else None

    with pytest.raises(ClientError, match="AccessDeniedException"):
        pull(aws, time)


def test_a_throttle_on_all_tags_is_given_up_soon(aws: FakeOrganizations, time: Time) -> None:
    """A thousand accounts don't wait for minutes each."""
    for number in range(100):
        aws.account(number)
    aws.fault = throttled(10**9, "ListTagsForResource")

    assert len(pull(aws, time).unread) == 100
    assert aws.calls["ListTagsForResource"] <= 25


def test_new_accounts_tags_are_read_first(aws: FakeOrganizations, time: Time) -> None:
    """They have none to keep. The others take turns, so that none is always the last."""
    for number in range(30):
        aws.account(number)
    known = [account(number) for number in range(25)]

    orders = []
    for _ in range(2):
        aws.asked.clear()
        pull(aws, time, known)
        asked = [asked["ResourceId"] for called, asked in aws.asked if called == "ListTagsForResource"]
        assert set(asked[:5]) == {f"{number:012d}" for number in range(25, 30)}
        orders.append(asked)
    assert orders[0] != orders[1]


@pytest.mark.parametrize("tags", [{"a\x00": "b"}, {"a": "b\n"}, {"a": "\ud800"}], ids=ascii)
def test_tags_outside_awss_grammar_are_refused(
    aws: FakeOrganizations, time: Time, tags: dict[str, str]
) -> None:
    """Tags decide, so they are never mended."""
    aws.tags[aws.account(1)] = tags

    with pytest.raises(OrganizationInvalid, match="account 000000000001: its tags"):
        pull(aws, time)
