"""``/api/backfills``: planned, launched, watched, changed."""

from datetime import timedelta

import pytest

from tests.web.conftest import NOW, SCRIPT, Client, Site
from tests.web.counting import traced_statements
from tests.web.errand_link import ErrandLink
from watchbell import AssetKey, AssetMaterialization, Definitions, StaticPartitionsDefinition, asset
from watchbell.record.audit import AuditQuery
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillStatus,
    BackfillTarget,
    PartMove,
    PartState,
)
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepFailureData
from watchbell.record.run import DagsterRunStatus

P, B = PartState, BackfillStatus
REGIONS = StaticPartitionsDefinition(["north", "south", "east"])


@asset(partitions_def=REGIONS)
def sales() -> None: ...


def client_with_code(site: Site) -> Client:
    return site.client(ErrandLink(site.instance, {"shop": Definitions(assets=[sales]).get_repository_def()}))


def add(
    site: Site, backfill_id: str = "b1", states: tuple[PartState, ...] = (P.WAITING, P.WAITING), **more
) -> Backfill:
    target = BackfillTarget("__ASSET_JOB", "shop", (AssetKey("sales"),))
    backfill = Backfill(backfill_id, (target,), NOW - timedelta(minutes=30), **{"title": "again", **more})
    parts = [BackfillPart(number, 0, f"p{number}") for number in range(len(states))]
    stored = site.instance.store.add_backfill(backfill, parts)
    moves = tuple(
        PartMove(number, state, 1, (f"{backfill_id}-{number}",), "it failed" if state is P.FAILED else "")
        for number, state in enumerate(states)
        if state is not P.WAITING
    )
    site.instance.store.commit_backfill(BackfillCommit(stored, stored, moves), None, NOW)
    return stored


def post(client: Client, address: str, body: dict, method: str = "POST") -> tuple[int, dict]:
    answer = client.request(method, f"/api/backfills{address}", json=body)
    return answer.status_code, answer.json()


def test_a_backfill_is_told_with_its_progress_rate_and_end(site) -> None:
    add(site, states=(P.SUCCEEDED, P.SUCCEEDED, P.FAILED, P.WAITING, P.RUNNING))
    tags = {"dagster/backfill": "b1"}
    for number in (0, 1):
        ended = NOW - timedelta(minutes=10 * number)
        site.add_run(f"b1-{number}", status=DagsterRunStatus.SUCCESS, tags=tags, started_at=NOW, ended_at=ended)

    answer = site.client().get("/api/backfills?with_total=true").json()
    [row] = answer["items"]

    assert answer["total"] == {"count": 1, "is_exact": True}
    assert (row["total"], row["counts"]["SUCCEEDED"], row["counts"]["FAILED"], row["counts"]["RUNNING"]) == (5, 2, 1, 1)
    assert (row["runs_per_hour"], row["ends_at"]) == (4.0, "2024-03-01T12:30:30Z")
    assert (row["targets"], row["location"], row["priority"]) == (["sales"], "shop", None)


def test_a_page_costs_the_same_whatever_its_length(site) -> None:
    add(site, "b0")
    client = site.client()
    with traced_statements(site.instance.store) as few:
        client.get("/api/backfills?with_total=true")
    for number in range(1, 40):
        add(site, f"b{number}", states=(P.SUCCEEDED, P.WAITING))
    with traced_statements(site.instance.store) as many:
        client.get("/api/backfills?with_total=true")

    assert few.count == many.count


def test_pages_follow_each_other_and_the_query_filters(site) -> None:
    for number in range(5):
        add(site, f"b{number}", title=f"number {number}", created_by="ada" if number % 2 else "eve")
    client = site.client()

    first = client.get("/api/backfills?limit=3").json()
    second = client.get(f"/api/backfills?limit=3&cursor={first['next_cursor']}").json()
    of_ada = client.get("/api/backfills?q=by:ada status:running").json()

    assert tuple([row["backfill_id"] for row in page["items"]] for page in (first, second)) == (
        ["b4", "b3", "b2"],
        ["b1", "b0"],
    )
    assert second["next_cursor"] is None
    assert [row["backfill_id"] for row in of_ada["items"]] == ["b3", "b1"]
    assert client.get("/api/backfills?q=status:done").json()["items"] == []


@pytest.mark.parametrize("address", ["?q=stat:done", "?q=status:good", "?q=-sales", "?cursor=x"])
def test_what_cannot_be_asked_is_said(site, address) -> None:
    assert site.client().get(f"/api/backfills{address}").status_code == 422


