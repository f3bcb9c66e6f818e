"""``make demo``: the story of one vend, told by the real command line against a hub that is really there.

Every command shown is run as shown, as a child process with the profile it names, and its result is
checked; nothing printed here is canned.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TextIO

from hubspoke_local.accounts import ACCOUNTS, DEPLOYER, HUB, OPERATOR, SPOKE_ROLES, TOOLING
from hubspoke_local.console import complain
from hubspoke_local.hub import EmbeddedHub
from hubspoke_local.workspace import LOCAL, another

BOT: Final = "inventory-bot"
STRANGER: Final = "stranger"
DEV: Final = "222222222222/deploy-spoke-role"
PROD: Final = "333333333333/deploy-spoke-role"
REFUSED: Final = 77
"""The exit code of hubspoke for AccessDenied."""

TARGET: Final = "222222222222/automation-spoke-role"
SESSION_ARN: Final = "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/"
_STEP_SECONDS: Final = 60


class StepError(Exception):
    """A step's result wasn't what the story says. The message says which step, and what came instead."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command of the story ended with."""

    code: int
    stdout: str
    stderr: str


class Story:
    """Prints and runs the steps. Colour is for terminals whose owner didn't say NO_COLOR."""

    def __init__(self, hub: EmbeddedHub, out: TextIO, environment: Mapping[str, str]) -> None:
        self._hub = hub
        self._out = out
        self._colour = out.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        self._step = 0
        self._title = ""

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._title = title
        self.say()
        self.say(self._paint("1", f"{self._step}  {title}"))

    def say(self, text: str = "") -> None:
        """Print one line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def run(self, profile: str, *command: str) -> Result:
        """Show a command as a person would type it, run it as ``profile``, and show what it prints."""
        self.say(self._paint("36", f"   $ AWS_PROFILE={profile} {_typed(command)}"))
        environment = self._hub.environment(profile)
        found = shutil.which(command[0], path=environment["PATH"])
        if found is None:
            raise self.unlike(f"there is no command {command[0]}")
        done = _run([found, *command[1:]], environment)
        for line in (done.stdout + done.stderr).strip().splitlines():
            self.say(f"     {line}")
        return done

    def check(self, holds: bool, means: str, instead: Result) -> None:
        """Say what the result shows, or fail the step if it doesn't."""
        if not holds:
            raise self.unlike(f"expected: {means}; the command ended with {instead.code}")
        self.say(self._paint("32", f"   ✓ {means}"))

    def unlike(self, what: str) -> StepError:
        """Make the error that says this step failed."""
        return StepError(f"Step {self._step} ({self._title}) failed: {what}")

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text


def main() -> int:
    """Tell the story; return 0 if every step held."""
    began = time.monotonic()
    with another("demo") as run_dir, EmbeddedHub.start(run_dir) as hub:
        story = Story(hub, sys.stdout, os.environ)
        try:
            for step in STEPS:
                step(story, hub)
        except (StepError, subprocess.TimeoutExpired) as error:
            kept = LOCAL / "log" / "demo.log"
            kept.parent.mkdir(exist_ok=True)
            shutil.copyfile(hub.emulator.log, kept)
            complain(f"\n{error}\nThe emulator's log: {kept}")
            return 1
    story.say()
    story.say(f"All of it held, in {time.monotonic() - began:.0f} s, and nothing of it is left running.")
    story.say("To try it yourself: make local")
    return 0


def hub_is_up(story: Story, hub: EmbeddedHub) -> None:
    """Show the estate."""
    story.step("The hub is up, on this machine alone")
    for account, place in ACCOUNTS.items():
        roles = [role.name for role in SPOKE_ROLES if account in role.accounts]
        story.say(f"     {account}  {place:<15} {', '.join(roles)}".rstrip())
    story.say(f"     endpoint      {hub.endpoint}")


def identity(story: Story, _: EmbeddedHub) -> None:
    """Ask the hub whom it sees."""
    story.step("Who the hub sees: the caller's own IAM identity, from the signature")
    seen = story.run(BOT, "hubspoke", "whoami")
    story.check(
        seen.code == 0 and BOT in seen.stdout and HUB in seen.stdout, f"the hub knows {BOT} of {HUB}", seen
    )


def roles(story: Story, _: EmbeddedHub) -> None:
    """List what the grants offer this caller."""
    story.step("What it may take, by the grants")
    offered = story.run(BOT, "hubspoke", "roles")
    wanted = ("222222222222", "333333333333", "automation-spoke-role")
    story.check(
        offered.code == 0
        and all(word in offered.stdout for word in wanted)
        and "deploy-spoke-role" not in offered.stdout,
        "one role in each workload account, and no other",
        offered,
    )


