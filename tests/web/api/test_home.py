"""``/api/home``: what needs attention, what ran, what is to run; what it costs."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, schedule_key, sensor_key, tick
from tests.web.counting import traced_statements
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import LocationError
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus, RunWorker
from watchbell.record.saved_view import Snooze
from watchbell.record.snapshot import JobSnapshot, LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationState, AutomationStatus, TickStatus


def attention(site) -> list[dict[str, object]]:
    """What needs attention, without the service, which never works in these tests."""
    return [each for each in site.client().get("/api/attention").json()["items"] if each["kind"] != "service"]


def kinds(site) -> list[tuple[object, object]]:
    return [(each["kind"], each["name"]) for each in attention(site)]


def succeed(site, run) -> None:
    event = DagsterEvent(DagsterEventType.RUN_SUCCESS, run.job_name, None, "done")
    site.instance.handle_new_event(EventLogEntry(run.run_id, NOW.timestamp(), 20, "", None, run.job_name, event))


class TestAttention:
    def test_a_service_that_does_not_work_comes_first(self, site) -> None:
        site.errors.append(LocationError("other", "no module named 'orders'", "defs.py", 3, at=NOW))

        items = site.client().get("/api/attention").json()["items"]

        assert [each["kind"] for each in items] == ["service", "location"]
        assert "no service works" in items[0]["text"]
        assert items[1]["text"] == "no module named 'orders' (defs.py:3)"

    def test_a_failing_job_is_told_with_its_last_error_since_when_and_how_often(self, site) -> None:
        for number in range(3):
            site.fail(site.add_run(f"run-{number}"), f"KeyError: {number}")

        [found] = attention(site)

        assert (found["kind"], found["name"], found["count"], found["run_id"]) == ("job", "etl", 3, "run-2")
        assert found["text"] == "KeyError: 2"
        assert found["since"] == "2024-03-01T12:00:30Z"

    def test_a_job_that_succeeded_since_is_fine(self, site) -> None:
        site.fail(site.add_run("run-0"), "broken")
        succeed(site, site.add_run("run-1"))

        assert attention(site) == []

    def test_failures_before_the_last_success_are_not_counted(self, site) -> None:
        site.fail(site.add_run("run-0"), "broken")
        succeed(site, site.add_run("run-1"))
        site.fail(site.add_run("run-2"), "broken again")

        [found] = attention(site)

        assert (found["count"], found["text"]) == (1, "broken again")

    def test_a_job_that_is_in_the_code_no_more_is_left_out(self, site) -> None:
        site.locations[:] = [LocationSnapshot(LOCATION, jobs=(JobSnapshot("etl"),))]
        site.fail(site.add_run("run-0", "gone", location_name=LOCATION), "broken")
        site.fail(site.add_run("run-1", "etl", location_name=LOCATION), "broken")
        site.fail(site.add_run("run-2", "other", location_name="elsewhere"), "broken")

        assert sorted(kinds(site)) == [("job", "etl"), ("job", "other")]

    def test_a_schedule_that_fails_and_one_that_missed_its_time_are_told(self, site) -> None:
        failed = tick(TickStatus.FAILURE, error=SerializableErrorInfo("ZeroDivisionError: division by zero"))
        site.add_tick(schedule_key("hourly"), failed)
        site.add_tick(schedule_key("late"), tick(TickStatus.MISSED, -60, skip_reason="missed while nothing worked"))

        found = {(each["kind"], each["name"]): each for each in attention(site)}

        assert set(found) == {("automation", "hourly"), ("missed", "late")}
        assert found["automation", "hourly"]["text"] == "ZeroDivisionError: division by zero"
        assert found["automation", "hourly"]["tick_id"] == 1
        assert found["missed", "late"]["text"] == "missed while nothing worked"

    def test_a_sensor_that_works_again_is_fine(self, site) -> None:
        site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, error=SerializableErrorInfo("broken")))
        site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, 1))

        assert attention(site) == []

    def test_a_quarantined_sensor_is_told_once_with_the_reason(self, site) -> None:
        site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, error=SerializableErrorInfo("killed")))
        state = site.instance.store.automation_state(sensor_key("landing"))
        site.instance.store.put_state(state, AutomationState(state.key, quarantine_reason="killed its process"), NOW)

        [found] = attention(site)

        assert (found["kind"], found["text"]) == ("quarantine", "killed its process")

    def test_a_run_whose_process_is_gone_is_lost(self, site) -> None:
        run = site.add_run("run-0", status=DagsterRunStatus.STARTING)
        worker = RunWorker(1, "long ago", "another boot", socket.gethostname())
        site.instance.store.begin_run(run.run_id, 0, worker, NOW)

        assert kinds(site) == [("lost_run", "etl")]

    def test_a_queued_run_whose_code_is_not_there_is_stuck(self, site) -> None:
        site.add_run("run-0", location_name="elsewhere")

        [found] = attention(site)

        assert (found["kind"], found["run_id"]) == ("stuck_run", "run-0")
        assert "'elsewhere'" in found["text"]

    def test_a_check_that_does_not_pass_is_told_until_it_does(self, site) -> None:
        site.locations.clear()

        def report(is_good: bool) -> None:
            evaluation = AssetCheckEvaluation(AssetKey("orders"), "no_nulls", is_good, {})
            event = DagsterEvent(DagsterEventType.ASSET_CHECK_EVALUATION, "", None, "", evaluation)
            site.instance.handle_new_event(EventLogEntry("", NOW.timestamp(), 20, "", None, None, event))

        report(False)
        failing = kinds(site)
        report(True)

        assert failing == [("check", "orders")]
        assert attention(site) == []

    def test_what_is_snoozed_comes_last_and_is_not_counted(self, site) -> None:
        site.fail(site.add_run("run-0"), "broken")
        until = NOW + timedelta(hours=2)
        site.instance.store.put_snooze(Snooze("", "job::etl", until, "ada", NOW))

        answer = site.client().get("/api/attention").json()

        assert [each["kind"] for each in answer["items"]] == ["service", "job"]
        assert answer["items"][1]["snoozed_until"] == "2024-03-01T14:00:30Z"
        assert answer["open_count"] == 1
        assert site.client().get("/api/service").json()["attention"] == 1


class TestTimeline:
    def test_the_window_is_so_long_that_the_last_twenty_runs_are_in_it(self, site) -> None:
        site.add_run("run-0")

        answer = site.client().get("/api/timeline").json()

        assert answer["hours"] == 1
        assert (answer["start"], answer["end"]) == ("2024-03-01T11:15:30Z", "2024-03-01T12:15:30Z")
        assert [each["run_id"] for each in answer["runs"]] == ["run-0"]

    def test_what_is_to_tick_is_in_order_and_only_what_is_on(self, site) -> None:
        site.locations[:] = [
            LocationSnapshot(
                LOCATION,
                schedules=(
                    ScheduleSnapshot("half", ("*/30 * * * *",), "UTC", "etl", running_by_default=True),
                    ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", "etl", running_by_default=True),
                    ScheduleSnapshot("off", ("* * * * *",), "UTC", "etl"),
                    ScheduleSnapshot("stopped", ("* * * * *",), "UTC", "etl", running_by_default=True),
                ),
            )
        ]
        stopped = AutomationState(schedule_key("stopped"), AutomationStatus.STOPPED)
        site.instance.store.put_state(AutomationState(stopped.key), stopped, NOW)

        answer = site.client().get("/api/timeline?hours=4").json()

        assert [(each["automation"], each["at"][11:16]) for each in answer["ticks"]] == [
            ("hourly", "12:05"),
            ("half", "12:30"),
            ("half", "13:00"),
        ]

    def test_a_window_of_the_past_has_no_ticks(self, site) -> None:
        site.add_run("run-0")

        answer = site.client().get("/api/timeline?hours=1&end=2024-03-01T12:00:00Z").json()

        assert (answer["runs"], answer["ticks"]) == ([], [])

    @pytest.mark.parametrize("query", ["hours=0", "hours=1000", "end=2024-03-01T12:00:00", "end=never"])
    def test_a_window_that_is_none_is_refused(self, site, query) -> None:
        assert site.client().get(f"/api/timeline?{query}").status_code == 422


def test_home_costs_the_same_number_of_queries_whatever_there_is(site) -> None:
    with traced_statements(site.instance.store) as few:
        site.client().get("/api/home")
    for number in range(30):
        site.fail(site.add_run(f"run-{number}", f"job {number}"), "broken")
        site.add_tick(schedule_key(f"s{number}"), tick(TickStatus.FAILURE, error=SerializableErrorInfo("x")))

    with traced_statements(site.instance.store) as many:
        site.client().get("/api/home")

    assert 10 < len(few) <= len(many) <= 25
