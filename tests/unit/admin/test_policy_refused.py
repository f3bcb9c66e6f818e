"""What ``hubspoke-admin policy`` refuses: arguments, documents that serve nobody, documents too large."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.policies import (
    AUTOMATION,
    BOT,
    CALLS,
    DOCUMENTS,
    ENDPOINTS,
    GRANTED,
    HERE,
    HUB,
    USER,
    which_hub,
)

TRUST = ("spoke-trust", *AUTOMATION, *GRANTED)
HUB_TRUST = ("hub-trust", "--principal")
MISUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "an account too short": (
        (*TRUST, "--hub-account", "11111111111"),
        "--hub-account '11111111111': write twelve digits",
    ),
    "an account in other digits": ((*TRUST, "--hub-account", "١" * 12), "write twelve digits"),
    "an account and a line": ((*TRUST, "--hub-account", f"{HUB}\n"), "write twelve digits"),
    "an empty account": ((*TRUST, "--hub-account", ""), "write twelve digits"),
    "a star": ((*TRUST, "--hub-account", "*"), "write twelve digits"),
    "a spoke that is none": ((*TRUST, "--account", "dev"), "--account 'dev': write twelve digits"),
    "a role with a path": (("spoke-trust", "--role", "/hubspoke/x", *GRANTED), "--role '/hubspoke/x': write"),
    "a role with a star": (("spoke-boundary", "--role", "*", *GRANTED), "--role '*': write a role's name"),
    "a hub role that is none": (
        ("caller", "--route", "direct", "--hub-role", "a b"),
        "--hub-role 'a b': write",
    ),
    "a hub role with a star": ((*TRUST, "--hub-role", "hub-*"), "--hub-role 'hub-*': write"),
    "an empty hub role": ((*TRUST, "--hub-role", "a//b"), "--hub-role 'a//b': write"),
    "a hub role that is a user": ((*TRUST, "--hub-role", USER), "write a role's name"),
    "a hub role of another partition": (
        (*TRUST, "--hub-role", "arn:aws-cn:iam::999999999999:role/x"),
        "is not in the partition aws",
    ),
    "a hub role of another account than said": (
        ("caller", "--route", "direct", "--hub-role", "arn:aws:iam::999999999999:role/x"),
        "is not in the account 111111111111; leave one out",
    ),
    "an external id that is none": (
        (*TRUST, "--route", "direct", "--direct-external-id", "a b"),
        "--direct-external-id: write 2 to 1224",
    ),
    "an external id of the other route": (
        (*TRUST, "--direct-external-id", "xy"),
        "--direct-external-id goes with --route direct or both",
    ),
    "an organization that is none": ((*TRUST, "--organization", "o-*"), "--organization 'o-*': write"),
    "an empty organization": ((*TRUST, "--organization", ""), "--organization '': write"),
    "an environment that is none": ((*TRUST, "--environment", "Prod"), "--environment 'Prod': write"),
    "a Region that is none": ((*TRUST, "--regions", "eu"), "--regions: 'eu' can't be a Region"),
    "a Region of no partition": ((*TRUST, "--regions", "zz-nowhere-1"), "zz-nowhere-1 is in no partition"),
    "Regions of two partitions": (
        (*TRUST, "--regions", "eu-west-1,cn-north-1"),
        "don't go together: aws, aws-cn",
    ),
    "another partition": ((*TRUST, "--partition", "aws-cn"), "don't go together: aws, aws-cn"),
    "a quota that AWS doesn't give": ((*TRUST, "--trust-quota", "4097"), "AWS gives 2048 to 4096"),
    "a quota that is no number": ((*TRUST, "--trust-quota", "٢٠٤٨"), "AWS gives 2048 to 4096"),
    "nobody": (("caller", *CALLS), "say who calls: --principal"),
    "nobody's inline policy": (("caller", "--route", "direct", "--inline"), "say who calls: --principal"),
    "a principal that is none": (
        ("caller", "--principal", "bot", *CALLS),
        "--principal must be Caller::User",
    ),
    "a session as principal": (
        ("caller", "--principal", f"arn:aws:sts::{HUB}:assumed-role/x/y", *CALLS),
        "--principal must be",
    ),
    "a principal elsewhere": (
        ("caller", "--principal", f"arn:aws-cn:iam::{HUB}:user/x", *CALLS),
        "is not in the partition aws",
    ),
    "a unique id that is none": (
        ("caller", "--principal", BOT, "--unique-id", "AROA1", *CALLS),
        "--unique-id must be",
    ),
    "a session of a user": (("caller", "--principal", BOT, "--session", "x", *CALLS), "--session must be"),
    "an inline policy of Identity Center's": (
        (
            "caller",
            "--principal",
            f'Caller::Role::"{HUB}/AWSReservedSSO_Admin_0123456789abcdef"',
            "--inline",
            *CALLS,
        ),
        "--inline: put it into the permission set",
    ),
    "no endpoint": (("caller", "--principal", BOT, *GRANTED), "say --endpoint, as callers have it"),
    "a plain endpoint": (
        ("caller", "--principal", BOT, *GRANTED, "--endpoint", ENDPOINTS.replace("https", "http")),
        "write the stack's output Endpoint",
    ),
    "a domain of one's own": (
        ("caller", "--principal", BOT, *GRANTED, "--endpoint", "https://hub.example.com/prod"),
        "write the stack's output Endpoint",
    ),
    "an endpoint with a star": (
        (
            "caller",
            "--principal",
            BOT,
            *GRANTED,
            "--endpoint",
            "https://abcdefghij.execute-api.*.amazonaws.com/prod",
        ),
        "write the stack's output Endpoint",
    ),
    "an endpoint elsewhere": (
        (
            "caller",
            "--principal",
            BOT,
            *GRANTED,
            "--endpoint",
            "https://abcd.execute-api.cn-north-1.amazonaws.com.cn/p",
        ),
        "--endpoint: cn-north-1 is not in the partition aws",
    ),
    "an endpoint twice": (
        ("caller", "--principal", BOT, *GRANTED, "--endpoint", f"{ENDPOINTS},{ENDPOINTS}"),
        "--endpoint: abcdefghij stands there twice",
    ),
    "an endpoint of no partition": (
        (
            "caller",
            "--principal",
            BOT,
            *GRANTED,
            "--endpoint",
            "https://abcd.execute-api.zz.amazonaws.com/prod",
        ),
        "--endpoint: zz is in no partition",
    ),
    "an endpoint of a role": (
        ("caller", "--route", "direct", "--endpoint", ENDPOINTS),
        "go with --route hub",
    ),
    "any account of a role": (("caller", "--route", "direct", "--any-account"), "go with --route hub"),
    "a Region that isn't needed": (
        ("caller", "--route", "direct", "--partition", "aws", "--regions", "eu"),
        "'eu' can't be a Region",
    ),
    "roles for the function": (("hub-permissions", *AUTOMATION, *GRANTED), "--role goes with --route direct"),
    "a pattern for the hub role": (
        ("hub-permissions", "--route", "direct", "--spoke-roles", "role/x/*", *GRANTED),
        "--spoke-roles goes with --route hub",
    ),
    "every role": (("hub-permissions", "--spoke-roles", "role/*", *GRANTED), "--spoke-roles 'role/*': write"),
    "inline in two roles": (("hub-permissions", "--inline", *GRANTED), "name one Region by --regions"),
    "a root": ((*HUB_TRUST, f"arn:aws:iam::{HUB}:root"), "write the exact ARN of a user or role"),
    "everybody": ((*HUB_TRUST, "*"), "write the exact ARN of a user or role"),
    "an account": ((*HUB_TRUST, HUB), "write the exact ARN of a user or role"),
    "a principal with a star": ((*HUB_TRUST, f"arn:aws:iam::{HUB}:role/*"), "write the exact ARN"),
    "a session": ((*HUB_TRUST, f"arn:aws:sts::{HUB}:assumed-role/x/y"), "write the exact ARN"),
    "an ARN and a line": ((*HUB_TRUST, f"{USER}\n"), "write the exact ARN"),
    "no partition's ARN": ((*HUB_TRUST, USER.replace("aws", "aws-moon")), "write the exact ARN"),
    "another partition's ARN": ((*HUB_TRUST, USER.replace("aws", "aws-cn")), "is not in the partition aws"),
    "a principal twice": ((*HUB_TRUST, USER, "--principal", USER), "stands there twice"),
    "a permission set's role": (
        (
            *HUB_TRUST,
            f"arn:aws:iam::{HUB}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef",
        ),
        "use sso-trust",
    ),
    "every permission set": (("sso-trust", "--permission-set", "*"), "--permission-set '*': write its name"),
    "a star within": (
        ("sso-trust", "--permission-set", "Admin*"),
        "--permission-set 'Admin*': write its name",
    ),
    "nearly every one": (("sso-trust", "--permission-set", "*ss"), "--permission-set '*ss': write its name"),
    "a permission set too long": (("sso-trust", "--permission-set", "x" * 33), "at most 32 characters"),
    "any character": (
        ("sso-trust", "--permission-set", "Admin?"),
        "--permission-set 'Admin?': write its name",
    ),
    "people of no account": (
        ("sso-trust", "--permission-set", "A", "--account", "x"),
        "--account 'x': write twelve",
    ),
    "everybody as administrator": (
        ("scp", "--administrator", "*", *GRANTED),
        "--administrator '*': write the ARN",
    ),
    "every role as administrator": (
        ("scp", "--administrator", "arn:aws:iam::*:role/*", *GRANTED),
        "write the ARN of a role",
    ),
    "an administrator elsewhere": (
        ("scp", "--administrator", "arn:aws-cn:iam::*:role/admin", *GRANTED),
        "write the ARN of a role",
    ),
    "an RCP of no organization": (("rcp", *GRANTED), "an RCP is of an organization: say --organization"),
}


@pytest.mark.parametrize("name", MISUSED)
def test_arguments_that_make_no_sense_are_refused(run: Callable[..., Any], name: str) -> None:
    """With 2, the option, and what to write; nothing is printed."""
    arguments, said = MISUSED[name]
    ran = run("policy", arguments[0], *which_hub(arguments[0]), *arguments[1:])
    assert (ran.code, ran.out) == (2, b"")
    assert said in ran.err
    assert ran.err.startswith("hubspoke-admin: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["policy"],
        ["policy", "nosuch"],
        ["policy", "spoke-trust"],
        ["policy", "spoke-boundary"],
        ["policy", "hub-trust"],
        ["policy", "sso-trust"],
        ["policy", "scp"],
        ["policy", "spoke-trust", "--role", "x", "--route", "sideways"],
        ["policy", "caller", "--route", "both"],
        ["policy", "spoke-trust", "--role", "x", "--partition", "aws-moon"],
        ["policy", "spoke-trust", "--role", "x", "--format", "xml"],
        ["policy", "spoke-trust", "--role", "x", "--grants", "a", "--bundle", "b"],
        ["policy", "spoke-boundary", "--role", "x", "--hub-account", "111111111111"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_shown_the_usage(run: Callable[..., Any], arguments: list[str]) -> None:
    """As for every other command."""
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("usage: hubspoke-admin")


@pytest.mark.parametrize(
    "name",
    ["caller", "hub-permissions", "hub-trust", "sso-trust", "spoke-trust", "spoke-boundary", "scp", "rcp"],
)
def test_every_command_shows_an_example(run: Callable[..., Any], name: str) -> None:
    """At the end of its help."""
    assert f"examples:\n  hubspoke-admin policy {name} " in run("policy", name, "--help").out.decode()


def test_the_stack_says_the_environment(run: Callable[..., Any]) -> None:
    """It could differ from what is typed."""
    ran = run("policy", *TRUST, "--environment", "prod")
    assert (ran.code, ran.err[:45]) == (2, "hubspoke-admin: --environment goes with --hub")


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "a role that isn't there": (("spoke-trust", "--role", "nosuch"), "nosuch is no role of the catalogue"),
    "a role of another account": (
        ("spoke-trust", *AUTOMATION, "--account", "444444444444"),
        "no role",
    ),
    "a caller of nothing": (("caller", "--principal", f'Caller::User::"{HUB}/stranger"'), "may take nothing"),
    "roles outside the pattern": (
        ("hub-permissions", "--spoke-roles", "role/other/*"),
        "could not assume role/hubspoke",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_serve_nobody_is_refused(run: Callable[..., Any], name: str) -> None:
    """With 1, and what to look at."""
    arguments, said = REFUSED[name]
    ran = run("policy", *arguments, *HERE, *GRANTED)
    assert (ran.code, ran.out) == (1, b"")
    assert said in ran.err


@pytest.mark.parametrize("name", [each for each in DOCUMENTS if "--grants" in DOCUMENTS[each]])
def test_empty_grants_are_refused(run: Callable[..., Any], small: Path, name: str) -> None:
    """Whichever document is asked for: with no permit, nobody may take anything."""
    (small / "policies/all.cedar").write_text('@id("no") forbid (principal, action, resource);\n')
    (small / "roles.yaml").write_text(
        'roles:\n  app:\n    role: automation-spoke-role\n    accounts: {ids: ["222222222222"]}\n'
    )
    document, *options = [str(small) if each == GRANTED[1] else each for each in DOCUMENTS[name]]
    ran = run("policy", document, *which_hub(document), *options)
    assert (ran.code, ran.out) == (1, b"")
    assert "may take" in ran.err
