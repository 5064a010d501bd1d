"""What bodies of jobs are given for outputs, and what they may do with dynamic ones."""

from typing import Any

import pytest

from watchbell.declare.graphs.dynamic_output import DynamicOut
from watchbell.declare.graphs.handles import DynamicHandle, OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import Out
from watchbell.declare.job import job
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError


@op(out=DynamicOut())
def split(_whole: Any = None) -> Any: ...


@op
def work(part: Any) -> Any: ...


@op
def gather(parts: Any) -> Any: ...


@op(out={"good": Out(), "bad": Out()})
def sort(part: Any) -> Any: ...


def call_only(part: Any) -> None:
    work(part)


def sources_of(body: Any) -> dict[tuple[str, str], Any]:
    return dict(job(body).graph.sources)


def test_a_mapped_op_takes_the_value_of_one_key() -> None:
    def body() -> None:
        split().map(work)

    assert sources_of(body)["work", "part"] == (OutputHandle("split", "result"),)


def test_collect_takes_all_values_of_what_was_mapped() -> None:
    def body() -> None:
        gather(split().map(work).collect())

    assert sources_of(body)["gather", "parts"] == (OutputHandle("work", "result", collects=1),)


def test_a_map_inside_a_map_is_collected_within_or_altogether() -> None:
    def body() -> None:
        inner = split().map(lambda part: split.alias("again")(part).map(work))
        gather.alias("all")(inner.collect())
        split.alias("other")().map(lambda part: gather.alias("within")(split.alias("more")(part).collect()))

    found = sources_of(body)

    assert found["all", "parts"] == (OutputHandle("work", "result", collects=2),)
    assert found["within", "parts"] == (OutputHandle("more", "result", collects=1),)


def test_several_outputs_are_mapped_on_by_place_and_by_name() -> None:
    def body() -> None:
        sorted_ = split().map(sort)
        gather.alias("good")(sorted_.good.collect())
        gather.alias("bad")(sorted_[1].collect())

    found = sources_of(body)

    assert found["good", "parts"] == (OutputHandle("sort", "good", collects=1),)
    assert found["bad", "parts"] == (OutputHandle("sort", "bad", collects=1),)


def test_a_function_that_returns_nothing_maps_to_nothing() -> None:
    returned: list[Any] = []

    @job
    def each() -> None:
        returned.append(split().map(call_only))

    assert returned == [None]


@pytest.mark.parametrize("answer", [5, [OutputHandle("split", "result")], "text"])
def test_a_mapped_function_returns_what_ops_returned(answer: Any) -> None:
    handle = DynamicHandle(OutputHandle("split", "result"), 0, lambda _handle: 1)

    with pytest.raises(CheckError, match="expected what an op returned"):
        handle.map(lambda _part: answer)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda: work(split()), r"use \.map\(\.\.\.\) to run once for each, or \.collect\(\)"),
        (lambda: gather([split()]), r"use \.map\(\.\.\.\)"),
        (lambda: gather([split().collect()]), r"pass \.collect\(\) alone"),
        (lambda: work(split().map(work)), r"dynamic output 'result' of 'work'"),
    ],
)
def test_a_dynamic_output_is_not_passed_as_it_is(body: Any, message: str) -> None:
    body.__name__ = "body"

    with pytest.raises(DagsterInvalidDefinitionError, match=message):
        job(body)


def test_a_plain_output_is_neither_mapped_nor_collected() -> None:
    def body() -> None:
        split().map(work).map(lambda part: part.map(work))

    with pytest.raises(AttributeError, match="map"):
        job(body)


def test_an_unknown_output_is_named_with_the_nearest() -> None:
    def body() -> None:
        split().map(sort).goods.collect()

    with pytest.raises(AttributeError, match="no output 'goods'; did you mean 'good'"):
        job(body)
