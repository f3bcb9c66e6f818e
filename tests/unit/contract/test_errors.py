"""The one table of problems, codes and statuses."""

import re

import pytest

from hubspoke_contract.errors import RETRY_AFTER, STATUS, Code, Problem, Refused

every_problem = pytest.mark.parametrize("problem", Problem, ids=lambda problem: problem.name)


def test_the_codes_and_statuses_of_v1_are_pinned() -> None:
    """Programs match on these: a change of one breaks every caller."""
    assert {code.value: status for code, status in STATUS.items()} == {
        "InvalidRequest": 400,
        "AccessDenied": 403,
        "TooManyRequests": 429,
        "SpokeRefused": 502,
        "Throttled": 503,
        "Unavailable": 503,
    }


def test_every_code_has_a_status() -> None:
    """No code can be answered without a status."""
    assert STATUS.keys() == set(Code)


def test_no_problem_is_an_alias_of_another() -> None:
    """Problems that share a code and a message are still told apart in the audit record."""
    assert len(Problem) == len(Problem.__members__)
    assert all(member.name == name for name, member in Problem.__members__.items())


def test_problems_are_found_by_name() -> None:
    """A name of the ledger leads back to its problem."""
    assert all(Problem[problem.name] is problem for problem in Problem)


@every_problem
def test_a_problem_has_a_code_and_its_status(problem: Problem) -> None:
    """Every problem answers with the status of its code."""
    assert isinstance(problem.code, Code)
    assert problem.status == STATUS[problem.code]


@every_problem
def test_a_message_says_what_to_do(problem: Problem) -> None:
    """Every message is a sentence that tells the caller what must be, or what to do next."""
    assert re.search(
        r"\b(must|may hold|send|sign|leave|check|ask|give|enable|try again|begin again)\b",
        problem.message,
        re.I,
    )
    assert problem.message.endswith(".")


@every_problem
def test_a_message_is_fixed_text(problem: Problem) -> None:
    """No message has a place to put something a caller, AWS or an exception said."""
    assert re.search(r"%[sdrif(]|\{\w*\}|\{\w*[!:]\w*\}|\$\{?\w", problem.message) is None
    assert problem.message.isprintable()


@every_problem
def test_retry_after_is_given_exactly_where_trying_again_helps(problem: Problem) -> None:
    """429 and 503 say when to try again; no other status does."""
    assert (problem.retry_after is not None) == (problem.status in (429, 503))
    assert problem.retry_after is None or problem.retry_after >= 1


def test_retry_after_is_only_for_codes_that_are() -> None:
    """The table of waits has no code of its own."""
    assert RETRY_AFTER.keys() <= set(Code)


def test_every_denial_reads_the_same() -> None:
    """A role that doesn't exist, one not granted, a policy that errs and a quarantine are one answer."""
    denials = (Problem.NotGranted, Problem.RoleUnknown, Problem.Quarantined, Problem.PolicyError)

    assert (
        len({(problem.code, problem.message, problem.status, problem.retry_after) for problem in denials})
        == 1
    )


def test_every_outage_reads_the_same() -> None:
    """An answer of the hub's own trouble doesn't tell which part of it fails."""
    down = [problem for problem in Problem if problem.code is Code.UNAVAILABLE]

    assert len({problem.message for problem in down}) == 1


@every_problem
def test_a_refusal_carries_its_problem_and_no_other_text(problem: Problem) -> None:
    """``Refused`` has the problem's name as its whole text."""
    refused = Refused(problem)

    assert refused.problem is problem
    assert str(refused) == problem.name
