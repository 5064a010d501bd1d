"""Which parts of a backfill begin, in which order, and what becomes of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.backfills.rules import Progress, end_of_part, room_for, run_of, status_after
from watchbell.record.backfill import (
    Backfill,
    BackfillPart,
    BackfillStatus,
    BackfillTarget,
    PartMove,
    PartState,
    needs_ranges,
)
from watchbell.record.backfill_change import RETRIED_STATES, canceling, paused, resumed, retried
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus

NOON_AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
ORDERS = BackfillTarget("__ASSET_JOB", "here", (AssetKey("orders"),), run_config={"ops": {}}, tags={"team": "blue"})
BACKFILL = Backfill("days", (ORDERS,), NOON_AT, tags={"team": "red", "why": "mended"})


def parts(*needs: str) -> list[BackfillPart]:
    return [BackfillPart(number, needs=text) for number, text in enumerate(needs)]


def needs_text(wanted: Sequence[int]) -> str:
    """Numbers of parts as the text of ``needs``."""
    ranges: list[list[int]] = []
    for number in sorted(wanted):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def numbers(taken: Sequence[BackfillPart]) -> list[int]:
    return [part.number for part in taken]


def moved(number: int, state: PartState) -> PartMove:
    return PartMove(number, state)


def test_parts_begin_in_the_order_of_their_numbers() -> None:
    progress = Progress(parts("", "", ""))

    assert numbers(progress.take(2)) == [0, 1]
    assert numbers(progress.take(2)) == [2]


def test_a_part_begins_when_all_that_it_needs_is_done() -> None:
    progress = Progress(parts("", "", "", "0,2"))
    progress.take(9)

    progress.apply([moved(2, PartState.SUCCEEDED)])
    assert progress.take(9) == []
    progress.apply([moved(0, PartState.SKIPPED)])
    assert numbers(progress.take(9)) == [3]


def test_what_needs_a_failed_part_is_blocked_through_all_steps() -> None:
    progress = Progress(parts("", "0", "1", "", "3"))
    progress.take(9)

    blocked = progress.apply([moved(0, PartState.FAILED)])

    assert [(each.number, each.state) for each in blocked] == [(1, PartState.BLOCKED), (2, PartState.BLOCKED)]
    assert "part 0" in blocked[0].note
    assert (progress.waiting, progress.running) == (1, 1)


def test_what_was_blocked_while_nobody_looked_is_blocked_when_it_is_read() -> None:
    read = parts("", "0", "")
    read[0] = replace(read[0], state=PartState.FAILED)

    assert [each.number for each in Progress(read).block()] == [1]


def test_ten_thousand_parts_that_wait_for_one_another_are_quick() -> None:
    progress = Progress(parts("", *(f"0-{number - 1}" for number in range(1, 10_000))))
    done = 0
    while taken := progress.take(9):
        done += len(taken)
        progress.apply([moved(part.number, PartState.SUCCEEDED) for part in taken])

    assert done == 10_000


def test_many_that_need_all_of_many_cost_no_product() -> None:
    progress = Progress(parts(*[""] * 5_000, *["0-4999"] * 5_000))
    for part in progress.take(5_000):
        progress.apply([moved(part.number, PartState.SUCCEEDED)])

    assert numbers(progress.take(9_999)) == list(range(5_000, 10_000))


@pytest.mark.parametrize(
    ("status", "cap", "running", "room"),
    [
        (BackfillStatus.IN_PROGRESS, None, 7_000, 500),
        (BackfillStatus.IN_PROGRESS, 5, 2, 3),
        (BackfillStatus.IN_PROGRESS, 5, 9, 0),
        (BackfillStatus.PAUSED, None, 0, 0),
        (BackfillStatus.CANCELING, 5, 0, 0),
    ],
)
def test_there_is_room_up_to_the_cap(status: BackfillStatus, cap: int | None, running: int, room: int) -> None:
    backfill = replace(BACKFILL, status=status, max_concurrent_runs=cap)

    assert room_for(backfill, running, 500) == room


R = DagsterRunStatus


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        ([R.SUCCESS], PartState.SUCCEEDED),
        ([R.FAILURE], PartState.FAILED),
        ([R.CANCELED], PartState.CANCELED),
        ([R.STARTED], None),
        ([R.FAILURE, R.STARTED], None),
        ([R.SUCCESS, R.CANCELED], PartState.CANCELED),
        ([R.FAILURE, R.CANCELED], PartState.FAILED),
        ([R.SUCCESS, None], PartState.FAILED),
        ([None, R.QUEUED], None),
    ],
)
def test_a_part_is_as_good_as_the_worst_of_its_runs(
    statuses: list[DagsterRunStatus | None], end: PartState | None
) -> None:
    assert end_of_part(statuses) is end


def test_a_run_is_for_its_partition_and_says_whose_part_it_is() -> None:
    run = run_of(BACKFILL, BackfillPart(3, partition_key="2024-05-01", tags={"note": "late"}), "r")

    assert run.job_name == "__ASSET_JOB"
    assert run.location_name == "here"
    assert run.status is DagsterRunStatus.QUEUED
    assert run.asset_selection == {AssetKey("orders")}
    assert run.run_config == {"ops": {}}
    assert run.tags == {
        "team": "red",
        "why": "mended",
        "note": "late",
        "dagster/partition": "2024-05-01",
        "dagster/backfill": "days",
        "watchbell/backfill_part": "3",
    }


def test_a_run_of_a_range_has_both_ends_and_config_of_its_own() -> None:
    part = BackfillPart(0, partition_key="a", last_partition_key="c", run_config={"x": 1})

    run = run_of(replace(BACKFILL, tags={}), part, "r")

    assert run.tags["dagster/asset_partition_range_start"] == "a"
    assert run.tags["dagster/asset_partition_range_end"] == "c"
    assert "dagster/partition" not in run.tags
    assert run.run_config == {"x": 1}


def test_a_run_of_a_partition_with_dimensions_has_their_tags() -> None:
    target = BackfillTarget("etl", "here", dimensions=("color", "date"))

    run = run_of(replace(BACKFILL, targets=(target,)), BackfillPart(0, partition_key="red|2024-05-01"), "r")

    assert run.tags["dagster/partition"] == "red|2024-05-01"
    assert run.tags["dagster/partition/color"] == "red"
    assert run.tags["dagster/partition/date"] == "2024-05-01"


@given(st.sets(st.integers(0, 200)))
def test_needs_are_the_numbers_they_were_made_of(wanted: set[int]) -> None:
    ranges = needs_ranges(needs_text(list(wanted)))

    assert {number for low, high in ranges for number in range(low, high + 1)} == wanted


@pytest.mark.parametrize("text", ["b", "3-1", "1,1", "5,2", "1-3,3"])
def test_needs_that_are_no_ascending_ranges_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        needs_ranges(text)


# ------------------------------------------------------ whole lives, at random


@dataclass
class Life:
    """A backfill whose parts are stored here, and whose runs end as chance will have it.

    Args:
        needs: by part, the parts that it needs.
        random: what chance will have.
        cap: most runs at once.
    """

    needs: list[set[int]]
    random: Random
    cap: int | None
    begun: Counter[int] = field(default_factory=Counter)
    allowed: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.parts = [BackfillPart(number, needs=needs_text(list(each))) for number, each in enumerate(self.needs)]
        self.backfill = replace(BACKFILL, max_concurrent_runs=self.cap)
        self.progress = Progress(self.parts)
        self.allowed.update(range(len(self.parts)))

    def store(self, moves: Sequence[PartMove]) -> None:
        for move in moves:
            old = self.parts[move.number]
            self.parts[move.number] = replace(
                old, state=move.state, attempt=move.attempt, run_ids=move.run_ids, note=move.note
            )

    def states(self, *wanted: PartState) -> list[int]:
        return [part.number for part in self.parts if part.state in wanted]

    def step(self) -> None:
        """One thing that may happen, then what the service makes of it."""
        running = self.states(PartState.RUNNING)
        chance = self.random.random()
        moves: list[PartMove] = []
        if chance < 0.05:
            self._ask()
        elif chance < 0.1:  # the service is killed and reads all anew
            self.progress = Progress(self.parts)
            moves += self.progress.block()
        elif running:
            number = self.random.choice(running)
            end = self.random.choices(
                [PartState.SUCCEEDED, PartState.SKIPPED, PartState.FAILED, PartState.CANCELED], [80, 5, 10, 5]
            )[0]
            ended = PartMove(number, end, self.parts[number].attempt)
            moves += [ended, *self.progress.apply([ended])]
        if self.backfill.status is BackfillStatus.CANCELING:
            moves += self.progress.give_up("canceled")
        taken = self.progress.take(room_for(self.backfill, self.progress.running, 3))
        for part in taken:
            for need in self.needs[part.number]:
                assert self.parts[need].state.is_good or self._is_moved(need, moves)
            self.begun[part.number] += 1
            moves.append(PartMove(part.number, PartState.RUNNING, part.attempt + 1, ("r",)))
        self.store(moves)
        self.backfill = replace(self.backfill, status=status_after(self.backfill, self.progress))
        self._check()

    def _is_moved(self, need: int, moves: Sequence[PartMove]) -> bool:
        return any(move.number == need and move.state.is_good for move in moves)

    def _ask(self) -> None:
        status = self.backfill.status
        wish = self.random.random()
        if status.is_over or wish < 0.3:
            failed = [part for part in self.parts if part.state in RETRIED_STATES]
            if failed and status is not BackfillStatus.CANCELING:
                commit = retried(self.backfill, failed)
                self.allowed.update(move.number for move in commit.moves)
                self.store(commit.moves)
                self.backfill = commit.after
                self.progress = Progress(self.parts)
        elif status is BackfillStatus.PAUSED:
            self.backfill = resumed(self.backfill).after
        elif wish < 0.9 and status is BackfillStatus.IN_PROGRESS:
            self.backfill = paused(self.backfill).after
        elif wish > 0.97:
            self.backfill = canceling(self.backfill).after

    def _check(self) -> None:
        running = self.states(PartState.RUNNING)
        assert self.cap is None or len(running) <= self.cap
        assert (self.progress.running, self.progress.waiting) == (len(running), len(self.states(PartState.WAITING)))
        bad = set(self.states(*RETRIED_STATES))
        for number in self.states(PartState.BLOCKED):
            assert self.needs[number] & bad
        for number in self.states(PartState.WAITING):
            assert not self.needs[number] & bad
        assert all(self.begun[number] <= self.allowed[number] for number in self.begun)


@given(st.integers(0, 2**32), st.integers(1, 14), st.sampled_from([None, 1, 2, 5]))
def test_a_backfill_ends_with_every_part_as_asked(seed: int, count: int, cap: int | None) -> None:
    random = Random(seed)
    needs = [set(random.sample(range(each), random.randint(0, min(each, 4)))) for each in range(count)]
    life = Life(needs, random, cap)

    for _ in range(count * 12):
        life.step()
    if life.backfill.status is BackfillStatus.PAUSED:
        life.backfill = resumed(life.backfill).after
    life.random = _Calm(seed)
    for _ in range(count * 5):
        life.step()

    states = Counter(part.state for part in life.parts)
    assert life.backfill.status.is_over
    assert not states[PartState.WAITING]
    assert not states[PartState.RUNNING]
    if life.backfill.status is BackfillStatus.COMPLETED_SUCCESS:
        assert set(states) <= {PartState.SUCCEEDED, PartState.SKIPPED}
        assert all(life.begun[number] >= 1 for number in range(count))
    if life.backfill.status is BackfillStatus.COMPLETED_FAILED:
        assert any(states[state] for state in RETRIED_STATES)


class _Calm(Random):
    """Chance that asks for nothing and kills nothing any more."""

    def random(self) -> float:
        return 0.5 + super().random() / 2
