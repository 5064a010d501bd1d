"""``/api/runs``: lists of runs, their filter, order and pages, and what stands beside each."""

from datetime import timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, SCRIPT, Site
from tests.web.counting import traced_statements
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    StepFailureData,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.worker_identity import own_identity
from watchbell.store import run_lists
from watchbell.web.link import StillLink

S = DagsterRunStatus
T = DagsterEventType


def ids(site: Site, query: str = "") -> list[str]:
    answer = site.client().get(f"/api/runs?{query}")
    assert answer.status_code == 200, answer.text
    return [each["run_id"] for each in answer.json()["items"]]


def row(site: Site, run_id: str, *, is_working: bool = True) -> dict:
    client = site.client(StillLink(site.locations, is_open=is_working))
    return next(each for each in client.get("/api/runs").json()["items"] if each["run_id"] == run_id)


def happen(site: Site, run_id: str, kind: DagsterEventType, seconds: float = 0.0, **more: object) -> None:
    event = DagsterEvent(kind, "etl", more.pop("step", None), "said", more.pop("data", None))
    at = (NOW + timedelta(seconds=seconds)).timestamp()
    site.instance.handle_new_event(EventLogEntry(run_id, at, 20, "", event.step_key, "etl", event))


def good_run(site: Site, run_id: str, seconds: float, job: str = "etl") -> None:
    site.add_run(run_id, job)
    happen(site, run_id, T.RUN_START)
    happen(site, run_id, T.RUN_SUCCESS, seconds)


def test_a_run_is_told_with_all_its_fields(site) -> None:
    site.add_run("run-1", tags={"team": "weather", "dagster/priority": "3"}, location_name=LOCATION)

    [item] = site.client().get("/api/runs").json()["items"]

    assert item == {
        "run_id": "run-1",
        "job": "etl",
        "location": LOCATION,
        "status": "QUEUED",
        "is_lost": False,
        "partition": "",
        "assets": [],
        "asset_count": 0,
        "trigger": {"kind": "person", "name": "", "location": None, "id": None, "who": None},
        "created_at": "2024-03-01T12:00:30Z",
        "started_at": None,
        "ended_at": None,
        "duration_seconds": None,
        "usual": None,
        "error": None,
        "failed_step": None,
        "waiting": {
            "reason": "service",
            "text": "no service works, so nothing is started",
            "runs": [],
            "place": 1,
            "pool": None,
        },
        "attempt": 0,
        "priority": 3,
        "tags": {"dagster/priority": "3", "team": "weather"},
        "fold": None,
    }


@pytest.mark.parametrize("sort", ["-created", "created", "-duration", "duration", "ended", "-ended"])
def test_pages_in_any_order_have_each_run_once(site, sort: str) -> None:
    for number in range(9):
        if number % 3:
            good_run(site, f"run-{number}", seconds=float(number % 4))
        else:
            site.add_run(f"run-{number}")
    client = site.client()

    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/runs?limit=2&sort={sort}{cursor and f'&cursor={cursor}'}").json()
        found += [each["run_id"] for each in page["items"]]
        cursor = page["next_cursor"]

    assert found == [each["run_id"] for each in client.get(f"/api/runs?sort={sort}").json()["items"]]
    assert sorted(found) == [f"run-{number}" for number in range(9)]


@pytest.mark.parametrize("newest", [(), (0,), (1, 3), (100,)], ids=str)
def test_runs_of_a_tag_are_all_found_however_many_are_looked_at_first(site, monkeypatch, newest) -> None:
    monkeypatch.setattr(run_lists, "NEWEST_TAGGED", newest)
    for number in range(24):
        team = "a" if number % 2 == 0 else "b"
        site.add_run(f"run-{number:02}", "feed" if number < 8 else "etl", tags={"team": team})

    assert ids(site, "q=tag:team=a") == [f"run-{number:02}" for number in range(22, -1, -2)]
    assert ids(site, "q=tag:team=a job:feed&limit=2") == ["run-06", "run-04"]
    assert ids(site, "q=tag:team=a -tag:team=b&sort=created&limit=2") == ["run-00", "run-02"]


