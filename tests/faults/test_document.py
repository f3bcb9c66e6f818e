"""docs/faults.md says what the tests play."""

from tests.faults.document import BEGIN, DOCUMENT, rendered


def test_the_document_is_what_the_tests_play() -> None:
    """Its tables are written from the tests' own; ``python -m tests.faults.document`` does it."""
    text = DOCUMENT.read_text()
    assert text[text.index(BEGIN) :] == rendered()
