"""``/api/runs``: runs, one run, and its log."""

from tests.web.conftest import LOCATION, NOW
from watchbell.record.event import EventLogEntry
from watchbell.record.run import DagsterRunStatus


def test_a_run_is_told_with_all_its_fields(site) -> None:
    site.add_run("run-1", tags={"team": "weather"}, run_config={"ops": {"load": {"config": {"rows": 3}}}})

    answer = site.client().get("/api/runs/run-1").json()

    assert answer == {
        "run_id": "run-1",
        "job": "etl",
        "status": "QUEUED",
        "created_at": "2024-03-01T12:00:30Z",
        "started_at": None,
        "ended_at": None,
        "waits": None,
        "tags": {"team": "weather"},
        "run_config": {"ops": {"load": {"config": {"rows": 3}}}},
    }


def test_runs_come_newest_first_page_by_page(site) -> None:
    for number in range(5):
        site.add_run(f"run-{number}")
    client = site.client()

    first = client.get("/api/runs?limit=2").json()
    second = client.get(f"/api/runs?limit=2&cursor={first['cursor']}").json()
    third = client.get(f"/api/runs?limit=2&cursor={second['cursor']}").json()

    pages = [[run["run_id"] for run in page["runs"]] for page in (first, second, third)]
    assert pages == [["run-4", "run-3"], ["run-2", "run-1"], ["run-0"]]
    assert third["cursor"] is None


def test_runs_are_filtered_by_job_and_state(site) -> None:
    site.add_run("run-0", "other")
    site.fail(site.add_run("run-1"), "broken")
    site.add_run("run-2", status=DagsterRunStatus.NOT_STARTED)
    client = site.client()

    def ids(query: str) -> list[str]:
        return [run["run_id"] for run in client.get(f"/api/runs?{query}").json()["runs"]]

    assert ids("job=etl") == ["run-2", "run-1"]
    assert ids("status=FAILURE") == ["run-1"]
    assert ids("status=FAILURE&status=QUEUED") == ["run-1", "run-0"]
    assert ids("job=none") == []


def test_an_unknown_cursor_is_no_crash(site) -> None:
    site.add_run("run-0")

    answer = site.client().get("/api/runs?cursor=none")

    assert answer.status_code in {200, 400}


def test_a_log_comes_oldest_first_after_an_entry(site) -> None:
    run = site.add_run("run-1")
    for number in range(3):
        entry = EventLogEntry("run-1", NOW.timestamp() + number, 20, f"line {number}", "load", "etl")
        site.instance.handle_new_event(entry)
    site.fail(run, "ValueError: broken", ['  File "/home/ann/defs.py", line 3, in load\n'])
    client = site.client()

    entries = client.get("/api/runs/run-1/logs").json()["entries"]
    later = client.get(f"/api/runs/run-1/logs?after={entries[2]['id']}").json()["entries"]

    assert [(each["kind"], each["message"]) for each in entries[1:4]] == [
        ("LOG", "line 0"),
        ("LOG", "line 1"),
        ("LOG", "line 2"),
    ]
    assert later == entries[3:]
    assert entries[1]["step"] == "load"
    assert (entries[-1]["kind"], entries[-1]["error"]) == ("RUN_FAILURE", "ValueError: broken")
    assert "/home/ann" not in client.get("/api/runs/run-1/logs").text


def test_a_text_that_looks_like_markup_is_json_text(full_site) -> None:
    answer = full_site.client().get("/api/runs/run-1")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["job"] == "<script>alert('x')</script>"


def test_a_run_that_waits_for_another_time_of_its_schedule_says_so(site) -> None:
    earlier, later = (
        {"dagster/schedule_name": "daily", ".dagster/scheduled_execution_time": moment, "watchbell/overlap": "skip"}
        for moment in ("2024-03-01T00:00:00+00:00", "2024-03-02T00:00:00+00:00")
    )
    site.add_run("run-1", tags=earlier, location_name=LOCATION)
    site.add_run("run-2", tags=later, location_name=LOCATION)

    rows = site.client().get("/api/runs").json()["runs"]
    one = site.client().get("/api/runs/run-2").json()

    said = (
        "waits for run run-1 of job 'etl', QUEUED since 2024-03-01T12:00:30+00:00, "
        "of another time of schedule 'daily' (overlap='skip')"
    )
    assert {row["run_id"]: row["waits"] for row in rows} == {"run-1": None, "run-2": said}
    assert one["waits"] == said
    assert "waits for run run-1" in site.client().get("/runs/run-2").text
    assert "waits for run run-1" in site.client().get("/").text
