"""The template's Athena queries find what they are for, on files that the embedded hub's CloudTrail wrote.

The SQL is taken out of the rendered template and translated from Athena's to DuckDB's dialect by sqlglot. The
files become the table that the template describes: its columns, and the partitions that their places say.
What stays unshown is Athena itself: its reader of CloudTrail's files and its partition projection.
"""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from hubspoke_local.trail import Call, Caller, deliver, records
from tests.template.rendering import Rendered, hub_template, render
from tests.template.trail_checks import ASKED, sql

HUB, DEV, PROD = "111111111111", "222222222222", "333333333333"
ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"
FUNCTION = Caller(
    HUB, f"arn:aws:sts::{HUB}:assumed-role/vend/function", "AROAVEND:function", "ASIAFUNCTION", ROLE
)
EVE = Caller(HUB, f"arn:aws:iam::{HUB}:user/eve", "AIDAEVE", "AKIAEVE")
STRANGER = Caller("999999999999", "arn:aws:iam::999999999999:user/x", "AIDAX", "AKIAX")
NOW = datetime.now(UTC)
GRANTED = (
    "<AccessKeyId>{key}</AccessKeyId><Expiration>2026-11-25T10:00:00Z</Expiration>"
    "<AssumedRoleId>AROA:{session}</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/app/{session}</Arn>"
)


def assume(
    caller: Caller, key: str | None, account: str = DEV, role: str = "hubspoke/app", ago: int = 0
) -> list[Any]:
    """Write the records of an AssumeRole; without a key it was denied."""
    session = f"session-of-{key}"
    sent = {
        "RoleArn": f"arn:aws:iam::{account}:role/{role}",
        "RoleSessionName": session,
        "SourceIdentity": "user.bot",
    }
    reply = GRANTED.format(key=key, session=session, account=account) if key else "<Code>AccessDenied</Code>"
    at = NOW - timedelta(days=ago)
    return records(Call("AssumeRole", sent, at, "Boto3", 200 if key else 403, reply), caller)


def use(key: str, source_identity: str, account: str = DEV, ago: int = 0) -> list[Any]:
    """Write the record of a later call with vended keys."""
    arn = f"arn:aws:sts::{account}:assumed-role/app/session-of-{key}"
    caller = Caller(
        account, arn, f"AROA:{key}", key, f"arn:aws:iam::{account}:role/hubspoke/app", source_identity, 0.0
    )
    return records(Call("GetCallerIdentity", {}, NOW - timedelta(days=ago), "aws-cli", 200, ""), caller)


WRITTEN = [
    *assume(FUNCTION, "ASIAVENDED1"),
    *assume(FUNCTION, "ASIAVENDED2", PROD),
    *assume(FUNCTION, "ASIALONGAGO", ago=9),
    *assume(FUNCTION, None),
    *assume(EVE, "ASIAOFEVE"),
    *assume(EVE, None),
    *assume(EVE, "ASIAELSEWHERE", role="other/app"),
    *assume(STRANGER, "ASIAOFX", PROD)[1:],
    *use("ASIAVENDED1", "user.bot"),
    *use("ASIAVENDED1", "user.bot", ago=2),
    *use("ASIAVENDED2", "user.other", PROD),
    *use("ASIAVENDED1", "user.bot", ago=40),
]


@pytest.fixture
def rendered() -> Rendered:
    """The template, over a trail whose accounts are listed."""
    return render(hub_template(), **ASKED, TrailAccounts=f"{HUB},{DEV},{PROD}", TrailRegions="eu-west-1")


