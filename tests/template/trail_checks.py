"""What the hub's template asks of CloudTrail and of its logs: a table over a trail, and saved queries.

As in ``hub_checks``, a check takes the template's source, and a spoiled one fails it. That the queries find
what they are for is shown in ``test_trail_queries``.
"""

import dataclasses
import io
import json
import logging
import re
import string
from typing import Any

from aws_lambda_powertools import Logger

from hubspoke_contract.errors import Problem
from tests.template.rendering import Rendered, Template, render
from vending.audit import Audit

ORGANIZATION = "o-abcdefghij"
ASKED = {"TrailBucketName": "org-trail", "OrganizationId": ORGANIZATION}
ASKING = ("AWS::Glue::Database", "AWS::Glue::Table", "AWS::Athena::WorkGroup", "AWS::Athena::NamedQuery")
QUERIES = {"AssumedByTheHub", "AssumedByOthers", "DoneWithAKey", "DoneByASourceIdentity"}
SAVED = {"RequestsByCaller", "DenialsOfLate", "OneVend", "RefusalsBySpokes"}


def nothing_is_asked_unless_told(source: Template) -> None:
    """Without a bucket there is no table and no query, and without a word none of the log's."""
    rendered = render(source)
    assert not any(rendered.of_type(kind) for kind in (*ASKING, "AWS::Logs::QueryDefinition"))
    asked = render(source, **ASKED)
    assert all(asked.of_type(kind) for kind in ASKING)
    assert not asked.of_type("AWS::Logs::QueryDefinition")
    assert not any(render(source, LogQueries="saved").of_type(kind) for kind in ASKING)


def partitions_are_where_the_files_are(source: Template) -> None:
    """The place of a partition is that of CloudTrail's own files, in either layout."""
    for parameters, beginning in (
        (ASKED, f"s3://org-trail/AWSLogs/{ORGANIZATION}/"),
        (ASKED | {"TrailPrefix": "a/b/"}, f"s3://org-trail/a/b/AWSLogs/{ORGANIZATION}/"),
        ({"TrailBucketName": "own"}, "s3://own/AWSLogs/"),
    ):
        table = render(source, **parameters)["TrailTable"]["TableInput"]
        assert table["StorageDescriptor"]["Location"] == beginning
        template = table["Parameters"]["storage.location.template"]
        # Of what CloudFormation sees, ``${!x}`` is Athena's ``${x}``.
        where = string.Template(template.replace("${!", "${")).substitute(
            account="222222222222", region="eu-west-1", day="2026/11/25"
        )
        assert where == f"{beginning}222222222222/CloudTrail/eu-west-1/2026/11/25"


def partitions_are_computed(source: Template) -> None:
    """Each key has a projection; accounts and Regions are those that were listed."""
    for parameters, accounts, regions in (
        (ASKED, ("injected", None), "eu-west-1"),
        (
            ASKED | {"TrailAccounts": "111111111111,222222222222", "TrailRegions": "eu-west-1,us-east-1"},
            ("enum", "111111111111,222222222222"),
            "eu-west-1,us-east-1",
        ),
    ):
        table = render(source, **parameters)["TrailTable"]["TableInput"]
        projected = table["Parameters"]
        assert projected["projection.enabled"] == "true"
        assert {each["Name"] for each in table["PartitionKeys"]} == {"account", "region", "day"}
        assert (projected["projection.account.type"], projected.get("projection.account.values")) == accounts
        assert (projected["projection.region.type"], projected["projection.region.values"]) == (
            "enum",
            regions,
        )
        assert projected["projection.day.type"] == "date"
        assert projected["projection.day.format"] == "yyyy/MM/dd"
        assert (projected["projection.day.interval"], projected["projection.day.interval.unit"]) == (
            "1",
            "DAYS",
        )
        # CloudTrail delivers late: an event of today may lie under tomorrow.
        assert projected["projection.day.range"] == "NOW-3YEARS,NOW+1DAYS"


def the_table_reads_cloudtrails_files(source: Template) -> None:
    """By the reader that knows their one list, into columns that CloudTrail's records have."""
    table = render(source, **ASKED)["TrailTable"]
    described = table["TableInput"]["StorageDescriptor"]
    assert table["DatabaseName"] == "<TrailDatabase>"
    assert described["InputFormat"] == "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
    assert described["SerdeInfo"]["SerializationLibrary"] == "org.apache.hive.hcatalog.data.JsonSerDe"
    columns = {each["Name"]: each["Type"] for each in described["Columns"]}
    assert columns["requestparameters"] == columns["responseelements"] == "string"
    for part in ("accesskeyid:string", "sourceidentity:string", "sessionissuer:struct<"):
        assert part in columns["useridentity"]
    assert all(name == name.lower() for name in columns)


