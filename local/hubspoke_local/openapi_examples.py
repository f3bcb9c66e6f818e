"""Examples of what goes over the wire, made by the contract's own classes, for ``openapi``."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from hubspoke_contract.names import AccountId, PolicyName, RoleName
from hubspoke_contract.reply import Credentials, Identity, RoleOffer, RolesPage, VendsPage
from hubspoke_contract.request import VendRequest
from hubspoke_contract.secret import Secret
from hubspoke_contract.vends import Vend

REQUEST_ID: Final = "6f1f0d60-0000-4000-8000-000000000001"

CREDENTIALS: Final = Credentials(
    access_key_id="ASIAEXAMPLEEXAMPLE00",
    secret_access_key=Secret("EXAMPLE"),
    session_token=Secret("EXAMPLE"),
    expiration=datetime(2026, 11, 22, 21, tzinfo=UTC),
    account=AccountId("222222222222"),
    assumed_role_arn="arn:aws:sts::222222222222:assumed-role/automation-spoke-role/"
    "inventory-bot-01kan4m5d9x7w3f8q2r6t0v1yz",
    source_identity="user.111111111111.inventory-bot",
    vend_id="01kan4m5d9x7w3f8q2r6t0v1yz",
    packed_policy_size=6,
)
OFFER: Final = RoleOffer(
    account=AccountId("222222222222"),
    account_name="dev",
    org_unit="ou-root/Workloads/Dev",
    account_tags=(("environment", "dev"),),
    role=RoleName("automation-spoke-role"),
    max_duration=3600,
    session_policies=(PolicyName("read-only"),),
    session_policy_required=False,
)
IDENTITY: Final = Identity(
    account=AccountId("111111111111"),
    principal='Caller::User::"111111111111/inventory-bot"',
    unique_id="AIDAEXAMPLEINVENTORY1",
    label="inventory-bot",
    permission_set=None,
    source_identity="user.111111111111.inventory-bot",
)

VEND: Final = Vend(
    VendId="01kan4m5d9x7w3f8q2r6t0v1yz",
    At="2026-11-22T20:00:00Z",
    Principal='Caller::User::"111111111111/inventory-bot"',
    Account="222222222222",
    Role="automation-spoke-role",
    Outcome="Vended",
    AccessKeyId="ASIAEXAMPLEEXAMPLE00",
    Expiration="2026-11-22T21:00:00Z",
    SourceIdentity="user.111111111111.inventory-bot",
    RoleSessionName="inventory-bot-01kan4m5d9x7w3f8q2r6t0v1yz",
    RoleArn="arn:aws:iam::222222222222:role/hubspoke/automation-spoke-role",
    DurationSeconds=3600,
    SessionPolicy="read-only",
    Policies="inventory-reads-workloads",
    BundleVersion="0123456789abcdef",
    Reason="nightly inventory",
    CallerTags='{"ticket": "OPS-4711"}',
    PackedPolicySize=6,
    Profile="automation",
    Session="build-4711",
    UniqueId="AIDAEXAMPLEINVENTORY1",
    RequestId="6f1f0d60-0000-4000-8000-000000000001",
)
INTENT: Final = Vend(VEND.VendId, VEND.At, VEND.Principal, VEND.Account, VEND.Role, "Intended")

REPLIES: Final[dict[str, tuple[dict[str, object], ...]]] = {
    "Credentials": (CREDENTIALS.to_document(), replace(CREDENTIALS, packed_policy_size=None).to_document()),
    "RoleOffer": (OFFER.to_document(),),
    "RolesPage": (
        RolesPage((OFFER,), "MjIyMjIyMjIyMjIyL3JvbGU=").to_document(),
        RolesPage((OFFER,), None).to_document(),
    ),
    "Identity": (
        IDENTITY.to_document(),
        replace(IDENTITY, permission_set="ReadOnly").to_document(),
    ),
    "VendRow": (VEND.to_document(), INTENT.to_document()),
    "VendsPage": (
        VendsPage((VEND,), VEND.VendId).to_document(),
        VendsPage((VEND,), None).to_document(),
    ),
    # The function writes this one itself; that it is so is checked against the running hub.
    "Health": ({"Version": "0.1.0", "BundleVersion": "0123456789abcdef", "BundleAgeSeconds": 4},),
}
"""Each reply to examples that together show every key, with and without, null and not."""

REQUESTS: Final = (
    VendRequest(),
    VendRequest(duration=900, reason="nightly inventory"),
    VendRequest(session_policy=PolicyName("read-only"), tags=(("ticket", "OPS-4711"),)),
)
