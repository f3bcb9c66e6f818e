"""``hubspoke configure``: a profile for each role on offer, in the AWS config file."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from hubspoke import arguments, aws_config_file, settings
from hubspoke.cli.offering import on_offer
from hubspoke.cli.options import Parser, command_parser, duration, hub, parse
from hubspoke.endpoint import is_region
from hubspoke.endpoint import parse as parse_endpoint
from hubspoke.exceptions import ArgumentInvalid, ConfigurationError
from hubspoke.exit_codes import Exit
from hubspoke.offers import matching
from hubspoke.profile_names import by_name
from hubspoke.profiles_block import ConfigText, Section, profiles_in, take_apart, written_for
from hubspoke_contract.names import Target
from hubspoke_contract.reply import RoleOffer

_EXAMPLES = """\
  hubspoke configure --dry-run
  hubspoke configure --profile sso --set-region eu-west-1
  hubspoke configure workloads --name '{org_unit}-{account_name}' --duration 15m
  hubspoke configure --prune
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser(
        "configure", "Write a profile for each role on offer into the AWS config file.", _EXAMPLES
    )
    made.add_argument(
        "search",
        nargs="*",
        metavar="WORD",
        help="take those roles alone that 'hubspoke roles WORD ...' lists",
    )
    made.add_argument(
        "--name",
        metavar="TEMPLATE",
        default="{account_name}-{role}",
        help="the profiles' names, of {account}, {account_name}, {role}, {org_unit} ({account_name}-{role})",
    )
    made.add_argument("--set-region", metavar="REGION", help="the Region that the profiles work in")
    made.add_argument("--duration", type=duration, metavar="TIME", help="900 to 3600 seconds, or as 15m, 1h")
    made.add_argument(
        "--prune",
        action="store_true",
        help="remove those written earlier that are no longer on offer, or renamed",
    )
    made.add_argument("--dry-run", action="store_true", help="print what would change, and change nothing")
    return made


def main(argv: list[str]) -> int:
    """Write the profiles, or print what would be written."""
    given = parse(parser(), argv)
    if given is None:
        return Exit.OK
    if given.set_region is not None and not is_region(given.set_region):
        raise ArgumentInvalid("--set-region must be a Region's name, such as eu-west-1.")
    arguments.vend_request(given.duration, None, None, None)
    by_name(given.name, ())
    path, credentials = _files()
    # A profile in the credentials file wins over one of the same name in the config file.
    taken = profiles_in(aws_config_file.read(credentials))
    _signing(given, take_apart(aws_config_file.read(path)), taken)
    every = on_offer(given, hub(given))
    wanted = by_name(given.name, matching(every, given.search))
    if not wanted:
        _say("no role is on offer for a profile")
    run = _Run(given, wanted, {Target(offer.account, offer.role) for offer in every}, taken)
    if given.dry_run:
        before = aws_config_file.read(path)
        sys.stdout.write(_difference(path, before, run.change(before)))
    else:
        changed = aws_config_file.rewrite(path, run.change)
        _say(f"{path}: {run.summary}" if changed else f"{path}: nothing to change")
    for name in run.skipped:
        _say(name)
    return Exit.OK


