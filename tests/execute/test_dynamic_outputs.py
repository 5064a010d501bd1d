"""Dynamic outputs in jobs that run: copies of steps, collected values, failures, retries, what IO managers are told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.execute.kinds import kinds
from watchbell.declare.graphs.dynamic_output import DynamicOut, DynamicOutput
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Nothing, Out, Output
from watchbell.declare.hook import success_hook
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.declare.job import job
from watchbell.declare.retry import RetryPolicy
from watchbell.execute.contexts import OpExecutionContext
from watchbell.execute.job_execution import execute_job
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType


@op(out=DynamicOut(int))
def split() -> Iterator[DynamicOutput[int]]:
    for number in range(3):
        yield DynamicOutput(number, f"k{number}")


@op(out=DynamicOut(int))
def none() -> Any:
    return []


@op(out=DynamicOut(is_required=False))
def perhaps_none() -> Any:
    return []


@op(out=DynamicOut())
def again(part: int) -> Any:
    return [DynamicOutput(part * 10 + number, f"n{number}") for number in range(2)]


@op
def inc(part: int) -> int:
    return part + 1


@op
def add(part: int, other: int) -> int:
    return part + other


@op
def hundred() -> int:
    return 100


@op
def gather(parts: Any) -> Any:
    return parts


def steps(result: Any) -> list[str]:
    return [event.step_key for event in result.all_events if event.event_type is DagsterEventType.STEP_START]


def test_each_value_has_a_step_of_its_own_in_the_order_given() -> None:
    @op(out=DynamicOut())
    def numbers() -> Any:
        return [DynamicOutput(number, str(number)) for number in (10, 2, 1)]

    @job
    def counted() -> None:
        gather(numbers().map(inc).collect())

    result = counted.execute_in_process()

    assert steps(result) == ["numbers", "inc[10]", "inc[2]", "inc[1]", "gather"]
    assert result.output_for_node("numbers") == {"10": 10, "2": 2, "1": 1}
    assert result.output_for_node("inc") == {"10": 11, "2": 3, "1": 2}
    assert result.output_for_node("gather") == [11, 3, 2]


def test_no_value_at_all_is_an_empty_list() -> None:
    @job
    def counted() -> None:
        gather(none().map(inc).collect())

    result = counted.execute_in_process()

    assert steps(result) == ["none", "gather"]
    assert result.output_for_node("gather") == []
    with pytest.raises(DagsterInvariantViolationError, match="gave no output"):
        result.output_for_node("inc")


def test_an_empty_list_is_no_reason_to_skip_beside_other_inputs() -> None:
    @op
    def both(parts: list[Any], other: int) -> int:
        return len(parts) + other

    @job
    def counted() -> None:
        both(none().collect(), hundred())

    assert counted.execute_in_process().output_for_node("both") == 100


def test_an_optional_output_without_values_skips_who_collects_it() -> None:
    @job
    def counted() -> None:
        gather(perhaps_none().map(inc).collect())

    result = counted.execute_in_process()

    assert steps(result) == ["perhaps_none"]
    assert result.is_node_skipped("gather")
    assert result.success


def test_a_value_that_is_left_out_is_missing_from_the_list() -> None:
    @op(out=Out(is_required=False))
    def odd(part: int) -> Iterator[Output[int]]:
        if part != 1:
            yield Output(part)

    @job
    def counted() -> None:
        gather(split().map(lambda part: inc(odd(part))).collect())

    result = counted.execute_in_process()

    assert result.output_for_node("gather") == [1, 3]
    assert [event.step_key for event in result.get_step_skipped_events()] == ["inc[k1]"]


def test_a_failed_copy_stops_who_collects_and_no_other_copy() -> None:
    @op
    def fragile(part: int) -> int:
        if part == 1:
            raise ValueError("one")
        return part

    @job
    def counted() -> None:
        parts = split().map(fragile)
        parts.map(inc)
        gather(parts.collect())

    result = counted.execute_in_process(raise_on_error=False)

    assert steps(result) == ["split", "fragile[k0]", "fragile[k1]", "fragile[k2]", "inc[k0]", "inc[k2]"]
    assert result.get_failed_step_keys() == {"fragile[k1]"}
    assert result.output_for_node("fragile") == {"k0": 0, "k2": 2}


def test_a_dynamic_op_that_fails_half_way_makes_no_copies() -> None:
    @op(out=DynamicOut())
    def half() -> Iterator[DynamicOutput[int]]:
        yield DynamicOutput(1, "a")
        raise ValueError("half")

    @job
    def counted() -> None:
        gather(half().map(inc).collect())

    result = counted.execute_in_process(raise_on_error=False)

    assert steps(result) == ["half"]
    assert result.output_for_node("half") == {"a": 1}


def test_a_copy_is_tried_again_by_itself() -> None:
    @op(retry_policy=RetryPolicy(max_retries=1))
    def flaky(context: OpExecutionContext, part: int) -> tuple[str | None, str, int]:
        if part == 1 and not context.retry_number:
            raise ValueError("not yet")
        return context.get_mapping_key(), context.op_handle.to_string(), context.retry_number

    @job
    def counted() -> None:
        split().map(flaky)

    result = counted.execute_in_process()

    expected = {"k0": ("k0", "flaky", 0), "k1": ("k1", "flaky", 1), "k2": ("k2", "flaky", 0)}
    assert result.output_for_node("flaky") == expected
    assert result.retry_attempts_for_node("flaky") == 1
    assert kinds(result.all_events, "flaky[k1]").count("STEP_RESTARTED") == 1


def test_a_mapped_op_may_take_plain_values_and_lists_beside() -> None:
    @job
    def counted() -> None:
        parts, other = split(), hundred()
        parts.map(lambda part: add(part, other))
        parts.map(lambda part: add.alias("with_list")(inc.alias("one")(part), gather_length(parts.collect())))

    result = counted.execute_in_process()

    assert result.output_for_node("add") == {"k0": 100, "k1": 101, "k2": 102}
    assert result.output_for_node("with_list") == {"k0": 4, "k1": 5, "k2": 6}


@op
def gather_length(parts: list[Any]) -> int:
    return len(parts)


def test_maps_lie_in_each_other() -> None:
    @job
    def counted() -> None:
        inner = split().map(lambda part: again(part).map(inc))
        gather(inner.collect())
        split.alias("other")().map(
            lambda part: gather.alias("each")(again.alias("more")(part).map(inc.alias("plus")).collect())
        )

    result = counted.execute_in_process()

    assert result.output_for_node("gather") == [1, 2, 11, 12, 21, 22]
    assert result.output_for_node("each") == {"k0": [1, 2], "k1": [11, 12], "k2": [21, 22]}
    assert list(result.output_for_node("inc")) == ["k0,n0", "k0,n1", "k1,n0", "k1,n1", "k2,n0", "k2,n1"]
    assert "plus[k1,n0]" in steps(result)


def test_graphs_are_mapped_and_give_dynamic_outputs() -> None:
    @graph
    def twice(part: Any) -> Any:
        return inc(inc(part))

    @graph
    def prepared() -> Any:
        return split().map(twice)

    @job
    def counted() -> None:
        gather(prepared().collect())

    result = counted.execute_in_process()

    assert result.output_for_node("gather") == [2, 3, 4]
    assert result.output_for_node("prepared") == {"k0": 2, "k1": 3, "k2": 4}
    assert result.output_for_node("prepared.twice.inc") == {"k0": 1, "k1": 2, "k2": 3}
    assert "prepared.twice.inc_2[k1]" in steps(result)
    assert not result.is_node_untouched("prepared.twice.inc")


def test_a_step_that_only_waits_is_mapped_and_collects_too() -> None:
    @op(ins={"start": In(Nothing)})
    def after() -> int:
        return 1

    @job
    def counted() -> None:
        split().map(after.alias("each"))
        after(split.alias("more")().map(inc).collect())

    result = counted.execute_in_process()

    assert result.output_for_node("each") == {"k0": 1, "k1": 1, "k2": 1}
    assert steps(result)[-1] == "after"


def test_two_dynamic_outputs_of_an_op_are_mapped_apart() -> None:
    @op(out={"left": DynamicOut(), "right": DynamicOut(), "rest": Out()})
    def sides() -> Iterator[Any]:
        yield DynamicOutput(1, "a", "left")
        yield DynamicOutput(2, "a", "right")
        yield DynamicOutput(3, "b", "right")
        yield Output(4, "rest")

    @job
    def counted() -> None:
        left, right, rest = sides()
        left.map(inc)
        right.map(lambda part: add(part, rest))

    result = counted.execute_in_process()

    assert (result.output_for_node("inc"), result.output_for_node("add")) == ({"a": 2}, {"a": 6, "b": 7})


def test_values_of_two_dynamic_outputs_do_not_meet() -> None:
    def crossed() -> None:
        others = split.alias("others")()
        split().map(lambda part: others.map(lambda other: add(part, other)))

    with pytest.raises(DagsterInvalidDefinitionError, match="'add' cannot be downstream of more than one dynamic"):
        job(crossed)


class Told(IOManager):  # type: ignore[misc]
    """Keeps values, and what it was told of each."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}
        self.stored: list[tuple[tuple[str, ...], str | None]] = []
        self.loaded: list[tuple[tuple[str, ...], str | None]] = []

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        place = tuple(context.get_identifier())
        assert place not in self.values
        self.values[place] = obj
        self.stored.append((place[1:], context.mapping_key))

    def load_input(self, context: InputContext) -> Any:
        upstream = context.upstream_output
        assert upstream is not None
        self.loaded.append((tuple(upstream.get_identifier())[1:], upstream.mapping_key))
        return self.values[tuple(upstream.get_identifier())]


