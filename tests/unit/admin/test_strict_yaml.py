"""YAML without its surprises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin.strict_yaml import MappingNode, YamlInvalid, read_yaml


@pytest.mark.parametrize(
    "written",
    [
        *("012345670123", "0o17", "0x1F", "1_000", "1e3", "12:30:45", "1.0", ".inf", ".NaN", "+1"),
        *("yes", "no", "on", "off", "true", "False", "2031-01-01", "=", "<<"),
    ],
)
def test_every_scalar_is_the_text_that_was_written(written: str) -> None:
    """No number, truth, date or null is seen in a plain text."""
    assert read_yaml(f"key: {written}").text("key", None) == written


@pytest.mark.parametrize(
    "written", ["!!int 7", "!!python/object/apply:os.system [id]", "!!python/name:os.system ''"]
)
def test_no_tag_makes_anything_but_a_text(written: str) -> None:
    """YAML's tags construct nothing: what is no text is refused."""
    node = read_yaml(f"key: {written}")
    try:
        found = node.text("key", None)
    except YamlInvalid:
        return
    assert found == "7"


def test_an_anchors_value_is_the_same_text_again() -> None:
    """Anchors within one file are plain repetition."""
    assert read_yaml("a: &x text\nb: *x").text("b", None) == "text"


def test_a_missing_text_is_the_default() -> None:
    """Only what isn't there has a default."""
    assert read_yaml("a: b").text("other", "default") == "default"


@pytest.mark.parametrize("written", ["", "''", '""', "[]", "{}", "[a]", "{a: b}"])
def test_an_empty_or_other_value_is_no_text(written: str) -> None:
    """What is there has to be a text of at least one character."""
    with pytest.raises(YamlInvalid, match="key: must be a text"):
        read_yaml(f"key: {written}").text("key", "default")


@pytest.mark.parametrize(
    ("written", "found"), [("[]", []), ("[a, b]", ["a", "b"]), ("\n- 1\n- no", ["1", "no"])]
)
def test_a_list_is_of_texts(written: str, found: list[str]) -> None:
    """Lists keep their order; their values are texts."""
    assert read_yaml(f"key: {written}").texts("key") == found


@pytest.mark.parametrize("written", ["", "a", "{}", "[[a]]", "[{}]", "['']", "[a, a]", "[a, '']"])
def test_what_is_no_list_of_different_texts_is_refused(written: str) -> None:
    """A text is no list of one, and nothing is named twice."""
    with pytest.raises(YamlInvalid, match="key: "):
        read_yaml(f"key: {written}").texts("key")


def test_a_missing_list_is_empty() -> None:
    """A list that isn't there has nothing in it."""
    assert read_yaml("a: b").texts("key") == []


def test_a_mapping_of_texts_is_read_by_name() -> None:
    """Names and values are texts as written."""
    assert read_yaml("key: {a: 1, b: no}").texts_by_name("key") == {"a": "1", "b": "no"}


@pytest.mark.parametrize("written", ["", "a", "[a]", "{a: [b]}", "{a: }", "{a: b, a: b}"])
def test_what_is_no_mapping_of_texts_is_refused(written: str) -> None:
    """Lists, nested values and keys that stand twice are refused."""
    with pytest.raises(YamlInvalid):
        read_yaml(f"key: {written}").texts_by_name("key")


@pytest.mark.parametrize("number", [0, 1, 900, 3600, 999999999])
def test_a_whole_number_is_read(number: int) -> None:
    """Plain decimal digits are a number, in quotes too."""
    assert read_yaml(f"key: {number}").whole_number("key", 1, 0, 10**9) == number
    assert read_yaml(f"key: '{number}'").whole_number("key", 1, 0, 10**9) == number


@pytest.mark.parametrize(
    "written",
    [
        "-1",
        "+1",
        "01",
        "00",
        "1.0",
        "1e3",
        "1_0",
        "0x1",
        "0b1",
        "' 1'",
        "'1 '",
        "١",
        "²",
        "1" * 5000,
        "''",
        "no",
    ],
)
def test_what_is_no_whole_number_is_refused(written: str) -> None:
    """No sign, leading zero, fraction, separator, white space or digit of another script."""
    with pytest.raises(YamlInvalid, match="key: must be a "):
        read_yaml(f"key: {written}").whole_number("key", 1, 0, 10**9)


@pytest.mark.parametrize(("number", "fits"), [(899, False), (900, True), (3600, True), (3601, False)])
def test_a_whole_number_is_within_its_bounds(number: int, fits: bool) -> None:
    """Both bounds belong to what is allowed."""
    node = read_yaml(f"key: {number}")
    if fits:
        assert node.whole_number("key", 1000, 900, 3600) == number
    else:
        with pytest.raises(YamlInvalid):
            node.whole_number("key", 1000, 900, 3600)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ("a: 1\n'a': 2\n", 2),
        ("a:\n  b: 1\n  c: 2\n", 1),
        ("\n\n- x\n", 1),
        ("a: [1\nb: 2\n", 2),
    ],
)
def test_a_fault_has_its_line(text: str, line: int) -> None:
    """Lines count from 1, and are those of the key at fault."""
    with pytest.raises(YamlInvalid) as invalid:
        read_yaml(text).text("a", None)

    assert invalid.value.line == line


def test_an_unknown_key_is_named_with_those_that_are_known() -> None:
    """Whoever misspelt a key learns what it could be."""
    with pytest.raises(YamlInvalid, match=r"^tpo: not known here; known are bottom, top$") as invalid:
        read_yaml("top: 1\ntpo: 2\n").only({"top", "bottom"})

    assert invalid.value.line == 2


@given(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.text("ab:-[]{}&*!|>'\"%@`#,?\n \t\\xUu09", max_size=40)
)
@settings(deadline=None, max_examples=1000)
def test_any_text_is_a_mapping_or_invalid(text: str) -> None:
    """No text raises anything but ``YamlInvalid``, and its line is one of a text's."""
    try:
        node = read_yaml(text)
    except YamlInvalid as invalid:
        assert invalid.line >= 1  # noqa: PT017
    else:
        assert isinstance(node, MappingNode)
