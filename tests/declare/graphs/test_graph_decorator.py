"""How the body of a graph becomes its definition."""

from typing import Any

import pytest

from watchbell.declare.graphs.dependency import GraphIn, GraphOut
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import Out
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@op
def inc(a: Any) -> Any:
    return a + 1


@op(out={"x": Out(), "y": Out()})
def two() -> Any:
    return 1, 2


def test_parameters_are_inputs_and_what_is_returned_is_the_output() -> None:
    @graph
    def twice(rows: Any) -> Any:
        """Adds two."""
        return inc(inc(rows))

    assert (twice.name, twice.description) == ("twice", "Adds two.")
    assert twice.input_mappings == {"rows": (("inc", "a"),)}
    assert twice.output_mappings == {"result": OutputHandle("inc_2", "result")}


def test_a_dict_names_the_outputs() -> None:
    @graph(name="both")
    def body() -> Any:
        x, y = two()
        return {"left": x, "right": y}

    assert (body.name, body.output_names) == ("both", ["left", "right"])


def test_all_outputs_of_an_op_may_be_returned() -> None:
    @graph
    def body() -> Any:
        return two()

    assert body.output_names == ["x", "y"]


MISTAKES = [
    (lambda: 5, r"returns 5 \(int\)"),
    (lambda: {"a": 5}, "returns 5 as 'a'"),
    (lambda context: None, "takes a context"),
    (lambda *rows: inc(rows[0]), r"by \* or \*\*"),
    (lambda rows: None, "its input 'rows' goes to no op"),
]


@pytest.mark.parametrize(("body", "words"), MISTAKES)
def test_a_body_that_is_no_graph_is_refused(body: Any, words: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=f"graph 'g'.*{words}"):
        graph(name="g")(body)


def test_an_input_of_the_graph_around_must_be_passed_on() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="an input of another graph"):

        @graph
        def around(rows: Any) -> Any:
            @graph
            def inside() -> Any:
                return inc(rows)

            return inc(rows)


@pytest.mark.parametrize("argument", ["input_defs", "output_defs"])
def test_the_older_way_to_declare_inputs_and_outputs_is_refused_clearly(argument: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="use ins= and out="):
        graph(**{argument: []})


def test_declared_inputs_may_be_taken_by_name() -> None:
    @graph(ins={"rows": GraphIn("what to count"), "more": GraphIn()})
    def both(rows: Any, **others: Any) -> Any:
        inc(rows)
        return inc(others["more"])

    assert both.input_names == ["rows", "more"]
    assert [each.description for each in both.input_defs] == ["what to count", None]


def test_a_declared_input_needs_a_parameter() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="has 'row'.*did you mean 'rows'"):

        @graph(ins={"row": GraphIn()})
        def one(rows: Any) -> Any:
            return inc(rows)


def test_an_input_is_declared_by_graph_in() -> None:
    with pytest.raises(ParameterCheckError, match=r"write GraphIn\(\.\.\.\)"):

        @graph(ins={"rows": 3})  # type: ignore[dict-item]
        def one(rows: Any) -> Any:
            return inc(rows)


def test_a_single_declared_output_is_the_result() -> None:
    @graph(out=GraphOut("what was counted"))
    def one(rows: Any) -> Any:
        return inc(rows)

    assert [(each.name, each.description) for each in one.output_defs] == [("result", "what was counted")]


def test_a_graph_is_put_on_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="not on 3"):
        graph(3)  # type: ignore[arg-type]
