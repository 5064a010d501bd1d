"""How deep inside maps the ops of a job stand."""

from typing import Any

import pytest

from watchbell.declare.graphs.dynamic_output import DynamicOut
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.ground.errors import DagsterInvalidDefinitionError


@op(out=DynamicOut())
def split(_whole: Any = None) -> Any: ...


@op
def work(part: Any) -> Any: ...


@op
def both(left: Any, right: Any) -> Any: ...


@op
def gather(parts: Any) -> Any: ...


OUTER = OutputHandle("split", "result")
INNER = OutputHandle("again", "result")


def test_a_job_without_dynamic_outputs_has_no_dims() -> None:
    @job
    def plain() -> None:
        gather([work.alias("a")(gather.alias("b")([])), work.alias("c")(gather.alias("d")([]))])

    assert plain.graph.flat.dims == {}


def test_dims_grow_with_each_map_and_shrink_with_each_collect() -> None:
    @job
    def nested() -> None:
        parts = split()
        parts.map(lambda part: gather.alias("within")(split.alias("again")(part).map(work).collect()))
        gather(parts.collect())

    assert nested.graph.flat.dims == {"again": (OUTER,), "work": (OUTER, INNER), "within": (OUTER,)}


def test_what_takes_values_of_two_depths_stands_at_the_deeper() -> None:
    @job
    def nested() -> None:
        split().map(lambda part: split.alias("again")(part).map(lambda inner: both(part, inner)))

    assert nested.graph.flat.dims["both"] == (OUTER, INNER)


def test_a_graph_that_is_mapped_takes_its_ops_along() -> None:
    @graph
    def inside(part: Any) -> Any:
        work.alias("free")(gather([]))
        return work(part)

    @job
    def outside() -> None:
        split().map(inside)

    assert outside.graph.flat.dims == {"inside.work": (OUTER,)}


def test_neither_of_two_dynamic_outputs_in_the_other_is_refused() -> None:
    def crossed() -> None:
        left, right = split(), split.alias("again")()
        left.map(lambda one: right.map(lambda other: both(one, other)))

    with pytest.raises(DagsterInvalidDefinitionError, match=r"'both' .* 'split.result' and of 'again.result'"):
        job(crossed)


def test_collected_values_stand_in_no_list_beside_others() -> None:
    @graph
    def listed(parts: Any) -> Any:
        return gather([parts, work(parts)])

    def crossed() -> None:
        listed(split().collect())

    with pytest.raises(DagsterInvalidDefinitionError, match="pass the collected values to an input of their own"):
        job(crossed)
