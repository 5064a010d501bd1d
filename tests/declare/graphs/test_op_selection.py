"""Selecting ops by text, and what is left of a graph."""

from typing import Any

import pytest

from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.op_selection import select_ops, subset_graph
from watchbell.ground.errors import DagsterInvalidSubsetError, ParameterCheckError


@op
def one() -> int:
    return 1


@op
def inc(a: Any) -> Any:
    return a + 1


@graph
def twice(x: Any) -> Any:
    return inc(inc(x))


@graph
def whole() -> Any:
    return inc.alias("last")(twice(one()))


ALL = {"one", "twice.inc", "twice.inc_2", "last"}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["one"], {"one"}),
        (["twice"], {"twice.inc", "twice.inc_2"}),
        (["*last"], ALL),
        (["one*"], ALL),
        (["+last"], {"last", "twice.inc", "twice.inc_2"}),
        (["++last"], ALL),
        (["*"], ALL),
        (["twice+"], {"twice.inc", "twice.inc_2", "last"}),
        (["+twice"], {"one", "twice.inc", "twice.inc_2"}),
        (["+twice.inc+"], {"one", "twice.inc", "twice.inc_2"}),
        (["one", "last"], {"one", "last"}),
        ([], set()),
    ],
)
def test_clauses_take_ops_and_their_neighbours(selection: list[str], expected: set[str]) -> None:
    assert select_ops(whole.flat, selection, "job 'j'") == expected


@pytest.mark.parametrize("clause", ["", "a b", "**one", "one-", 3])
def test_what_cannot_be_read_is_refused(clause: Any) -> None:
    with pytest.raises(DagsterInvalidSubsetError, match="selects no ops"):
        select_ops(whole.flat, [clause], "job 'j'")


def test_one_text_is_no_list() -> None:
    with pytest.raises(ParameterCheckError, match=r"\['one'\]"):
        select_ops(whole.flat, "one", "job 'j'")


def test_a_cut_graph_keeps_its_nesting_and_loses_what_it_took_from_others() -> None:
    part = subset_graph(whole, frozenset({"twice.inc_2", "last"}))

    assert list(part.flat.nodes) == ["twice.inc_2", "last"]
    assert list(part.flat.sources) == [("last", "a")]
    assert part.nodes["twice"].definition.input_names == []


def test_a_cut_graph_loses_outputs_that_nobody_gives() -> None:
    part = subset_graph(whole, frozenset({"one", "twice.inc"}))

    assert part.output_names == []
    assert part.nodes["twice"].definition.output_names == []
    assert part.flat.sources["twice.inc", "a"][0].node == "one"  # type: ignore[union-attr]
