"""The service is killed before and after each of its changes to the store, one after the other, and started again.

Whatever was going on: every number of every counting sensor, every due minute of every schedule and every watched event
has its runs exactly once, every run ends and is executed at most once (exactly once unless its worker died), each run
that failed is executed again by exactly one other, and no tick is open or doubled. And the same when the second service
is killed as well, at each of its first changes: it is the one that repairs.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import NOON, schedule_key, sensor_key
from tests.simulation.world import Crash, Service, Worker, World
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import AUTO_RETRY_TAG, FINISHED_STATUSES, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import TickStatus

BEFORE_SECONDS = 140
"""What the first service lives through if nobody kills it: two due minutes, some evaluations of each sensor."""
AFTER_SECONDS = 60
REPAIRS = 13
"""Changes of the second service that are tried as the place of its own end, by turns."""


def live(path: Path, crash_at: int, after: bool, again_at: int = 0) -> tuple[World, int]:
    """A life with one crash, or two; the world as it is then, and the changes the first service had made.

    Args:
        path: the database file.
        crash_at: the change at which the first service is killed, from 1; 0: none.
        after: whether that change is made first.
        again_at: the change at which the second one is killed, before or after it by turns; 0: none.
    """
    world = World(path)
    first = Service(world, crash_at, after)
    try:
        first.begin()
        first.settle()
        first.run_for(BEFORE_SECONDS)
    except Crash:
        pass
    changes = first.store.changes
    first.close()
    if again_at:
        second = Service(world, again_at, after=crash_at % 2 == 0, workers_first=crash_at % 3 != 1)
        try:
            second.begin()
            second.settle()
            second.run_for(20)
        except Crash:
            pass
        second.close()
    last = Service(world, workers_first=crash_at % 3 != 0)
    last.begin()
    last.settle()
    last.run_for(AFTER_SECONDS)
    last.settle()
    last.close()
    return world, changes


def runs_by(world: World, tag: str, name: str, *, with_retries: bool = False) -> list[DagsterRun]:
    found = [record.dagster_run for record in world.store.run_records(RunsFilter(tags={tag: name}), ascending=True)]
    return [run for run in found if with_retries or run.parent_run_id is None]


def check(world: World) -> None:
    runs = [record.dagster_run for record in world.store.run_records(RunsFilter())]
    workers = {worker.start.run_id: worker for worker in world.workers}
    assert {run.run_id: run.status for run in runs} == {run.run_id: end_of(workers[run.run_id]) for run in runs}
    wanted = [run.run_id for run in runs if not workers[run.run_id].dies_at_work]
    assert Counter(world.executed) == Counter(wanted)
    assert {end_of(worker) for worker in world.workers} == set(FINISHED_STATUSES)
    assert any(worker.dies_before_it_begins for worker in world.workers)
    check_retries(runs)
    check_schedules(world)
    check_sensors(world)
    check_followed(world)


def end_of(worker: Worker) -> DagsterRunStatus:
    if worker.dies_at_work or worker.is_endless:
        return DagsterRunStatus.FAILURE
    return DagsterRunStatus.CANCELED if worker.is_unwanted else DagsterRunStatus.SUCCESS


def check_retries(runs: list[DagsterRun]) -> None:
    """Each run that failed is executed once again, no other run is, and each knows of the other."""
    failed = {run.run_id for run in runs if run.status is DagsterRunStatus.FAILURE and run.parent_run_id is None}
    retries = [run for run in runs if run.parent_run_id is not None]
    assert Counter(run.parent_run_id for run in retries) == Counter(failed)
    known = {run.tags[AUTO_RETRY_TAG]: run.run_id for run in runs if AUTO_RETRY_TAG in run.tags}
    assert known == {run.run_id: run.parent_run_id for run in retries}


def check_schedules(world: World) -> None:
    minutes = int((world.clock.now() - NOON).total_seconds() // 60)
    due = [NOON + timedelta(minutes=minute) for minute in range(1, minutes + 1)]
    for name, number in (("one", 1), ("three", 3), ("keyed", 1)):
        ticks = list(reversed(world.store.ticks(schedule_key(name))))
        assert [tick.tick_at for tick in ticks] == due
        assert {tick.status for tick in ticks} == {TickStatus.SUCCESS}
        stored = Counter(
            run.tags[".dagster/scheduled_execution_time"] for run in runs_by(world, "dagster/schedule_name", name)
        )
        assert stored == Counter({moment.isoformat(): number for moment in due})


def check_sensors(world: World) -> None:
    for name, number in (("count_one", 1), ("count_three", 3), ("count_keyed", 1)):
        state = world.store.automation_state(sensor_key(name))
        assert state is not None
        count = int(state.cursor or 0)
        assert count >= 2
        wanted = {f"{each}.{part}": 1 for each in range(1, count + 1) for part in range(number)}
        assert Counter(run.tags["number"] for run in runs_by(world, "dagster/sensor_name", name)) == Counter(wanted)
        ticks = list(reversed(world.store.ticks(sensor_key(name))))
        assert [tick.cursor for tick in ticks] == [str(each) for each in range(1, count + 1)]
    same = list(reversed(world.store.ticks(sensor_key("same_key"))))
    assert len(runs_by(world, "dagster/sensor_name", "same_key")) == 1
    assert [tick.status for tick in same] == [TickStatus.SUCCESS, *[TickStatus.SKIPPED] * (len(same) - 1)]


def check_followed(world: World) -> None:
    """The run status sensor asked for one run per success of job ``one``, in their order."""
    watched = {run.run_id for run in runs_by(world, "dagster/schedule_name", "one", with_retries=True)}
    events = world.store.events(EventQuery(types=frozenset({DagsterEventType.RUN_SUCCESS})))
    wanted = [str(event.storage_id) for event in events if event.run_id in watched]
    asked = [run.tags["number"] for run in runs_by(world, "dagster/sensor_name", "on_success")]
    assert asked == wanted


def changes_of_a_life_without_crash(folder: Path) -> int:
    world, changes = live(folder / "calm.db", 0, after=False)
    check(world)
    return changes


def test_a_life_without_crash_is_what_the_invariants_say(tmp_path: Path) -> None:
    assert changes_of_a_life_without_crash(tmp_path) > 40


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("part", range(4))
def test_a_crash_at_any_change_loses_and_doubles_nothing(tmp_path: Path, after: bool, part: int) -> None:
    changes = changes_of_a_life_without_crash(tmp_path)
    for crash_at in share(range(1 + part, changes + 1, 4), 7):
        check_a_life(tmp_path, crash_at, after, 0)


@pytest.mark.parametrize("part", range(4))
def test_a_second_crash_while_the_first_is_repaired_loses_and_doubles_nothing(tmp_path: Path, part: int) -> None:
    changes = changes_of_a_life_without_crash(tmp_path)
    for crash_at in share(range(1 + part, changes + 1, 4), 7):
        check_a_life(tmp_path, crash_at, True, 1 + crash_at % REPAIRS)


def check_a_life(folder: Path, crash_at: int, after: bool, again_at: int) -> None:
    world, _ = live(folder / f"{crash_at}.db", crash_at, after, again_at)
    try:
        check(world)
    except BaseException as error:
        error.add_note(f"killed {'after' if after else 'before'} change {crash_at}, then at change {again_at}")
        raise
    world.store.close()
