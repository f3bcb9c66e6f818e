"""The grammar of names: ASCII, in full, never normalised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_contract import names
from hubspoke_contract.names import Target
from tests.support import strategies

ACCOUNT = "012345670123"


@given(strategies.accounts)
def test_twelve_digits_are_an_account(account: str) -> None:
    """An account id is kept as it is, leading zeros included."""
    assert names.account_id(account) == account


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "1" * 11,
            "1" * 13,
            "11111111111a",
            f"{ACCOUNT}\n",
            f" {ACCOUNT}",
            f"{ACCOUNT} ",
            f"\n{ACCOUNT}",
        ),
        *("-11111111111", "+11111111111", "1_1111111111", "0x1111111111", "111111111111\0", "1111-1111-11"),
        *("１" * 12, "١" * 12, "²" * 12, "11111111111１"),
    ],
)
def test_anything_else_is_no_account(raw: str) -> None:
    """Other lengths, signs, white space and digits of other scripts are refused."""
    assert names.account_id(raw) is None


@pytest.mark.parametrize("parse", [names.role_name, names.policy_name])
@given(raw=strategies.words().filter(lambda word: word not in (".", "..")))
def test_a_legal_name_is_kept_as_it_is(parse: object, raw: str) -> None:
    """Every name that IAM would take is taken unchanged."""
    assert parse(raw) == raw  # type: ignore[operator]


@pytest.mark.parametrize("parse", [names.role_name, names.policy_name])
@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "x" * 65,
            "a b",
            " a",
            "a ",
            "a\n",
            "\na",
            "a\r",
            "a\0",
            "a/b",
            "/a",
            "a/",
            "..%2f",
            "%61",
            "a%",
        ),
        *(
            "a:b",
            "a*",
            "a?",
            "a~",
            "a'",
            'a"',
            "a\\b",
            "a;b",
            "a#b",
            "a&b",
            "a|b",
            "a$b",
            "(a)",
            "[a]",
            "{a}",
        ),
        *("é", "ａ", "а", "a\u200b", "a\u0301", "\ud800", "😀"),
    ],
)
def test_an_illegal_name_is_refused(parse: object, raw: str) -> None:
    """Separators, escapes, quotes, white space and letters beyond ASCII are no part of a name."""
    assert parse(raw) is None  # type: ignore[operator]


@pytest.mark.parametrize("raw", ["...", "-", "=", "@", "+,=", "aws:"[:3], "0", "x" * 64])
def test_odd_names_that_iam_takes_are_taken(raw: str) -> None:
    """Names that look like paths or options are legal: they never reach a path or a shell."""
    assert names.role_name(raw) == raw


@given(strategies.targets)
def test_a_target_reads_back_as_written(target: Target) -> None:
    """``ACCOUNT/ROLE`` is read as what wrote it."""
    assert names.target(str(target)) == target


@pytest.mark.parametrize(
    "raw",
    [
        *("", "/", ACCOUNT, f"{ACCOUNT}/", "/role", "role", f"role/{ACCOUNT}", f"{ACCOUNT}//role"),
        *(
            f"{ACCOUNT}/path/role",
            f"/{ACCOUNT}/role",
            f"{ACCOUNT}/role/",
            f"{ACCOUNT}/role\n",
            f"{ACCOUNT}\n/role",
        ),
        *(
            f"{ACCOUNT}%2Frole",
            f"{ACCOUNT}/ro%6Ce",
            f"{ACCOUNT}\\role",
            f"{ACCOUNT}:role",
            f"{ACCOUNT}/{'x' * 65}",
        ),
        *(f"{ACCOUNT}\u2215role", f"{'１' * 12}/role"),
    ],
)
def test_what_is_not_account_slash_role_is_no_target(raw: str) -> None:
    """One slash, between an account and a name; no path, no escape, no trailing line break."""
    assert names.target(raw) is None


@pytest.mark.parametrize("raw", ["/", "/a/", "/hubspoke/", "/a/b/c/", "/a.b/c-d/", f"/{'x' * 510}/"])
def test_an_iam_path_begins_and_ends_with_a_slash(raw: str) -> None:
    """``/`` and ``/word/word/`` are paths, up to 512 characters."""
    assert names.is_role_path(raw)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "a",
            "/a",
            "a/",
            "//",
            "/a//b/",
            "/a /",
            "/a/\n",
            "/a\n/",
            "/*/",
            "/a:b/",
            "/é/",
            "/%2F/",
            "\\a\\",
        ),
        *("/../../" + "é", f"/{'x' * 511}/"),
    ],
)
def test_what_is_not_a_path_is_refused(raw: str) -> None:
    """A path that could end an ARN early or name another role is refused."""
    assert not names.is_role_path(raw)


@pytest.mark.parametrize("raw", ["ab", "x" * 1224, "a:b/c", "Zz9_+=,.@:/-"])
def test_an_external_id_of_stss_alphabet_is_taken(raw: str) -> None:
    """The whole alphabet and both lengths at the edge are legal."""
    assert names.is_external_id(raw)


@pytest.mark.parametrize(
    "raw", ["", "a", "x" * 1225, "a b", "ab\n", "\nab", "a*", "é" * 3, "a'b", "a\0b", "１２"]
)
def test_an_external_id_that_sts_would_refuse_is_refused(raw: str) -> None:
    """Empty, short, long and beyond the alphabet: none is sent to STS."""
    assert not names.is_external_id(raw)


@given(st.text(max_size=80))
def test_no_text_is_changed_on_its_way(raw: str) -> None:
    """A parser returns its very argument or nothing: there is no normalising to exploit."""
    for parse in (names.account_id, names.role_name, names.policy_name):
        assert parse(raw) in (None, raw)


@pytest.mark.parametrize("raw", [".", ".."])
def test_a_step_in_a_path_is_no_role(raw: str) -> None:
    """HTTP libraries take these two for steps, so they can't stand in the API's path."""
    assert names.role_name(raw) is None