def test_the_order_is_what_was_asked_for(site) -> None:
    for run_id, seconds in (("slow", 9.0), ("quick", 1.0), ("usual", 5.0)):
        good_run(site, run_id, seconds)

    assert ids(site) == ["usual", "quick", "slow"]
    assert ids(site, "sort=duration") == ["quick", "usual", "slow"]
    assert ids(site, "sort=-duration") == ["slow", "usual", "quick"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status:failed", ["c"]),
        ("-status:failed", ["d", "b", "a"]),
        ("job:feed_*", ["b", "a"]),
        ("-job:feed_a,feed_b", ["d", "c"]),
        ("job:FEED*", ["b", "a"]),
        ("tag:team", ["b", "a"]),
        ("tag:team=platform", ["a"]),
        ("tag:team=p*", ["b", "a"]),
        ("-tag:team", ["d", "c"]),
        ("tag:team=platform,team=people", ["b", "a"]),
        ("partition:2024-*", ["b"]),
        ("location:places", ["d"]),
        ("-location:places", ["c", "b", "a"]),
        ("id:a", ["a"]),
        ("feed", ["b", "a"]),
        ("2024-02", ["b"]),
        ("trigger:schedule", ["d"]),
        ("trigger:nightly", ["d"]),
        ("trigger:ada", ["a"]),
        ("trigger:person", ["c", "b", "a"]),
        ("after:-1h", ["d", "c", "b", "a"]),
        ("before:-1h", []),
        ("job:feed_* status:failed", []),
        ("took:>1m", []),
    ],
)
def test_the_filter_finds_what_it_says(site, query: str, expected: list[str]) -> None:
    site.add_run("a", "feed_a", tags={"team": "platform", "watchbell/launched_by": "ada"})
    site.add_run("b", "feed_b", tags={"team": "people", "dagster/partition": "2024-02-01"})
    site.fail(site.add_run("c", "other"), "broken")
    site.add_run("d", "other", tags={"dagster/schedule_name": "nightly"}, location_name=LOCATION)

    assert ids(site, f"q={query}") == expected


def test_runs_are_found_by_the_assets_they_plan_or_make(site) -> None:
    site.add_run("a")
    site.add_run("b")
    from_run = DagsterEvent(T.ASSET_MATERIALIZATION, "etl", "s", "made", _made("raw/orders"))
    site.instance.handle_new_event(EventLogEntry("a", NOW.timestamp(), 20, "", "s", "etl", from_run))

    assert ids(site, "q=asset:raw/orders") == ["a"]
    assert ids(site, "q=asset:raw/*") == ["a"]
    assert ids(site, "q=-asset:raw/*") == ["b"]


def _made(name: str) -> StepMaterializationData:
    return StepMaterializationData(AssetMaterialization(AssetKey(name.split("/"))))


def test_a_query_with_mistakes_is_refused_with_their_places(site) -> None:
    answer = site.client().get("/api/runs?q=statsu:failed")

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:watchbell:wrong-query"
    assert answer.json()["extra"]["mistakes"] == [
        {"place": 0, "length": 13, "text": "there is no field 'statsu'; did you mean 'status'?"}
    ]


def test_times_in_a_query_are_in_the_zone_that_is_named(site) -> None:
    site.add_run("a")  # stored at 12:00:30 UTC

    assert ids(site, "q=after:2024-03-01T13:00&zone=Europe/Berlin") == ["a"]
    assert ids(site, "q=after:2024-03-01T13:00") == []
    assert site.client().get("/api/runs?zone=Mars/Base").status_code == 422


def test_an_unknown_cursor_is_refused_in_words(site) -> None:
    answer = site.client().get("/api/runs?cursor=none")

    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"]


def test_tabs_and_totals_are_counted(site) -> None:
    site.add_run("a")
    site.add_run("b", status=S.STARTED)
    site.fail(site.add_run("c"), "broken")
    client = site.client()

    page = client.get("/api/runs?with_total=true&tab=failed").json()

    assert [each["run_id"] for each in page["items"]] == ["c"]
    assert page["total"] == {"count": 1, "is_exact": True}
    assert page["counts"] == {"queued": 1, "running": 1, "failed": 1, "is_exact": True}


