"""Runs in processes of their own that share a pool, while processes of steps and of runs are killed."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    DagsterInstance,
    RetryPolicy,
    execute_job,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
)
from watchbell.declare.job import JobDefinition
from watchbell.record.pool import PoolClaim
from watchbell.record.ports import Store
from watchbell.record.run import NOT_FINISHED_STATUSES, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.worker_identity import is_alive

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forked runs; Linux ends children of the dead")
SLOTS = 3


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(tmp_path) as opened:
        opened.store.set_pool_limit("db", SLOTS)
        yield opened


class Pool:
    """What the steps share: as many locks as there are slots. A lock ends with its process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notes = folder / "notes"

    def take(self) -> None:
        """Takes one for the rest of this process; notes when none is free, which must not happen."""
        for number in range(SLOTS):
            file = os.open(self._folder / f"lock-{number}", os.O_CREAT | os.O_RDWR)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                os.close(file)
        self.note("more than there are slots")

    def note(self, line: str) -> None:
        with self._notes.open("a") as notes:
            notes.write(f"{line}\n")

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []


def start(made: JobDefinition, instance: DagsterInstance, **config: Any) -> int:
    """A run in a process of its own; its pid."""
    home = instance.home
    pid = os.fork()
    if pid == 0:
        try:
            with DagsterInstance.from_home(home) as own:
                os._exit(0 if execute_job(made, own, run_config=config).success else 1)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(9)
    return pid


def processes(count: int) -> dict[str, Any]:
    return {"execution": {"config": {"max_concurrent": count}}}


def end_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def deadly(pool: Pool, seed: int, count: int) -> JobDefinition:
    """Of many steps, some of which are killed at their first attempt, some always, some raise."""

    @op(pool="db", retry_policy=RetryPolicy(max_retries=1))
    def work(context: Any) -> None:
        dice = random.Random(f"{seed} {context.run.run_config} {context.op_handle} {context.retry_number}")
        pool.take()
        pool.note("began")
        fate = dice.random()
        if fate < 0.1:
            os.kill(os.getpid(), signal.SIGKILL)
        if fate < 0.2:
            raise ValueError("no rows")

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        for number in range(count):
            work.alias(f"work_{number}")()

    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_two_runs_of_fifty_steps_share_three_slots_while_steps_are_killed(
    instance: DagsterInstance, tmp_path: Path, seed: int
) -> None:
    pool = Pool(tmp_path)
    made = deadly(pool, seed, 50)

    pids = [start(made, instance, **processes(4)), start(made, instance, **processes(2))]

    assert {end_of(pid) for pid in pids} <= {0, 1}
    assert "more than there are slots" not in pool.notes
    assert len(pool.notes) >= 100
    assert instance.store.pool_claims() == []
    assert {run.is_finished for run in instance.get_runs()} == {True}


def test_a_killed_run_loses_its_slots_to_who_waits_although_no_service_runs(
    instance: DagsterInstance, tmp_path: Path
) -> None:
    readable, writable = os.pipe()

    @op(pool="db")
    def hold() -> None:
        os.write(writable, b"x")
        signal.pause()

    @job(executor_def=multiprocess_executor)
    def holding() -> None:
        for number in range(SLOTS + 2):
            hold.alias(f"hold_{number}")()

    killed = start(holding, instance, **processes(SLOTS + 1))
    for _ in range(SLOTS):
        os.read(readable, 1)
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    os.close(readable)
    os.close(writable)
    assert len([each for each in instance.store.pool_claims() if each.is_held]) == SLOTS

    pool = Pool(tmp_path)
    end_of(start(deadly(pool, 3, 5), instance, **processes(2)))

    assert pool.notes.count("began") >= 5
    assert instance.store.pool_claims() == []


