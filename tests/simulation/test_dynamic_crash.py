"""The service is killed before and after each change while sensors add dynamic partitions and ask for their runs.

Each tick adds, deletes or brings back partitions and asks for the runs of those it adds. Whatever was going on, at the
very moment of the kill and in the end: what the cursor says was done is there, all of it, once and in order, no run is
without its partition, and no partition without its run.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import NOON, sensor_key
from tests.simulation.test_asset_crash import Service, World
from tests.simulation.world import Crash
from watchbell import (
    AssetKey,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    asset,
    define_asset_job,
    sensor,
)
from watchbell.record.run import RunsFilter
from watchbell.record.tick import TickStatus

SECONDS = 70
FILES, KEYED = DynamicPartitionsDefinition(name="files"), DynamicPartitionsDefinition(name="keyed")
BY_HAND = {20: "first by hand", 45: "second by hand"}
"""What a person adds, by the second of the world."""


def changes_of(count: int) -> tuple[list[str], list[str]]:
    """What a tick of the sensor of files adds, each with its run, and what it deletes."""
    added, deleted = [f"{count}.a", f"{count}.b"], []
    if count % 3 == 0:
        deleted = [f"{count - 1}.a", f"{count - 2}.b"]
    if count % 3 == 1 and count > 1:
        added.append(f"{count - 2}.a")  # deleted by the tick before
    return added, deleted


class FilesWorld(World):
    """Whose sensors add partitions."""

    def definitions(self) -> Definitions:
        """Two sensors."""

        @asset(partitions_def=FILES)
        def loaded() -> None: ...

        @asset(partitions_def=KEYED)
        def copied() -> None: ...

        load, copy = define_asset_job("load", [AssetKey("loaded")]), define_asset_job("copy", [AssetKey("copied")])
        facts = {"minimum_interval_seconds": 5, "default_status": DefaultSensorStatus.RUNNING}

        @sensor(job=load, **facts)
        def new_files(context) -> SensorResult:
            count = int(context.cursor or 0) + 1
            if count % 4 == 0 and count not in self.failed:
                self.failed.add(count)
                raise ValueError("not now")
            added, deleted = changes_of(count)
            requests = [FILES.build_add_request(added)]
            if deleted:
                requests.append(FILES.build_delete_request(deleted))
            runs = [RunRequest(partition_key=key, tags={"number": str(count)}) for key in added]
            return SensorResult(runs, cursor=str(count), dynamic_partitions_requests=requests)

        @sensor(job=copy, **facts)
        def seen_files(context) -> SensorResult:
            # As code that keeps no cursor does it: all it sees, each time.
            count = min(int((self.clock.now() - NOON).total_seconds()) // 10, 4)
            keys = [f"seen {number}" for number in range(count)]
            runs = [RunRequest(run_key=key, partition_key=key) for key in keys]
            return SensorResult(runs, dynamic_partitions_requests=[KEYED.build_add_request(keys)])

        return Definitions([loaded, copied], jobs=[load, copy], sensors=[new_files, seen_files])

    def runs_of(self, sensor_name: str) -> list[tuple[str | None, str]]:
        """Number and partition of each run, in the order in which they were asked for."""
        found = self.store.run_records(RunsFilter(tags={"dagster/sensor_name": sensor_name}), ascending=True)
        tags = [record.dagster_run.tags for record in found]
        return [(each.get("number"), each["dagster/partition"]) for each in tags]


def live(home: Path, crash_at: int, after: bool, again_at: int = 0) -> tuple[FilesWorld, int]:
    """A life with one crash, or two; the world as it is then, and the changes the first service had made."""
    world = FilesWorld(home)
    service = first = Service(world, crash_at, after)
    again = [again_at] if again_at else []
    for second in range(0, SECONDS, 5):
        world.clock.set(NOON + timedelta(seconds=second))
        if second in BY_HAND:
            world.instance.add_dynamic_partitions("files", [BY_HAND[second]])
        while True:
            try:
                service.settle()
                break
            except Crash:
                check(world)
                service.close()
                service = Service(world, again.pop() if again else 0, after=not after)
    service.close()
    return world, first.store.changes


def check(world: FilesWorld) -> None:
    """May be asked at any moment."""
    state = world.store.automation_state(sensor_key("new_files"))
    count = int(state.cursor or 0) if state is not None else 0
    there: list[str] = []
    asked = []
    for number in range(1, count + 1):
        added, deleted = changes_of(number)
        asked += [(str(number), key) for key in added]
        there = [key for key in [*there, *added] if key not in deleted]
    stored = world.store.dynamic_partitions("files")
    by_hand = set(BY_HAND.values())
    assert [each.key for each in stored if each.key not in by_hand] == there
    assert world.runs_of("new_files") == asked
    assert len({each.number for each in stored}) == len({each.place for each in stored}) == len(stored)
    done = [tick for tick in reversed(world.store.ticks(sensor_key("new_files"))) if tick.status is TickStatus.SUCCESS]
    assert [tick.cursor for tick in done] == [str(number) for number in range(1, count + 1)]
    seen = [each.key for each in world.store.dynamic_partitions("keyed")]
    assert [key for _, key in world.runs_of("seen_files")] == seen
    assert Counter(seen) == Counter(f"seen {number}" for number in range(len(seen)))


def check_a_life(folder: Path, crash_at: int, after: bool, again_at: int = 0) -> int:
    try:
        world, changes = live(folder / f"{crash_at}", crash_at, after, again_at)
        check(world)
        check_end(world)
    except BaseException as error:
        error.add_note(f"killed {'after' if after else 'before'} change {crash_at}, then at change {again_at}")
        raise
    world.instance.close()
    return changes


def check_end(world: FilesWorld) -> None:
    """All that was to come has come."""
    state = world.store.automation_state(sensor_key("new_files"))
    assert state is not None
    assert int(state.cursor or 0) >= 7
    assert world.failed
    assert len(world.store.dynamic_partitions("keyed")) == 4
    stored: Sequence[str] = [each.key for each in world.store.dynamic_partitions("files")]
    assert set(BY_HAND.values()) <= set(stored)


def test_a_life_of_added_partitions_without_crash_is_what_the_invariants_say(tmp_path: Path) -> None:
    assert check_a_life(tmp_path, 0, after=False) > 12


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_change_parts_no_run_from_its_partition(tmp_path: Path, after: bool) -> None:
    changes = check_a_life(tmp_path / "calm", 0, after=False)
    for crash_at in share(range(1, changes + 1)):
        check_a_life(tmp_path, crash_at, after)


def test_a_second_crash_parts_no_run_from_its_partition_either(tmp_path: Path) -> None:
    changes = check_a_life(tmp_path / "calm", 0, after=False)
    for crash_at in share(range(1, changes + 1, 2)):
        check_a_life(tmp_path, crash_at, crash_at % 4 == 1, 1 + crash_at % 5)
