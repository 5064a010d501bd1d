"""User code evaluated in this process as the daemon would, but without effects: for previews and replays."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any

import click

from watchbell.automate.conditions.world import EntityKey
from watchbell.cli.code import open_instance
from watchbell.cli.show import show_facts, show_rows
from watchbell.cli.tick_rows import line_json, print_line
from watchbell.ground.errors import DagsterError, LookOnlyError
from watchbell.ground.shown import harmless
from watchbell.host.errands.automations import event_text
from watchbell.host.places import Place
from watchbell.host.rehearsal import rehearse as rehearse_on
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.partition import RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.request import AddDynamicPartitionsRequest, DynamicPartitionsRequest, RunRequest
from watchbell.store.look_only import Look, looking_only

SYSTEM_TAGS = "dagster/"
"""So begin tags that are not the user's own."""


def rehearse(
    location: Place,
    evaluation: Evaluation,
    look: Look,
    *,
    keeps_stdout: bool = False,
    on_error: Callable[[BaseException], None] | None = None,
) -> Answer:
    """What an evaluation answers; nothing that the instance remembers is changed by it.

    Args:
        location: the code.
        evaluation: the question.
        look: what of the past is seen.
        keeps_stdout: what the function prints goes to stderr, as stdout is for a program.
        on_error: told of what the function raised, before it becomes part of the answer.
    """
    quiet = redirect_stdout(sys.stderr) if keeps_stdout else nullcontext()
    with looking_only(look), open_instance() as instance, quiet:
        return rehearse_on(location.repository, location.name, instance, evaluation, on_error)


def show_preview(
    facts: dict[str, Any],
    evaluation: Evaluation,
    answers: Sequence[Answer],
    *,
    as_json: bool,
    is_of_conditions: bool = False,
) -> None:
    """Prints what an evaluation answered.

    Args:
        facts: what stands above it.
        evaluation: the question.
        answers: to it.
        as_json: for a program.
        is_of_conditions: whether a condition sensor was asked, whose runs are of assets and checks alone.

    Raises:
        DagsterError: it failed; with the user's traceback.
    """
    lines = [line for each in answers for line in each.log]
    failure = next((each.error for each in answers if each.error is not None), None)
    if failure is not None:
        for line in lines:
            print_line(line, err=True)
        kind = evaluation.kind.value.lower()
        did = "raised an error of its own" if failure.root.stack else "cannot be evaluated"
        did = "cannot be rehearsed" if failure.root.cls_name == LookOnlyError.__name__ else did
        raise DagsterError(f"{kind} {evaluation.name!r} {did}:\n{failure.to_string().rstrip()}")
    requests = [each for answer in answers for each in answer.run_requests]
    is_short = is_of_conditions and not as_json
    rows = [_condition_row(each) if is_short else _request_row(each, as_json) for each in requests]
    skip = next((each.skip_message for each in reversed(answers) if each.skip_message), None)
    events = [each for answer in answers for each in answer.asset_events]
    changes = [each for answer in answers for each in answer.dynamic_partitions_requests]
    if as_json:
        more = {
            "requests": rows,
            "skip_message": skip,
            "dynamic_partitions": [_change_json(each) for each in changes],
            "asset_events": [event_text(each) for each in events],
            "log": [line_json(line) for line in lines],
        }
        show_facts({**facts, **more}, as_json=True)
        return
    show_facts(facts, as_json=False)
    for line in lines:
        print_line(line)
    for change in changes:
        click.echo(f"would {_change_text(change)}")
    for event in events:
        click.echo(f"would report {event_text(event)}")
    if not rows:
        silent = "no run was requested and no reason given"
        called = bool(evaluation.event_ids) and not skip
        click.echo("it was called and asked for no run" if called else f"skipped: {harmless(skip or silent)}")
        return
    show_rows(rows, as_json=False, empty="", title=f"would request {len(rows)} run{'s' if len(rows) > 1 else ''}")


def _request_row(request: RunRequest, as_json: bool) -> dict[str, Any]:
    config = dict(request.run_config)
    row: dict[str, Any] = {
        "job": request.job_name,
        "run_key": request.run_key,
        "run_config": config if as_json else json.dumps(config, default=str),
        "tags": dict(request.tags),
        "partition_key": request.partition_key,
    }
    if as_json or request.asset_selection:
        row["assets"] = [each.to_user_string() for each in request.asset_selection or ()]
    return row


def _condition_row(request: RunRequest) -> dict[str, Any]:
    """What people want to know of a request of conditions, which has neither config nor run key."""
    keys: list[EntityKey] = [*(request.asset_selection or ()), *(request.asset_check_keys or ())]
    if request.asset_selection is None and request.job_name is not None:
        keys = [AssetJobKey(request.job_name)]
    first, last = request.tags.get(RANGE_START_TAG), request.tags.get(RANGE_END_TAG)
    own = [f"{name}={value}" for name, value in request.tags.items() if not name.startswith(SYSTEM_TAGS)]
    return {
        "assets_and_checks": [entity_text(each) for each in keys],
        "partition": f"{first}...{last}" if first and last else request.partition_key,
        "tags": ", ".join(own),
    }


def _change_json(change: DynamicPartitionsRequest) -> dict[str, Any]:
    does = "add" if isinstance(change, AddDynamicPartitionsRequest) else "delete"
    return {"name": change.partitions_def_name, "does": does, "keys": list(change.partition_keys)}


def _change_text(change: DynamicPartitionsRequest) -> str:
    is_add = isinstance(change, AddDynamicPartitionsRequest)
    keys = ", ".join(change.partition_keys)
    return f"{'add' if is_add else 'delete'} {keys} {'to' if is_add else 'from'} {change.partitions_def_name}"
