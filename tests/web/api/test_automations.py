"""``/api/schedules`` and ``/api/sensors``: what rings, and how its ticks went."""

from dataclasses import replace

import pytest

from tests.web.conftest import LOCATION, NOW, schedule_key, sensor_key, tick
from watchbell.automate.switch import started, stopped
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.metadata import IntMetadataValue, JsonMetadataValue
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
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
        "owners": [],
        "tags": {},
        "metadata": {},
        "last_tick_at": None,
        "next_tick_at": "2024-03-01T13:05:00+01:00",
        "quarantine": None,
    }


def test_owners_tags_and_facts_are_told(site) -> None:
    labels = {
        "description": "Each hour.",
        "owners": ("team:data", "ann@example.com"),
        "tags": {"tier": "gold"},
        "metadata": {"rows": IntMetadataValue(3), "made_of": JsonMetadataValue({"a": [1]})},
    }
    schedule = ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", "etl", **labels)
    site.locations[:] = [LocationSnapshot(LOCATION, schedules=(schedule,), sensors=(SensorSnapshot("seen", **labels),))]
    client = site.client()

    rows = [*client.get("/api/schedules").json()["schedules"], *client.get("/api/sensors").json()["sensors"]]

    plain = {"owners": ["team:data", "ann@example.com"], "metadata": {"rows": 3, "made_of": {"a": [1]}}}
    assert [{**labels, **plain}] * 2 == [{key: row[key] for key in labels} for row in rows]


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
        "sensor_type": "STANDARD",
        "run_statuses": [],
        "assets": None,
        "lag": None,
        "jobs": ["etl"],
        "description": None,
        "owners": [],
        "tags": {},
        "metadata": {},
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


def test_ticks_of_everything_come_newest_first(site) -> None:
    site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, 1, skip_reason="no"))
    site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, 2, error=SerializableErrorInfo("ValueError: no\n")))
    site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, 3, skip_reason="no"))
    client = site.client()

    rows = client.get("/api/ticks?limit=2").json()["ticks"]
    older = client.get(f"/api/ticks?before={rows[-1]['tick_id']}").json()["ticks"]
    failed = client.get("/api/ticks?failed=true").json()["ticks"]

    assert [(row["kind"], row["name"]) for row in rows + older] == [
        ("SENSOR", "landing"), ("SENSOR", "landing"), ("SCHEDULE", "hourly"),
    ]  # fmt: skip
    assert [row["error"] for row in failed] == ["ValueError: no\n"]


def test_a_tick_tells_what_it_was_made_of(site) -> None:
    fields = {"cursor_before": "1", "cursor": "2", "event_ids": (7,), "dropped_run_keys": ("a",), "dropped_for": ("r",)}
    site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, 1, **fields))

    row = site.client().get("/api/ticks/1").json()

    assert (row["cursor_before"], row["cursor"], row["event_ids"]) == ("1", "2", [7])
    assert (row["name"], row["location"], row["held_by"]) == ("landing", "places", {"a": "r"})


@pytest.mark.parametrize("path", ["/schedules/hourly", "/api/schedules/hourly/ticks", "/api/ticks"])
@pytest.mark.parametrize("before", ["99999999999999999999", "-1", "x"])
def test_a_page_that_begins_nowhere_is_refused(site, path, before) -> None:
    assert site.client().get(f"{path}?before={before}").status_code == 422


@pytest.mark.parametrize(("tick_id", "status"), [("9", 404), ("0", 422), ("x", 422), ("99999999999999999999", 422)])
def test_a_tick_that_is_not_there_is_told(site, tick_id, status) -> None:
    answer = site.client().get(f"/api/ticks/{tick_id}")

    assert answer.status_code == status
    assert "error" in answer.json()


def test_ticks_of_a_location_are_told_apart(site) -> None:
    assert site.client().get("/api/sensors/landing/ticks?location=places").status_code == 200
    assert site.client().get("/api/sensors/landing/ticks?location=elsewhere").status_code == 404


def test_the_lag_of_a_sensor_of_runs_is_told_and_shown(site) -> None:
    watching = SensorSnapshot("alert", run_statuses=(DagsterRunStatus.FAILURE,), running_by_default=True)
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(watching,))]
    state = AutomationState(sensor_key("alert"))
    site.instance.store.put_state(state, replace(state, cursor="0", effective_at=NOW), NOW)
    run = DagsterRun("etl", "failed", location_name=LOCATION)
    site.instance.store.add_runs([run], NOW)
    failure = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl")
    site.instance.store.append([EventLogEntry("failed", NOW.timestamp(), dagster_event=failure)])

    [row] = site.client().get("/api/sensors").json()["sensors"]

    assert row["lag"] == {"waiting": 1, "is_more": False, "oldest_at": "2024-03-01T12:00:30Z"}
    assert "1, oldest 0 ms" in site.client().get("/").text
