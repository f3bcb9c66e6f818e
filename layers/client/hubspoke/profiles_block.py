"""The part of an AWS config file that ``hubspoke configure`` writes, between two lines of its own.

All else is the person's, is bytes of whatever encoding, and stays as it is. Pure.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hubspoke.exceptions import AwsConfigError
from hubspoke_contract.names import Target, target

BEGIN: Final = "# BEGIN hubspoke (written by 'hubspoke configure', up to END: changes in between are lost)"
END: Final = "# END hubspoke"

_HEADER: Final = re.compile(r"\[(.+)\]")
"""As configparser, which botocore reads the file with, finds one."""
_OURS: Final = re.compile(r"\[profile ([^\s\"'\]]+)\]")
_PROCESS: Final = re.compile(r"credential_process\s*=\s*(.*)")

_BROKEN: Final = (
    "The AWS config file has the lines '# BEGIN hubspoke …' and '# END hubspoke' more than once, or one "
    "without the other: mend that by hand. It is as it was."
)

Section = tuple[str, ...]
"""A profile's lines below its header."""


@dataclass(frozen=True, slots=True)
class ConfigText:
    """A config file's content, taken apart. ``before`` and ``after`` are the person's own."""

    before: bytes
    sections: Mapping[str, Section]
    """What stands in our part, by profile."""
    after: bytes
    line_end: bytes

    def own_profiles(self) -> set[str]:
        """Return the names of all profiles that the person wrote, and more rather than fewer."""
        theirs = {name for name, lines in self.sections.items() if written_for(lines) is None}
        return profiles_in(self.before) | profiles_in(self.after) | theirs

    def with_sections(self, sections: Mapping[str, Section]) -> bytes:
        """Return the content with these profiles in place of ours."""
        if not sections:
            return self.before + self.after
        lines = [BEGIN]
        for name in sorted(sections):
            lines += [f"[profile {name}]", *sections[name]]
        block = b"".join(_encoded(line) + self.line_end for line in [*lines, END])
        # A last line that doesn't end would swallow ours.
        joint = self.line_end if self.before and not self.before.endswith((b"\n", b"\r")) else b""
        return self.before + joint + block + self.after


def take_apart(content: bytes) -> ConfigText:
    """Find our part in a config file's content.

    Raises:
        AwsConfigError: its two lines are there, but not as one pair.
    """
    lines = content.splitlines(keepends=True)
    bare = [_decoded(line).rstrip("\r\n") for line in lines]
    line_end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    begins, ends = _places(bare, BEGIN), _places(bare, END)
    if not begins and not ends:
        return ConfigText(content, {}, b"", line_end)
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise AwsConfigError(_BROKEN)
    begin, end = begins[0], ends[0]
    ours = _sections(bare[begin + 1 : end])
    return ConfigText(b"".join(lines[:begin]), ours, b"".join(lines[end + 1 :]), line_end)


def written_for(section: Section) -> Target | None:
    """Return the role that a profile of ours gets its credentials for; ``None`` if it isn't one of ours."""
    for line in section:
        if found := _PROCESS.fullmatch(line):
            try:
                words = shlex.split(found[1])
            except ValueError:
                return None
            if "credential-process" in words[:-1]:
                return target(words[words.index("credential-process") + 1])
    return None


def profiles_in(content: bytes) -> set[str]:
    """Return what could be a profile's name in a config or a credentials file."""
    found = set[str]()
    for line in re.split(r"\r\n|\r|\n", _decoded(content).removeprefix("\ufeff")):
        if header := _HEADER.match(line.strip()):
            found |= {header[1], *_words(header[1])[1:]}
    return found


def _words(header: str) -> list[str]:
    try:
        return shlex.split(header)
    except ValueError:
        return []


def _sections(lines: Iterable[str]) -> dict[str, Section]:
    found: dict[str, Section] = {}
    name = None
    for line in lines:
        if header := _OURS.fullmatch(line):
            name = header[1]
            if name in found:
                raise AwsConfigError(_BROKEN)
            found[name] = ()
        elif name is None or _HEADER.match(line.strip()):
            # Somebody's own words between our lines: not to be lost, and not to be taken for ours.
            raise AwsConfigError(
                "The AWS config file has something else than hubspoke's profiles between the lines '# BEGIN "
                "hubspoke …' and '# END hubspoke': move it out of there. It is as it was."
            )
        else:
            found[name] += (line,)
    return found


def _places(lines: list[str], marker: str) -> list[int]:
    # By its first words: what the line says in brackets may be another version's.
    start = marker.partition(" (")[0]
    return [at for at, line in enumerate(lines) if line == start or line.startswith(f"{start} (")]


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
