"""What is simulated is what the service does: the same schedules through the real loop, on a clock that is moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.services.fakes import LOCATION, Rig
from watchbell import (
    DagsterInstance,
    Definitions,
    RunRequest,
    ScheduleDefinition,
    SkipReason,
    job,
    op,
    schedule,
)
from watchbell.automate.simulation.events import SimulatedEvent
from watchbell.automate.simulation.simulate import simulated
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.declare.automation.schedule import DefaultScheduleStatus
from watchbell.host.evaluate import Evaluator
from watchbell.record.tick import TickStatus
from watchbell.services.schedules import SchedulesLoop

ON = DefaultScheduleStatus.RUNNING
NEVER_OVER = 10.0**9
NO_EVENTS: list[SimulatedEvent] = []


@op
def load() -> None: ...


@job
def etl() -> None:
    load()


def changing(name: str, facts: dict[str, Any]) -> ScheduleDefinition:
    """A schedule whose function skips, raises, repeats run keys."""

    @schedule(name=name, job=etl, default_status=ON, **facts)
    def function(context):
        number = context.scheduled_execution_time.day + context.scheduled_execution_time.hour
        if number % 5 == 0:
            return SkipReason(f"{number}")
        if number % 7 == 0:
            raise ValueError(number)
        return [RunRequest(run_key=f"{number}"), RunRequest()]

    return function


CRONS = st.sampled_from([
    "30 2 * * *", "0 * * * *", "15,45 1-3 * * *", "0 0 * * 0", "*/20 * * * *", "30 2 29 3 *", "0 3 * * *",
])  # fmt: skip
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", None])
STARTS = st.sampled_from([
    datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 3, 7, 12, tzinfo=UTC),
    datetime(2026, 10, 31, 20, 13, tzinfo=UTC), datetime(2026, 4, 3, 23, 59, 59, tzinfo=UTC),
])  # fmt: skip
OVERLAPS = st.sampled_from(["allow", "allow", "skip", "buffer_one"])
JITTERS = st.sampled_from([None, 300])


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    schedules = []
    for number in range(draw(st.integers(1, 3))):
        facts = {
            "cron_schedule": draw(CRONS),
            "execution_timezone": draw(ZONES),
            "overlap": draw(OVERLAPS),
            "jitter": draw(JITTERS),
        }
        if draw(st.booleans()):
            schedules.append(changing(f"changing_{number}", facts))
        else:
            schedules.append(ScheduleDefinition(f"plain_{number}", job=etl, default_status=ON, **facts))
    return Definitions(schedules=schedules, jobs=[etl])


def ticks_of_the_service(defs: Definitions, start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    """The ticks that the loop commits, when no run ever begins."""
    rig = Rig()
    repository = defs.get_repository_def()
    with DagsterInstance.ephemeral() as instance:
        evaluator = Evaluator(repository, "", LOCATION, instance)
        rig.clock.set(start - timedelta(microseconds=1))
        loop = SchedulesLoop(rig.desk, repository.snapshot(LOCATION), rig.queued)
        next_at = loop.step(rig.clock.now(), [])
        while next_at is not None and next_at < end:
            rig.clock.set(next_at)
            next_at = loop.step(next_at, [])
            while asked := rig.host.take():
                next_at = loop.step(rig.clock.now(), [evaluator.evaluate(each) for each in asked])
    found = [
        (state.key.name, tick.tick_at, tick.status, len(tick.run_ids))
        for state in rig.store.automation_states()
        for tick in rig.store.ticks(state.key, limit=10_000)
    ]
    return sorted(found, key=lambda each: (each[0], each[1]))


@settings(max_examples=examples(60), deadline=None)
@given(defs=definitions(), start=STARTS, hours=st.integers(1, 60))
def test_simulated_ticks_are_those_of_the_service(defs: Definitions, start: datetime, hours: int) -> None:
    end = start + timedelta(hours=hours)
    terms = SimulationTerms(start, end, durations={"*": NEVER_OVER}, going_max=1)

    found = simulated({LOCATION: defs.get_repository_def()}, terms, NO_EVENTS)

    ticks = [(each.name, each.at.astimezone(UTC), each.status, each.run_count) for each in found.ticks]
    assert sorted(ticks, key=lambda each: (each[0], each[1])) == ticks_of_the_service(defs, start, end)


def test_the_ticks_compared_are_of_all_kinds() -> None:
    defs = Definitions(schedules=[changing("some", {"cron_schedule": "0 * * * *"})], jobs=[etl])
    start = datetime(2026, 10, 24, tzinfo=UTC)

    kinds = {each[2] for each in ticks_of_the_service(defs, start, start + timedelta(days=2))}

    assert kinds == {TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE}