def test_io_managers_are_told_the_mapping_key() -> None:
    manager = Told()

    @job(resource_defs={"io_manager": manager})
    def counted() -> None:
        gather(split().map(inc).collect())

    counted.execute_in_process()

    assert manager.stored[:4] == [
        (("split", "result", "k0"), "k0"),
        (("split", "result", "k1"), "k1"),
        (("split", "result", "k2"), "k2"),
        (("inc[k0]", "result"), None),
    ]
    assert manager.loaded[0] == (("split", "result", "k0"), "k0")
    assert manager.loaded[3:] == [((f"inc[k{number}]", "result"), None) for number in range(3)]


def test_metadata_is_added_to_one_value() -> None:
    @op(out=DynamicOut())
    def told(context: OpExecutionContext) -> Iterator[DynamicOutput[str]]:
        for key in "ab":
            context.add_output_metadata({"key": key}, mapping_key=key)
            yield DynamicOutput(key, key, metadata={"own": 1})

    @job
    def counted() -> None:
        told()

    result = counted.execute_in_process()
    said = [event.step_output_data for event in result.all_events if event.is_successful_output]

    assert [(data.mapping_key, data.metadata["key"].value, data.metadata["own"].value) for data in said] == [
        ("a", "a", 1),
        ("b", "b", 1),
    ]


