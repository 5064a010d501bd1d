"""``/api/schedules`` and ``/api/sensors``: what rings, and how its ticks went."""

from dataclasses import replace

from tests.web.conftest import NOW, schedule_key, sensor_key, tick
from watchbell.automate.switch import started, stopped
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.tick import AutomationState, TickLogLine, TickStatus


def test_a_schedule_is_told_with_its_next_time(site) -> None:
    [row] = site.client().get("/api/schedules").json()["schedules"]

    assert row == {
        "name": "hourly",
        "location": "places",
        "running": True,
        "cron": ["5 * * * *"],
        "timezone": "Europe/Berlin",
        "job": "etl",
        "description": None,
        "last_tick_at": None,
        "next_tick_at": "2024-03-01T13:05:00+01:00",
        "quarantine": None,
    }


def test_a_stopped_schedule_has_no_next_time(site) -> None:
    state = AutomationState(schedule_key("hourly"))
    site.instance.store.put_state(state, stopped(state), NOW)

    [row] = site.client().get("/api/schedules").json()["schedules"]

    assert (row["running"], row["next_tick_at"]) == (False, None)


def test_a_sensor_is_told_with_its_state(site) -> None:
    state = AutomationState(sensor_key("landing"))
    site.instance.store.put_state(state, started(state, NOW), NOW)

    [row] = site.client().get("/api/sensors").json()["sensors"]

    assert row == {
        "name": "landing",
        "location": "places",
        "running": True,
        "minimum_interval_seconds": 1.5,
        "run_statuses": [],
        "lag": None,
        "jobs": ["etl"],
        "description": None,
        "last_tick_at": None,
        "quarantine": None,
    }


def test_a_quarantined_sensor_says_why_it_stands_still(site) -> None:
    state = AutomationState(sensor_key("landing"))
    site.instance.store.put_state(state, replace(started(state, NOW), quarantine_reason="took 2 GB"), NOW)

    [row] = site.client().get("/api/sensors").json()["sensors"]

    assert (row["running"], row["quarantine"]) == (False, "took 2 GB")


def test_ticks_come_newest_first_page_by_page(site) -> None:
    for minute in range(5):
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, minute, skip_reason=f"reason {minute}"))
    client = site.client()

    first = client.get("/api/schedules/hourly/ticks?limit=3").json()["ticks"]
    rest = client.get(f"/api/schedules/hourly/ticks?before={first[-1]['tick_id']}").json()["ticks"]

    assert [each["skip_reason"] for each in first] == ["reason 4", "reason 3", "reason 2"]
    assert [each["skip_reason"] for each in rest] == ["reason 1", "reason 0"]


def test_a_failed_tick_tells_its_error_and_log_without_a_stack(site) -> None:
    error = SerializableErrorInfo("ValueError: no\n", ('  File "/home/ann/defs.py", line 1\n',), "ValueError")
    line = TickLogLine(NOW.timestamp(), 20, "looking")
    site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, error=error, log=(line,)))

    answer = site.client().get("/api/sensors/landing/ticks")

    [row] = answer.json()["ticks"]
    assert (row["status"], row["error"]) == ("FAILURE", "ValueError: no\n")
    assert row["log"] == [{"at": NOW.timestamp(), "level": 20, "message": "looking"}]
    assert "/home/ann" not in answer.text