def test_runs_of_a_backfill_are_one_row_that_counts_them(site) -> None:
    site.add_run("before")
    for number in range(3):
        site.add_run(f"part-{number}", tags={"dagster/backfill": "bf"})
    site.fail(site.add_run("part-3", tags={"dagster/backfill": "bf"}), "broken")
    site.add_run("after")

    items = site.client().get("/api/runs?fold=true").json()["items"]

    assert [each["run_id"] for each in items] == ["after", "part-3", "before"]
    fold = items[1]["fold"]
    assert fold == {
        "backfill_id": "bf",
        "total": 4,
        "queued": 3,
        "running": 0,
        "failed": 1,
        "done": 0,
        "cancelled": 0,
    }
    assert ids(site, "fold=true&tab=queued") == ["after", "part-2", "before"]
    assert len(ids(site, "fold=true&q=backfill:bf")) == 4


def test_folded_pages_have_each_backfill_once(site) -> None:
    for number in range(12):
        tags = {"dagster/backfill": f"bf{number % 3}"} if number % 2 else {}
        site.add_run(f"run-{number:02}", tags=tags)
    client = site.client()

    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/runs?fold=true&limit=2{cursor and f'&cursor={cursor}'}").json()
        found += [each["run_id"] for each in page["items"]]
        cursor = page["next_cursor"]

    assert found == [each["run_id"] for each in client.get("/api/runs?fold=true").json()["items"]]
    assert len(found) == len(set(found)) == 6 + 3


def test_a_failed_run_tells_the_users_own_error_in_a_line(site) -> None:
    run = site.add_run("run-1")
    inner = SerializableErrorInfo("KeyError: 'amount'\n", ('  File "/x/a.py", line 3, in f\n',), "KeyError")
    error = SerializableErrorInfo(
        "DagsterExecutionStepExecutionError: ", (), "DagsterExecutionStepExecutionError", inner
    )
    happen(site, "run-1", T.STEP_FAILURE, step="parse", data=StepFailureData(error))
    site.fail(run, "Steps failed: parse")

    found = row(site, "run-1")

    assert (found["error"], found["failed_step"]) == ("KeyError: 'amount'", "parse")


def test_what_is_usual_for_a_job_is_known_from_its_good_runs(site) -> None:
    for number in range(1, 21):
        good_run(site, f"run-{number}", seconds=float(number))
    good_run(site, "other", 500.0, job="other")
    for number in range(1, 21):  # of assets that somebody chose, each time others
        good_run(site, f"chosen-{number}", seconds=float(number), job="__ASSET_JOB")

    usual = row(site, "run-20")["usual"]

    assert usual == {"low_seconds": 3.0, "middle_seconds": 11.0, "high_seconds": 19.0, "runs": 20}
    assert row(site, "other")["usual"] is None
    assert row(site, "chosen-20")["usual"] is None


def test_a_run_whose_process_is_gone_is_lost(site) -> None:
    gone = RunWorker(1, "another start", "another boot", own_identity().host_name)
    for run_id, worker in (("gone", gone), ("alive", own_identity())):
        site.instance.store.add_runs([DagsterRun("etl", run_id, status=S.STARTED)], NOW, worker)

    assert (row(site, "gone")["is_lost"], row(site, "alive")["is_lost"]) == (True, False)


def test_a_queued_run_says_what_it_waits_for(site) -> None:
    site.add_run("next", location_name=LOCATION)
    site.add_run("second", location_name=LOCATION)
    site.add_run("elsewhere", location_name="nowhere")

    assert row(site, "next")["waiting"]["text"] == "about to begin; it is the next"
    assert row(site, "second")["waiting"]["place"] == 2
    assert row(site, "elsewhere")["waiting"]["reason"] == "location"
    assert row(site, "next", is_working=False)["waiting"]["reason"] == "service"


