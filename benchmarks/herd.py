"""Processes and threads that all want the same credentials at the same moment: ``herd.py PROCESSES THREADS``.

Each process is a new one, as tools started by a shell's loop are. Fails where a thread gets none.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ACCOUNT, ROLE = "222222222222", "automation-spoke-role"


def main(processes: int, threads: int) -> int:
    """Start the herd, let all of it go at once, and return how many processes failed."""
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "member", str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(processes)
    ]
    for each in started:
        assert each.stdout is not None  # noqa: S101 - Popen was given a pipe
        each.stdout.readline()
    for each in started:
        assert each.stdin is not None  # noqa: S101 - Popen was given a pipe
        each.stdin.close()
    return sum(each.wait() != 0 for each in started)


def member(threads: int) -> None:
    """Wait for the others, then ask on every thread."""
    from hubspoke import Hub

    hub = Hub.from_env()
    with ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)
        sys.stdin.read()
        keys = pool.map(lambda _: hub.credentials(ACCOUNT, ROLE).access_key_id, range(threads))
        if len(set(keys)) != 1:
            os._exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "member":
        member(int(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
