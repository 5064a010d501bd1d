"""``/api/ticks``: what schedules and sensors did, and schedules and sensors tried out."""

from typing import Any

import pytest

from tests.web.conftest import LOCATION, NOW, Client, schedule_key, sensor_key, tick
from tests.web.counting import traced_statements
from tests.web.errand_link import ErrandLink
from watchbell import Definitions, RunRequest, SensorResult, SkipReason, job, op, schedule, sensor
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.run import RunsFilter
from watchbell.record.tick import TickLogLine, TickStatus
from watchbell.web.view import View

HOURLY = f"/api/automations/schedule/{LOCATION}/hourly"


def failure(minute: int, text: str = "ValueError: no files") -> Any:
    return tick(TickStatus.FAILURE, minute, error=SerializableErrorInfo(text, (), "ValueError"))


class TestTicks:
    def test_equal_failures_in_a_row_are_told_as_one(self, site) -> None:
        for minute in range(37):
            site.add_tick(schedule_key("hourly"), failure(minute))
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, 40, skip_reason="nothing"))

        folds = site.client().get(f"{HOURLY}/ticks").json()["items"]

        assert [(each["tick"]["status"], each["count"], each["oldest_id"]) for each in folds] == [
            ("SKIPPED", 1, 38),
            ("FAILURE", 37, 1),
        ]
        assert folds[1]["tick"]["error"] == "ValueError: no files"

    def test_other_failures_between_keep_them_apart(self, site) -> None:
        for minute, text in enumerate(("a", "b", "b", "a")):
            site.add_tick(schedule_key("hourly"), failure(minute, text))

        folds = site.client().get(f"{HOURLY}/ticks").json()["items"]

        assert [each["count"] for each in folds] == [1, 2, 1]

    def test_pages_of_folds_leave_nothing_out(self, site) -> None:
        for minute in range(12):
            site.add_tick(schedule_key("hourly"), failure(minute, str(minute // 2)))

        client, found, cursor = site.client(), [], ""
        while True:
            page = client.get(f"{HOURLY}/ticks?limit=2{cursor}").json()
            found += [(each["tick"]["tick_id"], each["count"]) for each in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"

        assert found == [(12, 2), (10, 2), (8, 2), (6, 2), (4, 2), (2, 2)]

    def test_one_by_one_and_filtered(self, site) -> None:
        site.add_tick(schedule_key("hourly"), failure(0))
        site.add_tick(schedule_key("hourly"), failure(1))
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, 2, skip_reason="nothing"))
        client = site.client()

        assert len(client.get(f"{HOURLY}/ticks?fold=false").json()["items"]) == 3
        failed = client.get(f"{HOURLY}/ticks?fold=false&status=FAILURE").json()["items"]
        assert [each["tick"]["tick_id"] for each in failed] == [2, 1]

    def test_ticks_of_all_say_whose_they_are(self, site) -> None:
        site.add_tick(schedule_key("hourly"), failure(0))
        site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, 1, skip_reason="nothing"))
        client = site.client()

        rows = client.get("/api/ticks?limit=5").json()["items"]
        failed = client.get("/api/ticks?failed=true").json()["items"]

        assert [(each["tick"]["kind"], each["tick"]["name"]) for each in rows] == [
            ("sensor", "landing"),
            ("schedule", "hourly"),
        ]
        assert [each["tick"]["name"] for each in failed] == ["hourly"]

    def test_one_tick_is_told_with_its_neighbours_log_and_cursor(self, site) -> None:
        key = sensor_key("landing")
        line = TickLogLine(NOW.timestamp(), 30, "slow today")
        site.add_tick(key, tick(TickStatus.SKIPPED, skip_reason="nothing"))
        site.add_tick(schedule_key("hourly"), failure(0))
        site.add_tick(key, tick(TickStatus.SKIPPED, 1, cursor="b", cursor_before="a", log=(line,)))
        site.add_tick(key, tick(TickStatus.SKIPPED, 2))

        found = site.client().get("/api/ticks/3").json()

        assert (found["older_id"], found["newer_id"]) == (1, 4)
        assert (found["cursor_before"], found["cursor_after"]) == ("a", "b")
        assert [(each["level"], each["message"]) for each in found["log"]] == [("WARNING", "slow today")]

    def test_one_that_was_begun_again_says_so_and_stands_alone(self, site) -> None:
        for minute in range(3):
            again = {"attempt": 2, "earlier": "its process was ended by SIGKILL"} if minute == 1 else {}
            site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, minute, skip_reason="nothing", **again))

        found = site.client().get(f"/api/automations/sensor/{LOCATION}/landing/ticks").json()["items"]

        assert [(each["tick"]["attempt"], each["tick"]["earlier"]) for each in found] == [
            (1, None),
            (2, "its process was ended by SIGKILL"),
            (1, None),
        ]

    def test_run_keys_that_made_no_run_name_the_run_that_has_them(self, site) -> None:
        dropped = tick(TickStatus.SKIPPED, dropped_run_keys=("may 3", "may 4"), dropped_for=("run-1",))
        site.add_tick(sensor_key("landing"), dropped)

        found = site.client().get("/api/ticks/1").json()

        assert found["row"]["dropped"] == [
            {"run_key": "may 3", "run_id": "run-1"},
            {"run_key": "may 4", "run_id": None},
        ]

    @pytest.mark.parametrize("address", ["/api/ticks/9", f"{HOURLY}x/ticks", "/api/ticks/0", "/api/ticks?cursor=x"])
    def test_what_is_not_there_is_told(self, site, address: str) -> None:
        assert site.client().get(address).status_code in {404, 422}

    def test_a_page_costs_the_same_whatever_its_length(self, site) -> None:
        for minute in range(60):
            site.add_tick(schedule_key("hourly"), failure(minute, str(minute)))
        client = site.client()

        with traced_statements(site.instance.store) as of_many:
            client.get(f"{HOURLY}/ticks?limit=50")
        with traced_statements(site.instance.store) as of_few:
            client.get(f"{HOURLY}/ticks?limit=1")

        assert len(of_many) == len(of_few) <= 2