def test_failures_with_one_error_stand_together(site) -> None:
    add(site, states=(P.FAILED, P.FAILED, P.FAILED, P.SUCCEEDED))
    for number, message in ((0, "KeyError: 'amount'\nmore"), (2, "KeyError: 'amount'")):
        run = site.add_run(f"b1-{number}")
        data = StepFailureData(SerializableErrorInfo(message, (), "KeyError"), None)
        event = DagsterEvent(DagsterEventType.STEP_FAILURE, run.job_name, "parse", "failed", data)
        entry = EventLogEntry(run.run_id, NOW.timestamp(), 40, "", "parse", run.job_name, event)
        site.instance.handle_new_event(entry)

    found = site.client().get("/api/backfills/b1").json()

    assert [(each["message"], each["count"], each["labels"]) for each in found["failures"]] == [
        ("KeyError: 'amount'", 2, ["p0", "p2"]),
        ("it failed", 1, ["p1"]),
    ]


def test_the_grid_has_neighbours_in_one_state_as_a_range(site) -> None:
    add(site, states=(P.SUCCEEDED, P.SUCCEEDED, P.FAILED, P.WAITING, P.WAITING))

    grid = site.client().get("/api/backfills/b1/grid").json()

    [band] = grid["bands"]
    assert band["columns"] == ["p0", "p1", "p2", "p3", "p4"]
    assert [(each["first"], each["last"], each["state"], each["part"]) for each in band["rows"][0]["ranges"]] == [
        (0, 1, "SUCCEEDED", 0),
        (2, 2, "FAILED", 2),
        (3, 4, "WAITING", 3),
    ]
    assert grid["is_whole"]


def test_targets_with_the_same_partitions_share_columns_and_others_do_not(site) -> None:
    targets = tuple(BackfillTarget("__ASSET_JOB", "shop", (AssetKey(name),)) for name in ("a", "b", "c"))
    parts = [
        BackfillPart(0, 0, "x"),
        BackfillPart(1, 0, "y"),
        BackfillPart(2, 1, "y", needs="1"),
        BackfillPart(3, 2, "2024"),
    ]
    site.instance.store.add_backfill(Backfill("b1", targets, NOW), parts)

    bands = site.client().get("/api/backfills/b1/grid").json()["bands"]

    assert [(band["columns"], [row["name"] for row in band["rows"]]) for band in bands] == [
        (["x", "y"], ["a", "b"]),
        (["2024"], ["c"]),
    ]


def test_its_runs_are_listed_by_state(site) -> None:
    add(site, states=(P.SUCCEEDED, P.FAILED, P.FAILED))
    client = site.client()

    page = client.get("/api/backfills/b1/parts?state=FAILED&limit=1").json()
    after = client.get(f"/api/backfills/b1/parts?state=FAILED&cursor={page['next_cursor']}").json()

    assert [[(each["label"], each["run_id"], each["note"]) for each in found["items"]] for found in (page, after)] == [
        [("p1", "b1-1", "it failed")],
        [("p2", "b1-2", "it failed")],
    ]


def test_a_plan_is_shown_and_nothing_is_stored(site) -> None:
    site.instance.report_runless_asset_event(AssetMaterialization(AssetKey("sales"), partition="north"))
    body = {"location": "shop", "assets": ["sales"], "only": "missing", "max_concurrent_runs": 2}

    status, plan = post(client_with_code(site), "/plan", body)

    assert (status, plan["runs"], plan["partitions"], plan["skipped"]) == (200, 2, 2, 1)
    assert (plan["max_concurrent_runs"], plan["step_count"], plan["steps"][0]["makes"]) == (2, 1, "sales")
    assert site.instance.get_backfills() == []


def test_what_was_planned_is_launched_with_who_and_why(site) -> None:
    client = client_with_code(site)
    body = {"location": "shop", "assets": ["sales"], "partitions": "north, east", "priority": 5, "reason": "bad rates"}
    fingerprint = post(client, "/plan", body)[1]["fingerprint"]

    status, done = post(client, "", {**body, "fingerprint": fingerprint})

    stored = site.instance.get_backfill(done["backfill_id"])
    assert status == 201
    assert (stored.parts_count, stored.description, dict(stored.tags)) == (2, "bad rates", {"dagster/priority": "5"})
    [entry] = site.instance.store.audit(AuditQuery())
    assert ("launchBackfill", "bad rates", done["backfill_id"]) == (entry.operation, entry.reason, entry.target)


