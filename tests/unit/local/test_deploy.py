"""What the embedded hub does to a template before the emulator sees it."""

import pytest

from hubspoke_local.accounts import PROJECT
from hubspoke_local.deploy import with_defaults

TEMPLATE = (PROJECT / "template.yaml").read_text()


def test_a_parameter_becomes_its_own_default_and_nothing_else_changes() -> None:
    """The emulator transforms a template with its defaults only."""
    changed = with_defaults(TEMPLATE, {"CallerAccounts": "555555555555", "ThrottleRate": "7"})
    pairs = list(zip(TEMPLATE.splitlines(), changed.splitlines(), strict=True))
    assert [pair for pair in pairs if pair[0] != pair[1]] == [
        ('    Default: ""', '    Default: "555555555555"'),
        ("    Default: 500", '    Default: "7"'),
    ]
    assert changed.index("555555555555") > changed.index("  CallerAccounts:\n")


@pytest.mark.parametrize("name", ["NoSuchParameter", "Api"])
def test_a_parameter_that_is_not_declared_is_refused(name: str) -> None:
    """A misspelt one would otherwise change nothing, and nobody would notice."""
    with pytest.raises(LookupError):
        with_defaults(TEMPLATE, {name: "x"})