@pytest.fixture
def athena(rendered: Rendered, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A database with the template's table over those files."""
    for record in WRITTEN:
        deliver(record, tmp_path)
    table = rendered["TrailTable"]["TableInput"]
    columns = {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}
    kinds = {
        name: sqlglot.exp.DataType.build(kind, dialect="hive").sql("duckdb") for name, kind in columns.items()
    }
    rows = tmp_path / "rows.json"
    with rows.open("w") as file:
        for name in tmp_path.rglob("*.json.gz"):
            account, _, region, *day = name.relative_to(tmp_path).parts[2:-1]
            place = {"account": account, "region": region, "day": "/".join(day)}
            for record in json.loads(gzip.decompress(name.read_bytes()))["Records"]:
                file.write(json.dumps(_row(record, columns) | place) + "\n")
    database = duckdb.connect()
    declared = kinds | dict.fromkeys(("account", "region", "day"), "TEXT")
    database.read_json(str(rows), columns=declared, format="newline_delimited").create("cloudtrail")
    return database


def _row(record: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """Read a record as Hive does: names in any case, and as text what the table has as text."""
    known = {name.lower(): each for name, each in record.items()}
    return {
        name: json.dumps(known[name])
        if kind == "string" and isinstance(known[name], dict)
        else _lower(known[name])
        for name, kind in columns.items()
        if known.get(name) is not None
    }


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower(each) for name, each in value.items()}
    return [_lower(each) for each in value] if isinstance(value, list) else value


def asked(
    athena: duckdb.DuckDBPyConnection, rendered: Rendered, name: str, *parameters: str
) -> list[dict[str, Any]]:
    (query,) = sqlglot.transpile(sql(rendered, name), read="athena", write="duckdb")
    found = athena.execute(query, list(parameters))
    names = [each[0] for each in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_what_the_hub_assumed_is_found_with_its_key(
    athena: duckdb.DuckDBPyConnection, rendered: Rendered
) -> None:
    """Within the days, the denied too, and once: the spoke's records are others."""
    found = asked(athena, rendered, "AssumedByTheHub")

    assert sorted(str(each["access_key_id"]) for each in found) == ["ASIAVENDED1", "ASIAVENDED2", "None"]
    assert {each["errorcode"] for each in found} == {None, "AccessDenied"}
    assert {each["source_identity"] for each in found} == {"user.bot"}
    assert {each["role_arn"] for each in found} >= {f"arn:aws:iam::{DEV}:role/hubspoke/app"}


def test_what_others_assumed_is_found_and_no_vend_among_it(
    athena: duckdb.DuckDBPyConnection, rendered: Rendered
) -> None:
    """In both accounts' records; denials made no session, and other roles aren't the hub's."""
    found = asked(athena, rendered, "AssumedByOthers")

    assert {(each["access_key_id"], each["recipientaccountid"]) for each in found} == {
        ("ASIAOFEVE", HUB),
        ("ASIAOFEVE", DEV),
        ("ASIAOFX", PROD),
    }
    assert {each["who"] for each in found} == {EVE.arn, HUB, "999999999999"}


def test_what_a_key_did_is_found(athena: duckdb.DuckDBPyConnection, rendered: Rendered) -> None:
    """Each call within the days, and where."""
    found = asked(athena, rendered, "DoneWithAKey", "ASIAVENDED1")

    assert [(each["eventname"], each["account"], each["region"]) for each in found] == [
        ("GetCallerIdentity", DEV, "eu-west-1")
    ] * 2
    assert found[0]["eventtime"] < found[1]["eventtime"]


def test_what_a_source_identity_did_is_found(athena: duckdb.DuckDBPyConnection, rendered: Rendered) -> None:
    """By whichever vend."""
    assert [
        each["access_key_id"] for each in asked(athena, rendered, "DoneByASourceIdentity", "user.other")
    ] == ["ASIAVENDED2"]
    assert asked(athena, rendered, "DoneByASourceIdentity", "nobody") == []


def test_where_accounts_are_not_listed_each_query_is_still_one() -> None:
    """And so where roles go by a pattern of names."""
    for parameters in ({}, {"SpokeRoleNamePattern": "automation-*"}, {"OrganizationId": ""}):
        rendered = render(hub_template(), **(ASKED | parameters))
        for name in rendered.of_type("AWS::Athena::NamedQuery"):
            sqlglot.parse_one(sql(rendered, name), read="athena")


@pytest.mark.parametrize(
    ("pattern", "found"), [("app", False), ("*app", True), ("hub*", True), ("*spoke*", True), ("app*", False)]
)
def test_roles_by_a_pattern_of_names_are_told_apart(
    athena: duckdb.DuckDBPyConnection, pattern: str, found: bool
) -> None:
    """A star becomes a percent sign, and matches slashes, as it does in the hub's own policy."""
    rendered = render(hub_template(), **ASKED, SpokeRoleNamePattern=pattern, TrailAccounts=HUB)
    keys = {each["access_key_id"] for each in asked(athena, rendered, "AssumedByOthers")}

    assert ("ASIAOFEVE" in keys) is found