@pytest.mark.parametrize(
    ("mapping_key", "message"),
    [(None, "say of which value by mapping_key="), ("given", "gave its output 'result.given.' already")],
)
def test_metadata_is_added_before_its_value(mapping_key: str | None, message: str) -> None:
    @op(out=DynamicOut())
    def told(context: OpExecutionContext) -> Iterator[DynamicOutput[int]]:
        yield DynamicOutput(1, "given")
        context.add_output_metadata({"x": 1}, mapping_key=mapping_key)

    @job
    def counted() -> None:
        told()

    with pytest.raises(DagsterInvariantViolationError, match=message):
        counted.execute_in_process()


@pytest.mark.parametrize(
    ("out", "given", "message"),
    [
        (DynamicOut(), [DynamicOutput(1, "a"), DynamicOutput(2, "a")], "the mapping key 'a' twice"),
        (DynamicOut(), [Output(1)], "gave an Output for its dynamic output 'result'"),
        (DynamicOut(), [DynamicOutput(1, "a", "rest")], "a DynamicOutput named 'rest', which it does not have"),
        (Out(), [DynamicOutput(1, "a")], "a DynamicOutput for 'result', which is declared as an Out"),
    ],
)
def test_what_does_not_fit_is_refused(out: Out, given: list[Any], message: str) -> None:
    @op(out=out)
    def wrong() -> Iterator[Any]:
        yield from given

    @job
    def counted() -> None:
        wrong()

    with pytest.raises(DagsterInvariantViolationError, match=message):
        counted.execute_in_process()


