"""``watchbell run``: list, show and cancel runs; read their logs."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import Any

import click

from watchbell.automate.retry_rules import reexecution_of
from watchbell.cli.code import open_instance
from watchbell.cli.show import COUNTING, ago, duration, json_option, show_facts, show_rows
from watchbell.ground.errors import DagsterRunNotFoundError
from watchbell.ground.ids import new_run_id
from watchbell.ground.os_user import os_user_name
from watchbell.ground.shown import harmless
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType, EventLogEntry, at_of
from watchbell.record.log_text import details, headline, kind_text, made_for, started_by
from watchbell.record.overlap import blockers, waiting_text
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.services.cancelling import cancel_run
from watchbell.services.lease import working_service

FOLLOW_POLL_SECONDS = 0.25
PAGE = 1_000
FAILED_KINDS = {DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE}


@click.group()
def run() -> None:
    """List, show and cancel runs; read their logs."""


@run.command("list")
@click.option("-j", "--job", "job_name", help="Only runs of this job.")
@click.option(
    "-s",
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in DagsterRunStatus], case_sensitive=False),
    help="Only runs in this state; may be given more than once.",
)
@click.option("-t", "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Only runs with this tag.")
@click.option("-n", "--limit", default=20, show_default=True, type=COUNTING, help="At most so many.")
@json_option
def list_(job_name: str | None, statuses: tuple[str, ...], tags: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List runs, the newest first.

    If some are for partitions, a column says which; if some wait for others of their schedule, for which.
    """
    filters = RunsFilter(
        job_name=job_name,
        statuses=[DagsterRunStatus(each.upper()) for each in statuses] or None,
        tags=dict(_tag(each) for each in tags) or None,
    )
    with open_instance() as instance:
        now = instance.clock.now()
        found = instance.get_runs(filters=filters, limit=limit)
        waits = blockers(instance.store, found)
        rows = [
            {
                "run_id": each.run_id,
                "job": each.job_name,
                "partition": made_for(each),
                "status": each.status.value,
                "created": each.created_at,
                "age": ago(each.created_at, now),
                "took": _took(each),
                "by": started_by(each),
                "waits_for": blocker.run_id if (blocker := waits.get(each.run_id)) is not None else "",
            }
            for each in found
        ]
    if not as_json:
        unused = [column for column in ("partition", "waits_for") if not any(row[column] for row in rows)]
        rows = [{column: value for column, value in row.items() if column not in unused} for row in rows]
    show_rows(rows, as_json=as_json, empty="no runs", spare=("created",))


@run.command()
@click.argument("run_id")
@json_option
def show(run_id: str, as_json: bool) -> None:
    """Show one run: state, config, tags, steps, what failed. RUN_ID may be its beginning."""
    with open_instance() as instance:
        found = find_run(instance, run_id)
        entries = instance.all_logs(found.run_id)
        blocker = blockers(instance.store, [found]).get(found.run_id)
    facts: dict[str, Any] = {
        "run_id": found.run_id,
        "job": found.job_name,
        "status": found.status.value,
        "created": found.created_at,
        "started": found.started_at,
        "ended": found.ended_at,
        "took": _took(found),
        "tags": {key: value for key, value in found.tags.items() if as_json or not key.startswith(".")},
        "config": dict(found.run_config) if as_json else json.dumps(found.run_config, indent=1),
        "steps": _steps(entries) if as_json else "\n".join(f"{key}: {state}" for key, state in _steps(entries).items()),
    }
    if blocker is not None:
        facts["waits"] = waiting_text(found, blocker)
    failures = [text for each in entries if each.dagster_event_type in FAILED_KINDS and (text := details(each))]
    if failures:
        facts["failure"] = failures[0]
    show_facts(facts, as_json=as_json)


@run.command()
@click.argument("run_id")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run is over.")
@json_option
def logs(run_id: str, follow: bool, as_json: bool) -> None:
    """Print a run's log. RUN_ID may be its beginning. With --follow the exit code is 1 if the run fails."""
    with open_instance() as instance:
        found = find_run(instance, run_id)
        after_id = 0
        while True:
            is_over = _reread(instance, found).is_finished  # read first: what comes before it is in the log by now
            after_id = _print_after(instance, found.run_id, after_id, as_json)
            if not follow or is_over:
                break
            time.sleep(FOLLOW_POLL_SECONDS)
        if follow and not _reread(instance, found).is_success:
            raise SystemExit(1)


@run.command()
@click.argument("run_id")
@click.option("--reason", default="", help="Why; the run's log says it, and who asked.")
def cancel(run_id: str, reason: str) -> None:
    """Stop a run; one that waits in the queue never starts. RUN_ID may be its beginning."""
    with open_instance() as instance:
        found = find_run(instance, run_id)
        if found.is_finished:
            raise click.ClickException(f"run {found.run_id} is over already: {found.status.value}")
        after = cancel_run(instance, found, os_user_name(), reason)
    click.echo(f"run {after.run_id} is {after.status.value}")


