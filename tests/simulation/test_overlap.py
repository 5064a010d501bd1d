"""Times of a schedule that overlap: as a model of each rule says, whatever runs do and whenever the service dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.depth import share
from tests.services.fakes import NOON
from tests.simulation.overlap_world import (
    SCHEDULED_TIME_TAG,
    STEPS_A_MINUTE,
    Length,
    Service,
    World,
    live_on,
)
from watchbell.record.automation_policy import Overlap
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import TickStatus

STRICT = (Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_RUNNING)
MINUTES = 12
lengths = st.builds(Length, steps=st.integers(1, 11), dying_steps=st.integers(1, 5))
times = st.lists(st.lists(lengths, min_size=1, max_size=3), min_size=1, max_size=5)
Lengths = Sequence[Sequence[Length]]


@dataclass
class Unit:
    """The runs of one time in the model: steps each has left, and may take to stop."""

    minute: int
    left: list[int]
    dying: list[int]
    is_to_stop: bool = False

    def get_on(self) -> None:
        """A step goes by."""
        self.left = [each - 1 for each in self.left]
        self.dying = [each - 1 for each in self.dying] if self.is_to_stop else self.dying
        going = [(left, dying) for left, dying in zip(self.left, self.dying, strict=True) if left > 0]
        going = [(left, dying) for left, dying in going if not (self.is_to_stop and dying <= 0)]
        self.left, self.dying = [left for left, _ in going], [dying for _, dying in going]


@dataclass
class Model:
    """What each rule is to do, said as simply as can be."""

    overlap: Overlap
    lengths: Lengths
    statuses: list[TickStatus] = field(default_factory=list)
    began: dict[int, int] = field(default_factory=dict)
    going: list[Unit] = field(default_factory=list)
    waiting: Unit | None = None

    def step(self, number: int) -> None:
        for unit in self.going:
            unit.get_on()
        self.going = [unit for unit in self.going if unit.left]
        if not self.going and self.waiting is not None:
            self._begin(self.waiting, number)
            self.waiting = None
        if number % STEPS_A_MINUTE == 0 and number > 0:
            self._tick(number)

    def _tick(self, number: int) -> None:
        minute = number // STEPS_A_MINUTE
        of_time = self.lengths[minute % len(self.lengths)]
        unit = Unit(minute, [each.steps for each in of_time], [each.dying_steps for each in of_time])
        is_skipped = bool(self.going) and (
            self.overlap is Overlap.SKIP or (self.overlap is Overlap.BUFFER_ONE and self.waiting is not None)
        )
        self.statuses.append(TickStatus.SKIPPED if is_skipped else TickStatus.SUCCESS)
        if is_skipped:
            return
        if self.overlap is Overlap.ALLOW or not self.going:
            self._begin(unit, number)
            return
        if self.overlap is Overlap.CANCEL_RUNNING:
            for each in self.going:
                each.is_to_stop = True
        self.waiting = unit

    def _begin(self, unit: Unit, number: int) -> None:
        self.going.append(unit)
        self.began[unit.minute] = number


@pytest.mark.parametrize("overlap", Overlap)
@given(wanted=times)
def test_every_time_is_taken_as_the_model_says(overlap: Overlap, wanted: Lengths) -> None:
    world = World(wanted)
    service, model = Service(world, overlap), Model(overlap, wanted)
    for number in range(MINUTES * STEPS_A_MINUTE + 1):
        service.step()
        model.step(number)

        if overlap is not Overlap.ALLOW:
            assert len(world.times_going()) <= 1
            assert len(times_waiting(world)) <= 1

    ticks = world.ticks()
    assert [tick.tick_at for tick in ticks] == [NOON + timedelta(minutes=each + 1) for each in range(MINUTES)]
    assert [tick.status for tick in ticks] == model.statuses
    assert all(tick.skip_reason for tick in ticks if tick.status is TickStatus.SKIPPED)
    asked = {run_id: int(run.tags["minute"]) for run in world.runs() for run_id in [run.run_id]}
    assert {(asked[run_id], step) for run_id, step in world.began.items()} == set(model.began.items())
    counts = Counter(asked[run_id] for run_id in world.began)
    assert counts == {minute: len(wanted[minute % len(wanted)]) for minute in model.began}
    world.store.close()


def times_waiting(world: World) -> set[str]:
    return {run.tags[SCHEDULED_TIME_TAG] for run in world.runs() if run.status is DagsterRunStatus.QUEUED}


@dataclass(frozen=True)
class Mishap:
    """What befalls at a step.

    Args:
        step: when.
        kind: what: a run is canceled or deleted by somebody, the service is killed, or new code has another rule.
        number: which run, or which rule.
    """

    step: int
    kind: str
    number: int


mishaps = st.lists(
    st.builds(
        Mishap,
        step=st.integers(0, MINUTES * STEPS_A_MINUTE),
        kind=st.sampled_from(["cancel", "delete", "restart", "reload"]),
        number=st.integers(0, 7),
    ),
    max_size=8,
)
failing = st.builds(Length, steps=st.integers(1, 8), dying_steps=st.integers(1, 4), fails=st.booleans())


@pytest.mark.parametrize("room", [50, 2])
@given(
    wanted=st.lists(st.lists(failing, min_size=1, max_size=3), min_size=1, max_size=4),
    begins_with=st.sampled_from(STRICT),
    befalling=mishaps,
)
def test_two_times_never_go_on_together_and_none_waits_for_ever(
    room: int, wanted: Lengths, begins_with: Overlap, befalling: Sequence[Mishap]
) -> None:
    world = World(wanted, retries=1, room=room)
    overlap = begins_with
    service = Service(world, overlap)
    for number in range(MINUTES * STEPS_A_MINUTE + 1):
        for each in [each for each in befalling if each.step == number]:
            overlap = STRICT[each.number % 3] if each.kind == "reload" else overlap
            service = befall(world, service, each, overlap)
        service.step()

        assert len(world.times_going()) <= 1
    assert {tick.tick_at for tick in world.ticks()} == {NOON + timedelta(minutes=each + 1) for each in range(MINUTES)}

    left = {run.run_id for run in world.runs() if not run.is_finished}
    service.reload(Overlap.SKIP)  # from now on no time is added while anything is unfinished
    for _ in range(200):
        if not left:
            break
        service.step()
        left &= {run.run_id for run in world.runs() if not run.is_finished}
    assert left == set()
    world.store.close()


def befall(world: World, service: Service, mishap: Mishap, overlap: Overlap) -> Service:
    """Lets something happen; the service that is there then."""
    unfinished = [run for run in world.runs() if not run.is_finished]
    if mishap.kind == "restart":
        return Service(world, overlap)
    if mishap.kind == "reload":
        service.reload(overlap)
    elif unfinished and mishap.kind == "cancel":
        world.store.request_cancel(unfinished[mishap.number % len(unfinished)].run_id, world.clock.now())
    elif unfinished:
        queued = [run for run in unfinished if run.status is DagsterRunStatus.QUEUED]
        if queued:
            world.store.delete_run(queued[mishap.number % len(queued)].run_id)
    service.hear("queue", "monitor")
    return service


LIFE = (
    (Length(5, 2), Length(2)),
    (Length(2),),
    (Length(7, 4, fails=True),),
    (Length(1), Length(4, 3)),
)
LIFE_STEPS = 9 * STEPS_A_MINUTE + 1


def live(overlap: Overlap, crash_at: int, after: bool) -> tuple[World, int]:
    """A life with one crash; the world then, and the changes that the first service had made."""
    world = World(LIFE, retries=1)
    service = Service(world, overlap, crash_at, after)
    live_on(world, service, overlap, LIFE_STEPS)
    return world, service.store.changes


@pytest.mark.parametrize("overlap", STRICT)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_change_lets_no_times_overlap_and_loses_none(overlap: Overlap, after: bool) -> None:
    calm, changes = live(overlap, 0, after=False)
    assert changes > 20
    for crash_at in share(range(1, changes + 1)):
        world, _ = live(overlap, crash_at, after)

        assert overlapping(world) == [], f"killed {'after' if after else 'before'} change {crash_at}"
        assert [tick.tick_at for tick in world.ticks()] == [tick.tick_at for tick in calm.ticks()]
        taken = [run for run in world.runs() if run.parent_run_id is None]
        asked = [run_id for tick in world.ticks() for run_id in tick.run_ids]
        assert sorted(run.run_id for run in taken) == sorted(asked)
        world.store.close()
    calm.store.close()


def overlapping(world: World) -> list[tuple[str, str]]:
    """Pairs of runs of different times that went on at once."""
    time_of = {run.run_id: run.tags[SCHEDULED_TIME_TAG] for run in world.runs()}
    spans = [(run_id, began, world.ended.get(run_id, LIFE_STEPS)) for run_id, began in world.began.items()]
    return [
        (one, other)
        for one, began, ended in spans
        for other, other_began, other_ended in spans
        if time_of[one] < time_of[other] and began < other_ended and other_began < ended
    ]
