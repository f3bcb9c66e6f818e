"""Kill -9 what writes the cache, at random moments: ``python -m tests.support.kills FOLDER KILLS``.

Two processes at a time vend for the same few keys as fast as they can; one of them is killed, again and
again. Prints what was found: torn files, locks that stayed, and temporary files that a later start leaves.
"""

import fcntl
import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from hubspoke import kept
from hubspoke.cache import Cache
from hubspoke.keeping import Keeper
from hubspoke_contract.names import AccountId
from hubspoke_contract.reply import Credentials
from hubspoke_contract.secret import Secret

_KEYS = [letter * 64 for letter in "abc"]
_LONGEST = 0.02
"""Seconds that a victim lives: some hundred writes."""


def main(folder: Path, kills: int) -> dict[str, int]:
    """Kill so many times, and look after each."""
    folder.mkdir(mode=0o700)
    found = {"kills": 0, "torn": 0, "locked": 0, "temporary": 0, "orphans": 0, "late": 0, "vends": 0}
    for _ in range(kills):
        victim, survivor = _start(folder), _start(folder)
        time.sleep(random.uniform(0, _LONGEST))  # noqa: S311 - any moment will do
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        found["late"] += not _gets_on(folder)
        os.kill(survivor, signal.SIGKILL)
        os.waitpid(survivor, 0)
        found["kills"] += 2
        found["torn"] += _torn(folder)
        found["locked"] += _locked(folder)
    left = list(folder.glob(".*.tmp"))
    found["temporary"], found["vends"] = len(left), len(list(folder.glob("*.entry")))
    for path in left:
        os.utime(path, (1, 1))  # as old as the rule wants them to be
    Cache(folder).store(_KEYS[0], Keeper(None).get("", _vended, lambda _: True, 1))
    found["orphans"] = len(list(folder.glob(".*.tmp")))
    return found


def _start(folder: Path) -> int:
    child = os.fork()
    if child == 0:
        _vend(folder)
    return child


def _vend(folder: Path) -> NoReturn:
    random.seed()
    cache = Cache(folder)
    keeper = Keeper(cache)
    while True:
        key = random.choice(_KEYS)  # noqa: S311
        keeper.get(key, _vended, lambda _: True, 2)
        keeper.remember(f"{key}.words", key)
        cache.mark(key)


def _vended() -> Credentials:
    """Return what is never fresh, so that each asker vends."""
    return Credentials(
        access_key_id="ASIAKILLS",
        secret_access_key=Secret("s" * 40),
        session_token=Secret("t" * random.randrange(400, 4000)),  # noqa: S311
        expiration=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30),
        account=AccountId("222222222222"),
        assumed_role_arn="arn:aws:sts::222222222222:assumed-role/any/one",
        source_identity="one",
        vend_id="one",
        packed_policy_size=None,
    )


def _gets_on(folder: Path) -> bool:
    """Tell whether somebody gets each turn within two seconds of a kill."""
    began = time.monotonic()
    for key in _KEYS:
        Keeper(Cache(folder)).get(key, _vended, lambda _: True, 2)
    return time.monotonic() - began < 2


def _torn(folder: Path) -> int:
    entries = sum(kept.decode(path.read_bytes()) is None for path in folder.glob("*.entry"))
    return entries + sum(len(path.read_bytes()) != 70 for path in folder.glob("*.words"))


def _locked(folder: Path) -> int:
    stayed = 0
    for path in folder.glob("*.lock"):
        with path.open("rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stayed += 1
    return stayed


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
