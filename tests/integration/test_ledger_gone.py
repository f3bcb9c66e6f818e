"""The ledger's table taken away and put back under a running hub, of its own: its rows don't come back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubspoke_local.confinement import KEY_MARK
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done, Run

TARGET = "222222222222/automation-spoke-role"
INDEX = "{IndexName: IndexName, KeySchema: KeySchema, Projection: Projection}"
AS_IT_IS = (
    "Table.{TableName: TableName, KeySchema: KeySchema, AttributeDefinitions: AttributeDefinitions,"
    f" BillingMode: BillingModeSummary.BillingMode,"
    f" GlobalSecondaryIndexes: GlobalSecondaryIndexes[].{INDEX}}}"
)
"""Of what describe-table says, what create-table takes."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHub]:
    """A hub whose ledger nobody else needs."""
    with EmbeddedHub.start(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def administer(run: Run) -> Callable[..., Done]:
    """Call DynamoDB by the AWS CLI as the administrator, and expect it to be done."""

    def administer(*arguments: str) -> Done:
        done = run("aws", "dynamodb", *arguments, profile="administrator")
        assert done.code == 0, done.err
        return done

    return administer


def vend(run: Run, *options: str) -> Done:
    """Vend past the cache, for a command that says whether it ran."""
    return run("hubspoke", "run", TARGET, "--no-cache", *options, "--", "echo", "it ran")


def calls_of_sts(trail: Path) -> int:
    """Count CloudTrail's records: a file each."""
    return sum(1 for file in trail.rglob("*.json.gz"))


def test_without_its_ledger_the_hub_vends_nothing_and_with_it_back_it_vends_again(
    hub: EmbeddedHub, run: Run, administer: Callable[..., Done], tmp_path: Path
) -> None:
    """503 before STS is asked, and no deploy in between."""
    table = ("--table-name", hub.outputs["LedgerTable"])
    assert vend(run).code == 0
    definition = tmp_path / "ledger.json"
    definition.write_text(administer("describe-table", *table, "--query", AS_IT_IS).out)
    assert len(json.loads(definition.read_text())["GlobalSecondaryIndexes"]) == 4
    administer("update-table", *table, "--no-deletion-protection-enabled")
    administer("delete-table", *table)

    before = calls_of_sts(hub.trail)
    refused = vend(run, "--retries", "0", "--verbose")
    printed = run("hubspoke", "credential-process", TARGET, "--no-cache", "--retries", "0")

    assert (refused.code, refused.out) == (printed.code, printed.out) == (75, "")
    assert "answered 503" in refused.err
    assert "Unavailable" in refused.err
    assert KEY_MARK not in refused.err + printed.err
    assert calls_of_sts(hub.trail) == before

    administer("create-table", "--cli-input-json", definition.as_uri())
    assert vend(run).out == "it ran\n"
    listed = run("hubspoke-admin", "vends", "--role", TARGET, "--format", "json", profile="operator").json()
    assert [row["Outcome"] for row in listed] == ["Vended"]
