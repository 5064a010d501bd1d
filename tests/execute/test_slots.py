"""Steps that wait for a slot of their pool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    DagsterInstance,
    asset,
    execute_job,
    failure_hook,
    in_process_executor,
    job,
    materialize,
    multiprocess_executor,
    op,
)
from watchbell.declare.run_config import resolve_run_config
from watchbell.execute.interrupts import Interrupts
from watchbell.execute.run import plan_of
from watchbell.execute.slots import slots_of
from watchbell.ground.clock import SystemClock
from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as made:
        yield made


@pytest.mark.parametrize("executor_def", [in_process_executor, multiprocess_executor])
def test_never_more_steps_of_a_pool_run_than_it_has_slots(
    instance: DagsterInstance, tmp_path: Path, executor_def: Any
) -> None:
    @op(pool="db")
    def work(context: Any) -> int:
        own = tmp_path / f"running-{context.op.name}"
        own.touch()
        count = len(list(tmp_path.glob("running-*")))
        own.unlink()
        return count

    @job(executor_def=executor_def)
    def wide() -> None:
        for number in range(4):
            work.alias(f"work_{number}")()

    instance.store.set_pool_limit("db", 1)
    result = execute_job(wide, instance)

    assert result.success
    assert [result.output_for_node(f"work_{number}") for number in range(4)] == [1, 1, 1, 1]
    assert instance.store.pool_claims() == []


def test_the_tag_of_older_code_names_a_pool_too(instance: DagsterInstance) -> None:
    seen = []

    @op(tags={"dagster/concurrency_key": "db"})
    def work(context: Any) -> None:
        seen.extend(context.instance.store.pool_claims("db"))

    @job
    def small() -> None:
        work()

    instance.store.set_pool_limit("db", 2)
    small.execute_in_process(instance=instance)

    assert [(each.step_key, each.is_held) for each in seen] == [("work", True)]


def test_an_asset_may_be_in_a_pool(instance: DagsterInstance) -> None:
    seen = []

    @asset(pool="db")
    def orders(context: Any) -> None:
        seen.extend(context.instance.store.pool_claims("db"))

    instance.store.set_pool_limit("db", 1)
    materialize([orders], instance=instance)

    assert [each.step_key for each in seen] == ["orders"]
    assert instance.store.pool_claims() == []


def test_a_step_waits_for_a_slot_that_another_run_has(instance: DagsterInstance) -> None:
    @op(pool="db")
    def work() -> None: ...

    @op
    def apart(context: Any) -> None:
        context.instance.store.free_slots("another run", "load")

    @job(executor_def=in_process_executor)
    def small() -> None:
        work.alias("a_work")()
        apart()

    instance.store.set_pool_limit("db", 1)
    instance.add_run(DagsterRun("etl", "another run", status=DagsterRunStatus.STARTED))
    instance.store.claim_slot(PoolClaim("db", "another run", "load"), None)
    result = execute_job(small, instance)

    starts = [event.step_key for event in result.all_events if event.event_type_value == "STEP_START"]
    assert starts == ["apart", "a_work"]
    assert any("waits for a slot of pool 'db'" in str(event.message) for event in result.all_events)


def test_a_failed_step_gives_its_slot_back_before_its_hooks_are_over(instance: DagsterInstance) -> None:
    @failure_hook
    def tell(_context: Any) -> None: ...

    @op(pool="db")
    def breaks() -> None:
        raise RuntimeError("no rows")

    @job(hooks={tell})
    def small() -> None:
        breaks()
        breaks.alias("second")()

    instance.store.set_pool_limit("db", 1)
    result = small.execute_in_process(instance=instance, raise_on_error=False)

    assert result.get_failed_step_keys() == {"breaks", "second"}
    assert instance.store.pool_claims() == []


def test_a_process_that_dies_gives_its_slot_back(instance: DagsterInstance) -> None:
    @op(pool="db")
    def dies() -> None:
        os.kill(os.getpid(), 9)

    @op(pool="db")
    def lives() -> None: ...

    @job(executor_def=multiprocess_executor)
    def small() -> None:
        dies()
        lives()

    instance.store.set_pool_limit("db", 1)
    result = execute_job(small, instance)

    assert (result.is_node_failed("dies"), result.is_node_success("lives")) == (True, True)


def test_whole_runs_take_slots_where_the_settings_say_so() -> None:
    @op(pool="db")
    def work() -> None: ...

    @job
    def small() -> None:
        work()
        work.alias("second")()

    with DagsterInstance.ephemeral(settings=Settings(pool_granularity="run", pool_default_limit=1)) as instance:
        seen: list[Any] = []
        for run_id in ("another run", "r"):
            instance.add_run(DagsterRun("etl", run_id, status=DagsterRunStatus.STARTED))
        assert instance.store.claim_slot(PoolClaim("db", "another run"), 1)
        steps = list(plan_of(small, resolve_run_config(small)).steps)
        slots = slots_of(steps, instance, "r", _Journal(seen))  # type: ignore[arg-type]
        assert slots is not None

        def wait(_seconds: float) -> None:
            seen.append(instance.store.pool_claims("db"))
            instance.store.free_slots("another run", "")

        slots.claim_for_run(steps, Interrupts(), wait)

        assert [(each.run_id, each.is_held) for each in seen[-1]] == [("another run", True), ("r", False)]
        assert [(each.run_id, each.is_held) for each in instance.store.pool_claims("db")] == [("r", True)]
        instance.store.free_slots("r", "")
        assert small.execute_in_process(instance=instance).success
        assert instance.store.pool_claims() == []


class _Journal:
    clock = SystemClock()

    def __init__(self, seen: list[Any]) -> None:
        self._seen = seen

    def event(self, *said: Any) -> None:
        self._seen.append(said[1])
