from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchbell.automate.explain.automation import AutomationFacts
from watchbell.automate.explain.schedule import ScheduleFacts, covering, explain_schedule, last_time
from watchbell.ground.cron import Cron
from watchbell.record.automation_policy import AutomationPolicy, Catchup, Overlap
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus, Tick, TickStatus

KEY = AutomationKey("code.py", AutomationKind.SCHEDULE, "nightly")
CRON = Cron.of("0 2 * * *", "Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TWO = datetime(2026, 11, 21, 1, tzinfo=UTC)
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def tick(at: datetime = TWO, status: TickStatus = TickStatus.SKIPPED, **more: Any) -> Tick:
    return Tick(at, status, at, at + timedelta(milliseconds=4), tick_id=7, **more)


def facts(of_time: Tick | None = None, **more: Any) -> ScheduleFacts:
    state = AutomationState(
        KEY, AutomationStatus.RUNNING, effective_at=BEGAN, changed_at=BEGAN, **more.pop("state", {})
    )
    ticks = () if of_time is None else (of_time,)
    service = more.pop("service", "process 1 on here")
    known = AutomationFacts(KEY, more.pop("now", NOW), state, False, service=service, ticks=ticks)
    return ScheduleFacts(known, CRON, tick=of_time, **more)


def said(known: ScheduleFacts) -> str:
    return explain_schedule(known).sentence.removeprefix("schedule 'nightly' ")


OUTCOMES = [
    (tick(skip_reason="no new files"), "asked for no run, its function skipped: no new files."),
    (tick(), "asked for no run, and its function gave no reason."),
    (
        tick(skip_reason="overlap='skip', and an earlier time is not over: run 1"),
        "asked for runs that were kept back: overlap='skip', and an earlier time is not over: run 1.",
    ),
    (tick(status=TickStatus.MISSED, skip_reason="missed, and too old"), "was not evaluated: missed, and too old."),
    (tick(status=TickStatus.SUCCESS, run_ids=("aaaaaaaa-1",)), "asked for run aaaaaaaa (deleted since)."),
    (
        tick(status=TickStatus.SUCCESS, run_ids=tuple(f"{number}" for number in range(5))),
        "asked for 5 runs (5 deleted since).",
    ),
    (
        tick(dropped_run_keys=("a", "b"), dropped_for=("bbbbbbbb-2",)),
        "asked for nothing new: run key 'a' has its run, run bbbbbbbb (deleted since) and run key 'b' was used before.",
    ),
]


@pytest.mark.parametrize(("of_time", "outcome"), OUTCOMES)
def test_what_came_of_a_time(of_time: Tick, outcome: str) -> None:
    assert said(facts(of_time)) == f"at 2026-11-21 02:00 Europe/Berlin {outcome}"


def test_a_time_that_has_no_tick_although_a_service_runs() -> None:
    assert said(facts()).startswith("at 2026-11-21 02:00 Europe/Berlin has no tick yet, 8 h 0 min after it was due: ")


def test_a_time_that_has_just_come() -> None:
    now = TWO + timedelta(seconds=1)

    assert said(facts(now=now)) == "at 2026-11-21 02:00 Europe/Berlin is due now, and is being evaluated."


CATCHUPS = [
    (Catchup.DEFAULT, "the newest 5 at most"),
    (Catchup.NONE, "none"),
    (Catchup.LATEST, "the newest"),
    (Catchup.ALL, "all"),
]


@pytest.mark.parametrize(("catchup", "count"), CATCHUPS)
def test_without_a_service_it_says_what_will_be_run_late(catchup: Catchup, count: str) -> None:
    told = explain_schedule(facts(service=None, policy=AutomationPolicy(catchup=catchup)))

    assert told.sentence == "schedule 'nightly' does not tick: no service is running here."
    assert told.next_change[1] == f"then, of its times since 2026-11-01 01:00 Europe/Berlin, {count} will be run late"


def test_one_that_was_taken_out_of_service() -> None:
    told = explain_schedule(facts(state={"quarantine_reason": "3 evaluations in a row ended their process"}))

    why = "it was taken out of service because 3 evaluations in a row ended their process"
    assert told.sentence == f"schedule 'nightly' does not tick since 2026-11-01 01:00 Europe/Berlin: {why}."
    assert told.next_change == ("`watchbell schedule start nightly`, once the cause is mended",)


def test_its_terms_and_next_times_are_told() -> None:
    told = explain_schedule(facts(tick(), policy=AutomationPolicy(overlap=Overlap.SKIP, jitter_seconds=60.0)))

    details = dict(told.details)
    assert details["terms"] == "overlap='skip', jitter is 1 min 0 s"
    assert details["next times"].startswith("2026-11-22 02:00 Europe/Berlin, ticks at 2026-11-22 02:00:")


def test_the_last_time_is_that_of_its_zone_and_later_by_its_jitter() -> None:
    assert last_time(CRON, TWO, timedelta()) == TWO
    assert last_time(CRON, TWO, timedelta(minutes=1)) == TWO - timedelta(days=1)


def test_a_row_of_missed_times_covers_those_before_it() -> None:
    row = tick(TWO, TickStatus.MISSED, skip_reason="12 times from a to b: missed")
    own = tick(TWO + timedelta(days=1), TickStatus.MISSED, skip_reason="missed")

    assert covering([own, row], TWO - timedelta(days=3)) is row
    assert covering([own], TWO) is None
    assert covering([own, row], own.tick_at) is own
