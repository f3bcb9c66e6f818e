"""hubspoke.profiles_block: what is the person's stays, byte by byte."""

import configparser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke.exceptions import AwsConfigError
from hubspoke.profiles_block import BEGIN, END, profiles_in, take_apart, written_for

_PROCESS = "credential_process = '/a b/hubspoke' credential-process 222222222222/reader --profile sso"
_OURS = {"dev": (_PROCESS, "region = eu-west-1"), "prod": (_PROCESS,)}

lines = st.sampled_from(
    [
        b"[default]",
        b"[profile me]",
        b"region = x",
        b"  nested = y",
        b"# note",
        b"; note",
        b"",
        b"\xff\xfe",
        b"key",
        b"\t",
        b"# BEGIN hubspoke-like",
        b" # END hubspoke",
    ]
) | st.binary(max_size=20).filter(lambda raw: b"hubspoke" not in raw)
ends = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
contents = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]), st.lists(st.tuples(lines, ends), max_size=12)
).map(lambda parts: parts[0] + b"".join(line + end for line, end in parts[1]))


@settings(max_examples=300)
@given(contents)
def test_what_is_the_persons_stays(content: bytes) -> None:
    """BOM, line ends, odd bytes and a last line without its end; before our part, it is a prefix."""
    written = take_apart(content).with_sections(_OURS)
    again = take_apart(written)
    assert written.startswith(content)
    assert again.sections == _OURS
    assert again.after == b""
    assert again.with_sections(_OURS) == written
    assert again.with_sections({}) in {content, content + b"\n", content + b"\r\n"}


@settings(max_examples=300)
@given(contents, contents)
def test_what_follows_our_part_stays_too(before: bytes, after: bytes) -> None:
    """Another tool puts its profiles last."""
    written = take_apart(before).with_sections(_OURS) + after
    changed = take_apart(written).with_sections({"dev": (_PROCESS,)})
    assert changed.startswith(before)
    assert changed.endswith(after)
    assert take_apart(changed).with_sections(_OURS) == written


def test_the_form() -> None:
    """Profiles in the order of their names, between two lines that say whose they are."""
    text = take_apart(b"[default]").with_sections(_OURS).decode()
    assert text.splitlines() == [
        "[default]",
        BEGIN,
        "[profile dev]",
        _PROCESS,
        "region = eu-west-1",
        "[profile prod]",
        _PROCESS,
        END,
    ]
    configparser.RawConfigParser().read_string(text)


def test_line_ends_are_the_files() -> None:
    """A file of CRLF lines gets such lines."""
    written = take_apart(b"[default]\r\n").with_sections(_OURS)
    assert written.count(b"\n") == written.count(b"\r\n") == 8


def test_without_a_profile_there_is_no_part() -> None:
    """And nothing changes in a file that had none."""
    assert take_apart(b"[x]\n").with_sections({}) == b"[x]\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n",
        f"{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n[profile a]\n[profile a]\n{END}\n",
    ],
)
def test_a_broken_part_is_left_alone(text: str) -> None:
    """For the person to mend."""
    with pytest.raises(AwsConfigError, match="as it was"):
        take_apart(text.encode())


@pytest.mark.parametrize(
    "line", ["region = x", "[default]", "[profile a b]", "[sso-session x]", " [profile a]"]
)
def test_the_persons_lines_between_ours_are_not_lost(line: str) -> None:
    """The run ends and says so."""
    with pytest.raises(AwsConfigError, match="something else"):
        take_apart(f"{BEGIN}\n{line}\n{END}\n".encode())


def test_another_versions_lines_are_found() -> None:
    """What they say in brackets doesn't count."""
    found = take_apart(f"# BEGIN hubspoke (older)\n[profile a]\n{_PROCESS}\n# END hubspoke\n".encode())
    assert set(found.sections) == {"a"}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("[profile a]", "a"),
        ('[profile "a b"]', "a b"),
        ("[profile 'a']", "a"),
        ("[a]", "a"),
        ("[default]", "default"),
        ("  [profile a]  # note", "a"),
        ("\ufeff[profile a]", "a"),
        ("[profile\ta]", "a"),
    ],
)
def test_profiles_that_the_person_wrote(line: str, name: str) -> None:
    """In every form that botocore takes."""
    assert name in profiles_in(f"{line}\n".encode())


def test_a_header_that_is_no_words_is_passed_over() -> None:
    """Botocore does the same."""
    assert profiles_in(b"[profile 'a]\n[]\n") == {"profile 'a"}


def test_for_which_role_a_profile_is() -> None:
    """By its own line; ``None`` for what isn't ours."""
    role = written_for((_PROCESS,))
    assert str(role) == "222222222222/reader"
    for line in (
        "region = x",
        "credential_process = other",
        "credential_process = 'open",
        "credential_process = h credential-process",
        "credential_process = h credential-process x",
    ):
        assert written_for((line,)) is None


def test_a_profile_between_our_lines_that_isnt_ours_is_the_persons() -> None:
    """It is kept, and never written over."""
    found = take_apart(f"{BEGIN}\n[profile mine]\nregion = x\n[profile a]\n{_PROCESS}\n{END}\n".encode())
    assert "mine" in found.own_profiles()
    assert "a" not in found.own_profiles()
