"""How the hub sees the caller, against what STS says."""

from typing import Final

from hubspoke import replies
from hubspoke.doctor.calling import cedar
from hubspoke.exceptions import ReplyMalformed
from hubspoke.findings import Finding, right, unseen, wrong
from hubspoke.printable import shortened
from hubspoke.replies import Reply
from hubspoke_contract.arns import PrincipalArn
from hubspoke_contract.reply import Identity

_STEP: Final = "identity"


def examine(reply: Reply, caller: PrincipalArn | None) -> tuple[Identity | None, Finding]:
    """Read the answer to ``GET /v1/identity``; nothing that STS contradicts is returned."""
    try:
        seen = replies.value(reply, Identity.from_document)
    except ReplyMalformed as error:
        return None, wrong(
            _STEP, "NotAHub", "What answers isn't a hub, or speaks another version.", error.message
        )
    if caller is None:
        mend = "It shows once STS answers: see 'credentials'."
        return seen, unseen(_STEP, "IdentityUncompared", f"{_said(seen)}; STS doesn't confirm it.", mend)
    if (seen.account, seen.principal) != (caller.account, cedar(caller)):
        return None, wrong(
            _STEP,
            "IdentityDiffers",
            f"{_said(seen)}, and STS as {cedar(caller)}.",
            "Don't use this endpoint before whoever operates the hub has explained it.",
        )
    says = f"{_said(seen)}; source identity {shortened(seen.source_identity)}."
    return seen, right(_STEP, "IdentitySeen", says)


def _said(seen: Identity) -> str:
    return f"The hub sees you as {shortened(seen.principal)}"
