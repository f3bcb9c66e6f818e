"""Every link within the documents leads to a heading that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
] + sorted(path for folder in ("docs", "examples") for path in (ROOT / folder).rglob("*.md"))

_LINK = re.compile(r"\]\(([^)\s#]*)#([^)\s]+)\)")


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip()).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        times = sum(1 for each in found if re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", each))
        found.add(f"{anchor}-{times}" if times else anchor)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_anchors_are_there(document: Path) -> None:
    """Of the same document, or of another one of the project's."""
    for target, anchor in _LINK.findall(document.read_text()):
        if "://" not in target:
            other = document.parent / target if target else document
            assert anchor in anchors(other), f"{target}#{anchor}"


def test_the_documents_have_anchors_to_check(tmp_path: Path) -> None:
    """Links to headings are found, and one to nowhere is told from the others."""
    assert sum(len(_LINK.findall(document.read_text())) for document in DOCUMENTS) > 50
    page = tmp_path / "page.md"
    page.write_text(
        "# In `AWS Organizations`\n\n## The hub's role\n\n```sh\n# no heading\n```\n\n## The hub's role\n"
    )
    assert anchors(page) == {"in-aws-organizations", "the-hubs-role", "the-hubs-role-1"}
