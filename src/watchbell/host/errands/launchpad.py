"""Errands of the launchpad: what the config of a job may hold, whether a config fits, and a run of the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from watchbell.declare.config.type_facts import without_secrets
from watchbell.declare.job import JobDefinition
from watchbell.declare.job_config_facts import job_config_facts
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import DagsterError, DagsterInvalidConfigError
from watchbell.ground.suggest import did_you_mean
from watchbell.host.config_text import ConfigText, TextMistake
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, changes, text_of, text_or_none
from watchbell.host.job_launch import cut_down, for_partition, is_for_no_partition, queue_run
from watchbell.record.run import DagsterRun
from watchbell.record.run_origin import tags_of_person

PARTITIONS_SHOWN = 100
MISTAKES_SHOWN = 200


def config_schema(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What the run config of a job may hold, and what the launchpad starts with.

    Args:
        desk: whose code, and what is remembered.
        params: ``job``; ``op_selection``: a list of clauses, or null; ``run_config``: config of an earlier run to begin
            with, or null; ``partition``: for which the job makes its config, or null.

    Returns:
        ``schema`` (see ``job_config_facts``); ``config``: the YAML to begin with, without secrets; ``findings``:
        what :func:`check_config` says of it; ``left_out``: whether secrets were taken out of it;
        ``ops``: the paths of the selected ops; ``all_ops``: those of the job;
        ``partitions``: null, or ``description``, ``count`` and the ``newest`` keys, the newest first; ``tags``: those
        of the job's runs.

    Raises:
        ErrandRefusedError: there is no such job, the selection names nothing, or there is no such partition.
    """
    whole = _job(desk, params)
    job = _selected(whole, params)
    schema = job_config_facts(job)
    given = params.get("run_config")
    config: Mapping[str, Any] = given if isinstance(given, dict) else job.config or {}
    tags: Mapping[str, str] = {}
    partition = text_or_none(params, "partition")
    if partition is not None and not isinstance(given, dict):
        config, tags = _for_partition(desk, job, partition, {}, {})
    kept = without_secrets(dict(config), schema)
    text = _yaml(kept)
    return {
        "schema": schema,
        "config": text,
        "findings": check_config(desk, {**params, "text": text}),
        "left_out": kept != dict(config),
        "ops": list(job.flat.order),
        "all_ops": list(whole.flat.order),
        "partitions": _partitions(desk, job),
        "tags": {**job.run_tags, **tags},
    }


def check_config(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Whether a run could be launched so.

    Args:
        desk: whose code, and what is remembered.
        params: ``job``, ``op_selection``, ``text`` (YAML), ``partition`` (or null).

    Returns:
        ``mistakes`` (each: ``path`` as a list, ``message``, ``line`` and ``column`` from 1, or null),
        ``mistake_count``, ``remarks`` (allowed, but seldom meant), and ``config``: the values.
    """
    job = _selected(_job(desk, params), params)
    written = ConfigText(text_of(params, "text", ""))
    mistakes = list(written.mistakes)
    remarks: list[str] = []
    if not mistakes:
        mistakes += _mistakes(desk, job, written, text_or_none(params, "partition"), remarks)
    return {
        "mistakes": [
            {"path": list(each.path), "message": each.message, "line": each.line, "column": each.column}
            for each in mistakes[:MISTAKES_SHOWN]
        ],
        "mistake_count": len(mistakes),
        "remarks": remarks,
        "config": written.value,
    }


@changes
def launch_job(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Puts a run of a job into the queue.

    Args:
        desk: whose code, and what is remembered.
        params: those of :func:`check_config`; ``tags``: an object of texts; ``parent_run_id``: the run that it executes
            again with whatever was changed, or null; ``launched_by``: who asks, or null.

    Returns:
        ``run_id``.

    Raises:
        ErrandRefusedError: it could not start so; ``where`` names the field.
    """
    job = _selected(_job(desk, params), params)
    written = ConfigText(text_of(params, "text", ""))
    mistakes = list(written.mistakes)
    if mistakes:
        raise ErrandRefusedError("bad_request", _sentence(mistakes[0]), "text")
    tags: Any = params.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(each, str) for pair in tags.items() for each in pair):
        raise ErrandRefusedError("bad_request", "tags have to be an object of texts", "tags")
    parent = _parent(desk, params)
    who = text_or_none(params, "launched_by")
    partition = text_or_none(params, "partition")
    config, tags = _for_partition(desk, job, partition, written.value, tags_of_person(tags, who))
    try:
        run = queue_run(job, desk.instance, desk.location_name, config, tags, parent=parent)
    except DagsterInvalidConfigError as error:
        raise ErrandRefusedError("bad_request", str(error), "text") from error
    return {"run_id": run.run_id}