def test_a_plan_that_became_another_is_not_launched(site) -> None:
    client = client_with_code(site)
    body = {"location": "shop", "assets": ["sales"], "only": "missing"}
    fingerprint = post(client, "/plan", body)[1]["fingerprint"]
    site.instance.report_runless_asset_event(AssetMaterialization(AssetKey("sales"), partition="north"))

    status, problem = post(client, "", {**body, "fingerprint": fingerprint})

    assert (status, problem["type"], problem["extra"]["plan"]["runs"]) == (409, "urn:watchbell:plan-changed", 2)
    assert site.instance.get_backfills() == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"location": "shop", "assets": ["sales"], "partitions": "west"}, 400, "west"),
        ({"location": "shop", "assets": ["sale"]}, 404, "did you mean 'sales'"),
        ({"location": "shop"}, 422, "of assets or of a job"),
        ({"location": "shop", "assets": ["sales"], "job": "x"}, 422, "of assets or of a job"),
        ({"location": "shop", "assets": ["sales"], "max_concurrent_runs": 0}, 422, "max_concurrent_runs"),
        ({"location": "nowhere", "assets": ["sales"]}, 404, "nowhere"),
    ],
)
def test_what_cannot_be_planned_is_said(site, body, status, words) -> None:
    found, problem = post(client_with_code(site), "/plan", body)

    assert found == status
    assert words in problem["detail"]


def test_without_a_service_nothing_is_planned(site) -> None:
    status, problem = post(site.client(), "/plan", {"location": "shop", "assets": ["sales"]})

    assert (status, problem["type"]) == (503, "urn:watchbell:service-stopped")


def test_a_paused_backfill_says_who_and_why_until_it_goes_on(site) -> None:
    add(site)
    client = site.client()

    _, paused = post(client, "/b1/pause", {"reason": "the source is down"})
    _, resumed = post(client, "/b1/resume", {})

    assert paused["status"] == "PAUSED"
    assert paused["note"].startswith("paused by ")
    assert paused["note"].endswith(": the source is down")
    assert (resumed["status"], resumed["note"]) == ("IN_PROGRESS", "")


def test_what_failed_is_retried_and_the_whole_cancelled(site) -> None:
    add(site, states=(P.FAILED, P.BLOCKED, P.SUCCEEDED))
    client = site.client()

    _, retried = post(client, "/b1/retry", {})
    _, canceled = post(client, "/b1/cancel", {"reason": "enough"})

    assert (retried["counts"]["WAITING"], retried["counts"]["SUCCEEDED"]) == (2, 1)
    assert canceled["status"] == "CANCELING"


def test_limits_and_priority_are_changed_also_of_queued_runs(site) -> None:
    add(site)
    site.add_run("b1-0", tags={"dagster/backfill": "b1"})
    client = site.client()

    _, limited = post(client, "/b1/limits", {"max_concurrent_runs": 3, "priority": 7}, "PUT")
    priority = site.instance.get_run_by_id("b1-0").tags["dagster/priority"]
    _, unlimited = post(client, "/b1/limits", {}, "PUT")

    assert (limited["max_concurrent_runs"], limited["priority"], priority) == (3, 7, "7")
    assert (unlimited["max_concurrent_runs"], unlimited["priority"]) == (None, None)
    assert "dagster/priority" not in site.instance.get_run_by_id("b1-0").tags


@pytest.mark.parametrize("action", ["pause", "resume", "cancel"])
def test_what_is_over_cannot_be_changed(site, action) -> None:
    add(site, status=B.COMPLETED_SUCCESS)

    status, problem = post(site.client(), f"/b1/{action}", {})

    assert (status, problem["type"]) == (409, "urn:watchbell:not-now")


@pytest.mark.parametrize("address", ["", "/grid", "/parts"])
def test_a_backfill_that_is_not_there_is_missed_with_the_nearest(site, address) -> None:
    add(site, "backfill1")

    answer = site.client().get(f"/api/backfills/backfil1{address}")

    assert answer.status_code == 404
    assert "backfill1" in answer.json()["detail"]


def test_texts_of_users_are_handed_on_as_they_are(site) -> None:
    add(site, title=SCRIPT, created_by=SCRIPT)

    [row] = site.client().get("/api/backfills").json()["items"]

    assert (row["title"], row["created_by"]) == (SCRIPT, SCRIPT)
