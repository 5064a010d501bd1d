"""Executors of one's own, and the ready-made ones they hand their steps to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    Executor,
    ExecutorDefinition,
    ExecutorRequirement,
    InitExecutorContext,
    InProcessExecutor,
    MultiprocessExecutor,
    RetryMode,
    RetryPolicy,
    execute_job,
    executor,
    job,
    multiple_process_executor_requirements,
    multiprocess_executor,
    op,
)
from watchbell.ground.errors import DagsterInvalidConfigError, ParameterCheckError

SEEN: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as made:
        yield made


class Watching(Executor):
    """Passes the steps on and notes what it sees."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner

    @property
    def retries(self) -> Any:
        return self.inner.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[DagsterEvent]:
        SEEN.append((plan_context.job_name, execution_plan.step_keys_to_execute))
        plan_context.log.info("watching")
        for event in self.inner.execute(plan_context, execution_plan):
            if event.is_step_success or event.is_step_failure:
                SEEN.append((event.event_type_value, event.step_key))
            yield event


@executor(config_schema={"parallel": bool}, requirements=multiple_process_executor_requirements())
def watching(init_context: InitExecutorContext) -> Executor:
    SEEN.append((init_context.job.get_definition().name, init_context.executor_def.name))
    return Watching(MultiprocessExecutor() if init_context.executor_config["parallel"] else InProcessExecutor())


@op
def one() -> int:
    return 1


@op
def breaks(rows: int) -> None:
    raise RuntimeError("no rows")


@job(executor_def=watching)
def chain() -> None:
    breaks(one())


@pytest.mark.parametrize("parallel", [True, False])
def test_an_executor_hands_its_steps_to_a_ready_made_one(instance: DagsterInstance, parallel: bool) -> None:
    result = execute_job(chain, instance, {"execution": {"config": {"parallel": parallel}}})
    lines = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]
    kinds = [event.event_type_value for event in result.all_events]

    assert SEEN == [
        ("chain", "watching"),
        ("chain", ["one", "breaks"]),
        ("STEP_SUCCESS", "one"),
        ("STEP_FAILURE", "breaks"),
    ]
    assert not result.success
    assert "watching" in lines
    assert kinds.count("STEP_SUCCESS") == 1
    assert kinds[-1] == "PIPELINE_FAILURE"


def test_config_of_an_executor_is_checked(instance: DagsterInstance) -> None:
    with pytest.raises(DagsterInvalidConfigError, match="parallel"):
        execute_job(chain, instance, {"execution": {"config": {"paralel": True}}})


def test_events_of_its_own_are_stored_and_decide_how_the_run_ends(instance: DagsterInstance) -> None:
    class Refuses(Executor):
        @property
        def retries(self) -> RetryMode:
            return RetryMode.DISABLED

        def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[DagsterEvent]:
            yield DagsterEvent(DagsterEventType.STEP_FAILURE, plan_context.job_name, "one", "no machine is free")

    @executor
    def refusing(_init_context: InitExecutorContext) -> Executor:
        return Refuses()

    @job(executor_def=refusing)
    def small() -> None:
        one()

    result = execute_job(small, instance)

    assert (result.success, result.get_failed_step_keys()) == (False, {"one"})
    stored = instance.all_logs(result.run_id, DagsterEventType.STEP_FAILURE)
    assert [entry.get_dagster_event().message for entry in stored] == ["no machine is free"]


def test_an_inner_executor_may_try_no_step_again(instance: DagsterInstance) -> None:
    @op(retry_policy=RetryPolicy(max_retries=2))
    def flaky() -> None:
        SEEN.append("tried")
        raise RuntimeError("again")

    @executor
    def strict(_init_context: InitExecutorContext) -> Executor:
        return InProcessExecutor(retries=RetryMode.DISABLED)

    @job(executor_def=strict)
    def small() -> None:
        flaky()

    execute_job(small, instance)

    assert SEEN == ["tried"]


def test_what_an_executor_raises_fails_the_run(instance: DagsterInstance) -> None:
    @executor
    def broken(_init_context: InitExecutorContext) -> Executor:
        raise ValueError("no cluster")

    @executor
    def nothing(_init_context: InitExecutorContext) -> Any:
        return 5

    for definition, reason in ((broken, "no cluster"), (nothing, "is to return an Executor")):

        @job(executor_def=definition)
        def small() -> None:
            one()

        result = execute_job(small, instance)

        assert not result.success
        assert reason in str(result.get_run_failure_event().message)


def test_processes_need_an_instance_that_they_see() -> None:
    with DagsterInstance.ephemeral() as instance:
        result = execute_job(chain, instance, {"execution": {"config": {"parallel": False}}})

        assert "in memory" in str(result.get_run_failure_event().message)


def test_configured_executors_keep_their_function(instance: DagsterInstance) -> None:
    @job(executor_def=watching.configured({"parallel": False}, name="watching_serially"))
    def small() -> None:
        one()

    assert execute_job(small, instance).success
    assert SEEN[0] == ("small", "watching_serially")


def test_requirements_may_depend_on_config() -> None:
    @executor(requirements=lambda config: [ExecutorRequirement.PERSISTENT_OUTPUTS] if config else [])
    def picky(_init_context: InitExecutorContext) -> Executor:
        return InProcessExecutor()

    assert picky.get_requirements({"a": 1}) == [ExecutorRequirement.PERSISTENT_OUTPUTS]
    assert picky.get_requirements({}) == []
    assert len(multiprocess_executor.get_requirements({})) == 3


def test_an_executor_definition_needs_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="executor_creation_fn"):
        ExecutorDefinition("mine")


@pytest.mark.parametrize("given", [None, {}, {"enabled": {}}, {"disabled": {}}])
def test_retry_modes_are_read_from_config(given: Any) -> None:
    mode = RetryMode.from_config(given)

    assert mode is (RetryMode(next(iter(given))) if given else None)


def test_the_options_of_dagsters_multiprocess_executor_are_taken() -> None:
    configured = multiprocess_executor.configured(
        {
            "max_concurrent": 2,
            "retries": {"disabled": {}},
            "start_method": {"forkserver": {"preload_modules": ["json"]}},
            "tag_concurrency_limits": [{"key": "db", "limit": 1}],
        }
    )

    assert configured.kind == "multiprocess"
