"""What is done to runs over HTTP: cancelled, deleted, executed again, tagged, moved in the queue; one or many."""

import subprocess
import sys

import pytest

from tests.web.conftest import LOCATION, NOW, Site
from watchbell.ground.masking import MASK
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.worker_identity import identity_of
from watchbell.web.link import StillLink

S = DagsterRunStatus


def do(site: Site, address: str, method: str = "POST", **body: object) -> tuple[int, dict]:
    found = site.client().request(method, f"/api/{address}", json=body)
    return found.status_code, found.json()


def run(site: Site, run_id: str) -> DagsterRun:
    found = site.instance.get_run_by_id(run_id)
    assert found is not None
    return found


def failed(site: Site, run_id: str = "run-1", **fields: object) -> None:
    site.fail(site.add_run(run_id, location_name=LOCATION, **fields), "broken")


def test_a_queued_run_that_is_cancelled_never_begins(site) -> None:
    site.add_run("run-1")

    status, said = do(site, "runs/run-1/cancel", reason="not needed")

    assert (status, said["status"]) == (200, "CANCELED")
    assert run(site, "run-1").status is S.CANCELED


def test_a_run_that_is_over_cannot_be_cancelled(site) -> None:
    failed(site)

    status, said = do(site, "runs/run-1/cancel")

    assert (status, said["detail"]) == (409, "run run-1 is over already: failed")


def test_force_comes_only_after_ten_seconds_and_ends_the_process(site) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    worker = identity_of(sleeper.pid)
    site.instance.store.add_runs([DagsterRun("etl", "run-1", status=S.STARTED, attempt=1)], NOW, worker)

    assert do(site, "runs/run-1/cancel", is_forced=True)[0] == 409
    do(site, "runs/run-1/cancel")
    early, said = do(site, "runs/run-1/cancel", is_forced=True)
    site.instance.clock.advance(10)
    late, _ = do(site, "runs/run-1/cancel", is_forced=True)

    assert (early, late) == (409, 200)
    assert "10 seconds" in said["detail"]
    assert sleeper.wait(timeout=30) != 0
    assert run(site, "run-1").status is S.CANCELED


def test_a_run_that_is_over_is_deleted_with_its_log_and_no_other(site) -> None:
    failed(site)
    site.add_run("run-2")

    assert do(site, "runs/run-1/delete")[0] == 200
    assert do(site, "runs/run-2/delete")[0] == 409
    assert site.instance.get_run_by_id("run-1") is None
    assert site.instance.events(EventQuery(run_id="run-1")) == []


def test_a_failed_run_is_executed_again_from_its_failure(site) -> None:
    failed(site, run_config={"ops": {}}, tags={"team": "a"})

    status, said = do(site, "runs/run-1/reexecute", from_failure=True)

    again = run(site, said["run_id"])
    assert status == 200
    assert (again.status, again.parent_run_id, again.root_run_id) == (S.QUEUED, "run-1", "run-1")
    assert again.is_resume_retry
    assert again.tags["team"] == "a"
    assert again.tags["watchbell/launched_by"]


def test_some_steps_are_executed_again_with_another_config_and_tags(site) -> None:
    failed(site, tags={"old": "1"}, run_config={"a": 1})

    _, said = do(
        site,
        "runs/run-1/reexecute",
        steps=["load"],
        config={"a": 2},
        tags={"new": "2"},
        without_tags=["old"],
    )

    again = run(site, said["run_id"])
    assert list(again.step_keys_to_execute or ()) == ["load"]
    assert again.run_config == {"a": 2}
    assert (again.tags["new"], "old" in again.tags) == ("2", False)


def test_a_secret_that_stays_masked_is_taken_from_the_run(site) -> None:
    stored = {"resources": {"db": {"config": {"password": "hush", "host": "a"}}}}
    failed(site, run_config=stored)

    shown = site.client().get("/api/runs/run-1").json()["config"]
    shown["resources"]["db"]["config"]["host"] = "b"
    _, said = do(site, "runs/run-1/reexecute", config=shown)

    assert shown["resources"]["db"]["config"]["password"] == MASK
    assert run(site, said["run_id"]).run_config == {"resources": {"db": {"config": {"password": "hush", "host": "b"}}}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"from_failure": True, "steps": ["a"]}, 422),
        ({"tags": {"dagster/run_key": "x"}}, 422),
        ({"unknown": 1}, 422),
    ],
)
def test_what_contradicts_itself_is_refused_and_nothing_is_queued(site, body: dict, status: int) -> None:
    failed(site)

    assert do(site, "runs/run-1/reexecute", **body)[0] == status
    assert len(site.instance.get_runs()) == 1


def test_a_run_that_goes_on_cannot_be_executed_again(site) -> None:
    site.add_run("run-1", status=S.STARTED)

    status, said = do(site, "runs/run-1/reexecute")

    assert (status, said["detail"]) == (409, "run run-1 is running; it can be run again when over")


