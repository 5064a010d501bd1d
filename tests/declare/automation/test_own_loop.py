"""Async evaluation functions outside the service: every kind, with and without a loop that runs already."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    ConfigurableResource,
    DagsterInstance,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    asset_sensor,
    build_run_status_sensor_context,
    build_schedule_context,
    build_sensor_context,
    job,
    multi_asset_sensor,
    op,
    run_failure_sensor,
    schedule,
    sensor,
)
from watchbell.declare.automation.evaluation import Steps
from watchbell.declare.automation.own_loop import awaited, frames_of
from watchbell.ground.errors import (
    DagsterInvariantViolationError,
    DagsterUserCodeExecutionError,
    ScheduleExecutionError,
)
from watchbell.record.event import DagsterEvent, DagsterEventType
from watchbell.record.run import DagsterRun


async def turn() -> None:
    """Gives way once."""
    await asyncio.sleep(0)


async def coroutine(context: SensorEvaluationContext) -> RunRequest:
    await turn()
    return RunRequest("k")


async def generator(context: SensorEvaluationContext) -> AsyncIterator[RunRequest]:
    await turn()
    yield RunRequest("k")
    await turn()


async def several(context: SensorEvaluationContext) -> list[RunRequest]:
    await turn()
    return [RunRequest("k")]


async def result(context: SensorEvaluationContext) -> SensorResult:
    await turn()
    return SensorResult(run_requests=[RunRequest("k")], cursor="c")


async def with_more(more: str, context: SensorEvaluationContext) -> RunRequest:
    await turn()
    return RunRequest(more)


class Asked:
    async def __call__(self, context: SensorEvaluationContext) -> RunRequest:
        await turn()
        return RunRequest("k")


class Methods:
    async def method(self, context: SensorEvaluationContext) -> RunRequest:
        await turn()
        return RunRequest("k")


def logged(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that is itself ``async``."""

    @functools.wraps(fn)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await fn(*args, **kwargs)

    return wrapper


