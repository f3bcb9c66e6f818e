"""Start ministack with the rules of AWS that it lacks. Run as ``python -m hubspoke_local.strict``.

What each mend is for stands at the function that does it; docs/emulator.md has the whole list. A mend
replaces a private name of one exact release: where the release or a name isn't the expected one, the
emulator doesn't start, because a mend that silently does nothing would make tests pass that shouldn't.

The bootstrap secret is the first line of standard input: the environment would reach the functions. The
process ends when its standard input does, so it can't outlive whoever started it.
"""

import os
import signal
import sys
import threading
import time
from importlib.metadata import version
from typing import Any, Final

from hubspoke_contract.secret import Secret
from hubspoke_local import strict_gateway, strict_iam, strict_keys, strict_sts, strict_trail
from hubspoke_local.confinement import KEY_MARK, LOOPBACK, refuse_inside_lambda
from hubspoke_local.mending import StrictnessError, module, replace

MINISTACK: Final = "1.5.33"
"""The one release whose private names this module knows."""

_SECRET_MIN: Final = 32

RUNTIME_VARIABLE: Final = "HUBSPOKE_LOCAL_RUNTIME"
"""Names the folder that stands for what Lambda's own runtime provides to Python functions."""


def main() -> None:
    """Mend ministack, then run it until standard input ends."""
    refuse_inside_lambda(os.environ)
    if os.environ.get("BIND_HOST") != LOOPBACK or os.environ.get("AUTH") != "true":
        raise StrictnessError("the emulator runs with BIND_HOST=127.0.0.1 and AUTH=true, or not at all")
    install(_bootstrap_secret())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    module("ministack.app").main()


def install(bootstrap: Secret) -> None:
    """Put every mend in place, or raise ``StrictnessError``."""
    found = version("ministack")
    if found != MINISTACK:
        raise StrictnessError(f"the mends are for ministack {MINISTACK}, and this is {found}")
    strict_keys.install(bootstrap)
    strict_sts.install()
    strict_iam.install()
    strict_gateway.install()
    strict_trail.install()
    _count_loopback_as_tls()
    _mark_access_keys()
    _give_functions_only_their_package()


def _count_loopback_as_tls() -> None:
    """Take every request for one over TLS.

    The templates deny plain HTTP, as they must on AWS; the emulator speaks nothing else, and its
    traffic never leaves the machine.
    """
    replace(
        module("ministack.app"),
        "pin_request_origin",
        lambda pin: lambda address, _secure: pin(address, True),
    )


def _mark_access_keys() -> None:
    """Make access key ids that no one takes for AWS's: twenty characters, as there, with a mark inside."""

    def marked(generate: Any) -> Any:
        def generating() -> str:
            key: str = generate()
            return f"{key[:4]}{KEY_MARK}{key[-8:]}"

        return generating

    iam, sts = module("ministack.services.iam"), module("ministack.services.sts")
    replace(iam, "_gen_access_key_id", marked)
    replace(iam, "_gen_session_access_key", marked)
    replace(sts, "_gen_session_access_key", marked)


def _give_functions_only_their_package() -> None:
    """Let a function import its package, its layers and what Lambda's runtime has, and nothing else.

    The emulator runs functions on its own interpreter, where everything of the development environment
    could be imported, this project's folders included: a module missing from a layer would go unnoticed.
    """
    runtime = os.environ.get(RUNTIME_VARIABLE)
    if not runtime:
        raise StrictnessError(f"{RUNTIME_VARIABLE} is not set")
    only = (
        "import sys, sysconfig\n"
        "_std = (sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib'))\n"
        "sys.path[:] = [p for p in sys.path if p.startswith(_std) and 'site-packages' not in p"
        f" or p.endswith('.zip')] + [{runtime!r}]\n"
    )
    replace(module("ministack.core.lambda_runtime"), "_PYTHON_WORKER_SCRIPT", lambda script: only + script)


def _bootstrap_secret() -> Secret:
    """Read the secret that whoever started us signs its first calls with."""
    read = b""
    # Byte by byte: what follows is for _end_with_parent.
    while not read.endswith(b"\n") and (byte := os.read(0, 1)):
        read += byte
    if len(read.strip()) < _SECRET_MIN:
        raise StrictnessError("standard input should begin with a bootstrap secret")
    return Secret(read.strip().decode("ascii"))


def _end_with_parent() -> None:
    """Block until standard input ends, then stop, gently at first."""
    # Not sys.stdin: its lock, held by this thread, would trip the interpreter's shutdown.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3)
    os._exit(0)


if __name__ == "__main__":
    main()