class _Run:
    """What one run makes of the file's content."""

    def __init__(
        self,
        given: argparse.Namespace,
        wanted: Mapping[str, RoleOffer],
        on_offer: set[Target],
        taken: set[str],
    ) -> None:
        self._given = given
        self._wanted = wanted
        self._on_offer = on_offer
        self._taken = taken
        self.summary = ""
        self.skipped: list[str] = []
        """A line for each profile that was not written, and why."""

    def change(self, content: bytes) -> bytes:
        """Return the content with the profiles in it.

        Raises:
            AwsConfigError: our part of it is broken.
            ConfigurationError: the profile that signs would be one of ours.
        """
        found = take_apart(content)
        own = found.own_profiles() | self._taken
        signing = _signing(self._given, found, self._taken)
        new = self._sections(own, signing)
        removed = self._outdated(found.sections, new) if self._given.prune else set[str]()
        sections = {name: lines for name, lines in found.sections.items() if name not in removed} | new
        written = sum(found.sections.get(name) != lines for name, lines in new.items())
        self.summary = f"{written} profiles written, {len(removed)} removed"
        return found.with_sections(sections)

    def _sections(self, own: set[str], signing: str | None) -> dict[str, Section]:
        self.skipped = []
        found: dict[str, Section] = {}
        for name, offer in self._wanted.items():
            if name in own:
                self.skipped.append(f"profile {name}: not written, since you have one of that name")
            elif offer.session_policy_required and len(offer.session_policies) != 1:
                self.skipped.append(
                    f"profile {name}: not written, since the role needs a choice of session policy"
                )
            else:
                found[name] = self._section(offer, signing)
        return found

    def _section(self, offer: RoleOffer, signing: str | None) -> Section:
        options = {
            "--profile": signing,
            **self._hub(),
            "--duration": self._given.duration and str(min(self._given.duration, offer.max_duration)),
            "--session-policy": offer.session_policies[0] if offer.session_policy_required else None,
        }
        words = [*_program(), "credential-process", f"{offer.account}/{offer.role}"]
        words += [word for option, value in options.items() if value for word in (option, value)]
        command = shlex.join(words)
        if not command.isprintable():
            raise ConfigurationError(
                "hubspoke's own path, or the profile's name, holds what can't stand in an AWS config file: "
                "install hubspoke elsewhere, or rename the profile."
            )
        process = f"credential_process = {command}"
        return (process, f"region = {self._given.set_region}") if self._given.set_region else (process,)

    def _hub(self) -> dict[str, str | None]:
        """Return the options that lead to the hub: who reads the file may have no variable of ours."""
        known = settings.read()
        endpoint = self._given.endpoint or known.endpoint
        # The variable says where the person works: not where a hub is whose address names its Region.
        named = endpoint is not None and parse_endpoint(endpoint.partition(",")[0]).region is not None
        return {
            "--endpoint": endpoint,
            "--region": self._given.region or (None if named else known.region),
        }

    def _outdated(self, ours: Mapping[str, Section], new: Mapping[str, Section]) -> set[str]:
        renamed = {Target(self._wanted[name].account, self._wanted[name].role) for name in new}
        roles = {name: written_for(lines) for name, lines in ours.items() if name not in new}
        return {
            name
            for name, role in roles.items()
            if role is not None and (role not in self._on_offer or role in renamed)
        }


def _signing(given: argparse.Namespace, found: ConfigText, taken: set[str]) -> str | None:
    """Return the profile whose credentials are to sign; ``None`` for those that have no profile.

    Raises:
        ConfigurationError: it is one of ours, which would have to ask itself.
    """
    name = settings.signing_profile(given.profile)
    own = found.own_profiles() | taken
    if name in found.sections and name not in own:
        raise ConfigurationError(
            f"The profile {name}, which is to sign the call, is one that hubspoke has written: name the "
            "profile that you call as, with --profile."
        )
    # Without a default profile, botocore finds a role of the machine's by itself, and by no name.
    return None if name == "default" and name not in own else name


def _files() -> tuple[Path, Path]:
    """Return the config and the credentials file, there or not, as botocore finds them."""
    environ = settings.environment()

    def place(variable: str, usual: str) -> Path:
        return Path(os.path.expanduser(os.path.expandvars(environ.get(variable) or usual)))  # noqa: PTH111

    return (
        place("AWS_CONFIG_FILE", "~/.aws/config"),
        place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    )


def _program() -> list[str]:
    """Return the words that start this very command from anywhere."""
    started = Path(sys.argv[0])
    if started.name == "hubspoke" and started.is_file():
        return [str(started.absolute())]
    return [sys.executable, "-m", "hubspoke"]


def _difference(path: Path, before: bytes, after: bytes) -> str:
    # Without what stands around it: the person's own lines may hold keys.
    old, new = (content.decode(errors="replace").splitlines() for content in (before, after))
    return "".join(f"{line}\n" for line in unified_diff(old, new, str(path), str(path), n=0, lineterm=""))


def _say(text: str) -> None:
    sys.stderr.write(f"hubspoke: {text}\n")
