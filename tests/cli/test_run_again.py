"""Commands that execute runs again and that say how many slots pools have."""

from __future__ import annotations

from typing import Any

from watchbell.record.run import DagsterRun, DagsterRunStatus


def test_a_run_that_failed_is_queued_again_from_its_failure(terminal: Any) -> None:
    with terminal.instance() as instance:
        failed = DagsterRun(
            "etl", "failed", status=DagsterRunStatus.FAILURE, tags={"team": "blue"}, location_name="here"
        )
        instance.store.add_runs([failed], instance.clock.now())

    said = terminal.run("run", "reexecute", "failed", "--from-failure", "--tag", "why=mended")
    both = terminal.run("run", "reexecute", "failed", "--from-failure", "--step", "load")

    with terminal.instance() as instance:
        again = instance.get_run_by_id(said.out.strip())
    assert (said.code, again.status, again.parent_run_id) == (0, DagsterRunStatus.QUEUED, "failed")
    assert (again.tags["dagster/is_resume_retry"], again.tags["why"], again.tags["team"]) == ("true", "mended", "blue")
    assert both.code != 0
    assert "not both" in both.err


def test_what_did_not_fail_or_is_not_over_is_refused(terminal: Any) -> None:
    with terminal.instance() as instance:
        now = instance.clock.now()
        instance.store.add_runs([DagsterRun("etl", "fine", status=DagsterRunStatus.SUCCESS)], now)
        instance.store.add_runs([DagsterRun("etl", "going", status=DagsterRunStatus.STARTED)], now)

    assert "did not fail" in terminal.run("run", "reexecute", "fine", "--from-failure").err
    assert "is not over" in terminal.run("run", "reexecute", "going").err


def test_slots_of_pools_are_set_shown_and_taken_away(terminal: Any) -> None:
    assert terminal.run("instance", "concurrency", "set", "db", "2").out == "pool db has 2 slots\n"
    shown = terminal.run("instance", "concurrency", "get", "db", "--json").json()
    terminal.run("instance", "concurrency", "unset", "db")

    assert (shown[0]["pool"], shown[0]["slots"], shown[0]["taken"]) == ("db", 2, 0)
    assert terminal.run("instance", "concurrency", "get", "--all", "--json").json() == []
    assert "--all" in terminal.run("instance", "concurrency", "get").err


def test_a_run_that_waits_for_another_time_of_its_schedule_says_for_which(terminal: Any) -> None:
    with terminal.instance() as instance:
        for run_id, moment in (("first", "2024-03-01T00:00:00+00:00"), ("second", "2024-03-02T00:00:00+00:00")):
            tags = {"dagster/schedule_name": "daily", ".dagster/scheduled_execution_time": moment}
            tags["watchbell/overlap"] = "buffer_one"
            queued = DagsterRun("etl", run_id, status=DagsterRunStatus.QUEUED, tags=tags, location_name="here")
            instance.store.add_runs([queued], instance.clock.now())
        since = instance.get_run_by_id("first").created_at.isoformat(timespec="seconds")

    waits = {row["run_id"]: row["waits_for"] for row in terminal.run("run", "list", "--json").json()}
    shown = terminal.run("run", "show", "second", "--json").json()
    free = terminal.run("run", "show", "first", "--json").json()

    assert waits == {"first": "", "second": "first"}
    assert shown["waits"] == (
        f"waits for run first of job 'etl', QUEUED since {since}, of another time of schedule 'daily' "
        "(overlap='buffer_one')"
    )
    assert "waits" not in free
    assert "waits for" in terminal.run("run", "list").out
    with terminal.instance() as instance:
        instance.delete_run("second")
    assert "waits for" not in terminal.run("run", "list").out