@run.command()
@click.argument("run_id")
@click.option("--from-failure", is_flag=True, help="Only what did not end well; the rest is taken from the run.")
@click.option("-s", "--step", "steps", multiple=True, metavar="KEY", help="Only this step; more than once for several.")
@click.option("-t", "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag of the new run.")
def reexecute(run_id: str, from_failure: bool, steps: tuple[str, ...], tags: tuple[str, ...]) -> None:
    """Put a run that is over into the queue once more, as a new run. Prints its id. RUN_ID may be its beginning."""
    if from_failure and steps:
        raise click.UsageError("give --from-failure or --step, not both")
    with open_instance() as instance:
        found = find_run(instance, run_id)
        if not found.is_finished:
            raise click.ClickException(f"run {found.run_id} is not over: {found.status.value}")
        if from_failure and found.is_success:
            raise click.ClickException(f"run {found.run_id} did not fail, so there is no failure to go on from")
        again = reexecution_of(
            found,
            new_run_id(),
            from_failure=from_failure,
            step_keys=steps or None,
            tags=dict(_tag(each) for each in tags),
        )
        instance.store.add_runs([again], instance.clock.now())
        if working_service(instance.store, instance.clock.now()) is None:
            click.echo("no daemon is running here; the run waits until one is (watchbell dev)", err=True)
    click.echo(again.run_id)


def find_run(instance: DagsterInstance, run_id: str) -> DagsterRun:
    """The run of this id, or the only one whose id begins so.

    Raises:
        DagsterRunNotFoundError: there is none, or more than one.
    """
    exact = instance.get_run_by_id(run_id)
    if exact is not None:
        return exact
    close = instance.get_run_ids_with_prefix(run_id, limit=2)
    if len(close) == 1:
        only = instance.get_run_by_id(close[0])
        if only is not None:
            return only
    reason = "more than one run begins so; give more of its id" if close else "`watchbell run list` shows the runs"
    raise DagsterRunNotFoundError(f"there is no run {run_id!r}: {reason}", run_id=run_id)


def print_entry(entry: EventLogEntry) -> None:
    """One line of a log, for people; failures with the user's own error first."""
    moment = f"{at_of(entry.timestamp):%H:%M:%S.%f}"[:-3]
    colour = "red" if entry.level >= logging.ERROR else "yellow" if entry.level >= logging.WARNING else None
    text = harmless(headline(entry))
    names_step = entry.step_key is None or text.startswith((f"{entry.step_key} ", f"{entry.step_key}:"))
    step = "" if names_step else f"{entry.step_key}: "
    click.echo(f"{moment}  {click.style(f'{kind_text(entry):<24}', fg=colour)} {step}{text}")
    for line in harmless(details(entry)).splitlines():
        click.secho(f"{'':14}{line}", fg=colour)


def _print_after(instance: DagsterInstance, run_id: str, after_id: int, as_json: bool) -> int:
    while True:
        page = instance.store.events(EventQuery(run_id=run_id, after_id=after_id, limit=PAGE))
        for entry in page:
            if as_json:
                click.echo(json.dumps(_as_json(entry)))
            else:
                print_entry(entry)
            after_id = entry.storage_id or after_id
        if len(page) < PAGE:
            return after_id


def _as_json(entry: EventLogEntry) -> dict[str, Any]:
    return {
        "id": entry.storage_id,
        "at": at_of(entry.timestamp).isoformat(),
        "kind": kind_text(entry),
        "level": logging.getLevelName(entry.level),
        "step": entry.step_key,
        "message": entry.message,
        "error": details(entry) or None,
    }


def _reread(instance: DagsterInstance, found: DagsterRun) -> DagsterRun:
    return instance.get_run_by_id(found.run_id) or found


def _steps(entries: Sequence[EventLogEntry]) -> dict[str, str]:
    state_of_kind = {
        DagsterEventType.STEP_START: "STARTED",
        DagsterEventType.STEP_SUCCESS: "SUCCESS",
        DagsterEventType.STEP_FAILURE: "FAILURE",
        DagsterEventType.STEP_SKIPPED: "SKIPPED",
        DagsterEventType.STEP_UP_FOR_RETRY: "UP_FOR_RETRY",
    }
    steps = {}
    for entry in entries:
        state = state_of_kind.get(entry.dagster_event_type) if entry.dagster_event_type else None
        if state and entry.step_key:
            steps[entry.step_key] = state
    return steps


def _took(found: DagsterRun) -> str:
    if found.started_at is None or found.ended_at is None:
        return ""
    return duration((found.ended_at - found.started_at).total_seconds())


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is no tag; write KEY=VALUE")
    return key, value