def passed_on(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that does not know that what it wraps is ``async``."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return wrapper


def run_inside(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that makes a plain function of an ``async`` one."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return asyncio.run(fn(*args, **kwargs))

    return wrapper


ASYNC: dict[str, Callable[..., Any]] = {
    "coroutine": coroutine,
    "generator": generator,
    "list": several,
    "result": result,
    "partial": functools.partial(with_more, "k"),
    "callable": Asked(),
    "method": Methods().method,
    "decorated": logged(coroutine),
}
UNSEEN: dict[str, Callable[..., Any]] = {
    "passed on": passed_on(coroutine),
    "run inside": run_inside(coroutine),
    "lambda": lambda context: with_more("k", context),
}


def keys(definition: SensorDefinition, context: SensorEvaluationContext | None = None) -> list[str | None]:
    found = definition.evaluate_tick(context or build_sensor_context())
    return [each.run_key for each in found.run_requests]


@pytest.mark.parametrize("name", [*ASYNC, *UNSEEN])
def test_an_async_function_is_run_to_its_end(name: str) -> None:
    fn = {**ASYNC, **UNSEEN}[name]

    assert keys(SensorDefinition("s", evaluation_fn=fn, job_name="etl")) == ["k"]


@pytest.mark.parametrize("name", [*ASYNC, *UNSEEN])
def test_what_can_be_seen_to_be_async_is_so(name: str) -> None:
    fn = {**ASYNC, **UNSEEN}[name]

    assert SensorDefinition("s", evaluation_fn=fn, job_name="etl").is_async is (name in ASYNC)


@pytest.mark.parametrize("name", [*ASYNC, "passed on", "lambda"])
def test_a_loop_that_runs_already_is_no_hindrance(name: str) -> None:
    fn = {**ASYNC, **UNSEEN}[name]

    async def notebook() -> list[str | None]:
        return keys(SensorDefinition("s", evaluation_fn=fn, job_name="etl"))

    assert asyncio.run(notebook()) == ["k"]


def test_context_variables_are_there_beside_a_loop_that_runs_already() -> None:
    color: ContextVar[str] = ContextVar("color")

    @sensor(job_name="etl")
    async def colored() -> RunRequest:
        await turn()
        return RunRequest(color.get())

    async def notebook() -> list[str | None]:
        color.set("red")
        return keys(colored)

    assert asyncio.run(notebook()) == ["red"]


def test_called_directly_it_is_what_python_makes_of_it() -> None:
    made = SensorDefinition("s", evaluation_fn=coroutine, job_name="etl")
    yielding = SensorDefinition("s", evaluation_fn=generator, job_name="etl")

    async def both() -> tuple[Any, list[Any]]:
        return await made(build_sensor_context()), [each async for each in yielding(build_sensor_context())]

    first, others = asyncio.run(both())

    assert (first.run_key, [each.run_key for each in others]) == ("k", ["k"])


def test_what_is_raised_comes_out_as_it_is() -> None:
    @sensor(job_name="etl")
    async def raising() -> AsyncIterator[RunRequest]:
        yield RunRequest("k")
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        raising.evaluate_tick(build_sensor_context())


def test_a_cancellation_of_what_it_waited_for_is_an_error_like_others() -> None:
    @sensor(job_name="etl")
    async def waiting() -> None:
        task = asyncio.create_task(asyncio.sleep(1000))
        await turn()
        task.cancel("enough")
        await task

    with pytest.raises(DagsterUserCodeExecutionError, match="what the function waited for was cancelled") as caught:
        waiting.evaluate_tick(build_sensor_context())

    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


def test_what_it_returns_is_checked_as_always() -> None:
    @sensor(job_name="etl")
    async def wrong() -> int:
        return 3

    with pytest.raises(DagsterInvariantViolationError, match="sensor 'wrong' returned 3"):
        wrong.evaluate_tick(build_sensor_context())


def test_cursor_log_and_resources_are_as_always() -> None:
    class Place(ConfigurableResource):
        name: str

    @sensor(job_name="etl")
    async def looking(context: SensorEvaluationContext, place: Place) -> SkipReason:
        await turn()
        context.log.info("in %s", place.name)
        context.update_cursor("2")
        return SkipReason(place.name)

    found = looking.evaluate_tick(build_sensor_context(resources={"place": Place(name="attic")}))

    assert (found.skip_message, found.cursor, [each.message for each in found.log]) == ("attic", "2", ["in attic"])


# ------------------------------------------------------------------- other kinds


def test_every_function_of_a_schedule_may_be_async() -> None:
    async def allowed(context: ScheduleEvaluationContext) -> bool:
        await turn()
        return True

    async def config(context: ScheduleEvaluationContext) -> dict[str, Any]:
        await turn()
        return {"ops": {}}

    async def tags(context: ScheduleEvaluationContext) -> dict[str, str]:
        await turn()
        return {"a": "b"}

    made = ScheduleDefinition(
        "s", cron_schedule="@daily", job_name="etl", should_execute=allowed, run_config_fn=config, tags_fn=tags
    )
    request = made.evaluate_tick(build_schedule_context()).run_requests[0]

    assert made.is_async
    assert (request.run_config, request.tags["a"]) == ({"ops": {}}, "b")


def test_an_async_should_execute_can_say_no() -> None:
    async def never(context: ScheduleEvaluationContext) -> bool:
        return False

    @schedule(cron_schedule="@daily", job_name="etl", should_execute=never)
    def daily() -> RunRequest:
        return RunRequest()

    assert daily.evaluate_tick(build_schedule_context()).run_requests == []


def test_what_an_async_schedule_raises_is_wrapped_as_always() -> None:
    @schedule(cron_schedule="@daily", job_name="etl")
    async def daily() -> None:
        await turn()
        raise ValueError("no")

    with pytest.raises(ScheduleExecutionError, match="its function raised ValueError: no"):
        daily.evaluate_tick(build_schedule_context())


@pytest.fixture
def instance() -> DagsterInstance:
    made = DagsterInstance.ephemeral()
    for batch in ("1", "2"):
        made.report_runless_asset_event(AssetMaterialization("orders", metadata={"batch": batch}))
    return made


def batch_of(event: Any) -> str:
    return str(event.dagster_event.materialization.metadata["batch"].value)


def test_an_async_asset_sensor_is_called_for_each_event(instance: DagsterInstance) -> None:
    @asset_sensor(asset_key=AssetKey("orders"), job_name="etl", every_event=True)
    async def made(context: SensorEvaluationContext, asset_event: Any) -> RunRequest:
        await turn()
        return RunRequest(batch_of(asset_event))

    async def direct() -> list[Any]:
        return [each async for each in made(build_sensor_context(instance))]

    assert made.is_async
    assert keys(made, build_sensor_context(instance, cursor="0")) == ["1", "2"]
    assert [each.run_key for each in asyncio.run(direct())] == ["1", "2"]


def test_an_async_asset_sensor_that_yields_answers_directly_too(instance: DagsterInstance) -> None:
    @asset_sensor(asset_key=AssetKey("orders"), job_name="etl")
    async def made(context: SensorEvaluationContext, asset_event: Any) -> AsyncIterator[RunRequest]:
        yield RunRequest(batch_of(asset_event))
        await turn()
        yield RunRequest("more")

    async def direct() -> list[Any]:
        return [each async for each in made(build_sensor_context(instance))]

    assert keys(made, build_sensor_context(instance)) == ["2", "more"]
    assert [each.run_key for each in asyncio.run(direct())] == ["2", "more"]


def test_an_async_sensor_of_several_assets_moves_its_cursor(instance: DagsterInstance) -> None:
    @multi_asset_sensor(monitored_assets=[AssetKey("orders")], job_name="etl")
    async def made(context: Any) -> RunRequest:
        await turn()
        context.advance_all_cursors()
        return RunRequest("k")

    found = made.evaluate_tick(build_sensor_context(instance))

    assert made.is_async
    assert (found.run_requests[0].run_key, found.cursor is not None) == ("k", True)


def failed_run(instance: DagsterInstance) -> DagsterRun:
    @op
    def broken() -> None:
        raise ValueError("no")

    @job
    def etl() -> None:
        broken()

    run_id = etl.execute_in_process(instance=instance, raise_on_error=False).run_id
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run


def test_an_async_run_failure_sensor_is_called_with_the_run() -> None:
    instance = DagsterInstance.ephemeral()
    seen = []

    @run_failure_sensor
    async def alert(context: Any) -> None:
        await turn()
        seen.append(context.dagster_run.run_id)

    run = failed_run(instance)
    alert.evaluate_tick(build_sensor_context(instance, cursor="0"))
    event = DagsterEvent(DagsterEventType.RUN_FAILURE)
    asyncio.run(alert(build_run_status_sensor_context("alert", event, instance, run)))

    assert alert.is_async
    assert seen == [run.run_id, run.run_id]


# ------------------------------------------------------------------ what drives


def test_all_waits_of_one_evaluation_are_in_one_loop() -> None:
    loops = []

    async def allowed(context: ScheduleEvaluationContext) -> bool:
        loops.append(asyncio.get_running_loop())
        return True

    @schedule(cron_schedule="@daily", job_name="etl", should_execute=allowed)
    async def daily() -> None:
        loops.append(asyncio.get_running_loop())

    daily.evaluate_tick(build_schedule_context())

    assert len(loops) == 2
    assert loops[0] is loops[1]


def test_a_cancelled_evaluation_tears_down_what_it_set_up() -> None:
    done = []

    def steps() -> Steps[None]:
        try:
            yield asyncio.sleep(1000)
        finally:
            done.append("torn down")

    async def cancelling() -> None:
        task = asyncio.create_task(awaited(steps()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelling())

    assert done == ["torn down"]


@pytest.mark.parametrize("fn", [coroutine, generator], ids=["coroutine", "generator"])
def test_the_frames_of_a_waiting_evaluation_end_where_it_waits(fn: Callable[..., Any]) -> None:
    made = SensorDefinition("s", evaluation_fn=fn, job_name="etl")

    async def looking() -> list[str]:
        task = asyncio.create_task(awaited(made.steps(build_sensor_context())))
        await asyncio.sleep(0)
        names = [each.name for each in frames_of(task.get_coro())]
        await task
        return names

    names = asyncio.run(looking())

    assert [name for name in names if name in {fn.__name__, "turn"}] == [fn.__name__, "turn"]
