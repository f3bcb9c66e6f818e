"""Credentials as the client keeps them, for tests that get them from nowhere."""

from datetime import UTC, datetime, timedelta

from hubspoke.cache import Entry
from hubspoke.kept import Kept
from hubspoke_contract.names import Target
from hubspoke_contract.reply import Credentials
from hubspoke_contract.secret import Secret


def entry(
    target: Target,
    *,
    key: str = "ASIAENTRY",
    secret: str = "spoke-secret",  # noqa: S107
    obtained: float | None = None,
    lifetime: float = 3600,
) -> Entry:
    """Return credentials of a role.

    Args:
        target: the role.
        key: the access key id.
        secret: the secret access key.
        obtained: when they were vended, in seconds since 1970; by default now.
        lifetime: seconds from then on.
    """
    at = datetime.now(UTC) if obtained is None else datetime.fromtimestamp(obtained, UTC)
    return Entry(
        Credentials(
            access_key_id=key,
            secret_access_key=Secret(secret),
            session_token=Secret("spoke-token"),
            expiration=at + timedelta(seconds=lifetime),
            account=target.account,
            assumed_role_arn=f"arn:aws:sts::{target.account}:assumed-role/{target.role}/caller-vend",
            source_identity="user.111111111111.caller",
            vend_id="vend-1",
            packed_policy_size=None,
        ),
        at,
    )


def kept(target: Target, *, secret: str) -> Kept:
    """Return them in the form that is handed out."""
    return entry(target, secret=secret).kept()
