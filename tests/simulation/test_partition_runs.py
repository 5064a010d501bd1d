"""Runs for partitions are killed at each of their changes, marked by the monitor, executed again, wiped, canceled.

What a run writes is what a real one wrote, as far as it came: a killed process leaves a beginning of its log. Whatever
happens, the sets of partitions that were made, failed and are being made are as the events say, read one by one by a
model that knows keys alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.services.fakes import NOON
from watchbell import (
    AssetKey,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DailyPartitionsDefinition,
    Definitions,
    MultiPartitionsDefinition,
    Output,
    StaticPartitionsDefinition,
    asset,
    define_asset_job,
)
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.evaluation import WorkerExit
from watchbell.record.event import AssetMaterializationPlannedData, DagsterEventType, EventLogEntry
from watchbell.record.lease import Lease
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.query import EventQuery
from watchbell.record.run import RunWorker
from watchbell.record.settings import Settings
from watchbell.services.monitor import MonitorLoop
from watchbell.services.ticker import Desk

RAW, CLEAN = AssetKey("raw"), AssetKey("clean")
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-09")
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
GRID = MultiPartitionsDefinition(
    {"day": DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03"), "place": LETTERS}
)
ONE = {"dagster/partition": "2026-01-02"}
RANGE = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-05"}
CELL = {"dagster/partition": "2026-01-02|b", "dagster/partition/day": "2026-01-02", "dagster/partition/place": "b"}
KINDS: dict[str, tuple[PartitionsDefinition, dict[str, str]]] = {
    "one": (DAYS, ONE),
    "range": (DAYS, RANGE),
    "cell": (GRID, CELL),
}
MADE, PLANNED = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED
END_KINDS = {
    DagsterEventType.RUN_SUCCESS: DagsterRunStatus.SUCCESS,
    DagsterEventType.RUN_FAILURE: DagsterRunStatus.FAILURE,
    DagsterEventType.RUN_CANCELED: DagsterRunStatus.CANCELED,
}
WORKER = RunWorker(4711, "then", "boot", "box")


def written(definition: PartitionsDefinition, tags: dict[str, str], fails: bool = False) -> list[EventLogEntry]:
    """The log of a real run of two assets, the second made of the first."""

    @asset(partitions_def=definition)
    def raw() -> Output[None]:
        return Output(None)

    @asset(partitions_def=definition, deps=[raw])
    def clean() -> None:
        if fails:
            raise ValueError("no")

    defs = Definitions([raw, clean], jobs=[define_asset_job("etl", [RAW, CLEAN])])
    with DagsterInstance.ephemeral() as instance:
        etl = defs.get_job_def("etl")
        result = etl.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
        assert result.success is not fails
        return list(instance.store.events(EventQuery(run_id=result.run_id)))


class Model:
    """What the events say, by asset and key."""

    def __init__(self, definition: PartitionsDefinition) -> None:
        self._definition = definition
        self.made: dict[tuple[str, str], int] = {}
        self.failed: set[tuple[str, str]] = set()
        self.plans: dict[str, dict[str, tuple[int, set[str]]]] = {}
        self._now = 0

    def read(self, entry: EventLogEntry) -> None:
        """One event more."""
        event = entry.dagster_event
        if event is None:
            return
        self._now += 1
        asset_key = "" if event.asset_key is None else event.asset_key.to_user_string()
        data = event.event_specific_data
        plans = self.plans.setdefault(entry.run_id, {})
        if isinstance(data, AssetMaterializationPlannedData):
            assert data.partitions is not None
            ordinals = OrdinalSet.from_text(data.partitions)
            plans[asset_key] = self._now, set(self._definition.keys_of(ordinals, PartitionsView(NOON)))
        elif event.event_type is MADE:
            assert event.partition is not None
            self.made[asset_key, event.partition] = self._now
            self.failed.discard((asset_key, event.partition))
            if asset_key in plans:
                plans[asset_key][1].discard(event.partition)
        elif event.event_type in END_KINDS:
            self._end(self.plans.pop(entry.run_id), END_KINDS[event.event_type])

    def _end(self, plans: dict[str, tuple[int, set[str]]], status: DagsterRunStatus) -> None:
        for asset_key, (planned, keys) in plans.items():
            for key in keys:
                at = asset_key, key
                if status is DagsterRunStatus.SUCCESS:
                    self.failed.discard(at)
                elif status is DagsterRunStatus.FAILURE and not self._is_settled_after(planned, at):
                    self.failed.add(at)

    def _is_settled_after(self, planned: int, at: tuple[str, str]) -> bool:
        """Whether somebody else made it since, or a later run is to."""
        if self.made.get(at, 0) > planned:
            return True
        others = [plans[at[0]] for plans in self.plans.values() if at[0] in plans]
        return any(other > planned and at[1] in keys for other, keys in others)

    def wipe(self, asset_key: AssetKey, keys: Sequence[str]) -> None:
        """Somebody does."""
        for key in keys:
            self.made.pop((asset_key.to_user_string(), key), None)
            self.failed.discard((asset_key.to_user_string(), key))

    def delete(self, run_id: str) -> None:
        """Somebody deletes a run."""
        self.plans.pop(run_id, None)

    def sets(self, asset_key: AssetKey) -> tuple[set[str], set[str], set[str]]:
        """Made; failed, and not being made again; being made."""
        name = asset_key.to_user_string()
        going = set().union(*(plans[name][1] for plans in self.plans.values() if name in plans))
        made = {key for asset_name, key in self.made if asset_name == name}
        return made, {key for asset_name, key in self.failed if asset_name == name} - going, going


class NoLauncher:
    """Whose runs are watched by the test."""

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        """Told by the test."""
        return True

    def cancel(self, cancel: Any, worker: RunWorker | None) -> bool:
        """There is no process any more."""
        return False


@dataclass
class World:
    """An instance, the model of it, and runs that write what real ones wrote."""

    instance: DagsterInstance
    definition: PartitionsDefinition

    def __post_init__(self) -> None:
        self.model = Model(self.definition)
        self.store = self.instance.store

    def begin(self, run_id: str, tags: dict[str, str]) -> None:
        """A run has a process."""
        run = DagsterRun("etl", run_id, tags=tags, status=DagsterRunStatus.STARTED, location_name="code")
        self.store.add_runs([run], NOON, WORKER)

    def write(self, run_id: str, entries: Sequence[EventLogEntry]) -> None:
        """It writes, all at once."""
        mine = [replace(entry, run_id=run_id) for entry in entries]
        if mine:
            self.store.append(mine, attempt=0)
        for entry in mine:
            self.model.read(entry)

    def mark(self, run_id: str, *, canceled: bool = False) -> None:
        """Its process is gone: the monitor sees to that, as the first or as a later service."""
        if canceled:
            self.store.request_cancel(run_id, NOON)
        last = self.store.last_event_id()
        desk = Desk(self.store, None, Settings(), _no_lease, str)  # type: ignore[arg-type]
        monitor = MonitorLoop(desk, {"code": NoLauncher()}, lambda _: None)  # type: ignore[dict-item]
        monitor.step(NOON, [WorkerExit(run_id, 0, WORKER.pid, signal="SIGKILL")])
        for entry in self.store.events(EventQuery(run_id=run_id, after_id=last)):
            self.model.read(entry)
        record = self.store.run_record(run_id)
        assert record is not None
        assert record.dagster_run.is_finished

    def wipe(self, asset_key: AssetKey, *keys: str) -> None:
        """Somebody does."""
        self.instance.wipe_asset_partitions(asset_key, keys)
        self.model.wipe(asset_key, keys)

    def delete(self, run_id: str) -> None:
        """Somebody does."""
        self.instance.delete_run(run_id)
        self.model.delete(run_id)

    def sets(self, asset_key: AssetKey) -> tuple[set[str], set[str], set[str]]:
        """As the instance tells them."""
        state = self.instance.partition_state(asset_key, self.definition)
        parts = (state.materialized, state.failed, state.in_progress)
        view = PartitionsView(NOON)
        made, failed, going = (set(self.definition.keys_of(part, view)) for part in parts)
        return made, failed, going

    def check(self) -> None:
        """Both say the same of both assets."""
        for asset_key in (RAW, CLEAN):
            assert self.sets(asset_key) == self.model.sets(asset_key)


def _no_lease() -> Lease:
    raise AssertionError("the monitor needs no lease")


@pytest.fixture
def world() -> Iterator[World]:
    with DagsterInstance.ephemeral() as instance:
        yield World(instance, DAYS)


@pytest.mark.parametrize("canceled", [False, True], ids=["killed", "canceled"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_at_any_change_leaves_what_its_events_say_and_executed_again_clears_it(
    kind: str, canceled: bool
) -> None:
    definition, tags = KINDS[kind]
    log = written(definition, tags)
    with DagsterInstance.ephemeral() as instance:
        world = World(instance, definition)
        for count in range(len(log)):  # its last event is its end
            first, second = f"run {count}", f"again {count}"
            world.begin(first, tags)
            world.write(first, log[:count])
            world.check()
            world.mark(first, canceled=canceled)
            world.check()
            made, failed, going = world.sets(CLEAN)
            assert (bool(failed) and canceled, going) == (False, set())
            world.begin(second, tags)
            world.write(second, log)
            world.check()
            assert world.sets(CLEAN)[1:] == (set(), set())
            world.wipe(RAW, *world.sets(RAW)[0])
            world.wipe(CLEAN, *made | world.sets(CLEAN)[0])
            world.check()
            assert world.sets(CLEAN) == (set(), set(), set())


def test_a_range_killed_in_its_middle_has_made_some_and_failed_in_the_others(world: World) -> None:
    log = written(DAYS, RANGE)
    places = [place for place, entry in enumerate(log) if entry.dagster_event_type is MADE]
    world.begin("run", RANGE)

    world.write("run", log[: places[1] + 1])
    world.mark("run")

    assert world.sets(RAW) == ({"2026-01-02", "2026-01-03"}, {"2026-01-04", "2026-01-05"}, set())
    assert world.sets(CLEAN) == (set(), {"2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"}, set())


def test_a_range_canceled_in_its_middle_has_made_some_and_failed_in_none(world: World) -> None:
    log = written(DAYS, RANGE)
    places = [place for place, entry in enumerate(log) if entry.dagster_event_type is MADE]
    world.begin("run", RANGE)

    world.write("run", log[: places[1] + 1])
    world.mark("run", canceled=True)

    assert world.sets(RAW) == ({"2026-01-02", "2026-01-03"}, set(), set())
    assert world.sets(CLEAN) == (set(), set(), set())


def test_a_run_that_made_it_meanwhile_counts_also_when_that_run_is_deleted(world: World) -> None:
    log = written(DAYS, ONE)
    planned = next(place for place, entry in enumerate(log) if entry.dagster_event_type is MADE)
    world.begin("slow", ONE)
    world.write("slow", log[:planned])
    world.begin("quick", ONE)
    world.write("quick", log)
    world.delete("quick")

    world.mark("slow")

    assert world.sets(RAW) == ({"2026-01-02"}, set(), set())
    world.check()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sampled_from(["one", "range", "failing"])),
        st.tuples(st.just("write"), st.tuples(st.integers(0, 4), st.integers(1, 14))),
        st.tuples(st.just("mark"), st.tuples(st.integers(0, 4), st.booleans())),
        st.tuples(st.just("wipe"), st.tuples(st.sampled_from([RAW, CLEAN]), st.integers(1, 6))),
        st.tuples(st.just("delete"), st.integers(0, 4)),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def logs() -> dict[str, tuple[dict[str, str], list[EventLogEntry]]]:
    return {
        "one": (ONE, written(DAYS, ONE)),
        "range": (RANGE, written(DAYS, RANGE)),
        "failing": (RANGE, written(DAYS, RANGE, fails=True)),
    }


@settings(max_examples=examples(150), deadline=None)
@given(steps=STEPS)
def test_runs_at_once_wiped_and_deleted_at_any_moment_leave_what_their_events_say(
    logs: dict[str, tuple[dict[str, str], list[EventLogEntry]]], steps: list[tuple[str, Any]]
) -> None:
    with DagsterInstance.ephemeral() as instance:
        world = World(instance, DAYS)
        left: dict[str, list[EventLogEntry]] = {}
        over: list[str] = []
        for number, (what, how) in enumerate(steps):
            if what == "begin":
                tags, log = logs[how]
                left[f"run {number}"] = list(log)
                world.begin(f"run {number}", tags)
            elif what == "wipe":
                world.wipe(how[0], f"2026-01-{how[1]:02}")
            elif what == "delete" and (left or over):
                run_id = [*left, *over][how % len([*left, *over])]
                left.pop(run_id, None)
                over = [each for each in over if each != run_id]
                world.delete(run_id)
            elif what == "write" and left:
                run_id = list(left)[how[0] % len(left)]
                world.write(run_id, left[run_id][: how[1]])
                left[run_id] = left[run_id][how[1] :]
                if not left[run_id]:
                    del left[run_id]
                    over.append(run_id)
            elif what == "mark" and left:
                run_id = list(left)[how[0] % len(left)]
                del left[run_id]
                over.append(run_id)
                world.mark(run_id, canceled=how[1])
            world.check()
