"""``/api/home``: what needs attention, what ran, what is to run; what it costs."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, schedule_key, sensor_key, tick
from tests.web.counting import traced_statements
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, BackfillTarget
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


def at_two(site, name: str = "hourly", **fields: object) -> None:
    """A schedule of whole hours took effect at 11:00:30."""
    site.locations[:] = [
        LocationSnapshot(
            LOCATION, schedules=(ScheduleSnapshot(name, ("0 * * * *",), "UTC", "etl", running_by_default=True),)
        )
    ]
    state = AutomationState(schedule_key(name), effective_at=NOW - timedelta(hours=1), **fields)
    site.instance.store.put_state(AutomationState(state.key), state, NOW)


class TestDelays:
    def test_a_schedule_is_late_once_its_time_is_past_beyond_a_grace(self, site) -> None:
        at_two(site)
        on_time = kinds(site)
        site.instance.clock.advance(60)

        [late] = attention(site)

        assert on_time == []
        assert (late["kind"], late["name"], late["automation"]) == ("late", "hourly", "schedule")
        assert (late["since"], late["text"]) == (
            "2024-03-01T12:00:00Z",
            "should have ticked 1 min 30 s ago, and has not",
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": AutomationStatus.STOPPED},
            {"paused_until": NOW + timedelta(days=1)},
            {"last_tick_at": NOW},
        ],
    )
    def test_what_is_off_paused_or_has_ticked_is_not_late(self, site, fields) -> None:
        at_two(site, **fields)
        site.instance.clock.advance(600)

        assert attention(site) == []

    def test_many_that_are_late_for_one_reason_are_one_row(self, site) -> None:
        names = [f"s{number}" for number in range(30)]
        schedules = tuple(
            ScheduleSnapshot(each, ("0 * * * *",), "UTC", "etl", running_by_default=True) for each in names
        )
        site.locations[:] = [LocationSnapshot(LOCATION, schedules=schedules)]
        for each in names:
            state = AutomationState(schedule_key(each), effective_at=NOW - timedelta(hours=1))
            site.instance.store.put_state(AutomationState(state.key), state, NOW)
        site.instance.clock.advance(600)

        [late] = attention(site)

        assert (late["kind"], late["name"], late["automation"]) == ("late", "30 schedules and sensors", None)

    def test_a_full_queue_tells_who_holds_its_places_and_since_when(self, site) -> None:
        limit = site.instance.settings.max_concurrent_runs
        for number in range(limit):
            site.add_run(f"run-{number}", "nightly", status=DagsterRunStatus.STARTED, location_name=LOCATION)
        site.add_run("waits", location_name=LOCATION)
        at_once = kinds(site)
        site.instance.clock.advance(7_200)

        [full] = attention(site)

        assert at_once == []
        assert (full["kind"], full["since"]) == ("queue", "2024-03-01T12:00:30Z")
        assert full["text"].startswith(f"1 run waits; all {limit} places are held: nightly for 2 h 0 min")
        assert full["text"].endswith(f"and {limit - 3} more")

    def test_a_queue_with_a_free_place_is_not_full(self, site) -> None:
        site.add_run("goes", status=DagsterRunStatus.STARTED, location_name=LOCATION)
        site.add_run("waits", location_name=LOCATION)
        site.instance.clock.advance(7_200)

        assert attention(site) == []

    def test_code_that_cannot_be_loaded_is_told_with_its_place_once(self, site) -> None:
        site.errors.append(LocationError("other", "SyntaxError: invalid syntax (defs.py:3)", "defs.py", 3, at=NOW))

        texts = [each["text"] for each in attention(site) if each["kind"] == "location"]

        assert texts == ["SyntaxError: invalid syntax (defs.py:3)"]

    def test_a_failed_backfill_without_a_title_is_called_by_what_it_was_to_make(self, site) -> None:
        target = BackfillTarget("__ASSET_JOB", LOCATION, (AssetKey("orders"),))
        ended = {"status": BackfillStatus.COMPLETED_FAILED, "ended_at": NOW}
        backfill = Backfill("b1", (target,), NOW, asked="2024-02-01...2024-02-03", **ended)
        site.instance.store.add_backfill(backfill, [BackfillPart(0, 0, "2024-02-01")])

        [failed] = [each for each in attention(site) if each["kind"] == "backfill"]

        assert failed["name"] == "2024-02-01...2024-02-03 of orders"

    def test_a_backfill_with_failed_parts_is_told_until_somebody_tries_them_again(self, site) -> None:
        target = BackfillTarget("etl", LOCATION)
        ended = {"status": BackfillStatus.COMPLETED_FAILED, "ended_at": NOW}
        for backfill_id, more in (("b1", ended), ("b2", {})):
            backfill = Backfill(backfill_id, (target,), NOW, title=f"again {backfill_id}", **more)
            site.instance.store.add_backfill(backfill, [BackfillPart(0, 0, "2024-02-01")])

        [failed] = attention(site)

        assert (failed["kind"], failed["name"], failed["backfill_id"]) == ("backfill", "again b1", "b1")


def lanes(answer) -> dict[str, dict[str, object]]:
    """The lanes of a timeline by their names."""
    return {each["name"]: each for each in answer["lanes"]}


class TestTimeline:
    def test_the_window_is_so_long_that_the_last_twenty_runs_are_in_it(self, site) -> None:
        site.add_run("run-0", location_name=LOCATION)

        answer = site.client().get("/api/timeline").json()

        assert (answer["hours"], answer["bin_seconds"]) == (1, 25)
        assert (answer["start"], answer["end"]) == ("2024-03-01T11:15:50Z", "2024-03-01T12:15:50Z")
        assert [(each["name"], each["runs"], each["ticks"]) for each in answer["lanes"]] == [
            ("etl", {"QUEUED": [1]}, [2950])
        ]

    @pytest.mark.parametrize(("end", "year"), [("0001-01-01T00:00:00Z", 1971), ("9999-12-31T23:59:59.999999Z", 2200)])
    def test_a_window_at_the_end_of_all_times_ends_where_there_may_be_runs(self, site, end: str, year: int) -> None:
        answer = site.client().get(f"/api/timeline?hours=168&end={end}").json()

        assert datetime.fromisoformat(answer["end"]) - datetime(year, 1, 1, tzinfo=UTC) < timedelta(hours=2)

    def test_runs_that_lie_together_are_one_mark_and_no_failure_is_lost_in_it(self, site) -> None:
        for number in range(50):
            run = site.add_run(f"run-{number}", location_name=LOCATION)
            if number == 7:
                site.fail(run, "broken")
            elif number % 2:
                succeed(site, run)

        answer = site.client().get("/api/timeline?hours=24").json()

        found = lanes(answer)["etl"]
        assert found["runs"] == {"QUEUED": [25], "FAILURE": [1], "SUCCESS": [24]}
        assert (found["failed"], answer["run_count"], answer["failed_count"]) == (1, 50, 1)
        assert len(found["parts"]) == len(found["at"]) == len(found["seconds"]) == 1

    def test_the_size_of_the_answer_does_not_grow_with_the_runs(self, site) -> None:
        for number in range(20):
            site.add_run(f"run-{number}", location_name=LOCATION)
        client = site.client()
        before = len(client.get("/api/timeline?hours=24").content)
        for number in range(20, 400):
            site.add_run(f"run-{number}", location_name=LOCATION)

        after = len(client.get("/api/timeline?hours=24").content)

        assert after <= before + 4

    def test_what_is_over_is_read_once_and_what_ends_meanwhile_is_followed(self, site) -> None:
        client, clock = site.client(), site.instance.clock
        old = site.add_run("run-0", location_name=LOCATION)
        clock.advance(3_600)
        site.add_run("run-1", location_name=LOCATION)
        assert lanes(client.get("/api/timeline?hours=12").json())["etl"]["runs"] == {"QUEUED": [1, 1]}

        site.fail(old, "broken")
        failed = lanes(client.get("/api/timeline?hours=12").json())["etl"]["runs"]
        site.instance.delete_run("run-0")
        deleted = lanes(client.get("/api/timeline?hours=12").json())["etl"]["runs"]

        assert failed == {"FAILURE": [1, 0], "QUEUED": [0, 1]}
        assert deleted == {"QUEUED": [1]}

    def test_a_run_that_began_before_the_window_and_goes_on_reaches_into_it(self, site) -> None:
        site.add_run("run-0", location_name=LOCATION, status=DagsterRunStatus.STARTED)
        site.instance.clock.advance(86_400)

        found = lanes(site.client().get("/api/timeline?hours=1").json())["etl"]

        assert found["runs"] == {"STARTED": [1]}
        assert found["parts"][0] < 0
        assert found["at"][0] + found["seconds"][0] > 0

    def test_a_run_whose_process_is_gone_is_lost_and_does_not_go_on(self, site) -> None:
        run = site.add_run("run-0", status=DagsterRunStatus.STARTING, location_name=LOCATION)
        worker = RunWorker(1, "long ago", "another boot", socket.gethostname())
        site.instance.store.begin_run(run.run_id, 0, worker, NOW)

        found = lanes(site.client().get("/api/timeline?hours=1").json())["etl"]
        path = "/api/timeline/marks?start=2024-03-01T11:00:00Z&end=2024-03-01T13:00:00Z"
        [told] = site.client().get(path).json()["runs"]

        assert found["lost"] == {"0": 1}
        assert told["is_lost"]

    @pytest.mark.parametrize(
        ("by", "names"), [("job", {"etl", ""}), ("automation", {"nightly", "hourly", ""}), ("group", {""})]
    )
    def test_lanes_are_jobs_groups_or_automations(self, site, by, names) -> None:
        site.add_run("run-0", tags={"dagster/schedule_name": "nightly"}, location_name=LOCATION)
        site.add_run("run-1", location_name=LOCATION)

        answer = site.client().get(f"/api/timeline?hours=12&lanes={by}").json()

        assert {each["name"] for each in answer["lanes"]} == names - ({""} if by == "job" else set())
        assert answer["run_count"] == 2

    def test_lanes_beyond_the_limit_are_counted(self, site) -> None:
        for number in range(5):
            site.fail(site.add_run(f"run-{number}", f"job {number}"), "x") if number == 0 else site.add_run(
                f"r{number}", f"job {number}"
            )

        answer = site.client().get("/api/timeline?lanes_max=2").json()

        assert (len(answer["lanes"]), answer["lane_count"], answer["run_count"]) == (2, 6, 5)
        assert answer["lanes"][0]["name"] == "job 0"

    def test_what_is_to_tick_is_in_order_and_only_what_is_on(self, site) -> None:
        site.locations[:] = [
            LocationSnapshot(
                LOCATION,
                schedules=(
                    ScheduleSnapshot("half", ("*/30 * * * *",), "UTC", "etl", running_by_default=True),
                    ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", "other", running_by_default=True),
                    ScheduleSnapshot("off", ("* * * * *",), "UTC", "etl"),
                    ScheduleSnapshot("stopped", ("* * * * *",), "UTC", "etl", running_by_default=True),
                ),
            )
        ]
        stopped = AutomationState(schedule_key("stopped"), AutomationStatus.STOPPED)
        site.instance.store.put_state(AutomationState(stopped.key), stopped, NOW)

        answer = site.client().get("/api/timeline?hours=4").json()

        start = datetime.fromisoformat(answer["start"])
        times = {
            name: [f"{start + timedelta(seconds=at):%H:%M}" for at in lane["ticks"]]
            for name, lane in lanes(answer).items()
        }
        assert times == {"etl": ["12:30", "13:00"], "other": ["12:05"]}
        assert answer["next_at"] == "2024-03-01T12:05:00Z"

    def test_a_window_of_the_past_has_no_ticks(self, site) -> None:
        site.add_run("run-0")

        answer = site.client().get("/api/timeline?hours=1&end=2024-03-01T12:00:00Z").json()

        assert (answer["lanes"], answer["next_at"]) == ([], None)

    @pytest.mark.parametrize("query", ["hours=0", "hours=1000", "end=2024-03-01T12:00:00", "end=never", "lanes=colour"])
    def test_a_window_that_is_none_is_refused(self, site, query) -> None:
        assert site.client().get(f"/api/timeline?{query}").status_code == 422


class TestMarks:
    STRETCH = "start=2024-03-01T11:00:00Z&end=2024-03-01T12:10:00Z"

    def test_a_mark_tells_its_runs_the_failures_first_and_that_there_are_more(self, site) -> None:
        for number in range(5):
            site.add_run(f"run-{number}")
        site.fail(site.add_run("bad"), "broken")
        site.add_run("of another", "other")

        answer = site.client().get(f"/api/timeline/marks?{self.STRETCH}&lane=etl&limit=3").json()

        assert [each["run_id"] for each in answer["runs"]] == ["bad", "run-4", "run-3"]
        assert answer["has_more_runs"]

    def test_a_lane_of_an_automation_tells_what_it_asked_for_and_its_times(self, site) -> None:
        site.add_run("run-0", tags={"dagster/schedule_name": "hourly"}, location_name=LOCATION)
        site.add_run("run-1", location_name=LOCATION)

        path = f"/api/timeline/marks?{self.STRETCH}&lanes=automation&lane=hourly&location={LOCATION}"
        answer = site.client().get(path).json()

        assert [each["run_id"] for each in answer["runs"]] == ["run-0"]
        assert [(each["at"], each["automation"]) for each in answer["ticks"]] == [("2024-03-01T12:05:00Z", "hourly")]

    def test_without_a_lane_all_are_told(self, site) -> None:
        site.add_run("run-0")
        site.add_run("run-1", "other")

        answer = site.client().get(f"/api/timeline/marks?{self.STRETCH}").json()

        assert {each["job"] for each in answer["runs"]} == {"etl", "other"}
        assert [each["automation"] for each in answer["ticks"]] == ["hourly"]

    def test_a_stretch_that_ends_before_it_begins_is_refused(self, site) -> None:
        path = "/api/timeline/marks?start=2024-03-01T12:00:00Z&end=2024-03-01T11:00:00Z"

        assert site.client().get(path).json()["type"] == "urn:watchbell:wrong-stretch"


def test_home_costs_the_same_number_of_queries_whatever_there_is(site) -> None:
    with traced_statements(site.instance.store) as few:
        site.client().get("/api/home")
    for number in range(30):
        site.fail(site.add_run(f"run-{number}", f"job {number}"), "broken")
        site.add_tick(schedule_key(f"s{number}"), tick(TickStatus.FAILURE, error=SerializableErrorInfo("x")))

    with traced_statements(site.instance.store) as many:
        site.client().get("/api/home")

    assert 10 < len(few) <= len(many) <= 25
