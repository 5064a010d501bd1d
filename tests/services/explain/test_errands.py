"""Explanations asked of the service: what an errand answers, and what it refuses."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.web.conditioned import SHOP, Shop
from watchbell.host.errands.desk import ErrandDesk
from watchbell.host.errands.serve import answer_errand
from watchbell.host.errands.table import ERRANDS
from watchbell.record.errand import Errand, ErrandProblem


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    with made.instance:
        yield made


def refused(shop: Shop, name: str, params: str) -> ErrandProblem:
    desk = ErrandDesk(shop.repository, SHOP, "", instance=shop.instance, clock=shop.clock)
    answer = answer_errand(Errand(1, SHOP, name, params), desk)
    assert answer.problem is not None
    return answer.problem


def test_every_errand_of_the_table_is_there() -> None:
    for place in ERRANDS.values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize(
    ("errand", "params", "kind", "where"),
    [
        ("explain_schedule", '{"name": "nothing"}', "not_found", "name"),
        ("explain_schedule", '{"name": "landing"}', "not_found", "name"),
        ("explain_sensor", "{}", "bad_request", "name"),
        ("explain_schedule", '{"name": "hourly", "at": "soon"}', "bad_request", "at"),
        ("explain_sensor", '{"name": "landing", "at": 7}', "bad_request", "at"),
        ("explain_asset", '{"name": "nothing"}', "not_found", "name"),
        ("explain_asset", '{"name": "visits", "partition": "2020-01-01"}', "bad_request", "partition"),
        ("explain_asset", '{"name": "orders", "at": "0000-00-00"}', "bad_request", "at"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_where_it_is_wrong(
    shop: Shop, errand: str, params: str, kind: str, where: str
) -> None:
    problem = refused(shop, errand, params)

    assert (problem.kind, problem.where) == (kind, where)


def test_a_partition_of_what_has_none_is_refused(shop: Shop) -> None:
    problem = refused(shop, "explain_asset", '{"name": "lonely", "now": true, "partition": "x"}')

    assert problem.kind == "bad_request"
    assert "has no partitions" in problem.message
