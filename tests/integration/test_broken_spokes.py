"""``hubspoke-admin doctor`` on a thousand broken spokes, and what the hub itself gets from them."""

import ast
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

import hubspoke
from hubspoke_local.deploy import OPERATOR_ARN
from hubspoke_local.hub import BIN, EmbeddedHub
from tests.support import broken_spokes
from tests.support.spoke_maker import DOCTOR_ROLE, SpokeMaker
from tests.support.spokes import BARE, FAULTS, ORGANIZATION, PLAIN, ROLES, TAGGED, Fault, Spoke

SEED = int(os.environ.get("HUBSPOKE_BROKEN_SPOKES_SEED", "20260601"))
"""Fixed, so that a difference can be looked at again."""
BROKEN, UNBROKEN = 1000, 50
VENDS_OF_EACH = 3
DEPLOYED = "600000000000"
EXTERNAL_IDS = {PLAIN: "External.Id/of-plain", TAGGED: "tagged:External-Id", BARE: ""}
TEMPLATES = Path(__file__).parents[2] / "spokes" / "cloudformation"
BOT = "arn:aws:iam::111111111111:user/inventory-bot"
THEIRS = "user.121212121212.*"
POLICY = """\
@id("bot")
permit (principal == Caller::User::"111111111111/inventory-bot", action == Action::"assume", resource);
"""


@dataclass(frozen=True)
class Estate:
    """What was made, and with which fault; ``None`` for what has none."""

    spokes: dict[str, tuple[Spoke, Fault | None]]
    report: dict[str, Any]
    code: int

    def codes(self, account: str, *verdicts: str) -> set[str]:
        """List what doctor found in an account."""
        (role,) = (each for each in self.report["Roles"] if each["AccountId"] == account)
        return {each["Code"] for each in role["Findings"] if each["Verdict"] in verdicts}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHub]:
    """A hub of its own: its grants are for a thousand accounts."""
    with EmbeddedHub.start(tmp_path_factory.mktemp("hub"), publish=False) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(hub: EmbeddedHub) -> dict[str, Spoke]:
    """Deploy the templates once, and read what they made."""
    template = {"TemplateBody": (TEMPLATES / "spoke-role.yaml").read_text()}
    doctor = {"TemplateBody": (TEMPLATES / "doctor-role.yaml").read_text()}
    hub.deployment.create_stack(DEPLOYED, "doctor", doctor, {"OperatorArns": OPERATOR_ARN})
    iam = hub.root_client("iam", DEPLOYED)
    reads = iam.get_role_policy(RoleName=DOCTOR_ROLE, PolicyName="read-roles")["PolicyDocument"]
    found = {}
    for role, external_id in EXTERNAL_IDS.items():
        hub_role = hub.outputs["ExecutionRoleArn"]
        parameters = {"RoleName": role, "HubExecutionRoleArns": hub_role, "ExternalId": external_id}
        outputs = hub.deployment.create_stack(DEPLOYED, role, template, parameters)
        boundary = iam.get_policy(PolicyArn=outputs["BoundaryArn"])["Policy"]
        version = {"PolicyArn": boundary["Arn"], "VersionId": boundary["DefaultVersionId"]}
        found[role] = Spoke(
            DEPLOYED,
            role,
            hub_role,
            iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
            iam.get_policy_version(**version)["PolicyVersion"]["Document"],
            iam.get_role(RoleName=DOCTOR_ROLE)["Role"]["AssumeRolePolicyDocument"],
            reads,
        )
    return found