def test_tags_are_added_replaced_and_taken_away(site) -> None:
    site.add_run("run-1", tags={"a": "1", "b": "2"})

    status, _ = do(site, "runs/run-1", "PATCH", add_tags={"a": "3", "c": "4"}, remove_tags=["b"])

    assert status == 200
    assert run(site, "run-1").tags == {"a": "3", "c": "4"}
    assert [each["run_id"] for each in site.client().get("/api/runs?q=tag:a=3").json()["items"]] == ["run-1"]
    assert site.client().get("/api/runs?q=tag:b").json()["items"] == []


def test_tags_that_say_what_a_run_is_stay(site) -> None:
    site.add_run("run-1", tags={"dagster/schedule_name": "x"})

    assert do(site, "runs/run-1", "PATCH", remove_tags=["dagster/schedule_name"])[0] == 422
    assert do(site, "runs/run-1", "PATCH", add_tags={".x": "y"})[0] == 422
    assert run(site, "run-1").tags == {"dagster/schedule_name": "x"}


def test_priority_moves_a_run_to_the_front_of_the_queue(site) -> None:
    for number in range(3):
        site.add_run(f"run-{number}", location_name=LOCATION)
    client = site.client(StillLink(site.locations, is_open=True))

    before = [each["run_id"] for each in client.get("/api/queue").json()["line"]]
    do(site, "runs/run-2", "PATCH", priority=5)
    queue = client.get("/api/queue").json()

    assert before == ["run-0", "run-1", "run-2"]
    assert [(each["run_id"], each["priority"]) for each in queue["line"]] == [("run-2", 5), ("run-0", 0), ("run-1", 0)]
    assert queue["text"] == "3 runs wait; 0 of 10 places are taken"


def test_only_a_run_that_waits_has_a_priority(site) -> None:
    failed(site)

    assert do(site, "runs/run-1", "PATCH", priority=5)[0] == 409


def test_many_are_rehearsed_without_any_effect(site) -> None:
    site.add_run("waits")
    failed(site, "over")

    status, said = do(site, "runs/bulk", action="cancel", run_ids=["waits", "over", "none"], is_rehearsal=True)

    outcomes = {each["run_id"]: each["outcome"] for each in said["items"]}
    assert status == 200
    assert outcomes == {"waits": "done", "over": "skipped", "none": "failed"}
    assert run(site, "waits").status is S.QUEUED


def test_what_comes_of_many_is_told_one_by_one(site) -> None:
    site.add_run("waits")
    failed(site, "over")

    _, said = do(site, "runs/bulk", action="cancel", run_ids=["waits", "over", "none"])

    assert (said["done"], said["skipped"], said["failed"]) == (1, 1, 1)
    assert run(site, "waits").status is S.CANCELED


def test_all_that_a_query_finds_are_executed_again_from_their_failures(site) -> None:
    for number in range(3):
        failed(site, f"bad-{number}", tags={"team": "a"})
    site.add_run("waits", tags={"team": "a"})

    _, said = do(site, "runs/bulk", action="reexecute_from_failure", q="tag:team=a", tab="failed")

    new = [each["new_run_id"] for each in said["items"]]
    assert said["done"] == 3
    assert sorted(run(site, each).parent_run_id for each in new) == ["bad-0", "bad-1", "bad-2"]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "cancel"},
        {"action": "cancel", "run_ids": ["a"], "q": "x"},
        {"action": "priority", "run_ids": ["a"]},
        {"action": "tags", "run_ids": ["a"]},
        {"action": "explode", "run_ids": ["a"]},
        {"action": "cancel", "q": "statsu:x"},
    ],
)
def test_a_bulk_that_does_not_say_what_to_do_is_refused(site, body: dict) -> None:
    assert do(site, "runs/bulk", **body)[0] == 422


def test_many_are_tagged_and_given_priority_at_once(site) -> None:
    for number in range(2):
        site.add_run(f"run-{number}")

    do(site, "runs/bulk", action="tags", q="", add_tags={"seen": "yes"})
    do(site, "runs/bulk", action="priority", q="", priority=7)

    assert [dict(each.tags) for each in site.instance.get_runs()] == [{"seen": "yes", "dagster/priority": "7"}] * 2


def test_what_was_done_stands_in_the_audit_log_with_who_and_why(site) -> None:
    site.add_run("run-1")

    do(site, "runs/run-1/cancel", reason="wrong day")

    [entry] = site.client().get("/api/audit?kind=run").json()["items"]
    assert (entry["operation"], entry["target"], entry["reason"]) == ("cancelRun", "run-1", "wrong day")


def test_the_event_of_a_forced_end_says_so(site) -> None:
    site.instance.store.add_runs([DagsterRun("etl", "run-1", status=S.STARTED, attempt=1)], NOW)
    do(site, "runs/run-1/cancel")
    site.instance.clock.advance(11)

    do(site, "runs/run-1/cancel", is_forced=True)

    kinds = frozenset({DagsterEventType.RUN_CANCELED})
    [event] = site.instance.events(EventQuery(run_id="run-1", types=kinds))
    assert "by force" in event.message