def every_query_stays_within_days(source: Template) -> None:
    """Whoever forgets the day pays for the whole trail. Where accounts aren't listed, they are named too."""
    listed = ASKED | {"TrailAccounts": "111111111111"}
    for parameters in (ASKED, listed):
        queries = render(source, **parameters).of_type("AWS::Athena::NamedQuery")
        assert set(queries) == QUERIES
        for name, query in queries.items():
            text = query["QueryString"]
            assert query["Database"] == "<TrailDatabase>"
            assert query["WorkGroup"] == "<TrailWorkGroup>"
            selects = text.count("FROM cloudtrail")
            assert len(re.findall(r"day >= date_format\(current_timestamp", text)) == selects
            accounts = len(re.findall(r"\baccount (?:=|IN)", text))
            # The list stands in for the names, but of the hub's own account it is always known.
            named = selects if parameters is ASKED or name == "AssumedByTheHub" else selects - 1
            assert accounts == named


def results_are_looked_after(source: Template) -> None:
    """Athena keeps them itself; nobody sends them elsewhere from this workgroup."""
    configuration = render(source, **ASKED)["TrailWorkGroup"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert "ResultConfiguration" not in configuration


def environments_ask_apart(source: Template) -> None:
    """Two environments of an account have two of everything named; Athena takes no hyphen in a database."""
    names: set[str] = set()
    for environment in ("prod", "staging", "a-1"):
        rendered = render(source, **ASKED, Environment=environment, LogQueries="saved")
        database = rendered["TrailDatabase"]["DatabaseInput"]["Name"]
        assert re.fullmatch(r"[a-z0-9_]{1,255}", database)
        here = {database, rendered["TrailWorkGroup"]["Name"]} | {
            each["Name"]
            for kind in ("AWS::Athena::NamedQuery", "AWS::Logs::QueryDefinition")
            for each in rendered.of_type(kind).values()
        }
        assert len(here) == 2 + len(QUERIES) + len(SAVED)
        assert not here & names
        names |= here


def the_hubs_roles_are_those_it_may_assume(source: Template) -> None:
    """What an audit takes for the hub's roles is what its policy names, and what Athena asks for."""
    for parameters, pattern in (
        ({}, "role/hubspoke/*"),
        ({"SpokeRolePath": "/a/b/"}, "role/a/b/*"),
        ({"SpokeRoleNamePattern": "*-spoke-*"}, "role/*-spoke-*"),
    ):
        rendered = render(source, **ASKED, **parameters)
        (statement,) = [
            statement
            for policy in rendered["VendRole"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Action"] == "sts:AssumeRole"
        ]
        assert rendered.outputs["SpokeRoles"]["Value"] == pattern
        assert statement["Resource"] == f"arn:aws:iam::*:{pattern}"
        assert f"LIKE 'arn:aws:iam::%:{pattern.replace('*', '%')}'" in sql(rendered, "AssumedByOthers")
        assert rendered["VendRole"]["RoleName"] == "hubspoke-prod-eu-west-1-vend"
        assert ":role/hubspoke-prod-%-vend'" in sql(rendered, "AssumedByTheHub")


def log_queries_ask_for_what_is_logged(source: Template) -> None:
    """Logs Insights can't be run here: each field that a query names is one that the function writes."""
    queries = render(source, LogQueries="saved").of_type("AWS::Logs::QueryDefinition")
    assert set(queries) == SAVED
    written = _written()
    for query in queries.values():
        assert query["LogGroupNames"] == ["<VendLogGroup>"]
        text = query["QueryString"]
        assert text.startswith('filter message = "audit"')
        named = set(re.findall(r"\baudit\.([a-z_]+)", text))
        assert named
        assert named <= written
        for code in re.findall(r'audit\.code = "([A-Za-z]+)"', text):
            assert code in {problem.code.value for problem in Problem}
        commands = {line.split()[0] for line in re.split(r"\n\| ", text.strip())}
        assert commands <= {"filter", "stats", "sort", "fields", "limit"}


CHECKS = (
    nothing_is_asked_unless_told,
    partitions_are_where_the_files_are,
    partitions_are_computed,
    the_table_reads_cloudtrails_files,
    every_query_stays_within_days,
    results_are_looked_after,
    environments_ask_apart,
    the_hubs_roles_are_those_it_may_assume,
    log_queries_ask_for_what_is_logged,
)


def _written() -> set[str]:
    """Let the function write a record with everything in it, and read the names from the line."""
    known: dict[str, Any] = {
        each.name: "x" for each in dataclasses.fields(Audit) if each.name not in ("problem", "began")
    }
    stream = io.StringIO()
    # A name of its own each time: loggers of one name share the handler of the first.
    logger = Logger(service=f"checks-{id(stream)}", logger_handler=logging.StreamHandler(stream))
    Audit(**known | {"policies": ("x",)}).write(logger)
    line = json.loads(stream.getvalue())
    assert line["message"] == "audit"
    return set(line["audit"])


def sql(rendered: Rendered, name: str) -> str:
    """Return a query's text, as Athena gets it."""
    text: str = rendered[name]["QueryString"]
    return text
