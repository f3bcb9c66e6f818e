"""The inventory function from end to end: real clients, real sockets, the bundle that comes out."""

from typing import Any

import pytest

from hubspoke_grants.bundle import encode, load, version_of
from tests.plugins.canary import Canaries
from tests.support import grants
from tests.support.fake_aws import FakeAws, sts_error
from tests.support.fake_organizations import FakeOrganizations
from tests.unit.inventory.conftest import Bucket, Function, document_of

NEW = "777777777777"
WORKLOADS = "ou-abcd-00000001"
READER = "arn:aws:iam::999999999999:role/hubspoke-organization-reader"


def test_a_new_account_appears_by_itself(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """It gets the role of its OU, in a bundle that the vending function loads."""
    organization.account(NEW, WORKLOADS, Name="new")
    organization.tags[NEW] = {"environment": "dev"}
    ran = function.run({"detail": {"eventName": "CreateAccountResult"}})

    assert bucket.body is not None
    loaded = load(bucket.body)
    assert f"{NEW}/app-role" in {str(target) for target in loaded.roles}
    assert loaded.accounts[NEW].tags == (("environment", "dev"),)  # type: ignore[index]
    assert bucket.document["AccountsFrom"] == "organization"
    assert {key: ran.record[key] for key in ("outcome", "accounts", "changes", "changed", "woken_by")} == {
        "outcome": "Written",
        "accounts": 11,
        "changes": {"Added": 1},
        "changed": [f"Added {NEW}"],
        "woken_by": "CreateAccountResult",
    }
    assert ran.record["bundle_version"] == loaded.version
    assert ran.level == "INFO"
    assert ran.metrics == {"InventoryRenewed": 1, "AccountsListed": 11, "AccountTagsUnread": 0}


def test_nothing_is_written_where_nothing_changed(function: Function, bucket: Bucket) -> None:
    """The same accounts make the same version, which is in force already."""
    ran = function.run()

    assert ran.record["outcome"] == "Unchanged"
    assert ran.record["woken_by"] == "schedule"
    assert bucket.puts == []
    assert ran.metrics["InventoryRenewed"] == 1


def test_what_was_published_stays_but_for_the_accounts(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """Policies, profiles and session policies are the operators' alone."""
    before = bucket.document
    organization.account(NEW)
    function.run()

    ours = {"Accounts", "Profiles", "Version"}
    assert {key: bucket.document[key] for key in before.keys() - ours} == {
        key: before[key] for key in before.keys() - ours
    }
    (profile,), (was,) = bucket.document["Profiles"], before["Profiles"]
    assert profile == was


def test_accounts_of_a_folder_are_replaced(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """A bundle says where its accounts are from, also where they are the same ones."""
    bucket.body = encode(document_of(organization, AccountsFrom="folder"))
    ran = function.run()

    assert ran.record["outcome"] == "Written"
    assert bucket.document["AccountsFrom"] == "organization"


def test_a_write_has_its_condition_and_checksum(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """S3 takes it only in place of the object that was read."""
    etag = bucket.etag
    organization.account(NEW)
    function.run()

    [(headers, _body)] = bucket.puts
    assert headers["if-match"] == etag
    assert headers["x-amz-expected-bucket-owner"] == "111111111111"
    assert "x-amz-checksum-sha256" in headers
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("refusal", [(412, "PreconditionFailed"), (409, "ConditionalRequestConflict")])
def test_a_publish_in_between_is_kept(
    function: Function, bucket: Bucket, organization: FakeOrganizations, refusal: tuple[int, str]
) -> None:
    """The accounts are written into what was published meanwhile; the organization isn't read again."""
    later = '@id("later") permit (principal, action, resource);'
    published = encode(document_of(organization, Policies=later))
    organization.account(NEW, WORKLOADS)
    left = [refusal]

    def fault(method: str) -> tuple[int, str] | None:
        if method == "PUT" and left:
            bucket.body = published
            return left.pop()
        return None

    bucket.fault = fault
    organization.tags[NEW] = {"a": "b"}
    ran = function.run()

    assert ran.record["outcome"] == "Written"
    assert "later" in bucket.document["Policies"]
    assert {"a": "b"} in [account["Tags"] for account in bucket.document["Accounts"]]
    assert organization.calls["ListRoots"] == 1


def test_another_run_in_between_is_not_undone(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """It may have seen what came after this run's reading, so the organization is read again."""
    organization.account(NEW, WORKLOADS)

    def fault(method: str) -> tuple[int, str] | None:
        if method == "PUT" and len(bucket.puts) == 1:
            organization.account("888888888888", WORKLOADS)
            bucket.body = encode(document_of(organization))
            return 412, "PreconditionFailed"
        return None

    bucket.fault = fault
    function.run()

    assert organization.calls["ListRoots"] == 2
    assert {NEW, "888888888888"} < {account["Id"] for account in bucket.document["Accounts"]}


def test_publishes_without_end_are_given_up(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """Five times, and then somebody is told."""
    organization.account(NEW)
    before = bucket.body
    bucket.fault = lambda method: (412, "PreconditionFailed") if method == "PUT" else None
    ran = function.run()

    assert ran.record.get("problem") == "BundleChanged"
    assert len(bucket.puts) == 5
    assert (bucket.body, ran.metrics) == (before, {"InventoryFailed": 1})


@pytest.mark.parametrize(
    "gone", [pytest.param(3, id="more-than-a-fifth"), pytest.param(9, id="most"), pytest.param(10, id="all")]
)
def test_a_broken_answer_takes_nobodys_access(
    function: Function, bucket: Bucket, organization: FakeOrganizations, gone: int
) -> None:
    """Accounts that go beyond the share stay, and the alarm hears of it."""
    before = bucket.body
    for number in range(gone):
        del organization.accounts[f"{number:012d}"]
    ran = function.run()

    assert ran.record.get("problem") == "TooManyGone"
    assert ran.record["detail"] == f"{gone} of 10 accounts would go, and at most 20 % may"
    assert (bucket.body, ran.metrics, ran.level) == (before, {"InventoryFailed": 1}, "ERROR")


def test_a_few_may_go(function: Function, bucket: Bucket, organization: FakeOrganizations) -> None:
    """Two of ten are the share."""
    for number in range(2):
        organization.accounts[f"{number:012d}"]["State"] = "SUSPENDED"
    ran = function.run()

    assert ran.record["changes"] == {"Removed": 2}
    assert len(load(bucket.body or b"").roles) == 8


def test_accounts_that_others_take_the_place_of_are_gone_too(
    function: Function, organization: FakeOrganizations
) -> None:
    """It is counted who is gone, not how many there are."""
    for number in range(3):
        del organization.accounts[f"{number:012d}"]
        organization.account(number + 100, WORKLOADS)

    assert function.run().record.get("problem") == "TooManyGone"


def test_an_ou_with_another_name_takes_nobodys_access(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """All accounts are there, and no profile would choose any."""
    before = bucket.body
    organization.units[WORKLOADS] = ("r-abcd", "Renamed")
    ran = function.run()

    assert ran.record["detail"] == "10 of 10 roles on offer would go, and at most 20 % may"
    assert bucket.body == before


@pytest.mark.parametrize(
    "function", [{"HUBSPOKE_INVENTORY_SHRINK_MAX": "100"}], ids=["a-hundred-percent"], indirect=True
)
def test_never_all(function: Function, bucket: Bucket, organization: FakeOrganizations) -> None:
    """Nine of ten go where that is said to be right; the last never does."""
    for number in range(9):
        del organization.accounts[f"{number:012d}"]
    assert function.run().record["outcome"] == "Written"

    organization.accounts.clear()
    assert function.run().record.get("problem") == "TooManyGone"
    assert len(bucket.document["Accounts"]) == 1


def test_tags_that_were_not_read_keep_access_as_it_was(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """A role that a tag chose stays chosen; a new account waits, or a forbid by its tags would not hold."""
    elsewhere = organization.unit(2, name="Elsewhere")
    tagged = organization.account(10, elsewhere)
    organization.tags[tagged] = {"vend": "yes"}
    function.run()
    new = organization.account(11, elsewhere)
    organization.tags[new] = {"vend": "yes"}
    organization.fault = lambda called, _: "ServiceException" if called == "ListTagsForResource" else None
    ran = function.run()

    (profile,) = bucket.document["Profiles"]
    assert tagged in profile["Accounts"]
    assert new not in profile["Accounts"]
    assert new not in {account["Id"] for account in bucket.document["Accounts"]}
    assert ran.metrics["AccountTagsUnread"] == ran.record["tags_unread"] == 12


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("AccessDeniedException", "ListAccountsForParent: AccessDeniedException"),
        ("AWSOrganizationsNotInUseException", "ListAccountsForParent: AWSOrganizationsNotInUseException"),
    ],
)
def test_an_organization_that_can_t_be_read_changes_nothing(
    function: Function, bucket: Bucket, organization: FakeOrganizations, fault: str, detail: str
) -> None:
    """The record has AWS's code and not its text."""
    before = bucket.body
    organization.fault = lambda called, _: fault if called == "ListAccountsForParent" else None
    ran = function.run()

    assert (ran.record["outcome"], ran.record["problem"]) == ("Failed", "AwsRefused")
    assert ran.record["detail"] == detail
    assert "planted" not in ran.text
    assert (bucket.body, ran.metrics) == (before, {"InventoryFailed": 1})


def test_time_that_runs_out_changes_nothing(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """A throttle is waited out only as long as there is time to write."""
    before = bucket.body
    organization.fault = lambda called, _: "TooManyRequestsException" if called == "ListRoots" else None
    ran = function.run(seconds=61)

    assert ran.record["detail"] == "ListRoots: TooManyRequestsException"
    assert ran.record["milliseconds"] < 20_000
    assert bucket.body == before


def test_an_ou_with_a_slash_is_named(function: Function, organization: FakeOrganizations) -> None:
    """The record says which OU and what to do."""
    unit = organization.unit(9, name="a/b")
    ran = function.run()

    assert ran.record.get("problem") == "OrganizationInvalid"
    assert unit in ran.record["detail"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "AwsRefused"),
        (b"", "BundleInvalid"),
        (b"{", "BundleInvalid"),
        (encode(grants.document() | {"Version": "x"}), "BundleInvalid"),
        (encode(grants.signed({"FormatVersion": 2})), "BundleInvalid"),
    ],
    ids=["none", "empty", "half", "another-digest", "another-format"],
)
def test_what_is_no_bundle_is_left_alone(
    function: Function, bucket: Bucket, organization: FakeOrganizations, body: bytes | None, problem: str
) -> None:
    """Nobody knows what it was meant to grant; the organization isn't even asked."""
    bucket.body = body
    ran = function.run()

    assert ran.record.get("problem") == problem
    assert bucket.puts == []
    assert not organization.calls


def test_a_bundle_that_would_not_load_is_not_written(
    function: Function, bucket: Bucket, organization: FakeOrganizations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is part of that: the vending function reads no more than it says."""
    organization.account(NEW)
    monkeypatch.setattr("inventory.stored.SIZE_MAX", len(bucket.body or b"") + 10)
    ran = function.run()

    assert ran.record.get("problem") == "BundleInvalid"
    assert bucket.puts == []


@pytest.mark.parametrize("status", [(403, "AccessDenied"), (404, "NoSuchBucket")], ids=str)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_bucket_that_refuses_is_named(
    function: Function, bucket: Bucket, organization: FakeOrganizations, method: str, status: tuple[int, str]
) -> None:
    """By the call and the code."""
    organization.account(NEW)
    bucket.fault = lambda asked: status if asked == method else None
    ran = function.run()

    operation = {"GET": "GetObject", "PUT": "PutObject"}[method]
    assert ran.record["detail"] == f"{operation}: {status[1]}"
    assert "planted" not in ran.text


@pytest.mark.parametrize(
    "function", [{"HUBSPOKE_ORGANIZATION_READER_ROLE": READER}], ids=["by-a-role"], indirect=True
)
def test_the_organization_is_read_by_a_role_where_one_is_named(
    function: Function, sts: FakeAws, organization: FakeOrganizations, canaries: Canaries
) -> None:
    """For a quarter of an hour, under a name that CloudTrail shows; nothing of it is logged."""
    sts.secret, sts.token = canaries.plant("secret key"), canaries.plant("session token")
    ran = function.run()

    (asked,) = sts.assumed
    assert ran.record["outcome"] == "Unchanged"
    assert asked["RoleArn"] == READER
    assert asked["DurationSeconds"] == "900"
    assert asked["RoleSessionName"] == "hubspoke-prod-inventory"
    canaries.check("what was written", ran.text)


@pytest.mark.parametrize(
    "function", [{"HUBSPOKE_ORGANIZATION_READER_ROLE": READER}], ids=["by-a-role"], indirect=True
)
def test_a_role_that_refuses_is_named(
    function: Function, sts: FakeAws, organization: FakeOrganizations
) -> None:
    """Nothing is read with credentials other than the role's."""
    sts.sts = lambda _asked: sts_error(403, "AccessDenied")
    ran = function.run()

    assert ran.record["detail"] == "AssumeRole: AccessDenied"
    assert not organization.calls


def test_without_a_role_sts_is_not_asked(function: Function, sts: FakeAws) -> None:
    """A delegated administrator's function reads as itself."""
    function.run()

    assert sts.calls == []


@pytest.mark.parametrize(
    "event",
    [None, [], "x", {"detail": None}, {"detail": {"eventName": "a\nb"}}, {"detail": {"eventName": 7}}],
    ids=repr,
)
def test_whatever_wakes_it_it_reads_everything(function: Function, event: Any) -> None:
    """An event is a hint and not a source: nothing in it is believed."""
    ran = function.run(event)

    assert (ran.record["outcome"], ran.record["woken_by"]) == ("Unchanged", "schedule")


def test_what_nobody_foresaw_is_counted(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record names the type, never the text."""

    def fall(*_arguments: Any) -> None:
        raise ZeroDivisionError("planted text")

    monkeypatch.setattr("inventory.handler.renew", fall)
    ran = function.run()

    assert (ran.record["problem"], ran.record["detail"]) == ("Internal", "ZeroDivisionError")
    assert "planted" not in ran.text
    assert ran.metrics == {"InventoryFailed": 1}


def test_the_version_is_the_contents_digest(
    function: Function, bucket: Bucket, organization: FakeOrganizations
) -> None:
    """The build of the same grants and accounts would have this version."""
    organization.account(NEW)
    function.run()

    assert bucket.document["Version"] == version_of(bucket.document)
