"""``run --refresh``: a command whose credentials are renewed by a server that lives as long as it does.

The command takes this process's place, as it does without ``--refresh``. The server is nobody's child, so
that a command that waits for all its children doesn't wait for it, and holds none of the command's files, so
that a pipe ends when the command does. It watches the process, and ends with it, however that ends.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NoReturn

from hubspoke.cache import Entry
from hubspoke.child_environment import refreshed_environment
from hubspoke.default_profile import copies, hidden
from hubspoke.exceptions import CannotOpen
from hubspoke.execute import execute
from hubspoke.local_endpoint import LocalEndpoint
from hubspoke.renewing import Renewing
from hubspoke.run_directory import RunDirectory
from hubspoke_contract.names import Target

_POLL: Final = 0.5
"""Seconds between two looks at whether the command still runs, where the system can't tell."""


def execute_refreshed(
    command: list[str], environ: Mapping[str, str], target: Target, obtain: Callable[[], Entry]
) -> NoReturn:
    """Vend once, start the server, and replace this process by the command.

    Args:
        command: its words.
        environ: what the command's environment is made of.
        target: the role.
        obtain: brings its credentials; called again, in the server, whenever they near their end.

    Raises:
        HubspokeError: the first vend, or the server's port, was not to be had. Nothing runs then.
        OSError: the command can't be executed. The server ends with this process.
    """
    with LocalEndpoint() as endpoint:
        first = obtain()
        renewing = Renewing(lambda _target: obtain())
        renewing.hold(target, first)
        uri = endpoint.uri(target)
        texts = hidden(environ)
        directory = RunDirectory() if texts else None
        try:
            moved = copies(texts, directory) if directory else {}
            _start(endpoint, renewing, directory)
        except CannotOpen:
            if directory:
                directory.remove()
            raise
        given = refreshed_environment(environ, first.credentials.account, uri, endpoint.token)
        execute(command, given | moved)


def _start(endpoint: LocalEndpoint, renewing: Renewing, directory: RunDirectory | None) -> None:
    """Start the server, and return when it is nobody's child.

    Raises:
        CannotOpen: the system takes no more processes.
    """
    command = os.getpid()
    watch = _watch(command)
    status = 1
    try:
        between = os.fork()
        if between == 0:
            _leave_server(endpoint, renewing, directory, command, watch)
        status = os.waitpid(between, 0)[1]
    except OSError:
        pass
    if watch is not None:
        os.close(watch)
    if status:
        raise CannotOpen("The local endpoint can't be started: the system takes no more processes of yours.")


def _watch(command: int) -> int | None:
    """Return a descriptor that tells of a process's end, where the system has such: Linux 5.3 and later."""
    try:
        # Taken by the process of itself: its number can't have become another's.
        return os.pidfd_open(command)
    except (AttributeError, OSError):
        return None


def _leave_server(
    endpoint: LocalEndpoint,
    renewing: Renewing,
    directory: RunDirectory | None,
    command: int,
    watch: int | None,
) -> NoReturn:
    code = 1
    try:
        os.setsid()  # Ctrl-C in the terminal is the command's
        if os.fork() == 0:
            _serve(endpoint, renewing, directory, command, watch)
        code = 0
    finally:
        # Whatever happened: what is further up is for the command's own process to do.
        os._exit(code)


def _serve(
    endpoint: LocalEndpoint,
    renewing: Renewing,
    directory: RunDirectory | None,
    command: int,
    watch: int | None,
) -> None:
    # What ends all processes of a session or a service: the command may need credentials to end well.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    kept = [endpoint.fileno(), directory.lock if directory else None, watch]
    _close_all_but([file for file in kept if file is not None])
    # The working directory stays: HUBSPOKE_CACHE_DIR and the AWS files may be named from there.
    for serve in (renewing.run, lambda: endpoint.answer(renewing.get)):
        threading.Thread(target=serve, daemon=True).start()
    _wait_for_the_end_of(command, watch)
    if directory:
        directory.remove()


def _close_all_but(kept: Iterable[int]) -> None:
    """Put nothing in the place of every other file.

    The numbers stay taken: whatever owns one here, such as a connection to the hub, will close it once more,
    and would close what had got it since. The standard streams' do too: else the next socket would be what
    is printed to.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for file in {0, 1, 2, *_open_files()}.difference(kept):
        os.dup2(null, file)


def _open_files() -> list[int]:
    try:
        return [int(path.name) for path in Path("/dev/fd").iterdir()]
    except OSError:  # a container without /proc
        return [file for file in range(os.sysconf("SC_OPEN_MAX")) if _is_open(file)]


def _is_open(file: int) -> bool:
    try:
        os.fstat(file)
    except OSError:
        return False
    return True


def _wait_for_the_end_of(command: int, watch: int | None) -> None:
    if watch is not None:
        ended = select.poll()  # select() knows no descriptor above 1023
        ended.register(watch, select.POLLIN)
        ended.poll()
        return
    while True:
        try:
            os.kill(command, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass  # it has become another user's, and still runs
        time.sleep(_POLL)
