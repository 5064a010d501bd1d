"""``/api/jobs``: jobs with their newest runs, and what starts them."""

from datetime import timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, Site
from tests.web.counting import traced_statements
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.snapshot import (
    JobSnapshot,
    LocationSnapshot,
    NodeSnapshot,
    PartitionsSnapshot,
    ScheduleSnapshot,
    SensorSnapshot,
)
from watchbell.record.worker_identity import own_identity

S = DagsterRunStatus


@pytest.fixture
def shop(site) -> Site:
    """Three jobs; a schedule and a sensor start one of them."""
    nodes = (NodeSnapshot("load", "load"), NodeSnapshot("store", "put", ("load",)))
    site.locations[:] = [
        LocationSnapshot(
            LOCATION,
            schedules=(ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", "etl", running_by_default=True),),
            sensors=(SensorSnapshot("landing", ("etl",)),),
            jobs=(
                JobSnapshot("etl", "moves rows", {"team": "a"}, nodes, owners=("team:data",)),
                JobSnapshot("report", asset_keys=(AssetKey("x"),), partitions=PartitionsSnapshot("static", "3 days")),
                JobSnapshot("__ASSET_JOB"),
                JobSnapshot("idle", tags={"team": "b"}),
            ),
        )
    ]
    return site


def ran(site: Site, run_id: str, seconds: float, status: DagsterRunStatus = S.SUCCESS, job: str = "etl") -> None:
    ended = NOW + timedelta(seconds=seconds)
    site.add_run(run_id, job, status=status, started_at=NOW, ended_at=ended, location_name=LOCATION)


def rows(site: Site, address: str = "") -> list[dict]:
    return site.client().get(f"/api/jobs{address}").json()["items"]


def test_a_job_is_told_with_its_runs_next_time_and_usual_duration(shop) -> None:
    for number, seconds in enumerate((10, 30, 20)):
        ran(shop, f"r{number}", seconds)
    ran(shop, "bad", 1, S.FAILURE)

    row = rows(shop)[0]

    assert (row["name"], row["owners"], row["tags"], row["op_count"]) == ("etl", ["team:data"], {"team": "a"}, 2)
    assert [(each["run_id"], each["seconds"]) for each in row["marks"]] == [
        ("r0", 10.0),
        ("r1", 30.0),
        ("r2", 20.0),
        ("bad", 1.0),
    ]
    assert (
        row["usual_seconds"],
        row["next_at"],
        row["next_by"],
        row["started_by"],
    ) == (20.0, "2024-03-01T12:05:00Z", "hourly", 2)


def test_the_implicit_job_of_assets_is_left_out_and_names_are_sorted(shop) -> None:
    assert [row["name"] for row in rows(shop)] == ["etl", "idle", "report"]


def test_at_most_twenty_runs_are_shown_the_newest_at_the_end(shop) -> None:
    for number in range(25):
        ran(shop, f"r{number}", 1)

    marks = rows(shop)[0]["marks"]

    assert (len(marks), marks[0]["run_id"], marks[-1]["run_id"]) == (20, "r5", "r24")


def test_a_thousand_jobs_cost_as_many_looks_as_one(shop) -> None:
    ran(shop, "one", 1)
    client = shop.client()
    with traced_statements(shop.instance.store) as few:
        client.get("/api/jobs?limit=1000")
    many = tuple(JobSnapshot(f"job{number:04}") for number in range(1_000))
    shop.locations[:] = [LocationSnapshot(LOCATION, jobs=many)]
    for number in range(0, 1_000, 50):
        ran(shop, f"of{number}", 1, job=f"job{number:04}")
    with traced_statements(shop.instance.store) as most:
        found = client.get("/api/jobs?limit=1000").json()["items"]

    assert (few.count, 1_000) == (most.count, len(found))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=status:failed", ["report"]),
        ("q=status:never", ["idle"]),
        ("q=-status:never", ["etl", "report"]),
        ("q=owner:team:data", ["etl"]),
        ("q=tag:team=b", ["idle"]),
        ("q=job:*e*", ["etl", "idle", "report"]),
        ("q=rep", ["report"]),
        ("sort=-usual", ["etl", "idle", "report"]),
        ("sort=-last", ["report", "etl", "idle"]),
        ("sort=-name", ["report", "idle", "etl"]),
    ],
)
def test_jobs_are_filtered_and_sorted(shop, query, names) -> None:
    ran(shop, "good", 5)
    shop.instance.clock.advance(1)
    ran(shop, "bad", 5, S.FAILURE, "report")

    assert names == [row["name"] for row in rows(shop, f"?{query}")]


def test_pages_follow_each_other(shop) -> None:
    client = shop.client()

    first = client.get("/api/jobs?limit=2&with_total=true").json()
    second = client.get("/api/jobs", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert (
        first["total"]["count"],
        [row["name"] for row in second["items"]],
        second["next_cursor"],
    ) == (3, ["report"], None)


def test_one_job_is_told_with_graph_trend_and_what_starts_it(shop) -> None:
    for number in range(10):
        ran(shop, f"r{number}", 10 + number)

    job = shop.client().get(f"/api/jobs/{LOCATION}/etl").json()

    assert [(each["key"], each["upstream"]) for each in job["nodes"]] == [("load", []), ("store", ["load"])]
    assert (
        len(job["trend"]),
        job["trend"][0]["run_id"],
        job["usual_low"],
        pytest.approx(job["usual_high"]),
    ) == (10, "r0", 10.9, 18.1)
    assert [(each["kind"], each["name"], each["is_on"]) for each in job["starters"]] == [
        ("SCHEDULE", "hourly", True),
        ("SENSOR", "landing", False),
    ]


@pytest.mark.parametrize("address", [f"{LOCATION}/elt", "place/etl"])
def test_a_job_that_is_not_there_is_missed_with_the_nearest(shop, address) -> None:
    answer = shop.client().get(f"/api/jobs/{address}")

    assert answer.status_code == 404
    assert "did you mean" in answer.json()["detail"]


def test_a_run_whose_process_is_gone_is_lost_in_strip_and_trend(shop) -> None:
    gone = RunWorker(1, "another start", "another boot", own_identity().host_name)
    for run_id, worker in (("gone", gone), ("alive", own_identity())):
        run = DagsterRun("etl", run_id, status=S.STARTED, location_name=LOCATION)
        shop.instance.store.add_runs([run], NOW, worker)

    strip = rows(shop)[0]["marks"]
    trend = shop.client().get(f"/api/jobs/{LOCATION}/etl").json()["trend"]

    assert [(each["run_id"], each["is_lost"]) for each in strip] == [("gone", True), ("alive", False)]
    assert [each["is_lost"] for each in trend] == [True, False]
    assert (rows(shop, "?q=status:lost"), len(rows(shop, "?q=status:running"))) == ([], 1)
