"""What the guides have people type at ``aws`` is a command of AWS's with options that it has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

DOCS = Path(__file__).parents[2] / "docs"
TEMPLATES = DOCS.parent / "spokes" / "cloudformation"
GUIDES = (
    "accounts.md",
    "deploying.md",
    "direct.md",
    "doctor.md",
    "incidents.md",
    "migration.md",
    "operating.md",
    "organizations.md",
    "spokes.md",
)

_GLOBAL = {"--cli-binary-format", "--output", "--query", "--region"}
_OWN = {("cloudformation", "deploy"), ("configure", "list-profiles"), ("logs", "tail"), ("s3", "cp")}
"""Commands of the AWS CLI's own, of which there is no model."""


def calls(text: str) -> Iterator[list[str]]:
    """Find the words of each call of ``aws``, in blocks and within lines."""
    for block, _, inline in re.findall(r"```sh\n(.*?)```|(`+)([^`\n]+)\2", text, re.DOTALL):
        for found in re.finditer(
            r"""(?:^|[\s($])aws ([a-z0-9][a-z0-9-]* [a-z-]+(?:'[^']*'|"[^"]*"|\\\n|[^\n'"|;)#&>])*)""",
            block or inline,
        ):
            yield shlex.split(found[1].replace("\\\n", " "))


CALLS = [(name, words) for name in GUIDES for words in calls((DOCS / name).read_text())]


def check_stack(words: list[str]) -> None:
    """Look the parameters up in the template.

    Raises:
        AssertionError: there is no such template, or it has no such parameter.
    """
    template = TEMPLATES / Path(words[words.index("--template-file") + 1]).name
    assert template.exists(), f"there is no {template.name}"
    declared = template.read_text().partition("\nParameters:\n")[2].partition("\nConditions:\n")[0]
    after = words[words.index("--parameter-overrides") + 1 :]
    given = {word.partition("=")[0] for word in after if "=" in word}
    # A loop's parameters are in files of the reader's.
    assert given or after == ["${given[@]}"]
    assert given <= set(re.findall(r"^  ([A-Za-z]+):$", declared, re.MULTILINE)), template.name


def check(words: list[str]) -> None:
    """Look a call up in the services' models.

    Raises:
        AssertionError: there is no such operation, or it has no such option.
    """
    service, command, *rest = words
    if (service, command) == ("cloudformation", "deploy"):
        check_stack(rest)
    if (service, command) in _OWN:
        return
    session = botocore.session.get_session()
    model = session.get_service_model({"s3api": "s3"}.get(service, service))
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    assert command in operations, f"{service} has no {command}"
    shape = model.operation_model(operations[command]).input_shape
    members = shape.members if shape else {}
    known = {f"--{xform_name(each, '-')}" for each in members}
    known |= {option.replace("--", "--no-", 1) for option in known} | _GLOBAL
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert given <= known, f"{service} {command} has no {given - known}"


@pytest.mark.parametrize(
    ("guide", "words"), CALLS, ids=lambda each: each[:50] if isinstance(each, str) else each[1]
)
def test_aws_has_each_command_and_option(guide: str, words: list[str]) -> None:
    """By the models that boto3 brings."""
    try:
        check(words)
    except AssertionError as error:
        pytest.fail(f"{guide}: aws {shlex.join(words)}: {error}")


def test_the_guides_have_calls_to_check() -> None:
    """Each of them, and a wrong one is told from the others."""
    assert {name for name, _ in CALLS} == set(GUIDES)
    assert len(CALLS) > 40
    deploy = [
        "cloudformation",
        "deploy",
        "--template-file",
        "doctor-role.yaml",
        "--parameter-overrides",
        "No=1",
    ]
    for wrong in (["iam", "get-roles"], ["iam", "get-role", "--role", "x"], deploy):
        with pytest.raises(AssertionError):
            check(wrong)
