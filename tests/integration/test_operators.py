"""What an operator changes holds at once: grants, quarantine, and the record of what was vended."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done, Run
from tests.plugins.canary import Canaries

GRANTS = Path(__file__).parents[2] / "grants"
DEV = "222222222222/automation-spoke-role"
PROD = "333333333333/automation-spoke-role"
BOT = "111111111111/inventory-bot"
IN_FORCE_WITHIN = 15.0
"""Seconds. The function looks at S3 every ten at most while there is traffic."""

WIDENED = """\
@id("stranger-reads-prod")
permit (
  principal == Caller::User::"111111111111/stranger",
  action == Action::"assume",
  resource in OrgUnit::"ou-root/Workloads/Prod"
) when { resource.name == "automation-spoke-role" };
"""
CASES = f"""\
tests:
  - principal: Caller::User::"111111111111/stranger"
    role: {PROD}
    expect: permit
  - principal: Caller::User::"111111111111/stranger"
    role: {DEV}
    expect: deny
"""


@pytest.fixture
def operate(run: Run) -> Callable[..., Done]:
    """Run ``hubspoke-admin`` as the operator, and expect it to be done."""

    def operate(*arguments: str | Path) -> Done:
        done = run("hubspoke-admin", *map(str, arguments), profile="operator")
        assert done.code == 0, done.err
        return done

    return operate


@pytest.fixture
def vend(run: Run) -> Callable[..., Done]:
    """Vend a role as a caller."""
    return lambda role, profile="inventory-bot": run(
        "hubspoke", "credential-process", role, "--no-cache", profile=profile
    )


@pytest.fixture
def _afterwards(hub: EmbeddedHub, operate: Callable[..., Done]) -> Iterator[None]:
    """Leave the starting grants in force, and nothing quarantined."""
    yield
    operate("grants", "publish", GRANTS)
    for row in operate("quarantine", "list", "--format", "json").json():
        kind, _, name = row["Subject"].partition(":")
        operate("quarantine", "remove", f"--{kind}", *([name] if name else []))


def seconds_until(code: int, vend: Callable[[], Done]) -> float:
    """Vend until it ends with a code, and say how long that took."""
    began = time.monotonic()
    while vend().code != code:
        assert time.monotonic() - began < IN_FORCE_WITHIN + 5, f"still not {code}"
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.mark.usefixtures("_afterwards")
def test_published_grants_are_in_force_at_once_and_gone_after_a_rollback(
    operate: Callable[..., Done], vend: Callable[..., Done], tmp_path: Path
) -> None:
    """A permit for a stranger opens production within fifteen seconds, and a rollback closes it as soon."""
    folder = Path(shutil.copytree(GRANTS, tmp_path / "widened"))
    (folder / "policies/widened.cedar").write_text(WIDENED)
    (folder / "tests.yaml").write_text(CASES)
    before = operate("grants", "fetch").json()
    assert vend(PROD, "stranger").code == 77

    published = operate("grants", "publish", folder, "--reason", "a test", "--based-on", before["Version"])
    assert "stranger" in published.err
    assert seconds_until(0, lambda: vend(PROD, "stranger")) < IN_FORCE_WITHIN
    assert vend(DEV, "stranger").code == 77

    assert before["Version"] in operate("grants", "rollback", "--reason", "too wide").out
    assert seconds_until(77, lambda: vend(PROD, "stranger")) < IN_FORCE_WITHIN
    newest, widened, *_ = operate("grants", "history", "--format", "json").json()
    assert (newest["Version"], newest["Reason"]) == (before["Version"], "too wide")
    assert (widened["Reason"], widened["Publisher"]) == ("a test", "arn:aws:iam::111111111111:user/operator")


@pytest.mark.usefixtures("_afterwards")
@pytest.mark.parametrize(
    "subject",
    [["--caller", BOT], ["--role", DEV], ["--account", "222222222222"], ["--everything"]],
    ids=lambda subject: subject[0],
)
def test_a_quarantine_stops_the_very_next_vend_and_its_end_lets_the_next_through(
    operate: Callable[..., Done], vend: Callable[..., Done], subject: list[str]
) -> None:
    """No waiting in either direction."""
    assert vend(DEV).code == 0
    operate("quarantine", "add", *subject, "--reason", "a test")
    refused = vend(DEV)
    operate("quarantine", "remove", *subject)

    assert (refused.code, refused.out) == (77, "")
    assert vend(DEV).code == 0


def test_vends_lists_what_was_just_vended_and_nothing_secret(
    operate: Callable[..., Done], run: Run, canaries: Canaries
) -> None:
    """The ledger has the key's id, the caller and the reason; by each of them the row is found."""
    vended: dict[str, Any] = run(
        "hubspoke", "credential-process", DEV, "--no-cache", "--reason", "for test_operators"
    ).json()
    canaries.adopt("secret key", vended["SecretAccessKey"])
    canaries.adopt("session token", vended["SessionToken"])
    key = vended["AccessKeyId"]
    table = operate("vends", "--since", "1h")
    canaries.check("the table", table.out + table.err)

    assert key in table.out
    assert "for test_operators" in table.out
    for arguments in (
        ["--since", "1h"],
        ["--key", key],
        ["--caller", BOT],
        ["--caller", f'Caller::User::"{BOT}"'],
        ["--account", "222222222222"],
        ["--role", DEV],
    ):
        found = operate("vends", *arguments, "--format", "json")
        canaries.check("the list", found.out)
        (row,) = [row for row in json.loads(found.out) if row["AccessKeyId"] == key]
        assert (row["Outcome"], row["Principal"]) == ("Vended", f'Caller::User::"{BOT}"')


def test_a_vends_packed_size_is_summed_up_under_its_profile(
    operate: Callable[..., Done], vend: Callable[..., Done]
) -> None:
    """From STS's reply to the ledger and back. The emulated STS packs nothing, and says so: 0%."""
    key = vend(DEV).json()["AccessKeyId"]
    (row,) = operate("vends", "--key", key, "--format", "json").json()
    (summed,) = operate("vends", "--packed", "--key", key, "--format", "json").json()

    assert (row["Profile"], row["PackedPolicySize"]) == ("automation", 0)
    assert (summed["Profile"], summed["Vends"], summed["VendId"]) == ("automation", 1, row["VendId"])
    assert (summed["Largest"], summed["NearlyFull"]) == (0, False)


def test_a_refused_vend_is_listed_with_what_stopped_it(
    operate: Callable[..., Done], vend: Callable[..., Done]
) -> None:
    """A quarantined vend has a row, and no key."""
    operate("quarantine", "add", "--caller", BOT, "--reason", "a test")
    vend(DEV)
    operate("quarantine", "remove", "--caller", BOT)
    newest = operate("vends", "--caller", BOT, "--format", "json").json()[0]

    assert (newest["Outcome"], newest["AccessKeyId"]) == ("Quarantined", None)
