"""How CloudTrail names a caller, in the spoke too: the source identity that every vend carries.

The function sets it; trust policies may match on it, and ``hubspoke-admin doctor`` says whether they do.
"""

import base64
import hashlib
from typing import Final

from hubspoke_contract import limits
from hubspoke_grants.caller import Caller

_DIGEST_LENGTH: Final = 26
"""Characters of base32: 130 bits of SHA-256, so that equal source identities mean equal callers."""


def source_identity(caller: Caller) -> str:
    """Name the caller for CloudTrail: ``user.ACCOUNT.NAME`` or ``role.ACCOUNT.NAME``.

    Injective: different callers never share one. Kind and account have fixed widths, and what
    follows them is the whole name after a dot, or, after a plus sign, a name cut short and a digest
    of all of it. A session under an Identity Center role is the person, so it always has the
    digest: ``sso.ACCOUNT+PERSON+DIGEST``. At most 64 characters of STS's alphabet, which has no colon.
    """
    if caller.permission_set is not None and caller.session is not None:
        return _digested(f"sso.{caller.account}", caller.session, f"{caller.name}/{caller.session}")
    prefix = f"{caller.kind.value.lower()}.{caller.account}"
    plain = f"{prefix}.{caller.name}"
    return plain if len(plain) <= limits.SOURCE_IDENTITY_MAX else _digested(prefix, caller.name, caller.name)


def _digested(prefix: str, readable: str, whole: str) -> str:
    digest = base64.b32encode(hashlib.sha256(whole.encode()).digest()).decode().lower()[:_DIGEST_LENGTH]
    room = limits.SOURCE_IDENTITY_MAX - len(prefix) - len(digest) - 2
    return f"{prefix}+{readable[:room]}+{digest}"
