"""``accounts.json``, written: whole or not at all, one account a line, so that a review sees what changed."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hubspoke_admin.exceptions import AdminError


def write_accounts(path: Path, accounts: Sequence[Mapping[str, Any]]) -> None:
    """Put a list of accounts in place of the file. Equal lists make equal files.

    Raises:
        AdminError: it could not be written; what was there still is.
    """
    lines = ",\n".join(f"  {_line(account)}" for account in accounts)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        written = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"[\n{lines}\n]\n" if lines else "[]\n")
                file.flush()
                os.fsync(file.fileno())
            written.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            written.replace(path)
        except BaseException:
            with suppress(OSError):
                written.unlink()
            raise
    except OSError as error:
        raise AdminError(f"{path}: not written, and as it was: {error.strerror}") from None


def _line(account: Mapping[str, Any]) -> str:
    ordered = {key: account[key] for key in ("Id", "Name", "OrgUnit")}
    return json.dumps(ordered | {"Tags": dict(sorted(account["Tags"].items()))}, ensure_ascii=False)
