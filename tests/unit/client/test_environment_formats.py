"""hubspoke.environment_formats: in the real shells, and by the rules of those that aren't here."""

import configparser
import json
import os
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspoke.child_environment import CONTRADICTING, variables
from hubspoke.environment_formats import FORMATS, write
from hubspoke.exceptions import ArgumentInvalid
from hubspoke.kept import Kept
from tests.support.shells import evaluate

_HOSTILE = "a'b\"c$(id)`id`\\\\'!x!!%PATH%^&|<>;#~{a,b}*?[x]$HOME\\n\\"
_VISIBLE = "".join(chr(code) for code in range(33, 127))


def _kept(secret: str = "secret", token: str = "token", key_id: str = "ASIAEXAMPLE") -> Kept:  # noqa: S107
    arn = "arn:aws:sts::222222222222:assumed-role/a-role/session"
    times = ["1700000000", "1700003600"]
    return Kept([*times, key_id, secret, token, "2023-11-14T23:13:20Z", "222222222222", arn, "", "", ""])


visible = st.text(st.sampled_from(_VISIBLE) | st.sampled_from("'\"\\!$`"), min_size=1, max_size=30)
kept = st.builds(_kept, visible, visible, visible)

_USES: dict[str, Callable[[Path], str]] = {
    # As docs/shells.md says to use each.
    "bash": lambda file: f"eval \"$(cat '{file}')\"",
    "zsh": lambda file: f"eval \"$(cat '{file}')\"",
    "fish": lambda file: f"cat '{file}' | source",
    "tcsh": lambda file: f"eval \"`cat '{file}'`\"",
}
_FORMAT_OF = {"zsh": "bash"}


def _script(shell: str, folder: Path, every: list[Kept]) -> str:
    lines = []
    for number, found in enumerate(every):
        file = folder / f"{shell}-{number}"
        file.write_text(write(_FORMAT_OF.get(shell, shell), found, ["AWS_PROFILE", "AWS_BEARER_TOKEN_X"]))
        lines += [_USES[shell](file), "env"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("shell", _USES)
def test_a_real_shell_takes_every_value_as_it_is(shell: str, tmp_path: Path) -> None:
    """Whatever visible characters the values hold; and what contradicts them is gone."""

    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(kept, min_size=1, max_size=12))
    def check(every: list[Kept]) -> None:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_PROFILE": "x",
            "AWS_BEARER_TOKEN_X": "x",
            "AWS_REGION": "eu-west-1",
        }
        printed = evaluate(shell, _script(shell, tmp_path, [*every, _kept(_HOSTILE, _VISIBLE)]), environ)
        lines = [line for line in printed.splitlines() if line.startswith("AWS_")]
        expected = [
            line
            for found in [*every, _kept(_HOSTILE, _VISIBLE)]
            for line in sorted(
                f"{n}={v}" for n, v in (variables(found) | {"AWS_REGION": "eu-west-1"}).items()
            )
        ]
        size = len(expected) // (len(every) + 1)
        parts = [sorted(lines[at : at + size]) for at in range(0, len(lines), size)]
        assert [line for part in parts for line in part] == expected

    check()


