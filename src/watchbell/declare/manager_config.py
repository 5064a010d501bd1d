"""What a run's config says to the managers of single inputs and outputs: ``ops: {x: {outputs: {result: {...}}}}``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.config_type import ABSENT, ANY_CONFIG, Path, Reading, shown
from watchbell.declare.graphs.flat_graph import op_of
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import In
from watchbell.declare.job import JobDefinition
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

Place = tuple[str, str]


@dataclass(frozen=True)
class ManagerConfigs:
    """What a run's config says to managers.

    Args:
        inputs: by (op path, input name), to the input managers.
        outputs: by (op path, output name), to the IO managers.
    """

    inputs: Mapping[Place, Any] = field(default_factory=dict)
    outputs: Mapping[Place, Any] = field(default_factory=dict)


NO_MANAGER_CONFIGS = ManagerConfigs()
NOTHING_MADE: Mapping[str, Mapping[str, Any]] = {}


def takes_input_config(job: JobDefinition, definition: In | None) -> bool:
    """Whether an input is loaded by a manager of its own, which is told what config says of the input."""
    return definition is not None and definition.input_manager_key is not None and not definition.is_nothing


def read_manager_configs(
    job: JobDefinition,
    said: Mapping[str, Any],
    reading: Reading,
    made: Mapping[str, Mapping[str, Any]] = NOTHING_MADE,
) -> ManagerConfigs:
    """What config says to the managers of the job's inputs and outputs.

    Args:
        job: the job.
        said: the section ``ops`` of the run's config.
        reading: takes the mistakes.
        made: what config mappings made for the nodes of their graphs, by the path of the graph with a dot behind it.
    """
    inputs: dict[Place, Any] = {}
    outputs: dict[Place, Any] = {}
    output_schemas = _schemas(job, "output_config_schema")
    input_schemas = _schemas(job, "input_config_schema")
    for path, node in job.flat.nodes.items():
        op = op_of(node)
        schemas = _output_schemas(op, output_schemas) if output_schemas else {}
        own = {name: each for name, each in op.ins.items() if takes_input_config(job, each)}
        if not (said or schemas or own):  # as most ops of most runs
            continue
        graph = next((each for each in reversed(list(made)) if path.startswith(each)), "") if made else ""
        place, entry = _entry(made.get(graph, said), path[len(graph) :], graph)
        if schemas or entry.get("outputs"):
            given = _mapping(entry, "outputs", place, reading)
            _check_names(given, schemas, op.outs, (*place, "outputs"), reading)
            for name, schema in schemas.items():
                outputs[path, name] = schema.read(given.get(name, ABSENT), (*place, "outputs", name), reading)
        if own:
            listed = entry.get("inputs")
            values: Mapping[str, Any] = listed if isinstance(listed, Mapping) else {}  # a mistake is told elsewhere
            for name, each in own.items():
                raw, here = values.get(name, ABSENT), (*place, "inputs", name)
                input_schema = input_schemas.get(each.input_manager_key or "")
                if input_schema is not None:
                    inputs[path, name] = input_schema.read(raw, here, reading)
                elif raw is not ABSENT:
                    inputs[path, name] = ANY_CONFIG.read(raw, here, reading)
    return ManagerConfigs(inputs, outputs) if inputs or outputs else NO_MANAGER_CONFIGS


def _output_schemas(op: OpDefinition, by_key: Mapping[str, Field]) -> dict[str, Field]:
    return {
        name: schema
        for name, out in op.outs.items()
        if not out.is_nothing and (schema := by_key.get(out.io_manager_key)) is not None
    }


def _schemas(job: JobDefinition, attribute: str) -> dict[str, Field]:
    """The schemas of the job's managers by resource key; most have none, so most jobs look no further."""
    found = {}
    for key, definition in job.resource_defs.items():
        schema = getattr(definition, attribute, None)
        if schema is not None:
            found[key] = schema
    return found


def _entry(said: Mapping[str, Any], path: str, graph: str) -> tuple[Path, Mapping[str, Any]]:
    """What is said of the op at ``path`` of ``graph``, and where; anything else than a dict was told already."""
    place: tuple[str, ...] = tuple(step for name in graph.split(".")[:-1] for step in ("ops", name))
    entry: Any = {"ops": said}
    for name in path.split("."):
        place = (*place, "ops", name)
        for key in ("ops", name):
            entry = entry.get(key) if isinstance(entry, Mapping) else None
    return place, entry if isinstance(entry, Mapping) else {}


def _mapping(entry: Mapping[str, Any], key: str, place: Path, reading: Reading) -> Mapping[str, Any]:
    value = entry.get(key)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    reading.wrong((*place, key), f"expected a dict, found {shown(value)}")
    return {}


def _check_names(
    given: Mapping[str, Any], known: Collection[str], outs: Collection[str], place: Path, reading: Reading
) -> None:
    for name in given:
        if name in known:
            continue
        if name in outs:
            why = "the IO manager of this output takes no config for single outputs (output_config_schema)"
        else:
            why = f"unknown entry{did_you_mean(str(name), known or outs)}"
        reading.wrong((*place, str(name)), why)
