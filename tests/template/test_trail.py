"""The template's questions to CloudTrail hold to every check, and each check notices what it is there for."""

from collections.abc import Callable

import pytest

from hubspoke_local.accounts import PROJECT
from tests.template import trail_checks as checks
from tests.template.mutations import drop, put, replace
from tests.template.rendering import Mutation, Template, hub_template, render

Check = Callable[[Template], None]

TABLE = ("TrailTable", "Properties", "TableInput")
PROJECTED = (*TABLE, "Parameters")
DESCRIBED = (*TABLE, "StorageDescriptor")
WORKGROUP = ("TrailWorkGroup", "Properties")

MUTATIONS: tuple[tuple[Check, str, Mutation], ...] = (
    (checks.nothing_is_asked_unless_told, "always a table", drop("TrailTable", "Condition")),
    (checks.nothing_is_asked_unless_told, "always saved", drop("OneVend", "Condition")),
    (
        checks.partitions_are_where_the_files_are,
        "no CloudTrail folder",
        replace(*PROJECTED, "storage.location.template", "Fn::Sub", 0, old="/CloudTrail", new=""),
    ),
    (
        checks.partitions_are_where_the_files_are,
        "always an organization",
        put(*DESCRIBED, "Location", to="s3://org-trail/AWSLogs/o-abcdefghij/"),
    ),
    (checks.partitions_are_computed, "not", put(*PROJECTED, "projection.enabled", to="false")),
    (
        checks.partitions_are_computed,
        "any account",
        put(*PROJECTED, "projection.account.type", to="injected"),
    ),
    (
        checks.partitions_are_computed,
        "one Region",
        put(*PROJECTED, "projection.region.values", to="eu-west-1"),
    ),
    (
        checks.partitions_are_computed,
        "up to today",
        put(*PROJECTED, "projection.day.range", to="NOW-3YEARS,NOW"),
    ),
    (
        checks.the_table_reads_cloudtrails_files,
        "as plain text",
        put(*DESCRIBED, "InputFormat", to="org.apache.hadoop.mapred.TextInputFormat"),
    ),
    (
        checks.the_table_reads_cloudtrails_files,
        "without the source identity",
        replace(*DESCRIBED, "Columns", 1, "Type", old=",sourceidentity:string", new=""),
    ),
    (
        checks.every_query_stays_within_days,
        "of all time",
        replace("DoneWithAKey", "Properties", "QueryString", "Fn::Sub", 0, old="day >=", new="day <>"),
    ),
    (
        checks.every_query_stays_within_days,
        "of no account",
        replace("DoneWithAKey", "Properties", "QueryString", "Fn::Sub", 0, old="${Accounts}", new=""),
    ),
    (
        checks.results_are_looked_after,
        "elsewhere",
        put(*WORKGROUP, "WorkGroupConfiguration", "EnforceWorkGroupConfiguration", to=False),
    ),
    (checks.environments_ask_apart, "one workgroup", put(*WORKGROUP, "Name", to="hubspoke")),
    (
        checks.environments_ask_apart,
        "a hyphen",
        put(
            "TrailDatabase", "Properties", "DatabaseInput", "Name", to={"Fn::Sub": "hubspoke-${Environment}"}
        ),
    ),
    (
        checks.the_hubs_roles_are_those_it_may_assume,
        "another path",
        replace(
            "AssumedByOthers",
            "Properties",
            "QueryString",
            "Fn::Sub",
            0,
            old=":role${SpokeRoles}",
            new=":role/%",
        ),
    ),
    (
        checks.the_hubs_roles_are_those_it_may_assume,
        "the path for a pattern",
        lambda source: source["Outputs"]["SpokeRoles"].update(Value={"Fn::Sub": "role${SpokeRolePath}*"}),
    ),
    (
        checks.log_queries_ask_for_what_is_logged,
        "a field that isn't",
        replace("OneVend", "Properties", "QueryString", old="audit.expiration", new="audit.expires"),
    ),
    (
        checks.log_queries_ask_for_what_is_logged,
        "a code that isn't",
        replace("DenialsOfLate", "Properties", "QueryString", old="AccessDenied", new="Denied"),
    ),
    (
        checks.log_queries_ask_for_what_is_logged,
        "another log",
        put("OneVend", "Properties", "LogGroupNames", to=[{"Ref": "ApiLogGroup"}]),
    ),
)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_the_template_holds(check: Check) -> None:
    check(hub_template())


@pytest.mark.parametrize(
    ("check", "mutate"),
    [(check, mutate) for check, _, mutate in MUTATIONS],
    ids=[f"{check.__name__}-{name.replace(' ', '-')}" for check, name, _ in MUTATIONS],
)
def test_a_spoiled_template_is_noticed(check: Check, mutate: Mutation) -> None:
    source = hub_template()
    mutate(source)
    with pytest.raises((AssertionError, KeyError)):
        check(source)


def test_every_check_has_a_mutation() -> None:
    assert {check for check, _, _ in MUTATIONS} == set(checks.CHECKS)


def test_the_guide_names_every_query() -> None:
    """docs/cloudtrail.md lists them as they are called, without the environment."""
    guide = (PROJECT / "docs" / "cloudtrail.md").read_text()
    rendered = render(hub_template(), **checks.ASKED, LogQueries="saved")
    for query in rendered.of_type("AWS::Athena::NamedQuery").values():
        assert f"| {query['Name'].removeprefix('hubspoke-prod ')} |" in guide
    for query in rendered.of_type("AWS::Logs::QueryDefinition").values():
        assert query["Name"].removeprefix("hubspoke/prod/") in guide.replace("\n", " ")