def test_a_run_that_waits_is_woken_when_a_slot_is_free_not_at_its_next_look(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbell.execute.slots.POLL_SECONDS", 1_000.0)
    instance.store.set_pool_limit("db", 1)
    instance.add_run(DagsterRun("etl", "other", status=DagsterRunStatus.STARTED))
    assert instance.store.claim_slot(PoolClaim("db", "other", "load"), None)

    @op(pool="db")
    def work() -> None: ...

    @job
    def made() -> None:
        work()
        work.alias("again")()

    executors: list[dict[str, Any]] = [{"multiprocess": {}}, {"in_process": {}}]
    pids = [start(made, instance, execution={"config": each}) for each in executors]
    while len({each.run_id for each in instance.store.pool_claims("db")}) < 3:
        os.sched_yield()
    instance.store.free_slots("other", "load")

    assert [end_of(pid) for pid in pids] == [0, 0]


def test_a_run_without_room_for_another_step_holds_up_no_other_run(instance: DagsterInstance, tmp_path: Path) -> None:
    """The first run stands in front of the line, but its only process is busy with a step that waits for the second."""
    instance.store.set_pool_limit("db", 1)
    instance.add_run(DagsterRun("etl", "other", status=DagsterRunStatus.STARTED))
    assert instance.store.claim_slot(PoolClaim("db", "other", "load"), None)
    os.mkfifo(tmp_path / "stands")
    os.mkfifo(tmp_path / "go")

    @op(pool="db")
    def early() -> None: ...

    @op
    def busy() -> None:
        (tmp_path / "stands").write_text("in line")
        (tmp_path / "go").read_text()

    @job(executor_def=in_process_executor)
    def first() -> None:
        early()
        busy()

    @op(pool="db")
    def late() -> None:
        (tmp_path / "go").write_text("on")

    @job(executor_def=in_process_executor)
    def second() -> None:
        late()

    one = start(first, instance)
    (tmp_path / "stands").read_text()
    assert next(each.run_id for each in instance.store.pool_claims("db")) == "other"
    two = start(second, instance)
    instance.store.free_slots("other", "load")

    assert [end_of(two), end_of(one)] == [0, 0]


CHANGING = frozenset({"add_runs", "append", "claim_slot", "free_slots", "let_others_pass"})


class Killing:
    """A store whose process is killed before or after its n-th change.

    Args:
        store: the real one.
        at: which change, from 1.
        after: whether the change is made first.
    """

    def __init__(self, store: Store, at: int, after: bool) -> None:
        self._store = store
        self._left = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return partial(self._change, method) if name in CHANGING else method

    def _change(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*args, **kwargs)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


@op(pool="db")
def load() -> None: ...


@job(executor_def=multiprocess_executor)
def loading() -> None:
    load()
    load.alias("more")()


@job(executor_def=in_process_executor)
def loading_here() -> None:
    load()
    load.alias("more")()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("made", [loading, loading_here], ids=["in processes", "in one"])
def test_a_run_killed_at_any_of_its_changes_keeps_no_slot_from_the_next(
    instance: DagsterInstance, made: JobDefinition, after: bool
) -> None:
    instance.store.set_pool_limit("db", 1)
    home, at, is_killed = instance.home, 0, True
    while is_killed:
        at += 1
        pid = os.fork()
        if pid == 0:
            with DagsterInstance.from_home(home) as own:
                own.store = Killing(own.store, at, after)  # type: ignore[assignment]
                os._exit(0 if execute_job(made, own).success else 1)
        is_killed = end_of(pid) == -signal.SIGKILL

        assert loading_here.execute_in_process(instance=instance).success
        assert instance.store.pool_claims() == []

    unfinished = {run.run_id for run in instance.get_runs(RunsFilter(statuses=NOT_FINISHED_STATUSES))}
    owners = instance.store.run_workers()
    assert owners.keys() == unfinished  # so that a service finds and ends them all
    assert {worker is not None and is_alive(worker) for _, worker in owners.values()} == {False}
    assert at > 5