def test_each_value_is_of_the_type() -> None:
    @op(out=DynamicOut(int))
    def wrong() -> Iterator[Any]:
        yield DynamicOutput("one", "a")

    @job
    def counted() -> None:
        wrong()

    with pytest.raises(DagsterTypeCheckDidNotPass, match="'one' is of type str"):
        counted.execute_in_process()


def test_config_is_shared_by_all_copies() -> None:
    @op(config_schema={"by": int})
    def times(context: OpExecutionContext, part: int) -> int:
        return part * int(context.op_config["by"])

    @job
    def counted() -> None:
        split().map(times)

    result = counted.execute_in_process(run_config={"ops": {"times": {"config": {"by": 5}}}})

    assert result.output_for_node("times") == {"k0": 0, "k1": 5, "k2": 10}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["split"], ["split"]),
        (["split+"], ["split", "inc[k0]", "inc[k1]", "inc[k2]"]),
        (["*gather"], ["split", "inc[k0]", "inc[k1]", "inc[k2]", "gather"]),
    ],
)
def test_a_selection_keeps_what_is_mapped(selection: list[str], expected: list[str]) -> None:
    @job
    def counted() -> None:
        gather(split().map(inc).collect())

    assert steps(counted.execute_in_process(op_selection=selection)) == expected


def test_steps_in_processes_of_their_own_hand_keys_and_values_on() -> None:
    @job
    def counted() -> None:
        gather(split().map(lambda part: again(inc(part)).map(inc.alias("last"))).collect())

    with DagsterInstance.local_temp() as instance:
        result = execute_job(counted, instance)

        assert result.success
        assert result.output_for_node("gather") == [11, 12, 21, 22, 31, 32]
        assert result.output_for_node("split") == {"k0": 0, "k1": 1, "k2": 2}
        assert sorted(result.output_for_node("last")) == ["k0,n0", "k0,n1", "k1,n0", "k1,n1", "k2,n0", "k2,n1"]


def test_a_thousand_copies_are_made() -> None:
    @op(out=DynamicOut())
    def many() -> Any:
        return [DynamicOutput(number, str(number)) for number in range(1000)]

    @job
    def counted() -> None:
        gather(many().map(inc).collect())

    assert counted.execute_in_process().output_for_node("gather") == list(range(1, 1001))


def test_hooks_run_for_each_copy_and_know_its_op() -> None:
    seen: list[tuple[str, str, Any]] = []

    @success_hook
    def note(context: Any) -> None:
        seen.append((context.step_key, context.op.name, dict(context.op_output_values)))

    @job(hooks={note})
    def counted() -> None:
        split().map(inc)

    counted.execute_in_process()

    assert seen == [
        ("split", "split", {"result": {"k0": 0, "k1": 1, "k2": 2}}),
        *((f"inc[k{number}]", "inc", {"result": number + 1}) for number in range(3)),
    ]


def test_stored_values_lie_in_files_of_their_own() -> None:
    @job
    def counted() -> None:
        gather(split().map(inc).collect())

    with DagsterInstance.local_temp() as instance:
        result = execute_job(counted, instance)
        folder = Path(instance.storage_directory()) / result.run_id
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    keys = ["k0", "k1", "k2"]
    assert files == ["gather/result", *(f"inc[{key}]/result" for key in keys), *(f"split/result/{key}" for key in keys)]


def test_a_step_that_waits_for_a_place_counts_all_copies() -> None:
    @op(tags={"heavy": "yes"})
    def heavy(part: int) -> int:
        return part

    limits = {"tag_concurrency_limits": [{"key": "heavy", "limit": 1}], "max_concurrent": 3}

    @job
    def counted() -> None:
        gather(split().map(heavy).collect())

    with DagsterInstance.local_temp() as instance:
        config = {"execution": {"config": {"multiprocess": limits}}}
        result = execute_job(counted, instance, run_config=config)
        order = [event.event_type for event in result.all_events if (event.step_key or "").startswith("heavy")]

        assert result.output_for_node("gather") == [0, 1, 2]
        ends = [kind for kind in order if kind in (DagsterEventType.STEP_START, DagsterEventType.STEP_SUCCESS)]
        assert ends == [DagsterEventType.STEP_START, DagsterEventType.STEP_SUCCESS] * 3
