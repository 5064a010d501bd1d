"""Hooks: which run when, what they are told, and that they change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    Failure,
    HookContext,
    HookDefinition,
    HookExecutionResult,
    MetadataValue,
    Out,
    Output,
    ResourceDefinition,
    RetryPolicy,
    asset,
    define_asset_job,
    execute_job,
    failure_hook,
    graph,
    job,
    materialize,
    multiprocess_executor,
    op,
    success_hook,
)
from watchbell.declare.job import JobDefinition

SEEN: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


@success_hook
def on_success(context: HookContext) -> None:
    SEEN.append(("well", context.step_key))


@failure_hook
def on_failure(context: HookContext) -> None:
    SEEN.append(("failed", context.step_key, repr(context.op_exception)))


@op
def three() -> int:
    return 3


@op
def breaks() -> None:
    raise RuntimeError("no rows")


def hook_events(result: ExecuteInProcessResult) -> list[str]:
    return [event.event_type_value for event in result.all_events if event.event_type_value.startswith("HOOK")]


def test_each_step_of_a_job_runs_its_hooks_by_how_it_ended() -> None:
    @job(hooks={on_success, on_failure})
    def both() -> None:
        three()
        breaks()

    result = both.execute_in_process(raise_on_error=False)

    assert sorted(SEEN) == [("failed", "breaks", "RuntimeError('no rows')"), ("well", "three")]
    # by name: on_failure, on_success, of breaks and then of three
    assert hook_events(result) == ["HOOK_COMPLETED", "HOOK_SKIPPED", "HOOK_SKIPPED", "HOOK_COMPLETED"]


def test_a_hook_comes_after_the_end_of_its_step() -> None:
    @job(hooks={on_success})
    def small() -> None:
        three()

    kinds = [event.event_type_value for event in small.execute_in_process().events_for_node("three")]

    assert kinds[-2:] == ["STEP_SUCCESS", "HOOK_COMPLETED"]


def test_a_hook_that_raises_is_written_down_and_changes_nothing() -> None:
    @success_hook
    def clumsy(context: HookContext) -> None:
        raise ValueError("no such channel")

    @job(hooks={clumsy, on_success})
    def small() -> None:
        three()

    result = small.execute_in_process()

    assert result.success
    assert hook_events(result) == ["HOOK_ERRORED", "HOOK_COMPLETED"]
    errored = next(event for event in result.all_events if event.event_type_value == "HOOK_ERRORED")
    assert "no such channel" in errored.event_specific_data.error.to_string()  # type: ignore[union-attr]


def test_a_hook_that_exits_does_not_end_the_run() -> None:
    @success_hook
    def leaves(context: HookContext) -> None:
        raise SystemExit(3)

    @job(hooks={leaves})
    def small() -> None:
        three()

    result = small.execute_in_process()

    assert (result.success, hook_events(result)) == (True, ["HOOK_ERRORED"])


def test_a_hook_is_told_what_the_step_gave() -> None:
    @success_hook(name="telling", required_resource_keys={"slack"})
    def tell(context: HookContext) -> None:
        values, said = dict(context.op_output_values), dict(context.op_output_metadata)
        SEEN.append((context.op.name, context.op_config, context.job_name, context.hook_key, values, said))
        SEEN.append((context.resources.slack, context.run_id == context.dagster_run.run_id, context.op_exception))
        SEEN.append(context.instance.get_run_by_id(context.run_id) is not None)
        context.log.info("told")

    @op(config_schema={"limit": int}, out={"rows": Out(), "count": Out()})
    def load(context: Any) -> Any:
        context.add_output_metadata({"said": 1}, output_name="rows")
        yield Output([1, 2], "rows", metadata={"size": 2})
        yield Output(2, "count")

    @job(hooks={tell}, resource_defs={"slack": ResourceDefinition.hardcoded_resource("#data")})
    def nightly() -> None:
        load()

    with DagsterInstance.ephemeral() as instance:
        result = nightly.execute_in_process({"ops": {"load": {"config": {"limit": 5}}}}, instance)
        lines = [(line.user_message, line.step_key) for line in instance.all_logs(result.run_id)]

    metadata = {"rows": {"size": MetadataValue.int(2), "said": MetadataValue.int(1)}, "count": {}}
    assert SEEN[0] == ("load", {"limit": 5}, "nightly", "telling", {"rows": [1, 2], "count": 2}, metadata)
    assert SEEN[1:] == [("#data", True, None), True]
    assert ("told", "load") in lines


def test_a_failure_hook_gets_what_the_user_code_raised_and_the_outputs_before() -> None:
    @failure_hook
    def keep(context: HookContext) -> None:
        SEEN.append((context.op_exception, dict(context.op_output_values)))

    @op(out={"first": Out(), "second": Out()})
    def half() -> Any:
        yield Output(1, "first")
        raise Failure("half of it")

    @job(hooks={keep})
    def small() -> None:
        half()

    small.execute_in_process(raise_on_error=False)

    error, values = SEEN[0]
    assert (type(error), error.description, values) == (Failure, "half of it", {"first": 1})


def test_an_attempt_that_is_tried_again_is_no_failure() -> None:
    attempts = []

    @op(retry_policy=RetryPolicy(max_retries=1))
    def flaky() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("once")

    @job(hooks={on_failure, on_success})
    def small() -> None:
        flaky()

    result = small.execute_in_process()

    assert SEEN == [("well", "flaky")]
    assert hook_events(result) == ["HOOK_SKIPPED", "HOOK_SKIPPED", "HOOK_SKIPPED", "HOOK_COMPLETED"]


def test_no_failure_hook_runs_where_the_error_is_raised_to_the_caller() -> None:
    @job(hooks={on_failure})
    def small() -> None:
        breaks()

    with pytest.raises(RuntimeError):
        small.execute_in_process()

    assert SEEN == []


def _with_op_hook() -> JobDefinition:
    @job
    def made() -> None:
        three.with_hooks({on_success})()
        three()

    return made


def _with_graph_hook() -> JobDefinition:
    @graph
    def inner() -> None:
        three()

    @job
    def made() -> None:
        inner.with_hooks({on_success})()

    return made


def _of_graph() -> JobDefinition:
    @graph
    def made() -> None:
        three()

    job_def: JobDefinition = made.to_job(hooks={on_success})
    return job_def


def _with_job_hook_later() -> JobDefinition:
    @job
    def made() -> None:
        three.with_hooks({on_success})()

    return made.with_hooks({on_success})


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_with_op_hook, [("well", "three")]),
        (_with_graph_hook, [("well", "inner.three")]),
        (_of_graph, [("well", "three")]),
        (_with_job_hook_later, [("well", "three")]),
    ],
)
def test_hooks_apply_where_they_are_put_and_once_each(
    make: Callable[[], JobDefinition], expected: list[tuple[str, str]]
) -> None:
    make().execute_in_process()

    assert expected == SEEN


def test_hooks_of_an_asset_and_of_an_asset_job() -> None:
    @success_hook
    def of_asset(context: HookContext) -> None:
        SEEN.append(context.asset_key)

    @asset(hooks={of_asset})
    def orders() -> int:
        return 1

    @asset
    def sums(orders: int) -> int:
        return orders

    materialize([orders, sums])
    defs = Definitions(assets=[orders, sums], jobs=[define_asset_job("nightly", hooks={on_success})])
    defs.get_job_def("nightly").execute_in_process()

    assert [AssetKey("orders"), AssetKey("orders"), ("well", "orders"), ("well", "sums")] == SEEN


def test_a_hook_function_of_ones_own_sees_the_events_and_says_whether_it_acted() -> None:
    def look(_context: HookContext, events: Any) -> HookExecutionResult:
        SEEN.append([event.event_type_value for event in events])
        return HookExecutionResult("look", is_skipped=True)

    @job(hooks={HookDefinition(name="look", hook_fn=look)})
    def small() -> None:
        three()

    result = small.execute_in_process()

    assert SEEN == [["STEP_START", "STEP_OUTPUT", "HANDLED_OUTPUT", "STEP_SUCCESS"]]
    assert hook_events(result) == ["HOOK_SKIPPED"]


def test_hooks_run_in_the_process_of_their_step() -> None:
    @op
    def pid(context: Any) -> None:
        context.log.info(str(__import__("os").getpid()))

    @success_hook(required_resource_keys={"greeting"})
    def tell(context: HookContext) -> None:
        context.log.info(f"{context.resources.greeting} {__import__('os').getpid()}")

    @job(
        hooks={tell},
        executor_def=multiprocess_executor,
        resource_defs={"greeting": ResourceDefinition.hardcoded_resource("hello")},
    )
    def wide() -> None:
        pid()

    with DagsterInstance.local_temp() as instance:
        result = execute_job(wide, instance)
        logged = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]

    assert result.success
    assert logged[1] == f"hello {logged[0]}"
    assert "HOOK_COMPLETED" in [event.event_type_value for event in result.all_events]
