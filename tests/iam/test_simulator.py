"""A simulator that can't answer never counts as a no, and what it gets wrong is known."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.iam.documents import EVERYTHING, SPOKE, session_of
from tests.iam.simulator import Request, Simulator, SimulatorError, Verdict
from tests.template.rendering import HUB

VENDER = session_of(f"arn:aws:iam::{HUB}:role/vend")
ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
ASSUME = Request(principal=VENDER, action="sts:AssumeRole", resource=ROLE, account=SPOKE)


def policy(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


def trust(**parts: Any) -> dict[str, Any]:
    return policy(**({"Principal": {"AWS": HUB}, "Action": "sts:AssumeRole"} | parts))


def test_both_sides_decide_across_accounts(simulator: Simulator) -> None:
    assert simulator.judge(ASSUME, identity=[EVERYTHING], resource_policy=trust()) is Verdict.ALLOWED
    assert simulator.judge(ASSUME, resource_policy=trust()) is Verdict.NOT_ALLOWED
    assert simulator.judge(ASSUME, identity=[EVERYTHING]) is Verdict.NOT_ALLOWED
    never = policy(Effect="Deny", Action="sts:*", Resource="*")
    assert simulator.judge(ASSUME, identity=[EVERYTHING, never], resource_policy=trust()) is Verdict.DENIED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "sts:AssumeRolle"}, "invalid.action"),
        ({"action": "stss:AssumeRole"}, "invalid.service"),
        ({"resource": "arn:aws:s3:::bucket"}, "no.resource.types"),
        ({"resource": f"arn:aws:iam::{SPOKE}:role/*"}, "not one resource"),
        ({"context": {"sts:Unheard": "x"}}, "no context keys"),
        ({"context": {"s3:prefix": "x"}}, "no context keys"),
    ],
)
def test_a_request_with_a_slip_has_no_verdict(
    simulator: Simulator, change: dict[str, Any], message: str
) -> None:
    parts = {name: getattr(ASSUME, name) for name in ASSUME.__slots__} | change
    with pytest.raises(SimulatorError, match=message):
        simulator.judge(Request(**parts), identity=[EVERYTHING], resource_policy=trust())


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"Statement": [{"Effect": "Alow", "Action": "*", "Resource": "*"}]}, "Effect must be"),
        (policy(Action="sts:AssumeRolle", Resource="*"), "no such action"),
        (policy(Action="stss:*", Resource="*"), "no such action"),
        (policy(Action="sts:Assume-Role", Resource="*"), "no such action"),
        (policy(Action="*"), "Resource is required|Resource or NotResource"),
        (policy(Action="*", Resource="<Ledger.Arn>"), "no ARN"),
        (policy(Action="*", Resource="execute-api:/*"), "no ARN"),
        (
            policy(Action="*", Resource="*", Condition={"StringEqual": {"aws:PrincipalOrgID": "o"}}),
            "operator",
        ),
        (
            policy(Action="*", Resource="*", Condition={"StringEquals": {"aws:PrincipalOrg": "o"}}),
            "not found",
        ),
        (policy(Action="*", Resource="*", Principal="*"), "not allowed"),
    ],
)
def test_a_policy_with_a_slip_has_no_verdict(
    simulator: Simulator, document: dict[str, Any], message: str
) -> None:
    with pytest.raises(SimulatorError, match=message):
        simulator.judge(ASSUME, identity=[document], resource_policy=trust())
    with pytest.raises(SimulatorError, match=message):
        simulator.judge(ASSUME, identity=[EVERYTHING], boundary=document, resource_policy=trust())


@pytest.mark.parametrize(
    "principal", [f"arn:aws:iam::{HUB}:role/*", "vend", f"arn:aws:iam::{HUB}:group/x", "11111111111"]
)
def test_a_principal_that_aws_would_not_take_has_no_verdict(simulator: Simulator, principal: str) -> None:
    with pytest.raises(SimulatorError, match="no principal"):
        simulator.judge(ASSUME, identity=[EVERYTHING], resource_policy=trust(Principal={"AWS": principal}))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("process.exit(0)", "no answer but|has ended"),
        ("throw new Error('broken')", "no answer but|has ended"),
        ("process.stdin.on('data', () => console.log('a warning'))", "a warning"),
        ("process.stdin.on('data', () => console.log('{}'))", "no verdict"),
        ("process.stdin.on('data', () => console.log('{\"verdict\": \"Maybe\"}'))", "Maybe"),
        ("process.stdin.on('data', () => {})", "no answer within"),
    ],
    ids=["ends", "breaks", "warns", "says-nothing", "says-anything", "hangs"],
)
def test_a_simulator_that_fails_gives_no_verdict(tmp_path: Path, program: str, message: str) -> None:
    script = tmp_path / "program.mjs"
    script.write_text(program)
    with Simulator(script, deadline=2) as broken, pytest.raises(SimulatorError, match=message):
        broken.judge(ASSUME)


def test_after_an_answer_that_came_too_late_there_is_none(tmp_path: Path) -> None:
    script = tmp_path / "program.mjs"
    script.write_text("process.stdin.on('data', () => {})")
    with Simulator(script, deadline=0.2) as late:
        for _ in range(2):
            with pytest.raises(SimulatorError):
                late.judge(ASSUME)


FUNCTION = f"arn:aws:lambda:eu-west-1:{HUB}:function:hubspoke-prod-vend"
LIES = {
    "takes a Resource in a trust policy": (
        ASSUME,
        trust(Resource=ROLE),
    ),
    "takes lambda:SourceFunctionArn in a trust policy": (
        Request(
            principal=VENDER,
            action="sts:AssumeRole",
            resource=ROLE,
            account=SPOKE,
            context={"lambda:SourceFunctionArn": FUNCTION},
        ),
        trust(Condition={"ArnEquals": {"lambda:SourceFunctionArn": FUNCTION}}),
    ),
    "lets a root user assume a role": (
        Request(principal=f"arn:aws:iam::{HUB}:root", action="sts:AssumeRole", resource=ROLE, account=SPOKE),
        trust(),
    ),
    "takes a principal by its name, whatever its path": (
        ASSUME,
        trust(Principal={"AWS": f"arn:aws:iam::{HUB}:role/another/path/vend"}),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_simulator_is_wrong_where_we_say_so(simulator: Simulator, lie: str) -> None:
    request, document = LIES[lie]
    assert simulator.judge(request, identity=[EVERYTHING], resource_policy=document) is Verdict.ALLOWED


def test_a_release_is_pinned() -> None:
    pinned = json.loads(Path(__file__).with_name("package.json").read_text())["devDependencies"]
    assert all(version[0].isdigit() for version in pinned.values())
