"""What the run config of a job may hold, as plain values; the counterpart of ``run_config.py``, which reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watchbell.declare.config.config_schema import Field, type_of
from watchbell.declare.config.type_facts import ANY_FACTS, field_facts, type_facts
from watchbell.declare.graphs.flat_graph import op_of
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.output import In
from watchbell.declare.job import JobDefinition
from watchbell.declare.run_config import is_free_input, used_resources
from watchbell.ground.errors import DagsterError


def job_config_facts(job: JobDefinition) -> dict[str, Any]:
    """The type of a job's whole run config, as ``type_facts`` tells types.

    Args:
        job: the job, cut down to what is to run.
    """
    if job.config_mapping is not None:
        entry = job.config_mapping.config_field
        return type_facts(entry.config_type)
    return _shape(
        [
            _entry("ops", _graph(job, job.graph, ""), "Config of the ops."),
            _entry("resources", _resources(job), "Config of the resources that the steps use."),
            _entry("inputs", _job_inputs(job), "Values of the inputs of the job."),
            _entry("execution", _config_only(job.executor_def.config_field), "How the steps are executed."),
            _entry("loggers", _loggers(job), "Other logs that are written besides the run's own."),
        ]
    )


def is_required(facts: dict[str, Any]) -> bool:
    """Whether a type cannot be left out: something inside of it has to be given."""
    return facts["kind"] == "shape" and any(each["required"] for each in facts["fields"])


def _shape(fields: Sequence[dict[str, Any] | None], *, is_open: bool = False) -> dict[str, Any]:
    there = [each for each in fields if each is not None]
    return {"kind": "shape", "label": "{...}", "fields": there, "open": is_open}


def _entry(name: str, kind: dict[str, Any], description: str | None = None) -> dict[str, Any] | None:
    if kind["kind"] == "shape" and not kind["fields"] and not kind["open"]:
        return None
    return {
        "name": name,
        "required": is_required(kind),
        "description": description,
        "secret": False,
        "has_default": False,
        "default": None,
        "type": kind,
    }


def _graph(job: JobDefinition, graph: GraphDefinition, prefix: str) -> dict[str, Any]:
    fields = []
    for name, node in graph.nodes.items():
        definition = node.definition
        if not isinstance(definition, GraphDefinition):
            fields.append(_entry(name, _op(job, f"{prefix}{name}"), definition.description))
        elif definition.config_mapping is not None:
            entry = definition.config_mapping.config_field
            fields.append(_entry(name, _config_only(entry), definition.description))
        else:
            inside = _graph(job, definition, f"{prefix}{name}.")
            fields.append(_entry(name, _shape([_entry("ops", inside)]), definition.description))
    return _shape(fields)


def _op(job: JobDefinition, path: str) -> dict[str, Any]:
    op = op_of(job.flat.nodes[path])
    inputs = [_input(name, each) for name, each in op.ins.items() if is_free_input(job, path, name, each)]
    config = None if op.config_field is None else _config(op.config_field)
    return _shape([config, _entry("inputs", _shape(inputs))])


def _config(entry: Field) -> dict[str, Any] | None:
    facts = field_facts("config", entry)
    nothing = facts["type"]["kind"] == "shape" and not facts["type"]["fields"] and not facts["type"]["open"]
    return None if nothing else facts


def _config_only(entry: Field | None) -> dict[str, Any]:
    return _shape([] if entry is None else [_config(entry)])


def _input(name: str, each: In) -> dict[str, Any]:
    kind = each.dagster_type
    facts: dict[str, Any] = dict(ANY_FACTS)
    if kind.loader is not None:
        facts = type_facts(kind.loader.config_field.config_type)
    elif not kind.is_any:
        try:
            facts = type_facts(type_of(kind.typing_type))
        except DagsterError:  # a class of the user's: whatever stands there is checked when it is given
            facts = {**ANY_FACTS, "label": kind.display_name}
    has_default = each.has_default_value
    return {
        "name": name,
        "required": not has_default,
        "description": each.description,
        "secret": False,
        "has_default": False,
        "default": None,
        "type": facts,
    }


def _resources(job: JobDefinition) -> dict[str, Any]:
    used = used_resources(job)
    return _shape(
        [
            _entry(key, _config_only(definition.config_field), definition.description)
            for key, definition in job.resource_defs.items()
            if key in used
        ]
    )


def _job_inputs(job: JobDefinition) -> dict[str, Any]:
    names = [name for name in job.graph.input_mappings if name not in job.input_values]
    return _shape([{**(_entry(name, dict(ANY_FACTS)) or {}), "required": False} for name in names])


def _loggers(job: JobDefinition) -> dict[str, Any]:
    fields = []
    for key, definition in job.loggers.items():
        entry = _entry(key, _config_only(definition.config_field), definition.description)
        fields.append(None if entry is None else {**entry, "required": False})
    return _shape(fields)
