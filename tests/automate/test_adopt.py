"""A definition meets its stored state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watchbell.automate.adopt import adopt_schedule, adopt_sensor, schedule_spec, spec_changed
from watchbell.automate.due import is_on
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=7)
HOURLY = ScheduleSnapshot("hourly", ("0 * * * *",), running_by_default=True)
SCHEDULE = AutomationState(AutomationKey("here", AutomationKind.SCHEDULE, "hourly"))
ALERT = SensorSnapshot("alert", running_by_default=True, run_statuses=(DagsterRunStatus.FAILURE,))
SENSOR = AutomationState(AutomationKey("here", AutomationKind.SENSOR, "alert"))


@pytest.mark.parametrize(
    ("status", "default", "quarantine", "expected"),
    [
        (AutomationStatus.DECLARED, True, None, True),
        (AutomationStatus.DECLARED, False, None, False),
        (AutomationStatus.RUNNING, False, None, True),
        (AutomationStatus.STOPPED, True, None, False),
        (AutomationStatus.RUNNING, True, "hung", False),
    ],
)
def test_what_is_on(status: AutomationStatus, default: bool, quarantine: str | None, expected: bool) -> None:
    state = replace(SCHEDULE, status=status, quarantine_reason=quarantine)

    assert is_on(state, default) is expected


def test_a_schedule_seen_first_takes_effect_now() -> None:
    adopted = adopt_schedule(HOURLY, SCHEDULE, NOW)

    assert (adopted.effective_at, adopted.spec) == (NOW, schedule_spec(HOURLY))


def test_a_schedule_that_is_known_keeps_its_time_of_effect() -> None:
    known = replace(SCHEDULE, effective_at=EARLIER, spec=schedule_spec(HOURLY))

    assert adopt_schedule(HOURLY, known, NOW) is known


def test_a_schedule_started_by_hand_keeps_the_time_it_was_started_and_gets_its_terms() -> None:
    started = replace(SCHEDULE, status=AutomationStatus.RUNNING, effective_at=EARLIER)

    assert adopt_schedule(HOURLY, started, NOW) == replace(started, spec=schedule_spec(HOURLY))


@pytest.mark.parametrize("changed", [replace(HOURLY, cron=("5 * * * *",)), replace(HOURLY, timezone="Asia/Tokyo")])
def test_changed_terms_take_effect_now(changed: ScheduleSnapshot) -> None:
    known = replace(SCHEDULE, effective_at=EARLIER, spec=schedule_spec(HOURLY))

    adopted = adopt_schedule(changed, known, NOW)

    assert adopted.effective_at == NOW
    assert spec_changed(known, adopted)


def test_a_schedule_turned_off_by_its_definition_owes_nothing_when_it_returns() -> None:
    known = replace(SCHEDULE, effective_at=EARLIER, spec=schedule_spec(HOURLY))

    off = adopt_schedule(replace(HOURLY, running_by_default=False), known, NOW - timedelta(days=1))
    back = adopt_schedule(HOURLY, off, NOW)

    assert off.effective_at is None
    assert back.effective_at == NOW
    assert not spec_changed(known, off)


def test_a_schedule_stopped_by_hand_is_left_as_it_is() -> None:
    stopped = replace(SCHEDULE, status=AutomationStatus.STOPPED, effective_at=EARLIER, spec="old")

    assert adopt_schedule(HOURLY, stopped, NOW) is stopped


def test_a_run_status_sensor_seen_first_begins_after_the_newest_event() -> None:
    adopted = adopt_sensor(ALERT, SENSOR, 812, NOW)

    assert (adopted.cursor, adopted.effective_at) == ("812", NOW)


def test_a_run_status_sensor_started_while_no_service_ran_reads_all_since_then() -> None:
    started = replace(SENSOR, status=AutomationStatus.RUNNING, effective_at=EARLIER)

    assert adopt_sensor(ALERT, started, 812, NOW) == replace(started, cursor="0")


def test_a_run_status_sensor_goes_on_where_it_was() -> None:
    known = replace(SENSOR, effective_at=EARLIER, cursor="5")

    assert adopt_sensor(ALERT, known, 812, NOW) is known


def test_a_run_status_sensor_that_was_off_by_definition_begins_anew() -> None:
    known = replace(SENSOR, effective_at=EARLIER, cursor="5")

    off = adopt_sensor(replace(ALERT, running_by_default=False), known, 812, NOW)
    back = adopt_sensor(ALERT, off, 812, NOW)

    assert off.effective_at is None
    assert back.cursor == "812"


def test_a_plain_sensor_needs_no_state_of_its_own() -> None:
    assert adopt_sensor(SensorSnapshot("files", running_by_default=True), SENSOR, 812, NOW) is SENSOR


EVERY = SensorSnapshot("every", running_by_default=True, asset_keys=(AssetKey("orders"),), every_event=True)


def test_a_sensor_of_every_event_seen_first_begins_after_the_newest_event() -> None:
    assert adopt_sensor(EVERY, SENSOR, 812, NOW) == replace(SENSOR, cursor="812", effective_at=NOW)


def test_a_sensor_of_every_event_started_by_hand_begins_where_that_was() -> None:
    started = replace(SENSOR, status=AutomationStatus.RUNNING, effective_at=EARLIER)

    assert adopt_sensor(EVERY, started, 7, NOW) == replace(started, cursor="7")


def test_a_sensor_of_every_event_keeps_its_place_when_it_was_off_or_told_only_of_the_newest() -> None:
    known = replace(SENSOR, cursor="7")

    assert adopt_sensor(EVERY, known, 812, NOW) == replace(known, effective_at=NOW)
    assert adopt_sensor(EVERY, replace(known, effective_at=NOW), 812, NOW).cursor == "7"


def test_a_sensor_of_the_newest_event_needs_no_state_of_its_own() -> None:
    assert adopt_sensor(replace(EVERY, every_event=False), SENSOR, 812, NOW) is SENSOR
