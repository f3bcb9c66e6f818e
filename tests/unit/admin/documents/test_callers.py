"""What a caller gets in its own account."""

from hubspoke_admin.documents.callers import by_hub, by_hub_role
from hubspoke_admin.documents.estate import Api, Hub
from hubspoke_contract.names import AccountId, RoleName, Target

APIS = [Api("eu-west-1", "abcdefghij", "prod"), Api("us-east-1", "klmnopqrst", "live")]
TARGETS = [
    Target(AccountId("222222222222"), RoleName("b")),
    Target(AccountId("222222222222"), RoleName("a")),
    Target(AccountId("333333333333"), RoleName("a")),
]
AT = "arn:aws:execute-api:eu-west-1:111111111111:abcdefghij/prod"


def test_every_role_is_named_in_every_region(hub: Hub) -> None:
    """Each target stands once for each API, with the API's own stage."""
    vend, _ = by_hub(hub, APIS, TARGETS)["Statement"]
    assert vend["Resource"][:3] == [
        f"{AT}/POST/v1/accounts/222222222222/roles/a/credentials",
        f"{AT}/POST/v1/accounts/222222222222/roles/b/credentials",
        f"{AT}/POST/v1/accounts/333333333333/roles/a/credentials",
    ]
    assert len(vend["Resource"]) == 6
    assert vend["Resource"][3].startswith("arn:aws:execute-api:us-east-1:111111111111:klmnopqrst/live/POST/")


def test_any_account_names_each_role_once(hub: Hub) -> None:
    """Without accounts the list is as long as there are roles."""
    vend, _ = by_hub(hub, APIS[:1], TARGETS, any_account=True)["Statement"]
    assert vend["Resource"] == [f"{AT}/POST/v1/accounts/*/roles/{name}/credentials" for name in "ab"]


def test_the_ledger_is_for_auditors(hub: Hub) -> None:
    """GET /v1/vends is named for those alone whom the grants let audit."""
    asks = [by_hub(hub, APIS[:1], TARGETS, audits=audits)["Statement"][1] for audits in (False, True)]
    assert [f"{AT}/GET/v1/vends" in one["Resource"] for one in asks] == [False, True]


def test_the_direct_route_is_one_role(hub: Hub) -> None:
    """As the hub-and-spoke pattern has it: the caller may assume the hub role and nothing else."""
    assert by_hub_role(hub)["Statement"] == [
        {
            "Sid": "AssumeTheHubRole",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": ["arn:aws:iam::111111111111:role/automation-hub-role"],
        }
    ]