def _mistakes(
    desk: ErrandDesk, job: JobDefinition, written: ConfigText, partition: str | None, remarks: list[str]
) -> list[TextMistake]:
    config, tags = _for_partition(desk, job, partition, written.value, {})
    if is_for_no_partition(job, tags):
        remarks.append("The job has partitions, and this run is for none of them.")
    try:
        resolve_run_config(job, config)
    except DagsterInvalidConfigError as error:
        found = []
        for each in error.errors:
            line, column = written.place_of(each.path) or (None, None)
            found.append(TextMistake(tuple(each.path), each.message, line, column))
        return found or [TextMistake((), str(error))]
    except DagsterError as error:
        return [TextMistake((), str(error))]
    return []


def _for_partition(
    desk: ErrandDesk, job: JobDefinition, partition: str | None, config: Mapping[str, Any], tags: Mapping[str, str]
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    if partition is None:
        return config, tags
    if job.partitions_def is None:
        raise ErrandRefusedError("bad_request", f"job {job.name!r} has no partitions; leave it empty", "partition")
    view = PartitionsView(desk.clock.now(), desk.instance)
    if job.partitions_def.ordinal_of(partition, view) is None:
        hint = job.partitions_def.unknown_key_text(partition, view)
        raise ErrandRefusedError("bad_request", f"there is no partition {partition[:200]!r} in {hint}", "partition")
    return for_partition(job, partition, config, tags, desk.instance)


def _partitions(desk: ErrandDesk, job: JobDefinition) -> dict[str, Any] | None:
    definition = job.partitions_def
    if definition is None:
        return None
    view = PartitionsView(desk.clock.now(), desk.instance)
    there = definition.ordinals(view)
    count = len(there)
    newest = [definition.key_of(there.at(count - 1 - place), view) for place in range(min(count, PARTITIONS_SHOWN))]
    return {"description": str(definition), "count": count, "newest": newest}


def _job(desk: ErrandDesk, params: Params) -> JobDefinition:
    name = text_of(params, "job")
    if not desk.repository.has_job(name):
        hint = did_you_mean(name, desk.repository.job_names)
        raise ErrandRefusedError("not_found", f"there is no job {name[:200]!r}{hint}", "job")
    return desk.repository.get_job(name)


def _selected(job: JobDefinition, params: Params) -> JobDefinition:
    clauses: Any = params.get("op_selection") or []
    if not isinstance(clauses, list) or not all(isinstance(each, str) for each in clauses):
        raise ErrandRefusedError("bad_request", "op_selection has to be a list of texts", "op_selection")
    try:
        return cut_down(job, clauses)
    except DagsterError as error:
        raise ErrandRefusedError("bad_request", str(error), "op_selection") from error


def _parent(desk: ErrandDesk, params: Params) -> DagsterRun | None:
    run_id = text_or_none(params, "parent_run_id")
    if run_id is None:
        return None
    run = desk.instance.get_run_by_id(run_id)
    if run is None:
        raise ErrandRefusedError("not_found", f"there is no run {run_id[:100]!r}", "parent_run_id")
    return run


def _sentence(mistake: TextMistake) -> str:
    return mistake.message if mistake.line is None else f"line {mistake.line}: {mistake.message}"


def _yaml(config: Mapping[str, Any]) -> str:
    if not config:
        return ""
    return str(yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True, width=100))


def _plain(value: Any) -> Any:
    """Values that YAML can write: others stand as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or type(value) in (str, int, float, bool) else str(value)
