"""The service is killed before and after each of its changes while backfills go on, and people change these meanwhile.

Whatever was going on: every part is over as its runs say, has one run for each time it was begun, none of them was
executed twice, none was made before what it needs was done, and each past time of the schedule has one tick.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import LOCATION, NOON, schedule_key
from tests.simulation.world import Crash, Service, World
from watchbell.backfills import Backfills
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTarget, PartState, needs_ranges
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import AUTO_RETRY_TAG, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus
from watchbell.services.backfills import BackfillsLoop
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint
from watchbell.services.monitor import MonitorLoop
from watchbell.services.queue import LocationReady, QueueLoop
from watchbell.services.retries import RetriesLoop
from watchbell.services.ticker import Desk

DAYS = ("", "", "", "0-1", "2", "3-4", "5", "", "7", "6,8")
WEEKS = ("", "", "", "", "0", "1")
HOURS = 3
REPAIRS = 11
BEFORE_SECONDS, AFTER_SECONDS = 40, 120
S, P = DagsterRunStatus, PartState
UNMADE = P.SKIPPED, P.BLOCKED, P.CANCELED


class People(Backfills):
    """Who asks for backfills, and changes them at their times, whether or not a service lives."""

    def __init__(self, world: World) -> None:
        self.store, self.clock = world.store, world.clock
        self._wishes = [
            (10, lambda: self.pause_backfill("days")),
            (20, lambda: self.resume_backfill("days")),
            (25, lambda: self.cancel_backfill("weeks")),
            (35, lambda: self.retry_backfill("days")),
            (35, lambda: self.limit_backfill("hours", 9)),
            (90, lambda: self.retry_backfill("hours")),
        ]
        target = BackfillTarget("etl", LOCATION)
        for name, needs, cap in (("days", DAYS, 3), ("weeks", WEEKS, None)):
            self.add_backfill(
                Backfill(name, (target,), NOON, max_concurrent_runs=cap),
                [BackfillPart(number, partition_key=str(number), needs=each) for number, each in enumerate(needs)],
            )
        self.add_backfill(
            Backfill("hours", (target,), NOON, schedule_name="three", max_concurrent_runs=2),
            [BackfillPart(number, scheduled_at=NOON - timedelta(hours=9 - number)) for number in range(HOURS)],
        )

    def act(self) -> None:
        """Everything whose time has come."""
        while self._wishes and self.clock.now() >= NOON + timedelta(seconds=30 + self._wishes[0][0]):
            _, wish = self._wishes.pop(0)
            try:
                wish()
            except DagsterInvariantViolationError:
                pass  # it is over already, or nothing of it failed


class BackfillService(Service):
    """The loops that runs of backfills need."""

    def begin(self) -> None:
        """Takes the lease and makes the loops."""
        held = self.store.lease(LEASE_NAME)
        if held is not None:
            self.store.release_lease(held)
        lease = self.store.acquire_lease(LEASE_NAME, f"service {id(self)}", self._world.clock.now(), LEASE_SECONDS)
        assert lease is not None
        settings = Settings(max_concurrent_runs=4, run_max_retries=1, max_runtime_seconds=10)
        desk = Desk(self.store, self._user_code, settings, lambda: lease, self._world.new_run_id)  # type: ignore[arg-type]
        hosts = {LOCATION: self._user_code}
        self._loops = {
            "backfills": BackfillsLoop(desk, hosts, lambda: self._tell("queue", Hint("runs"))),  # type: ignore[arg-type]
            "retries": RetriesLoop(desk),
            "monitor": MonitorLoop(desk, {LOCATION: self}, self._tell_of_ends),
            "queue": QueueLoop(desk, {LOCATION: self.start}),
        }
        self._tell("backfills", LocationReady(LOCATION))

    def _step_loops(self) -> bool:
        now = self._world.clock.now()
        answers, self._user_code.answers = self._user_code.answers, []
        for message in (*answers, Hint("run_status"), Hint("backfills")):
            self._tell("backfills", message)
        self._tell("queue", Hint("runs"))
        self._tell("queue", Hint("backfills"))
        self._tell("monitor", Hint("run_status"))
        is_busy = bool(answers)
        for name, loop in self._loops.items():
            messages, self._inboxes[name] = self._inboxes.get(name, []), []
            changes = self.store.changes
            next_at = loop.step(now, messages)
            is_busy = is_busy or self.store.changes != changes or (next_at is not None and next_at <= now)
        return is_busy or bool(self._user_code.answers) or any(self._inboxes[name] for name in ("queue", "monitor"))

    def live(self, seconds: int, people: People) -> None:
        """Works while the world's clock goes on."""
        self.begin()
        self.settle()
        for _ in range(seconds // 5):
            people.act()
            self._world.clock.advance(5)
            self.settle()


def live(path: Path, crash_at: int, after: bool, again_at: int = 0) -> tuple[World, int]:
    """A life with one crash, or two; the world as it is then, and the changes the first service had made."""
    world = World(path)
    people = People(world)
    first = BackfillService(world, crash_at, after)
    try:
        first.live(BEFORE_SECONDS, people)
    except Crash:
        pass
    changes = first.store.changes
    first.close()
    if again_at:
        second = BackfillService(world, again_at, after=crash_at % 2 == 0, workers_first=crash_at % 3 != 1)
        try:
            second.live(15, people)
        except Crash:
            pass
        second.close()
    last = BackfillService(world, workers_first=crash_at % 3 != 0)
    last.live(AFTER_SECONDS, people)
    last.close()
    return world, changes


def runs_of(world: World, backfill: str, number: int) -> list[DagsterRun]:
    tags = {"dagster/backfill": backfill, "watchbell/backfill_part": str(number)}
    return [record.dagster_run for record in world.store.run_records(RunsFilter(tags=tags), ascending=True)]


def check(world: World) -> None:
    assert max(Counter(world.executed).values()) == 1
    for name in ("days", "weeks", "hours"):
        backfill = world.store.backfill(name)
        assert backfill is not None
        assert backfill.status.is_over
        assert backfill.count(P.WAITING, P.RUNNING) == 0
        parts = world.store.backfill_parts(backfill)
        for part in parts:
            check_part(world, name, part, parts)
    check_times(world)


def check_part(world: World, name: str, part: BackfillPart, parts: list[BackfillPart]) -> None:
    runs = runs_of(world, name, part.number)
    statuses = {run.run_id: run.status for run in runs}
    if name != "hours":
        made = [run for run in runs if run.parent_run_id is None]
        assert len(made) == part.attempt
        assert {run.tags["dagster/partition"] for run in made} <= {str(part.number)}
    ended = {statuses[run_id] for run_id in part.run_ids}
    if part.state is P.SUCCEEDED:
        assert ended == {S.SUCCESS}
    elif part.state is P.FAILED:
        assert S.FAILURE in ended
    else:
        assert part.state in UNMADE
    assert all(AUTO_RETRY_TAG not in run.tags for run in runs if run.run_id in part.run_ids)
    needs = [number for low, high in needs_ranges(part.needs) for number in range(low, high + 1)]
    if part.state is P.BLOCKED:
        assert any(not parts[number].state.is_good for number in needs)
    for run in runs:
        asked_at = event_id(world, run.run_id, DagsterEventType.RUN_ENQUEUED)
        for number in needs:
            ends = [event_id(world, each.run_id, DagsterEventType.RUN_SUCCESS) for each in runs_of(world, name, number)]
            assert any(0 < end < asked_at for end in ends)


def event_id(world: World, run_id: str, kind: DagsterEventType) -> int:
    found = world.store.events(EventQuery(run_id=run_id, types=frozenset({kind})))
    return (found[0].storage_id or 0) if found else 0


def check_times(world: World) -> None:
    ticks = world.store.ticks(schedule_key("three"))
    assert {tick.tick_at for tick in ticks} == {NOON - timedelta(hours=9 - number) for number in range(HOURS)}
    assert [tick.status for tick in ticks] == [TickStatus.SUCCESS] * HOURS
    for number in range(HOURS):
        asked = [run for run in runs_of(world, "hours", number) if run.parent_run_id is None]
        assert len(asked) == 3
    assert world.store.automation_state(schedule_key("three")) is None


def changes_of_a_life_without_crash(folder: Path) -> int:
    world, changes = live(folder / "calm.db", 0, after=False)
    check(world)
    states = Counter(
        part.state for backfill in world.store.backfills() for part in world.store.backfill_parts(backfill)
    )
    assert states[P.SUCCEEDED] >= 9
    assert states[P.CANCELED] >= 1
    return changes


def test_a_life_of_backfills_without_crash_is_what_the_invariants_say(tmp_path: Path) -> None:
    assert changes_of_a_life_without_crash(tmp_path) > 60


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("part", range(4))
def test_a_crash_at_any_change_leaves_every_part_as_asked(tmp_path: Path, after: bool, part: int) -> None:
    changes = changes_of_a_life_without_crash(tmp_path)
    for crash_at in share(range(1 + part, changes + 1, 4), 7):
        check_a_life(tmp_path, crash_at, after, 0)


@pytest.mark.parametrize("part", range(4))
def test_a_second_crash_while_the_first_is_repaired_leaves_every_part_as_asked(tmp_path: Path, part: int) -> None:
    changes = changes_of_a_life_without_crash(tmp_path)
    for crash_at in share(range(1 + part, changes + 1, 8)):
        check_a_life(tmp_path, crash_at, True, 1 + crash_at % REPAIRS)


def check_a_life(folder: Path, crash_at: int, after: bool, again_at: int) -> None:
    world, _ = live(folder / f"{crash_at}.db", crash_at, after, again_at)
    try:
        check(world)
    except BaseException as error:
        error.add_note(f"killed {'after' if after else 'before'} change {crash_at}, then at change {again_at}")
        raise
    world.store.close()