def test_where_all_places_are_taken_a_run_says_by_whom(site) -> None:
    for number in range(site.instance.settings.max_concurrent_runs):
        site.add_run(f"going-{number}", status=S.STARTED)
    site.add_run("waits", location_name=LOCATION)

    waiting = row(site, "waits")["waiting"]

    assert waiting["reason"] == "limit"
    assert waiting["text"] == "10 of 10 runs go on"
    assert waiting["runs"][0] == {"run_id": "going-4", "job": "etl", "status": "STARTED"}


def test_a_run_that_waits_for_another_time_of_its_schedule_names_it(site) -> None:
    earlier, later = (
        {"dagster/schedule_name": "daily", ".dagster/scheduled_execution_time": moment, "watchbell/overlap": "skip"}
        for moment in ("2024-03-01T00:00:00+00:00", "2024-03-02T00:00:00+00:00")
    )
    site.add_run("run-1", tags=earlier, location_name=LOCATION)
    site.add_run("run-2", tags=later, location_name=LOCATION)

    waiting = row(site, "run-2")["waiting"]

    assert waiting["reason"] == "overlap"
    assert waiting["text"] == "daily runs one time after the other (overlap=skip)"
    assert [each["run_id"] for each in waiting["runs"]] == ["run-1"]
    assert waiting["place"] is None
    assert row(site, "run-1")["waiting"]["reason"] == "turn"


def test_a_step_that_waits_for_a_slot_names_the_pool_and_who_has_it(site) -> None:
    store = site.instance.store
    store.set_pool_limit("api", 1)
    for run_id in ("holds", "waits"):
        site.add_run(run_id, status=S.STARTED)
    assert store.claim_slot(PoolClaim("api", "holds", "load"), None)
    assert not store.claim_slot(PoolClaim("api", "waits", "load"), None)

    waiting = row(site, "waits")["waiting"]

    assert waiting["text"] == "step load waits for pool api (1 slot)"
    assert [each["run_id"] for each in waiting["runs"]] == ["holds"]
    assert waiting["pool"] == "api"
    assert row(site, "holds")["waiting"] is None


def _many(site: Site, number: int) -> None:
    for each in range(number):
        site.fail(site.add_run(f"failed-{each}", f"job-{each}"), "broken")
        site.add_run(f"going-{each}", f"job-{each}", status=S.STARTED)
        tags = {"dagster/schedule_name": f"s{each}", "watchbell/overlap": "skip"}
        site.add_run(f"queued-{each}", f"job-{each}", tags=tags, location_name=LOCATION)
        site.add_run(f"part-{each}", tags={"dagster/backfill": f"bf{each}"})
        site.instance.store.claim_slot(PoolClaim("api", f"going-{each}", "load"), 1)


def test_a_page_costs_the_same_number_of_questions_whatever_is_on_it(site) -> None:
    client = site.client(StillLink(site.locations, is_open=True))
    _many(site, 2)
    with traced_statements(site.instance.store) as few:
        client.get("/api/runs?with_total=true&fold=true&limit=1000")
    site.instance.wipe()
    _many(site, 20)

    with traced_statements(site.instance.store) as many:
        client.get("/api/runs?with_total=true&fold=true&limit=1000")

    assert many.count == few.count <= 20


def test_the_words_of_queries_are_offered(site) -> None:
    site.add_run("a", "etl", tags={"team": "platform", ".hidden": "x"}, location_name=LOCATION)
    site.add_run("b", "feed", tags={"team": "people"})

    fields = {each["name"]: each["values"] for each in site.client().get("/api/run-words").json()["fields"]}

    assert fields["job"] == ["etl", "feed"]
    assert fields["tag"] == ["team"]
    assert fields["location"] == [LOCATION]
    assert {"schedule", "hourly", "landing"} <= set(fields["trigger"])
    assert site.client().get("/api/run-words/tags/team").json() == ["people", "platform"]


def test_a_text_that_looks_like_markup_is_json_text(full_site) -> None:
    answer = full_site.client().get("/api/runs")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["items"][0]["job"] == SCRIPT
