"""``make local``: keep a hub up in the foreground, for another shell to use."""

import os
import shlex
import time
from pathlib import Path
from typing import Final

from hubspoke_local.accounts import PROFILES
from hubspoke_local.confinement import LOOPBACK
from hubspoke_local.console import complain, say
from hubspoke_local.hub import BIN, EmbeddedHub
from hubspoke_local.workspace import ENV, AlreadyRunningError, only

_UNSET: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ENDPOINT_URL_STS",
    "AWS_CA_BUNDLE",
)
"""Variables of the person's own that would win over the profiles, or lead elsewhere."""


def main() -> int:
    """Serve until interrupted; return 0 unless the emulator died on its own."""
    try:
        with only("serve") as run_dir:
            # One that was killed has left it, and it leads nowhere now.
            ENV.unlink(missing_ok=True)
            with EmbeddedHub.start(run_dir) as hub:
                try:
                    write_env(hub)
                    announce(hub)
                    while hub.emulator.alive():
                        time.sleep(0.2)
                finally:
                    ENV.unlink(missing_ok=True)
        complain("The emulator ended by itself; start again with make local.")
        return 1
    except AlreadyRunningError:
        complain("A local hub is already up: use it (source .local/env), or end it first.")
        return 1


def write_env(hub: EmbeddedHub) -> None:
    """Write ``.local/env`` in one step: whoever waits for it never sees half of it."""
    lines = ["# For sh, bash and zsh: . .local/env", f"unset {' '.join(_UNSET)}"]
    # What the documents show has comments behind commands; zsh takes them for arguments unless it is told.
    lines.append('if [ -n "${ZSH_VERSION-}" ]; then setopt interactivecomments; fi')
    lines += [f"export {name}={shlex.quote(value)}" for name, value in hub.settings().items()]
    # A proxy of the person's knows nothing of this loopback.
    lines += [f'export {name}="{LOOPBACK}${{{name}:+,${name}}}"' for name in ("NO_PROXY", "no_proxy")]
    lines.append(f'export PATH={shlex.quote(str(BIN))}:"$PATH"')
    partial = ENV.with_name(f"env.{os.getpid()}")
    partial.write_text("\n".join(lines) + "\n")
    partial.rename(ENV)


def announce(hub: EmbeddedHub) -> None:
    """Say what is up, and what to do next."""
    env = _shown(ENV)
    say(f"The hub is up at {hub.endpoint}, until Ctrl-C. In another shell, from this folder:")
    say()
    say(f"  . {env}")
    say(f"  export AWS_PROFILE={PROFILES[0]}    # or: {', '.join(PROFILES[1:])}")
    say("  hubspoke roles")
    say("  hubspoke run 222222222222/automation-spoke-role -- aws sts get-caller-identity")
    say()


def _shown(path: Path) -> str:
    try:
        path = path.relative_to(Path.cwd())
    except ValueError:
        pass
    return shlex.quote(str(path))
