"""hubspoke run --refresh: the command in our place, and a server that ends with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hubspoke import settings
from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, FakeHub, fake_hub, refusal

_TARGET = f"{ACCOUNT}/{ROLE}"
_REFRESH = [sys.executable, "-m", "hubspoke", "run", "--refresh", _TARGET, "--"]
_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_FETCH = """
import json, os, urllib.request
def fetch():
    headers = {"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers)
    return json.load(urllib.request.urlopen(request, timeout=5))
"""
_SHOW = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]


def _run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_REFRESH, *command],
        capture_output=True,
        text=True,
        env=settings.environment() | env,
        check=False,
        timeout=30,
    )


@contextmanager
def _running(
    script: str, first: str = "", **env: str
) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """Run a shell's script that prints its environment, and then waits for us in its ``read``."""
    show = f'{sys.executable} -c "import json, os; print(json.dumps(dict(os.environ)))"'
    process = subprocess.Popen(
        [*_REFRESH, "sh", "-c", f"{first}{show}; {script}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=settings.environment() | env,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()


def _is_up(environ: dict[str, str]) -> bool:
    address = urlsplit(environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    try:
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=2).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def _ends(environ: dict[str, str]) -> bool:
    until = time.monotonic() + 2
    while _is_up(environ):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.usefixtures("hub")
def test_the_command_has_an_endpoint_and_no_keys() -> None:
    """Keys, a profile or another endpoint would win over ours; all else stays."""
    done = _run(
        *_SHOW,
        AWS_SECURITY_TOKEN="x",
        AWS_CREDENTIAL_EXPIRATION="2099-01-01T00:00:00Z",
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/x",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/x",
        MINE="ä b",
    )
    found = json.loads(done.stdout)
    assert sorted(name for name in found if name.startswith("AWS_")) == [
        "AWS_ACCOUNT_ID",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_REGION",
    ]
    assert (found["AWS_ACCOUNT_ID"], found["MINE"]) == (ACCOUNT, "ä b")
    assert found["AWS_CONTAINER_CREDENTIALS_FULL_URI"].endswith(f"/{_TARGET}")


def test_the_endpoint_gives_the_roles_credentials(hub: FakeHub) -> None:
    """Those of the first vend: there is no second."""
    done = _run(sys.executable, "-c", f"{_FETCH}\nprint(fetch()['SecretAccessKey'])")
    assert done.stdout == f"{VENDED_SECRET}\n"
    assert len(hub.seen) == 1


@pytest.mark.usefixtures("hub")
def test_no_other_role_is_to_be_had() -> None:
    """Nor are the role's own credentials given under another's name."""
    other = f"os.environ[{_URI!r}] = os.environ[{_URI!r}].replace({ACCOUNT!r}, '333333333333')"
    done = _run(sys.executable, "-c", f"{_FETCH}\n{other}\nfetch()")
    assert "HTTP Error 404" in done.stderr


def test_a_command_outlives_its_first_credentials(hub: FakeHub) -> None:
    """It is given new ones, of which it knows nothing."""
    hub.lifetime = 61
    two = "import time\nprint(fetch()['AccessKeyId'])\ntime.sleep(1.3)\nprint(fetch()['AccessKeyId'])"
    script = f"{_FETCH}\n{two}"
    one, another = _run(sys.executable, "-c", script).stdout.split()
    assert one != another


def test_a_connection_kept_open_before_the_fork_does_no_harm() -> None:
    """Whoever owned it closes its number once more: that must not be another file's by then."""
    ask = f"""
import os, socket, time
from urllib.parse import urlsplit
address = urlsplit(os.environ[{_URI!r}])
waiting = [socket.create_connection((address.hostname, address.port)) for _ in range(8)]
time.sleep(2.5)
for each in waiting:
    each.settimeout(5)
    each.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
    print(each.recv(12))
"""
    with fake_hub(keep_alive=True) as hub:
        hub.lifetime = 62
        done = subprocess.run(
            [*_REFRESH[:-1], "--no-cache", "--", sys.executable, "-c", ask],
            capture_output=True,
            text=True,
            env=settings.environment() | {"HUBSPOKE_ENDPOINT": hub.endpoint},
            check=False,
            timeout=30,
        )
        assert len(hub.seen) > 1
    assert done.stdout == "b'HTTP/1.1 403'\n" * 8, done.stderr


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("code", [0, 7, 255])
def test_the_exit_code_is_the_commands(code: int) -> None:
    """Whatever it is."""
    assert _run("sh", "-c", f"exit {code}").returncode == code


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_death_by_signal_is_the_commands_and_ends_the_server(name: str) -> None:
    """However it dies, the server is gone within two seconds."""
    with _running("read x") as (process, environ):
        assert _is_up(environ)
        process.send_signal(getattr(signal, name))
        assert process.wait(10) == -getattr(signal, name)
        assert _ends(environ)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    "without", ["del os.pidfd_open", "os.pidfd_open = lambda _: os.open('/nonesuch', 0)"]
)
def test_where_the_system_cant_tell_of_an_end_the_server_looks(without: str) -> None:
    """An older Linux, a sandbox, another system."""
    words = ["run", "--refresh", _TARGET, "--", *_SHOW]
    script = f"import os, sys; {without}; sys.argv[1:] = {words!r}; from hubspoke.quick import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert _ends(json.loads(done.stdout))


@pytest.mark.usefixtures("hub")
def test_an_interrupt_at_the_terminal_is_the_commands() -> None:
    """The server is in a session of its own."""
    with _running("read x; read x", first="trap 'echo caught' INT; ") as (process, environ):
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "caught\n"
        assert _is_up(environ)


@pytest.mark.usefixtures("hub")
def test_a_service_that_is_stopped_has_credentials_until_its_end(tmp_path: Path) -> None:
    """A service manager sends SIGTERM to the server too, and the command may have much to do after that."""
    (tmp_path / "config").write_text("[default]\nrole_arn = x\n")
    with _running("read _", AWS_CONFIG_FILE=str(tmp_path / "config"), TMPDIR=str(tmp_path)) as (
        process,
        environ,
    ):
        [directory] = tmp_path.glob("hubspoke-serve-*")
        os.kill(_holder(directory / "lock"), signal.SIGTERM)
        time.sleep(0.2)
        assert _is_up(environ)
        process.kill()
        assert _ends(environ)
        assert not directory.exists()


def _holder(lock: Path) -> int:
    """Return the process that has a file open."""
    for file in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if file.samefile(lock):
                return int(file.parts[2])
    raise AssertionError


@pytest.mark.usefixtures("hub")
def test_the_server_is_nobodys_child() -> None:
    """A command that waits for all its children has none to wait for."""
    script = "import os\ntry:\n    os.waitpid(-1, 0)\nexcept ChildProcessError:\n    print('none')"
    assert _run(sys.executable, "-c", script).stdout == "none\n"


@pytest.mark.usefixtures("hub")
def test_a_pipe_ends_with_the_command_and_its_own_children() -> None:
    """The server holds none of it: ``_run`` reads both streams to their ends."""
    began = time.monotonic()
    assert _run("sh", "-c", "sleep 0.3 & echo up").stdout == "up\n"
    assert time.monotonic() - began < 10


@pytest.mark.usefixtures("hub")
def test_an_inherited_descriptor_is_the_commands_alone() -> None:
    """As a make's jobserver, or whoever waits for a pipe's end."""
    reader, writer = os.pipe()
    script = f"import os; os.close({writer}); input()"
    process = subprocess.Popen(
        [*_REFRESH, sys.executable, "-c", script], pass_fds=[writer], stdin=subprocess.PIPE
    )
    os.close(writer)
    try:
        assert os.read(reader, 1) == b""
        assert process.poll() is None
    finally:
        os.close(reader)
        process.communicate(b"\n", timeout=10)


@pytest.mark.usefixtures("hub")
def test_no_descriptor_of_ours_is_the_commands() -> None:
    """Neither the socket nor the watch on the process."""
    script = "import os; print(sorted(map(int, os.listdir('/proc/self/fd')))[:-1])"
    assert _run(sys.executable, "-c", script).stdout == "[0, 1, 2]\n"


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(("command", "code"), [("nonesuch-command", 127), ("/", 126)])
def test_a_command_that_cant_be_run_leaves_no_server(command: str, code: int) -> None:
    """The exit codes are a shell's."""
    assert _run(command).returncode == code
    until = time.monotonic() + 2
    while _servers() and time.monotonic() < until:
        time.sleep(0.02)
    assert not _servers()


def _servers() -> set[str]:
    """Return the processes that run our command line, and are this test's: each has a home of its own."""
    found, home = set(), f"HOME={os.environ['HOME']}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            given = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--refresh" in words and _TARGET.encode() in words and home in given:
            found.add(process.name)
    return found


def test_a_refusal_runs_nothing(hub: FakeHub, tmp_path: Path) -> None:
    """And starts no server."""
    hub.script = [refusal(403, "AccessDenied")]
    done = _run("touch", str(tmp_path / "ran"))
    assert (done.returncode, done.stderr.count("\n")) == (77, 2)
    assert not (tmp_path / "ran").exists()
    assert not _servers()


@pytest.mark.usefixtures("hub")
def test_the_default_profile_does_not_win(tmp_path: Path) -> None:
    """Its settings stay, its credentials don't, and the copy goes with the command."""
    config = tmp_path / "config"
    config.write_text(
        "[default]\naws_access_key_id = AKIAX\naws_secret_access_key = hush\nregion = eu-west-2\n"
    )
    script = (
        "import os, json, botocore.session\nsession = botocore.session.Session()\n"
        "found = session.get_credentials()\n"
        "print(json.dumps([found.method, found.secret_key, os.environ['AWS_CONFIG_FILE']]))"
    )
    done = _run(sys.executable, "-c", script, AWS_CONFIG_FILE=str(config), TMPDIR=str(tmp_path))
    method, secret, copy = json.loads(done.stdout)
    assert (method, secret) == ("container-role", VENDED_SECRET)
    assert copy != str(config)
    until = time.monotonic() + 2
    while Path(copy).parent.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(copy).parent.exists()
    assert "AKIAX" in config.read_text()


def test_the_shortcut_never_gives_fixed_keys(hub: FakeHub) -> None:
    """However often the same words are run."""
    for _ in range(3):
        found: dict[str, Any] = json.loads(_run(*_SHOW).stdout)
        assert "AWS_ACCESS_KEY_ID" not in found
    assert len(hub.seen) == 1
