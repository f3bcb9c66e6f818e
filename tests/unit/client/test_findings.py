"""hubspoke.findings: what one is, and what a list of them comes to."""

from collections.abc import Callable

import pytest

from hubspoke.findings import Finding, Verdict, noted, right, summary, unseen, worst, wrong

RIGHT, WRONG = (
    right("clock", "ClockRight", "It is right."),
    wrong("clock", "ClockWrong", "It isn't.", "Set it."),
)
UNSEEN, NOTED = (
    unseen("clock", "ClockUnseen", "Who knows.", "Look."),
    noted("clock", "ClockDrifts", "Nearly."),
)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], Verdict.RIGHT),
        ([RIGHT, NOTED], Verdict.RIGHT),
        ([NOTED], Verdict.RIGHT),
        ([RIGHT, UNSEEN, NOTED], Verdict.UNSEEN),
        ([UNSEEN, WRONG, RIGHT], Verdict.WRONG),
    ],
)
def test_the_worst_decides(findings: list[Finding], verdict: Verdict) -> None:
    """Wrong before unseen, and unseen before all else."""
    assert worst(findings) is verdict
    assert worst(iter(findings)) is verdict


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ([], ""),
        ([RIGHT], "1 right"),
        ([NOTED, RIGHT, WRONG, RIGHT, UNSEEN], "2 right, 1 wrong, 1 unseen, 1 noted"),
    ],
)
def test_the_summary_counts_each_verdict_that_is_there(findings: list[Finding], text: str) -> None:
    """In one order, however they came."""
    assert summary(findings) == text


def test_a_document_leaves_out_what_is_empty() -> None:
    """A mend is there where there is something to be done."""
    assert RIGHT.to_document() == {
        "Step": "clock",
        "Verdict": "right",
        "Code": "ClockRight",
        "Says": "It is right.",
    }
    assert WRONG.to_document()["Mend"] == "Set it."


@pytest.mark.parametrize(
    ("make", "verdict"), [(wrong, Verdict.WRONG), (unseen, Verdict.UNSEEN), (noted, Verdict.NOTED)]
)
def test_each_verdict_has_its_maker(make: Callable[[str, str, str, str], Finding], verdict: Verdict) -> None:
    """So that no module writes one out."""
    assert make("step", "Code", "Says.", "Mend.") == Finding("step", verdict, "Code", "Says.", "Mend.")
