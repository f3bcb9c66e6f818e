"""Every number the contract enforces, each with its unit and where it comes from.

"STS API" is the AssumeRole page of the AWS STS API reference; "hubspoke" marks a limit of ours.
"""

from typing import Final

DURATION_MIN: Final = 900
"""Seconds. STS API: the least ``DurationSeconds``."""

DURATION_MAX: Final = 3600
"""Seconds. IAM user guide, role chaining: a role's session may assume a role for at most one hour.
The hub's function runs under a role, so no vend can ever be longer."""

SESSION_NAME_MIN: Final = 2
SESSION_NAME_MAX: Final = 64
"""Characters. STS API: ``RoleSessionName``."""

SOURCE_IDENTITY_MAX: Final = 64
"""Characters. STS API: ``SourceIdentity`` (2 to 64)."""

EXTERNAL_ID_MIN: Final = 2
EXTERNAL_ID_MAX: Final = 1224
"""Characters. STS API: ``ExternalId``. An empty one is refused by STS, so it is never sent."""

SESSION_POLICY_MAX: Final = 2048
"""Characters of plain text. STS API: ``Policy``."""

TAGS_MAX: Final = 50
"""STS API: ``Tags``."""

TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256
"""Characters. STS API: ``Tag``."""

NAME_MAX: Final = 64
"""Characters. IAM API: role names and user names."""

ROLE_PATH_MAX: Final = 512
"""Characters. IAM API: ``Path``."""

REASON_MAX: Final = 256
"""Characters. hubspoke: the free text a caller may leave in the ledger."""

BODY_MAX: Final = 32 * 1024
"""Bytes. hubspoke: fifty tags of full length fit, as long as they are ASCII; nothing larger is read."""

VENDS_RANGE_MAX: Final = 31
"""Days. hubspoke: between Since and Until of ``GET /v1/vends``."""

NEXT_TOKEN_MAX: Final = 256
"""Characters. hubspoke: a page token is a base64 of ``account/role``."""

VENDS_PER_MINUTE: Final = 600
VENDS_PER_MINUTE_MAX: Final = 36_000
"""Vends a minute of one caller, of one role profile: where the profile says nothing, and the most it can say.
hubspoke; the most is STS's own rate (600 calls a second, account and Region)."""
