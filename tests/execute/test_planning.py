"""Plans: order, sources of inputs, what steps need."""

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Out
from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.retry import RetryPolicy
from watchbell.execute.plan import FromAsset, FromConfig, FromDefault, FromNowhere, FromStep, FromSteps, Plan
from watchbell.execute.planning import build_plan
from watchbell.ground.errors import DagsterInvalidConfigError
from watchbell.record.keys import AssetKey


@op
def source() -> int:
    return 1


@op
def sink(x: int, y: int = 2) -> int:
    return x + y


def plan(job_def: JobDefinition, **inputs: object) -> Plan:
    return build_plan(job_def, {}, {}, inputs)


def test_steps_stand_in_an_order_that_can_run_equals_by_name() -> None:
    @job
    def wide() -> None:
        sink.alias("z")(source.alias("b")())
        source.alias("a")()

    found = plan(wide)

    assert [step.key for step in found.steps] == ["a", "b", "z"]
    assert [step.position for step in found.steps] == [0, 1, 2]
    assert found.dependants == {"a": [], "b": ["z"], "z": []}


def test_each_input_says_where_its_value_comes_from() -> None:
    @op(ins={"start": In(Nothing)})
    def waits(numbers: list[int], given: int) -> None: ...

    @job
    def every(given: int) -> None:
        first = source()
        waits([first, sink(first)], given, start=first)

    steps = plan(every, given=7).by_key

    assert {each.name: each.source for each in steps["waits"].inputs} == {
        "numbers": FromSteps((FromStep("source", "result"), FromStep("sink", "result"))),
        "given": FromConfig(7),
        "start": FromStep("source", "result"),
    }
    assert steps["sink"].inputs[1].source == FromDefault(2)
    assert steps["waits"].depends_on == {"source", "sink"}


def test_an_ordering_input_without_anything_to_wait_for_holds_nothing_up() -> None:
    @op(ins={"start": In(Nothing)})
    def waits() -> None: ...

    @job
    def alone() -> None:
        waits()

    step = plan(alone).by_key["waits"]

    assert step.inputs[0].source == FromNowhere()
    assert step.depends_on == frozenset()


def test_an_input_with_no_source_is_a_mistake_at_its_place() -> None:
    @graph
    def inner():  # type: ignore[no-untyped-def]
        return sink()

    @job
    def open_ended() -> None:
        inner()

    with pytest.raises(DagsterInvalidConfigError) as caught:
        plan(open_ended)

    assert "input 'x' is connected to nothing" in str(caught.value)
    assert "sink" in str(caught.value)


def test_assets_that_are_not_made_are_loaded() -> None:
    @asset(io_manager_key="files", metadata={"folder": "raw"})
    def orders() -> int:
        return 1

    @asset
    def total(orders: int) -> int:
        return orders

    part = define_asset_job("part", ["total"]).resolve(AssetGraph.of([orders, total]), {"files": mem_io_manager})

    step = plan(part).by_key["total"]

    loaded = step.inputs[0].source
    assert isinstance(loaded, FromAsset)
    assert (loaded.asset_key, loaded.io_manager_key, loaded.metadata["folder"]) == (AssetKey("orders"), "files", "raw")
    assert step.manager_keys == {"files", "io_manager"}
    assert step.asset_keys == [AssetKey("total")]


def test_the_nearest_retry_policy_and_the_tags_are_a_steps() -> None:
    of_op, of_node, of_job = (RetryPolicy(max_retries=number) for number in (1, 2, 3))

    @op(retry_policy=of_op, tags={"a": "op", "dagster/priority": "4"})
    def own() -> None: ...

    @job(op_retry_policy=of_job)
    def tagged() -> None:
        own()
        own.alias("node").with_retry_policy(of_node).tag({"a": "node"})()
        source()

    steps = plan(tagged).by_key

    assert [steps[key].retry_policy for key in ("own", "node", "source")] == [of_op, of_node, of_job]
    assert [steps[key].tags.get("a") for key in ("own", "node", "source")] == ["op", "node", None]
    assert [steps[key].priority for key in ("own", "node", "source")] == [4, 4, 0]
    assert build_plan(tagged, {}, {}, {}, retries_enabled=False).by_key["own"].retry_policy is None


def test_a_priority_that_is_no_number_says_nothing() -> None:
    @op(tags={"dagster/priority": "high"})
    def vague() -> None: ...

    @job
    def ranked() -> None:
        vague()

    assert plan(ranked).by_key["vague"].priority == 0


def test_outputs_of_nothing_need_no_io_manager() -> None:
    @op(out=Out(Nothing, io_manager_key="unused"))
    def done() -> None: ...

    @job
    def quiet() -> None:
        done()

    assert plan(quiet).resource_keys == frozenset()
