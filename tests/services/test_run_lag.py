"""How many events wait for a run status sensor, and the warning when one lags for long."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, location, sensor, sensor_key
from tests.services.test_sensors import ALERT, ALERT_KEY, Sensors
from watchbell.record.event import EventLogEntry
from watchbell.record.run import DagsterRunStatus
from watchbell.record.selectors import MonitoredRuns
from watchbell.record.tick import AutomationState
from watchbell.services import run_lag
from watchbell.services.lag_watch import GRACE_SECONDS, LAG_SECONDS
from watchbell.services.loop import Hint
from watchbell.services.run_lag import Lag, SensorOnRuns, lag_text, lags_of

STATE = AutomationState(sensor_key("alert"), cursor="0", effective_at=NOON)


def test_events_that_concern_the_sensor_wait_and_the_oldest_is_told() -> None:
    rig = Sensors(snapshot=location())
    rig.clock.set(NOON + timedelta(seconds=10))
    rig.fail_run("etl", "elsewhere")
    rig.clock.set(NOON + timedelta(seconds=20))
    rig.fail_run()
    rig.fail_run()
    rig.fail_run("other")
    found = lags_of(rig.store, [SensorOnRuns(replace(ALERT, monitored_jobs=("etl",)), STATE)])

    assert found == [Lag(2, False, NOON + timedelta(seconds=20))]
    assert found[0].text(NOON + timedelta(seconds=25)) == "2, oldest 5 s"
    assert lag_text(found[0].as_json(), NOON + timedelta(seconds=25)) == "2, oldest 5 s"


def test_of_very_many_events_only_so_many_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lag, "COUNT_MAX", 3)
    rig = Sensors(snapshot=location())
    for _ in range(5):
        rig.fail_run()
    [found] = lags_of(rig.store, [SensorOnRuns(ALERT, STATE)])

    assert (found.waiting, found.is_more, found.count_text) == (3, True, "3+")


def test_a_sensor_that_is_up_to_date_reads_no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Sensors(snapshot=location())
    last = rig.fail_run()
    rig.store.append([EventLogEntry("", 0.0, user_message="note") for _ in range(3)])
    asked: list[int | None] = []
    events = rig.store.events
    monkeypatch.setattr(rig.store, "events", lambda query: asked.append(query.limit) or events(query))
    up_to_date = [SensorOnRuns(replace(ALERT, name=f"alert_{each}"), replace(STATE, cursor=str(last))) for each in "ab"]

    assert lags_of(rig.store, up_to_date) == [Lag(), Lag()]
    assert asked == [1]


def test_sensors_at_the_same_place_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Sensors(snapshot=location())
    rig.fail_run()
    rig.fail_run("other", "elsewhere")
    asked: list[int | None] = []
    events = rig.store.events
    monkeypatch.setattr(rig.store, "events", lambda query: asked.append(query.limit) or events(query))
    everything = replace(ALERT, monitors_all_locations=True)
    theirs = replace(ALERT, monitored_jobs=(), monitored_runs=(MonitoredRuns("elsewhere", "other"),))
    others = replace(ALERT, monitored_jobs=(), monitored_runs=(MonitoredRuns(LOCATION, "other"),))

    found = lags_of(rig.store, [SensorOnRuns(each, STATE) for each in (ALERT, everything, theirs, others)])
    assert [each.waiting for each in found] == [1, 2, 1, 0]
    assert asked == [1, run_lag.COUNT_MAX + 1]


def test_sensors_at_places_near_each_other_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lag, "COUNT_MAX", 6)
    rig = Sensors(snapshot=location())
    failures = [rig.fail_run() for _ in range(10)]
    places = [failures[2], 0, failures[5], failures[0]]
    asked: list[int | None] = []
    events = rig.store.events
    monkeypatch.setattr(rig.store, "events", lambda query: asked.append(query.after_id) or events(query))

    found = lags_of(rig.store, [SensorOnRuns(ALERT, replace(STATE, cursor=str(place))) for place in places])
    assert [each.count_text for each in found] == ["3+", "6+", "4", "5+"]
    assert asked == [None, 0, failures[5]]


def test_a_sensor_without_its_place_yet_does_not_lag() -> None:
    rig = Sensors(snapshot=location())
    rig.fail_run()

    assert lags_of(rig.store, [SensorOnRuns(ALERT, replace(STATE, cursor=None))]) == [Lag()]
    assert Lag().text(NOON) == ""
    assert lag_text(None, NOON) == ""


def test_a_sensor_that_lags_for_long_is_told_once_and_when_it_caught_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "watchbell.services")
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.set(NOON + timedelta(seconds=1))
    rig.fail_run()
    rig.at(2, Hint("run_status"))
    began = 2 + LAG_SECONDS + ALERT.minimum_interval_seconds
    for second in range(10, int(began + GRACE_SECONDS) + 60, 10):
        rig.at(second)
    told = [each.getMessage() for each in caplog.records]

    rig.answer_all(1_000)
    rig.at(1_000)
    assert len(told) == 1
    assert told[0].startswith("sensor 'alert' lags: 1 run events wait for it, the oldest for 6 minutes")
    assert [each.getMessage() for each in caplog.records][1:] == ["sensor 'alert' has caught up"]


def test_what_gathered_while_no_service_ran_is_no_lag(caplog: pytest.LogCaptureFixture) -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.set(NOON + timedelta(seconds=1))
    rig.fail_run()
    rig.restart()
    rig.at(5_000)
    rig.at(5_000, Hint("run_status"))
    rig.answer_all(5_001)
    rig.at(5_060)

    assert rig.state(ALERT_KEY).cursor == "1"
    assert caplog.records == []


@pytest.mark.parametrize("status", [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS])
def test_events_of_other_kinds_do_not_wait(status: DagsterRunStatus) -> None:
    rig = Sensors(snapshot=location())
    rig.fail_run()
    [found] = lags_of(rig.store, [SensorOnRuns(sensor("watch", run_statuses=(status,)), STATE)])

    assert found.waiting == (1 if status is DagsterRunStatus.FAILURE else 0)
