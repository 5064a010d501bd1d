"""What questions to the API cost: as many statements where little happened as where much did."""

import pytest

from tests.web.asset_site import AssetSite
from tests.web.counting import traced_statements
from tests.web.lived_in import DESCRIPTION, address_of, lived_in

OPERATIONS = [
    told["operationId"]
    for methods in DESCRIPTION["paths"].values()
    for method, told in methods.items()
    if method == "get" and not told.get("x-stream")
]

ASK_NOTHING = {"explainCursor", "simulateAutomation", "getLaunchFacts", "getTestFacts", "listLocations"}
"""Answered from definitions alone."""
OF_ONE = {"getEvaluation", "compareEvaluations", "explainJob", "downloadRunOutput"}
"""Of one thing by its number or name, which the tests of their own files make."""
HALVING = {"explainSchedule"}
"""Find the ticks of a time by halving their numbers: a few more of them, a step more."""


@pytest.fixture(scope="module")
def few() -> AssetSite:
    """Where everything happened twice."""
    return lived_in(2)


@pytest.fixture(scope="module")
def many() -> AssetSite:
    """Where it happened twelve times."""
    return lived_in(12)


def statements(site: AssetSite, operation: str) -> list[str]:
    """What a server that was just started asks the store for an operation, about what is there."""
    client = site.client()
    with traced_statements(site.instance.store) as count:
        answer = client.get(address_of(operation))
    assert answer.status_code in {200, 503}, answer.text
    return count.statements


@pytest.mark.parametrize("operation", sorted({*OPERATIONS} - ASK_NOTHING - OF_ONE - HALVING))
def test_a_question_costs_the_same_whatever_there_is(few: AssetSite, many: AssetSite, operation: str) -> None:
    assert len(statements(few, operation)) == len(statements(many, operation))


@pytest.mark.parametrize("operation", sorted(HALVING))
def test_what_halves_costs_a_few_steps_more(few: AssetSite, many: AssetSite, operation: str) -> None:
    assert len(statements(many, operation)) <= len(statements(few, operation)) + 5


@pytest.mark.parametrize("operation", sorted(ASK_NOTHING))
def test_definitions_are_told_without_the_store(many: AssetSite, operation: str) -> None:
    client = many.client()

    with pytest.raises(AssertionError, match="nothing was asked"), traced_statements(many.instance.store):
        assert client.get(address_of(operation)).status_code == 200