def vend_and_ledger(story: Story, _: EmbeddedHub) -> None:
    """Run a command in a spoke account, then find its row in the ledger."""
    story.step("A vend: a command that runs in the spoke account")
    ran = story.run(BOT, "hubspoke", "run", TARGET, "--", "aws", "sts", "get-caller-identity")
    arn = _json(ran.stdout).get("Arn", "") if ran.code == 0 else ""
    story.check(
        isinstance(arn, str) and arn.startswith(SESSION_ARN),
        "STS says who the command is: the role's session in that account",
        ran,
    )

    story.step("What is on record about it")
    vend = str(arn).rsplit("-", 1)[-1]
    row = story.run(OPERATOR, "hubspoke-admin", "who", vend)
    told = (vend, BOT, "role/hubspoke/automation-spoke-role", "Vended")
    story.check(
        row.code == 0 and all(word in row.stdout for word in told),
        "the vend id that ends the session's name leads to who, what, when and by which policy",
        row,
    )


def refusal(story: Story, _: EmbeddedHub) -> None:
    """Ask as one whom nothing was granted."""
    story.step("A refusal: may call the API, but nothing was granted")
    refused = story.run(STRANGER, "hubspoke", "run", TARGET, "--", "echo", "it ran")
    story.check(
        refused.code != 0
        and "AccessDenied" in refused.stderr
        and "Traceback" not in refused.stderr
        and not refused.stdout,
        f"AccessDenied, exit code {refused.code}, and the command never ran",
        refused,
    )


def another_account(story: Story, _: EmbeddedHub) -> None:
    """Call as a role of another account, whose grants depend on duration and session policy."""
    story.step(f"A caller of another account: {DEPLOYER} of {TOOLING}")

    def deploy(target: str, *options: str, command: tuple[str, ...] = ("echo", "it ran")) -> Result:
        return story.run(DEPLOYER, "hubspoke", "run", target, *options, "--", *command)

    done = deploy(DEV, "--duration", "900")
    story.check(done.code == 0, "a quarter of an hour in Dev: granted", done)
    done = deploy(DEV, "--duration", "901")
    story.check(_is_refusal(done), "a second more: refused", done)
    done = deploy(PROD)
    story.check(_is_refusal(done), "Prod as it is: refused", done)
    looking = ("--session-policy", "read-only")
    done = deploy(PROD, *looking, command=("aws", "s3api", "list-buckets", "--query", "Buckets[].Name"))
    story.check(done.code == 0, "Prod with the session policy read-only: granted, and reads", done)
    done = deploy(PROD, *looking, command=("aws", "s3api", "create-bucket", "--bucket", "not-to-be"))
    story.check(
        not _is_refusal(done) and done.code != 0 and "CreateBucket" in done.stderr,
        "a write under it: denied, and not by the hub but by S3",
        done,
    )


def quarantine(story: Story, _: EmbeddedHub) -> None:
    """Stop the caller, and let it go on."""
    story.step("The operator stops a caller, without a deploy")

    def turn(verb: str, *options: str) -> Result:
        subject = ("--caller", f"{HUB}/{BOT}")
        return story.run(OPERATOR, "hubspoke-admin", "quarantine", verb, *subject, *options)

    # Past the cache: what was vended in step 4 stays good until it expires.
    again = ("hubspoke", "run", TARGET, "--no-cache", "--", "echo", "it ran")
    done = turn("add", "--reason", "demo")
    story.check(done.code == 0, f"{BOT} is quarantined", done)
    done = story.run(BOT, *again)
    story.check(_is_refusal(done), "the very next vend: refused", done)
    done = turn("remove")
    story.check(done.code == 0, "lifted", done)
    done = story.run(BOT, *again)
    story.check(done.code == 0 and "it ran" in done.stdout, "the next vend: granted again", done)


def _is_refusal(result: Result) -> bool:
    return result.code == REFUSED and "AccessDenied" in result.stderr and "it ran" not in result.stdout


STEPS: Final[tuple[Callable[[Story, EmbeddedHub], None], ...]] = (
    hub_is_up,
    identity,
    roles,
    vend_and_ledger,
    refusal,
    another_account,
    quarantine,
)


def _run(command: list[str], environment: Mapping[str, str]) -> Result:
    """Run a command to its end; whatever ends us first also ends it, with all that it started."""
    process = subprocess.Popen(  # noqa: S603 - the words of this module, without a shell
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        stdout, stderr = process.communicate(timeout=_STEP_SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Result(process.returncode, stdout, stderr)


def _typed(command: Iterable[str]) -> str:
    return " ".join(shlex.quote(word) for word in command)


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
