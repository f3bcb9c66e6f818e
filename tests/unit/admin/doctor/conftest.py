"""A hub in two Regions, one role in a spoke that is right, and the documents to spoil."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import botocore.loaders
import botocore.session
import pytest

from hubspoke_admin.doctor.asking import Asking
from hubspoke_admin.doctor.trust import Expected
from hubspoke_admin.iam.request import PRESENT
from hubspoke_grants.bundle import encode
from tests.support import grants
from tests.support.fake_spokes import FakeSpokes
from tests.unit.admin.conftest import AWAY, HOME

HUB, SPOKE = "111111111111", "222222222222"
HOME_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-{HOME}-vend"
AWAY_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-{AWAY}-vend"
ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/app-role"
TARGET = f"{SPOKE}/app-role"
BOUNDARY = f"arn:aws:iam::{SPOKE}:policy/hubspoke/app-role-boundary"
EXTERNAL_ID = "of-the-role"
ORGANIZATION = "o-a1b2c3d4e5"
HUB_ROLE = "arn:aws:iam::999999999999:role/automation-hub-role"

_MODELS = botocore.loaders.create_loader()

Doctor = Callable[..., tuple[int, dict[str, dict[str, str]]]]

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Assume",
            "Effect": "Allow",
            "Principal": {"AWS": [HOME_ROLE, AWAY_ROLE]},
            "Action": "sts:AssumeRole",
            "Condition": {
                "Null": {"sts:SourceIdentity": "false"},
                "StringEquals": {"sts:ExternalId": EXTERNAL_ID},
            },
        },
        {
            "Sid": "Identity",
            "Effect": "Allow",
            "Principal": {"AWS": [HOME_ROLE, AWAY_ROLE]},
            "Action": "sts:SetSourceIdentity",
        },
        {
            "Sid": "Tags",
            "Effect": "Allow",
            "Principal": {"AWS": [HOME_ROLE, AWAY_ROLE]},
            "Action": "sts:TagSession",
        },
    ],
}
CEILING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "NoIam", "Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"},
        {"Sid": "Reads", "Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
    ],
}
ASSUMES: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Spokes",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            "Resource": "arn:aws:iam::*:role/hubspoke/*",
        }
    ],
}
API: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["555555555555"]},
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ],
}


def asking(principal: str = HOME_ROLE, **changes: Any) -> Asking:
    """Ask as the hub does."""
    usual: dict[str, Any] = {"external_id": EXTERNAL_ID, "source_identity": PRESENT}
    return Asking(principal, ROLE, changes.pop("organization", None), **(usual | changes))


def expected(*askings: Asking, trusted: tuple[str, ...] = (HOME_ROLE, AWAY_ROLE)) -> Expected:
    """Expect a trust to let the hub in from both Regions, or these."""
    return Expected(askings or (asking(), asking(AWAY_ROLE)), frozenset(trusted), "write it anew")


@pytest.fixture
def trust() -> dict[str, Any]:
    """The right trust, to spoil."""
    return copy.deepcopy(TRUST)


LAMBDA: dict[str, Any] = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
}


@pytest.fixture
def estate(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSpokes]:
    """Stand in for AWS: a hub in two Regions, a spoke that is right, and an operator's credentials."""
    with FakeSpokes(HOME, AWAY) as fake:
        # One for all sessions: each would read the services' models anew.
        monkeypatch.setattr(botocore.session, "create_loader", lambda _path: _MODELS)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "operators-secret")
        monkeypatch.setenv("AWS_REGION", HOME)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        monkeypatch.setenv("HUBSPOKE_REGIONS", f"{HOME},{AWAY}")
        for region in fake.regions.values():
            region.outputs["ExecutionRoleArn"] = fake.role(
                HUB, f"hubspoke-prod-{region.name}-vend", LAMBDA, Inline={"assume": ASSUMES}
            )
            profile = grants.profile(Path="/hubspoke/", ExternalId=EXTERNAL_ID)
            region.put(encode(grants.document(Profiles=[profile])))
        fake.role(SPOKE, "app-role", TRUST, Path="/hubspoke/", Boundary=BOUNDARY, Inline={"s3": {}})
        fake.policies[BOUNDARY] = CEILING
        fake.rest_api = {"id": "api", "policy": json.dumps(API)}
        yield fake


@pytest.fixture
def doctor(
    run: Callable[..., Any], estate: FakeSpokes
) -> Callable[..., tuple[int, dict[str, dict[str, str]]]]:
    """Run the command, and return its exit code and what is wrong or unseen, by code."""

    def doctor(*arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
        done = run("doctor", *(arguments or (TARGET,)), "--format", "json")
        assert done.err == ""
        report = json.loads(done.out)
        found = [*report["Hub"], *(each for role in report["Roles"] for each in role["Findings"])]
        return done.code, {each["Code"]: each for each in found if each["Verdict"] in ("wrong", "unseen")}

    return doctor
