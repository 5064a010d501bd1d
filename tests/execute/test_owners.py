"""Runs know the process that executes them from the moment they are stored; slots of those whose process is gone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from watchbell import DagsterInstance, execute_job, in_process_executor, job, op
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import LeaseLostError
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.pool import PoolClaim
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.worker_identity import own_identity

S = DagsterRunStatus


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as made:
        yield made


@op(pool="db")
def load() -> None: ...


@job(executor_def=in_process_executor)
def loading() -> None:
    load()


def in_process(made: JobDefinition, instance: DagsterInstance) -> None:
    made.execute_in_process(instance=instance)


@pytest.mark.parametrize("execute", [in_process, execute_job])
def test_a_run_is_stored_with_its_process(
    instance: DagsterInstance, execute: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, tuple[int, RunWorker | None]]] = []
    add_runs = instance.store.add_runs

    def added(*args: Any) -> None:
        add_runs(*args)
        seen.append(instance.store.run_workers())

    monkeypatch.setattr(instance.store, "add_runs", added)
    execute(loading, instance)

    assert [list(each.values()) for each in seen] == [[(0, own_identity())]]
    assert instance.store.run_workers() == {}


def one_slot(instance: DagsterInstance, status: DagsterRunStatus, worker: RunWorker | None) -> None:
    """The only slot is that of a run in this state, with this process; another of its steps waits."""
    instance.store.set_pool_limit("db", 1)
    now = instance.clock.now()
    instance.store.add_runs([DagsterRun("etl", "other", status=status)], now, worker)
    assert instance.store.claim_slot(PoolClaim("db", "other", "load"), None)
    assert not instance.store.claim_slot(PoolClaim("db", "other", "waits"), None)


@pytest.mark.parametrize("status", [S.NOT_STARTED, S.STARTING, S.STARTED, S.CANCELING])
@pytest.mark.parametrize("gone", [{"started": "long ago"}, {"boot_id": "before the reset"}], ids=["ended", "reset"])
def test_the_slots_of_a_run_whose_process_is_gone_go_to_who_waits(
    instance: DagsterInstance, status: DagsterRunStatus, gone: dict[str, Any]
) -> None:
    one_slot(instance, status, replace(own_identity(), **gone))

    result = loading.execute_in_process(instance=instance)

    assert result.success
    assert instance.store.pool_claims() == []


class Patience:
    """Counts the waits, and after some of them frees the slot of the other run, as its process would."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.waits = 0

    def __call__(self, *_: Any) -> None:
        self.waits += 1
        if self.waits == 3:
            self._store.free_slots("other", None)


@pytest.mark.parametrize(
    "worker",
    [None, own_identity(), replace(own_identity(), host_name="elsewhere", boot_id="another")],
    ids=["unknown", "alive", "elsewhere"],
)
def test_the_slots_of_others_are_left_to_them(
    instance: DagsterInstance, worker: RunWorker | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_slot(instance, S.NOT_STARTED, worker)
    patience = Patience(instance.store)
    monkeypatch.setattr("watchbell.execute.slots.Slots.wait", patience)
    monkeypatch.setattr("watchbell.execute.slots.POLL_SECONDS", 0.0)

    assert loading.execute_in_process(instance=instance).success
    assert patience.waits == 3


def test_a_run_that_somebody_ended_stops_where_it_would_take_a_slot(instance: DagsterInstance) -> None:
    instance.store.set_pool_limit("db", 1)
    began = []

    @op
    def first(context: Any) -> None:
        ended = DagsterEvent(DagsterEventType.RUN_FAILURE, context.job_name)
        context.instance.store.append([EventLogEntry(context.run_id, 1.0, dagster_event=ended)])

    @op(pool="db")
    def second(_before: Any) -> None:
        began.append(os.getpid())

    @job
    def made() -> None:
        second(first())

    with pytest.raises(LeaseLostError, match="is FAILURE"):
        made.execute_in_process(instance=instance)

    assert began == []
    assert instance.store.pool_claims() == []