def test_tcsh_that_reads_backslashes_between_quotes(tmp_path: Path) -> None:
    """``set backslash_quote`` changes what quoting means; ours doesn't depend on it."""
    script = "set backslash_quote\n" + _script("tcsh", tmp_path, [_kept(_HOSTILE)])
    printed = evaluate("tcsh", script, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert f"AWS_SECRET_ACCESS_KEY={_HOSTILE}\n" in printed


@pytest.mark.parametrize("form", ["bash", "fish", "tcsh", "powershell", "cmd"])
def test_shells_unset_what_contradicts(form: str) -> None:
    """Every variable known to, and those present; a name that a shell would run isn't printed."""
    hostile = ["AWS_CONTAINER_x[$(touch ran)]", "AWS_CONTAINER_x;id", "AWS_CONTAINER_é", "AWS_REGION"]
    written = write(form, _kept(), [*hostile, "AWS_CONTAINER_y"])
    unset = written[: written.index("AWS_ACCESS_KEY_ID")]
    assert all(re.search(rf"\b{name}\b", unset) for name in [*CONTRADICTING, "AWS_CONTAINER_y"])
    assert not any(word in written for word in ("touch", ";id", "é", "AWS_REGION"))


def test_powershell_by_its_rules() -> None:
    """Single quotes, and in them a quote twice; nothing else is special."""
    written = write("powershell", _kept("a'b$(x)`n\"%!", "t"), [])
    assert "$Env:AWS_SECRET_ACCESS_KEY = 'a''b$(x)`n\"%!'\n" in written
    assert "Remove-Item -ErrorAction SilentlyContinue Env:AWS_PROFILE\n" in written


def test_cmd_by_its_rules() -> None:
    """The quotes around name and value keep ``&``, ``|``, ``<``, ``>`` and ``^`` plain."""
    written = write("cmd", _kept("a&b|c<d>e^f'g", "t"), [])
    assert 'set "AWS_SECRET_ACCESS_KEY=a&b|c<d>e^f\'g"\n' in written
    assert 'set "AWS_PROFILE="\n' in written


def test_dotenv_is_what_docker_reads() -> None:
    """A name, an equals sign, and the value as it is: no quotes, no export."""
    lines = write("dotenv", _kept("a/b+c=", "t=="), ["AWS_PROFILE"]).splitlines()
    assert dict(line.split("=", 1) for line in lines) == variables(_kept("a/b+c=", "t=="))


def test_ini_is_a_section_that_botocores_parser_reads() -> None:
    """Named by account and role, with no more than the three keys."""
    parser = configparser.RawConfigParser()
    parser.read_string(write("ini", _kept("a/b+c=%(x)s", "t=="), []))
    assert {name: dict(parser[name]) for name in parser.sections()} == {
        "222222222222-a-role": {
            "aws_access_key_id": "ASIAEXAMPLE",
            "aws_secret_access_key": "a/b+c=%(x)s",
            "aws_session_token": "t==",
        }
    }


@given(kept)
def test_json_and_process_hold_the_values(found: Kept) -> None:
    """As JSON has them."""
    assert json.loads(write("json", found, [])) == variables(found)
    assert json.loads(write("process", found, []))["SecretAccessKey"] == found.secret_access_key


_REFUSED = [
    *(("cmd", char) for char in '"%!'),
    *(("dotenv", char) for char in "\"'`\\$#"),
    *(("ini", char) for char in "\"'#;"),
    *((form, char) for form in FORMATS for char in ("\n", "\r", " ", "\0", "\x1b", "é")),
]


@pytest.mark.parametrize(("form", "char"), _REFUSED)
def test_what_a_format_cant_carry_is_refused(form: str, char: str) -> None:
    """In any of the values, and the refusal holds none of them."""
    for found in (_kept(f"secret{char}x"), _kept(token=f"{char}token"), _kept(key_id=f"ASIA{char}")):
        with pytest.raises(ArgumentInvalid, match=f"--format {form} can't carry") as refused:
            write(form, found, [])
        assert not any(word in str(refused.value) for word in ("secret", "token", "ASIA"))


def test_cmd_refuses_what_it_would_cut() -> None:
    """A line of more than 8,191 characters."""
    line = len('set "AWS_SECURITY_TOKEN="')  # the longest name that a token stands under
    assert "AWS_SESSION_TOKEN" in write("cmd", _kept(token="t" * (8191 - line)), [])
    with pytest.raises(ArgumentInvalid, match="cmd"):
        write("cmd", _kept(token="t" * (8191 - line + 1)), [])


@pytest.mark.parametrize("form", FORMATS)
def test_awss_own_alphabet_is_refused_by_none(form: str) -> None:
    """Base64 and its padding, which keys and tokens are made of."""
    base64 = string.ascii_letters + string.digits + "+/="
    assert base64 in write(form, _kept(base64, base64 * 30), [])
