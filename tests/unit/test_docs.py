"""What the documents say of the code is what the code says of itself."""

import re
from pathlib import Path

import pytest

from hubspoke.exit_codes import Exit
from hubspoke_contract.errors import RETRY_AFTER, STATUS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
] + sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "spokes").rglob("*.md")])


def rows(document: str, columns: int) -> list[list[str]]:
    """Read the rows of every table of so many columns."""
    lines = (ROOT / document).read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if len(row) == columns]


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    """docs/callers.md lists every exit code with the text that --help prints."""
    listed = {row[0]: row[1] for row in rows("docs/callers.md", 2) if row[0].isdigit()}
    assert listed == {str(int(code)): code.meaning for code in Exit}


def test_the_error_codes_are_those_of_the_contract() -> None:
    """docs/api.md lists every code with its status, and says which are worth another try."""
    listed = {row[0].strip("`"): row for row in rows("docs/api.md", 4) if row[1].isdigit()}
    assert {name: int(row[1]) for name, row in listed.items()} == {
        code.value: STATUS[code] for code in STATUS
    }
    assert {name for name, row in listed.items() if "Retry-After" in row[3]} == {
        code.value for code in RETRY_AFTER
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document names a file or folder of the project."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    """Every target that a document names is one of the Makefile's."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)(?:\$ )?make ([a-z]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


def test_the_grants_guide_knows_every_key_of_a_role_profile() -> None:
    """docs/grants.md shows each key that roles.yaml may hold."""
    from hubspoke_admin.source import _PROFILE_KEYS

    text = (ROOT / "docs/grants.md").read_text()
    assert {key for key in _PROFILE_KEYS if f"{key}:" not in text} == set()


def test_the_guide_to_spokes_knows_every_parameter_of_a_role() -> None:
    """docs/spokes.md lists what the template of one role takes."""
    template = (ROOT / "spokes/cloudformation/spoke-role.yaml").read_text()
    parameters = template.partition("\nParameters:\n")[2].partition("\nRules:\n")[0]
    listed = " ".join(cells[0] for cells in rows("docs/spokes.md", 3))
    named = re.findall(r"^  (\w+):$", parameters, re.MULTILINE)
    assert named
    assert {each for each in named if f"`{each}`" not in listed} == set()


def test_the_modules_guide_knows_every_variable() -> None:
    """spokes/terraform/README.md lists the module's variables, and what each may hold."""
    module = (ROOT / "spokes/terraform/variables.tf").read_text()
    guide = "spokes/terraform/README.md"
    listed = " ".join(cell for row in [*rows(guide, 2), *rows(guide, 3)] for cell in row)
    named = re.findall(r'^variable "(\w+)"|^    (\w+) += optional', module, re.MULTILINE)
    assert named
    assert {one or other for one, other in named if f"`{one or other}`" not in listed} == set()