@op
def work(context) -> None:
    """Does nothing."""


@job
def etl() -> None:
    """Does nothing."""
    work()


@schedule(cron_schedule="0 2 * * *", job=etl, execution_timezone="Europe/Berlin")
def nightly(context):
    return RunRequest(run_key=context.scheduled_execution_time.isoformat(), tags={"night": "yes"})


@sensor(job=etl)
def landing(context):
    seen = int(context.cursor or 0)
    context.log.info("looked")
    if seen < 0:
        raise ValueError(f"no cursor is {seen}")
    if seen > 5:
        return SkipReason("nothing new")
    return SensorResult([RunRequest(run_key=str(each)) for each in range(seen, 6)], cursor="6")


@sensor(job=etl)
def broken():
    raise ValueError("no such place")


@pytest.fixture
def working():
    """A client of an application whose code answers errands, and its instance."""
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        repository = Definitions(jobs=[etl], schedules=[nightly], sensors=[landing, broken]).get_repository_def()
        link = ErrandLink(instance, {LOCATION: repository})
        yield Client(View(instance, link)), instance


def post(client: Client, address: str, **ask: object) -> dict[str, Any]:
    answer = client.request("POST", f"/api/automations/{address}", json=ask)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestTrying:
    def test_a_schedule_is_tried_for_a_time(self, working) -> None:
        client, instance = working

        found = post(client, f"schedule/{LOCATION}/nightly/test", at="2024-03-02T02:00")

        assert (found["outcome"], found["evaluated_for"], found["is_nominal"]) == (
            "requested",
            "2024-03-02T02:00:00+01:00",
            True,
        )
        assert found["requests"][0]["job"] == "etl"
        assert instance.store.automation_states() == []

    def test_a_sensor_is_tried_with_a_cursor_and_keeps_its_own(self, working) -> None:
        client, instance = working

        found = post(client, f"sensor/{LOCATION}/landing/test", uses_stored_cursor=False, cursor="3")

        assert (found["cursor_before"], found["cursor_after"], found["request_count"]) == ("3", "6", 3)
        assert [each["message"] for each in found["log"]] == ["looked"]
        assert instance.store.automation_states() == []

    def test_a_reason_to_skip_and_an_error_are_told(self, working) -> None:
        client, _ = working

        skipped = post(client, f"sensor/{LOCATION}/landing/test", uses_stored_cursor=False, cursor="9")
        failed = post(client, f"sensor/{LOCATION}/landing/test", uses_stored_cursor=False, cursor="-1")

        assert (skipped["outcome"], skipped["skip_reason"]) == ("skipped", "nothing new")
        assert (failed["outcome"], failed["error"]["message"]) == ("failed", "no cursor is -1")

    def test_a_time_that_is_none_is_refused_by_its_field(self, working) -> None:
        client, _ = working

        answer = client.request("POST", f"/api/automations/schedule/{LOCATION}/nightly/test", json={"at": "tonight"})

        assert (answer.status_code, answer.json()["extra"]["where"]) == (400, "at")

    def test_runs_of_a_test_are_launched_as_the_callers(self, working) -> None:
        client, instance = working
        tried = post(client, f"sensor/{LOCATION}/landing/test", uses_stored_cursor=False, cursor="4")

        launched = post(client, f"sensor/{LOCATION}/landing/launch", requests=tried["requests"])

        runs = [each.dagster_run for each in instance.store.run_records(RunsFilter())]
        assert sorted(run.run_id for run in runs) == sorted(launched["run_ids"])
        assert all("watchbell/launched_by" in run.tags for run in runs)
        assert not any("dagster/sensor_name" in run.tags for run in runs)
        assert instance.store.automation_states() == []

    def test_a_request_for_a_job_that_is_not_there_launches_nothing(self, working) -> None:
        client, instance = working
        requests = [{"job": "etl"}, {"job": "elt"}]

        answer = client.request(
            "POST", f"/api/automations/sensor/{LOCATION}/landing/launch", json={"requests": requests}
        )

        assert (answer.status_code, answer.json()["extra"]["where"]) == (404, "requests.1.job")
        assert instance.store.run_records(RunsFilter()) == []

    def test_what_fails_each_time_in_the_same_way_ends_a_simulation_and_is_told_once(self, working) -> None:
        client, _ = working

        found = client.get(f"/api/automations/sensor/{LOCATION}/broken/simulation").json()

        [error] = found["errors"]
        assert (error["name"], error["count"]) == ("broken", 20)
        assert error["at"] < error["last_at"]
        assert "sensor broken failed 20 times in a row in the same way" in found["cut_short"]

    def test_a_range_is_simulated_with_summer_time_marked(self, working) -> None:
        client, _ = working
        address = f"/api/automations/schedule/{LOCATION}/nightly/simulation"

        found = client.get(f"{address}?start=2024-03-29T00:00Z&end=2024-04-02T00:00Z").json()

        assert found["run_count"] == 4
        assert [row["offset"] for row in found["rows"]] == ["UTC+01:00", "UTC+01:00", "UTC+02:00", "UTC+02:00"]
        assert "does not exist" in found["rows"][2]["marks"]

    @pytest.mark.parametrize(
        "query",
        [
            "start=2024-03-29",
            "start=2024-03-29T00:00Z&end=2024-03-28T00:00Z",
            "start=9999-12-01T00:00Z&end=9999-12-31T00:00Z",
            "end=x",
        ],
    )
    def test_a_range_that_is_none_is_refused(self, working, query: str) -> None:
        client, _ = working

        answer = client.get(f"/api/automations/schedule/{LOCATION}/nightly/simulation?{query}")

        assert answer.status_code in {400, 422}

    def test_without_a_service_it_is_said_what_to_start(self, site) -> None:
        answer = site.client().request("POST", f"{HOURLY}/test", json={})

        assert (answer.status_code, answer.json()["type"]) == (503, "urn:watchbell:service-stopped")