@pytest.fixture(scope="module")
def estate(hub: EmbeddedHub, deployed: dict[str, Spoke], tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """Break a thousand, leave some among them as they are, and look at all of them at once."""
    rng = Random(SEED)  # noqa: S311
    accounts = [f"{number:012d}" for number in rng.sample(range(610_000_000_000, 990_000_000_000), BROKEN)]
    others = [f"{number:012d}" for number in rng.sample(range(600_000_000_001, 610_000_000_000), UNBROKEN)]
    spokes: dict[str, tuple[Spoke, Fault | None]] = {
        spoke.account: (spoke, each) for spoke, each in broken_spokes.broken(deployed, accounts, rng)
    }
    roles = {account: each.listed for account, (each, _) in spokes.items()}
    spokes |= {spoke.account: (spoke, None) for spoke in broken_spokes.unbroken(deployed, others, rng)}
    roles |= {account: each.listed for account, (each, _) in spokes.items()}
    SpokeMaker(hub).make(spoke for spoke, _ in spokes.values())
    hub.publish(_grants(tmp_path_factory.mktemp("grants"), roles))
    done = _doctor(hub, "--all", "--organization", ORGANIZATION)
    return Estate(spokes, json.loads(done.stdout), done.returncode)


def _grants(folder: Path, roles: dict[str, str]) -> Path:
    (folder / "policies").mkdir()
    (folder / "session-policies").mkdir()
    accounts = [
        {"Id": account, "Name": account, "OrgUnit": "ou-root/Spokes", "Tags": {"has": role}}
        for account, role in roles.items()
    ]
    (folder / "accounts.json").write_text(json.dumps(accounts))
    profiles: dict[str, Any] = {
        role: {"role": role, "path": "/hubspoke/", "accounts": {"tags": {"has": role}}} for role in ROLES
    }
    for role in (PLAIN, TAGGED):
        profiles[role]["external_id"] = EXTERNAL_IDS[role]
    profiles[TAGGED] |= {"tags": {"team": "platform"}, "caller_tag_keys": ["ticket"]}
    (folder / "roles.yaml").write_text(json.dumps({"roles": profiles}))  # JSON is YAML too
    (folder / "policies" / "bot.cedar").write_text(POLICY)
    account = min(roles)
    cases = [
        {"principal": f'Caller::User::"{caller}"', "role": f"{account}/{roles[account]}", "expect": expected}
        for caller, expected in (("111111111111/inventory-bot", "permit"), ("111111111111/stranger", "deny"))
    ]
    (folder / "tests.yaml").write_text(json.dumps({"tests": cases}))
    return folder


def _doctor(hub: EmbeddedHub, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(BIN / "hubspoke-admin"), "doctor", *arguments, "--format", "json"],
        env=hub.environment("operator"),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.stderr == ""
    return done


def test_the_right_fault_is_named_in_all_of_them(estate: Estate) -> None:
    """Each spoke's one fault by its own code, and nothing else."""
    others = {
        account: (each.name, each.code, found, spoke.trust)
        for account, (spoke, each) in estate.spokes.items()
        if each is not None and (found := estate.codes(account, "wrong", "unseen")) != {each.code}
    }
    kinds = Counter(each.name for _, each in estate.spokes.values() if each is not None)

    assert others == {}
    assert kinds.total() == BROKEN
    assert len(kinds) == len(FAULTS) >= 24
    assert estate.code == 1


def test_what_is_unbroken_among_them_is_right(estate: Estate) -> None:
    """However it is spelled."""
    unbroken = [account for account, (_, each) in estate.spokes.items() if each is None]
    assert {
        account: found for account in unbroken if (found := estate.codes(account, "wrong", "unseen"))
    } == {}
    assert len(unbroken) == UNBROKEN
    assert all("TrustRight" in estate.codes(account, "right") for account in unbroken)


def test_what_depends_on_the_caller_is_known_once_they_are_named(hub: EmbeddedHub, estate: Estate) -> None:
    """A trust that asks for somebody else's source identity: unknown for all, wrong for this one."""
    theirs = [spoke for spoke, _ in estate.spokes.values() if THEIRS in json.dumps(spoke.trust)]
    names = [f"{spoke.account}/{spoke.listed}" for spoke in theirs]
    done = _doctor(hub, *names, "--organization", ORGANIZATION, "--principal", BOT)
    found = Estate(estate.spokes, json.loads(done.stdout), done.returncode)

    assert theirs
    for spoke in theirs:
        assert estate.codes(spoke.account, "wrong", "unseen") == {"TrustConditionUnknown"}
        assert found.codes(spoke.account, "wrong", "unseen") == {"TrustSourceIdentity"}


def test_the_hub_is_refused_where_doctor_says_so_and_nowhere_else(
    hub: EmbeddedHub, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real vends of a few of each kind: what is only too open, or out of sight, refuses nothing."""
    for name, value in hub.environment("inventory-bot").items():
        monkeypatch.setenv(name, value)
    sample: dict[str, list[tuple[Spoke, bool]]] = {}
    for spoke, each in estate.spokes.values():
        refuses = False if each is None else each.refuses
        some = sample.setdefault(each.name if each else "unbroken", [])
        if refuses is not None and len(some) < VENDS_OF_EACH:
            some.append((spoke, refuses))
    tried = [each for some in sample.values() for each in some]
    client = hubspoke.Hub(cache=False)

    def vend(spoke: Spoke) -> str | None:
        tags = {"ticket": "T-1"} if spoke.listed == TAGGED else None
        try:
            client.credentials(spoke.account, spoke.listed, tags=tags)
        except hubspoke.HubspokeError as error:
            return error.code
        return None

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(vend, (spoke for spoke, _ in tried)))
    otherwise = [
        (spoke.account, sorted(estate.codes(spoke.account, "wrong", "unseen")), answer)
        for (spoke, refuses), answer in zip(tried, answers, strict=True)
        if answer != ("SpokeRefused" if refuses else None)
    ]

    assert otherwise == []
    assert len(tried) >= 60
    assert {refuses for _, refuses in tried} == {True, False}


def test_what_breaks_the_spokes_shares_nothing_with_what_finds_it() -> None:
    """Neither the doctor, nor how it reads policies, nor what renders them."""
    support = Path(broken_spokes.__file__).parent
    modules = ["broken_spokes", "broken_trusts", "spellings", "spokes", "spoke_maker"]
    trees = [ast.parse((support / f"{name}.py").read_text()) for name in modules]
    imported = {
        name
        for tree in trees
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "tests.support.spokes" in imported
    assert not {
        each for each in imported if each.startswith(("hubspoke_admin", "hubspoke.", "hubspoke_grants"))
    }
