"""The estate of the embedded hub: its accounts, the roles in them, and who calls."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

REGION: Final = "eu-west-1"
HUB: Final = "111111111111"
ENVIRONMENT: Final = "prod"
STACK: Final = "hubspoke"

ACCOUNTS: Final = {
    HUB: "hub",
    "222222222222": "Workloads/Dev",
    "333333333333": "Workloads/Prod",
    "444444444444": "Sandbox",
    "555555555555": "tooling",
}
"""Account to what stands there. The organizational units are those of ``grants/accounts.json``."""

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The checkout: templates, functions, layers and grants are read from it."""


@dataclass(frozen=True, slots=True)
class SpokeRole:
    """One role the hub vends, made from ``spokes/cloudformation/spoke-role.yaml`` in each account."""

    name: str
    profile: str
    accounts: tuple[str, ...]
    managed_policies: tuple[str, ...]


SPOKE_ROLES: Final = (
    SpokeRole(
        "automation-spoke-role",
        "automation",
        ("222222222222", "333333333333"),
        ("ReadOnlyAccess",),
    ),
    SpokeRole(
        "deploy-spoke-role",
        "deploy",
        ("222222222222", "333333333333"),
        ("AmazonS3FullAccess", "AmazonDynamoDBFullAccess"),
    ),
)

DIRECT_HUB: Final = "999999999999"
"""The hub account of the direct route: a hub role, and no hub's service."""

DIRECT_HUB_ROLE: Final = "automation-hub-role"
"""IAM role there that may assume ``DIRECT_ROLE`` in every account."""

DIRECT_CALLER: Final = "sys-automation"
"""IAM user there that may assume the hub role, and do nothing else."""

DIRECT_ROLE: Final = "automation-spoke-role"
DIRECT_SPOKES: Final = ("888888888888", "777777777777")
"""Accounts whose ``DIRECT_ROLE`` trusts the hub role alone, without an external id. The hub vends none."""

DIRECT_EXTERNAL_ID: Final = "this-is-my-automation"
"""What the spokes that the hub vends ask the hub role for, since they trust both."""

CALLERS: Final = ("inventory-bot", "stranger", "auditor")
"""IAM users of the hub's account that may invoke the API. What they get there is for the grants to say."""

OPERATOR: Final = "operator"
"""IAM user of the hub's account that runs ``hubspoke-admin``."""

ADMINISTRATOR: Final = "administrator"
"""IAM user that may do anything in the hub's account: take away what the hub needs, and see what it does."""

BROKEN_SPOKE: Final = "333333333333"
SPOKE_ADMINISTRATOR: Final = "spoke-administrator"
"""IAM user that may do anything in ``BROKEN_SPOKE``: break it, and see what doctor says."""

DOCTOR_ROLE: Final = "hubspoke-doctor"
"""IAM role by which the operator reads the vended roles of an account that isn't the hub's."""

DOCTOR_READS: Final = ("222222222222", "333333333333", DIRECT_HUB, *DIRECT_SPOKES)
"""Accounts that have it."""

TOOLING: Final = "555555555555"
DEPLOYER: Final = "ci-deployer"
"""IAM role of the tooling account that calls the hub from there: a caller of another account."""

RUNNER: Final = "ci-runner"
"""IAM user of the tooling account that may assume it, as a build machine would."""

SERVICE: Final = "inventory-report"
"""IAM role of the tooling account under which ``examples/inventory-report`` runs, once that is deployed."""

PROFILES: Final = (*CALLERS, DEPLOYER, DIRECT_CALLER, OPERATOR, SPOKE_ADMINISTRATOR, ADMINISTRATOR)
"""In the order they are offered: whoever may do everything comes last."""


def external_ids(roles: Path = PROJECT / "grants" / "roles.yaml") -> dict[str, str]:
    """Read each role profile's external id from the grants, so that spokes and hub agree on it."""
    profiles = yaml.safe_load(roles.read_text())["roles"]
    return {name: str(profile.get("external_id") or "") for name, profile in profiles.items()}
