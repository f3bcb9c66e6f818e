"""hubspoke.exceptions and hubspoke.exit_codes."""

import pickle

import pytest

from hubspoke import AccessDenied, exceptions
from hubspoke.exit_codes import Exit
from hubspoke_contract.errors import Code


def _leaves() -> list[type[exceptions.HubspokeError]]:
    bases = (exceptions.HubspokeError, exceptions.HubRefusal)
    every = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    return [kind for kind in every if issubclass(kind, exceptions.HubspokeError) and kind not in bases]


@pytest.mark.parametrize("kind", _leaves())
def test_each_has_a_code_an_exit_code_and_a_place_in_the_tree(kind: type[exceptions.HubspokeError]) -> None:
    """What can be raised is documented, and ends the command with a code of the table."""
    assert kind.code
    assert kind.exit_code in Exit
    assert f"─ {kind.__name__} " in (exceptions.__doc__ or "")
    assert kind.__doc__


def test_each_code_of_the_contract_has_its_class() -> None:
    """One class for one code."""
    assert sorted(kind.code for kind in exceptions.HubRefusal.__subclasses__()) == sorted(Code)


def test_diagnostics_name_the_code_and_the_request() -> None:
    """A person reads what happened, and what to give the operators."""
    error = AccessDenied("No grant.", request_id="abc-1")
    assert error.diagnostics() == "AccessDenied: No grant.\n  RequestId: abc-1"
    assert AccessDenied("No grant.").diagnostics() == "AccessDenied: No grant."


def test_they_survive_a_process_boundary() -> None:
    """multiprocessing pickles what a worker raises."""
    error = pickle.loads(pickle.dumps(AccessDenied("No grant.", request_id="abc-1")))  # noqa: S301
    assert (type(error), error.message, error.request_id) == (AccessDenied, "No grant.", "abc-1")


def test_exit_codes_are_distinct() -> None:
    """Each mistake a person makes has an exit code of its own."""
    kinds = (
        exceptions.ArgumentInvalid,
        exceptions.ConfigurationError,
        exceptions.OwnCredentialsError,
        exceptions.HubUnreachable,
        exceptions.AccessDenied,
        exceptions.SpokeRefused,
        exceptions.RequestInvalid,
        exceptions.ReplyMalformed,
        exceptions.HubUnavailable,
    )
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
