"""Our evaluator against the simulator, on policies and requests at random, of which all keys are known.

Where the two differ, it has to be by one of the simulator's errors that are listed here: with the document
written so that it means the same to IAM and the simulator doesn't err, they agree.
"""

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from hubspoke_admin.iam.judging import Judgement, judge
from hubspoke_admin.iam.policy import read
from hubspoke_admin.iam.request import PRESENT, Truth
from tests.iam.documents import EVERYTHING, Document
from tests.iam.policy_draws import ASSUMES, PATH_TWIN, Draw, Draws
from tests.iam.simulator import Simulator, Verdict

DRAWS = 1700
OPEN_TRUST: Document = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": list(ASSUMES)},
}


def statements(document: Document) -> list[Any]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def with_networks(document: Document, written: Callable[[str], list[str]]) -> Document:
    for each in statements(document):
        for operator, keys in each.get("Condition", {}).items():
            if "IpAddress" in operator:
                for key, values in keys.items():
                    listed = [values] if isinstance(values, str) else values
                    keys[key] = [one for each in listed for one in written(each)]
    return document


def with_the_twin_by_another_name(document: Document) -> Document:
    for each in statements(document):
        if isinstance(each.get("Principal"), dict):
            text = json.dumps(each["Principal"]).replace(f'"{PATH_TWIN}"', f'"{PATH_TWIN}-of-that-path"')
            each["Principal"] = json.loads(text)
    return document


def with_lone_addresses_as_networks(document: Document) -> Document:
    return with_networks(document, lambda address: [address if "/" in address else f"{address}/32"])


def with_everywhere_in_halves(document: Document) -> Document:
    halves = {"0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"]}
    return with_networks(document, lambda network: halves.get(network, [network]))


ERRORS: Mapping[str, Callable[[Document], Document]] = {
    "takes a principal by its name, whatever its path": with_the_twin_by_another_name,
    "compares a lone address with none of the other family": with_lone_addresses_as_networks,
    "finds no address in 0.0.0.0/0": with_everywhere_in_halves,
}
"""What the simulator gets wrong of what is drawn, and how a document steers clear of it."""


def asked(simulator: Simulator, draw: Draw, document: Document) -> Verdict:
    if draw.request.principal is not None:
        return simulator.judge(draw.asked, identity=[EVERYTHING], resource_policy=document)
    trust = OPEN_TRUST if draw.request.action in ASSUMES else None
    return simulator.judge(draw.asked, identity=[document], resource_policy=trust)


def said(judgement: Judgement) -> Verdict:
    """Put a judgement as the simulator does."""
    assert judgement.allowed is not Truth.UNKNOWN
    if judgement.allowed is Truth.YES:
        return Verdict.ALLOWED
    denied = any(not unknown for _, unknown in judgement.denied_by)
    return Verdict.DENIED if denied else Verdict.NOT_ALLOWED


def errors_in(draw: Draw) -> list[str]:
    as_it_is = with_networks(copy.deepcopy(draw.document), lambda network: [network])
    return [name for name, mend in ERRORS.items() if mend(copy.deepcopy(draw.document)) != as_it_is]


def mended(document: Document, *errors: str) -> Document:
    document = copy.deepcopy(document)
    for each in errors:
        document = ERRORS[each](document)
    return document


@pytest.mark.parametrize("kind", ["trust", "identity"])
def test_both_say_the_same(simulator: Simulator, kind: str) -> None:
    """Ours says yes and no where the simulator does, denials by word included, but for the errors listed."""
    draws, verdicts = Draws(6), Counter[Verdict]()
    for _ in range(DRAWS):
        draw: Draw = getattr(draws, kind)()
        ours = said(judge(read(draw.document), draw.request))
        verdicts[ours] += 1
        theirs = asked(simulator, draw, draw.document)
        if theirs is not ours:
            assert errors_in(draw), draw
            theirs = asked(simulator, draw, mended(draw.document, *ERRORS))
        assert theirs is ours, draw
    assert all(verdicts[each] > DRAWS / 40 for each in Verdict), verdicts


@pytest.mark.parametrize("error", ERRORS)
def test_the_simulator_errs_where_we_say_so(simulator: Simulator, error: str) -> None:
    """Each error is one: it alone makes the two differ somewhere among the draws."""
    draws = Draws(6)
    for _ in range(DRAWS):
        draw = draws.trust()
        if error in errors_in(draw):
            others = mended(draw.document, *(ERRORS.keys() - {error}))
            ours = said(judge(read(draw.document), draw.request))
            if asked(simulator, draw, others) is not ours:
                return
    pytest.fail(f"The simulator no longer {error}: take it off the list.")


@pytest.mark.parametrize("kind", ["trust", "identity"])
def test_what_is_not_known_never_turns_an_answer(kind: str) -> None:
    """With some keys hidden, the answer is that of all keys, or unknown."""
    draws, chance, unknown = Draws(7), Random(7), 0  # noqa: S311
    for _ in range(DRAWS):
        draw: Draw = getattr(draws, kind)()
        hidden = {key for key in draw.request.keys if chance.random() < 0.5}
        present = {key: PRESENT for key in hidden if chance.random() < 0.5}
        kept = {key: value for key, value in draw.request.keys.items() if key not in hidden}
        names = {key.lower() for key in hidden}
        partly = replace(
            draw.request, keys=kept | present, absent=lambda key, names=names: key.lower() not in names
        )
        found, whole = (judge(read(draw.document), each).allowed for each in (partly, draw.request))
        assert found in (whole, Truth.UNKNOWN), (draw, partly)
        unknown += found is Truth.UNKNOWN
    assert DRAWS / 20 < unknown < DRAWS / 2
