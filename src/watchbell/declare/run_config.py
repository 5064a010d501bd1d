"""Run config checked against the whole job: every mistake at once, defaults filled in."""

from __future__ import annotations

import typing
from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from watchbell.declare.config.config_mapping import mapped_run_config
from watchbell.declare.config.config_schema import Field, Noneable
from watchbell.declare.config.config_type import ABSENT, ANY_CONFIG, AnyConfig, Environment, Path, Reading, shown
from watchbell.declare.config.data_type import ANY, DagsterType
from watchbell.declare.config.run_config_value import plain_run_config
from watchbell.declare.config.type_loader import JSON_FILE, ConfigToLoad
from watchbell.declare.executor import ExecutorKind
from watchbell.declare.graph_input_config import graph_input_values
from watchbell.declare.graphs.flat_graph import op_of
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.handles import GraphInput
from watchbell.declare.graphs.output import In
from watchbell.declare.job import JobDefinition
from watchbell.declare.manager_config import (
    NO_MANAGER_CONFIGS,
    ManagerConfigs,
    read_manager_configs,
    takes_input_config,
)
from watchbell.ground.errors import DagsterInvalidConfigError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

TOP_LEVEL = ("ops", "resources", "execution", "loggers", "inputs")


@dataclass(frozen=True)
class OpRunConfig:
    """What a run's config says of one op.

    Args:
        config: its config, with defaults; None without.
        inputs: values of unconnected inputs, by name.
    """

    config: Any = None
    inputs: Mapping[str, Any] = field(default_factory=dict)


NO_OP_CONFIG = OpRunConfig()


@dataclass(frozen=True)
class ResolvedRunConfig:
    """A run's config, checked, with defaults filled in.

    Args:
        ops: op path -> what is said of it; for every op of the job.
        resources: resource key -> its config; for every resource that the job may use.
        executor: which kind of executor runs the steps.
        execution: its config.
        inputs: values of the job's own inputs, by name.
        plain: the run config as it was given, environment variables unread; this is what is stored and shown.
        managers: what is said to the managers of single inputs and outputs.
        loggers: logger key -> its config; only those that the config names.
    """

    ops: Mapping[str, OpRunConfig]
    resources: Mapping[str, Any]
    executor: ExecutorKind
    execution: Mapping[str, Any]
    inputs: Mapping[str, Any]
    plain: Mapping[str, Any]
    managers: ManagerConfigs = NO_MANAGER_CONFIGS
    loggers: Mapping[str, Any] = field(default_factory=dict)

    def op(self, path: str) -> OpRunConfig:
        """What is said of the op at ``path``."""
        return self.ops.get(path, NO_OP_CONFIG)


def resolve_run_config(
    job: JobDefinition, run_config: Any = None, env: Environment | None = None, *, own_executor: bool = True
) -> ResolvedRunConfig:
    """The config of a run of ``job``.

    Args:
        job: the job.
        run_config: a dict or a RunConfig; None: the job's own.
        env: looks up environment variables (``env_var.environment`` where the run is executed); None: references are
            checked in form only, as when a run is requested.
        own_executor: whether an executor of the job's own is used; one that is not needs no config.

    Raises:
        DagsterInvalidConfigError: lists every mistake with its place, what was expected and the nearest valid name.
        ParameterCheckError: ``run_config`` is no dict.
    """
    given = plain_run_config(run_config, "run_config")
    plain = given or job.config or {}
    reading = Reading(env)
    whole = plain
    if job.config_mapping is not None:
        whole = mapped_run_config(job.config_mapping, plain, reading, f"job {job.name!r}")
        if whole is None:
            _refuse_mistakes(job, reading, plain)
            return ResolvedRunConfig({}, {}, "in_process", {}, {}, plain)
    for key in whole:
        if key not in TOP_LEVEL:
            reading.wrong((str(key),), f"unknown entry{did_you_mean(str(key), TOP_LEVEL)}")
    said = _section(whole, "ops", (), reading)
    ops = _Found(graph_input_values(job.graph, said, reading, _read_input))
    _read_ops(job, job.graph, said, ("ops",), "", ops, reading)
    managers = read_manager_configs(job, said, reading, ops.made)
    resources = _read_resources(job, _section(whole, "resources", (), reading), reading)
    execution_said = _section(whole, "execution", (), reading)
    is_unused = not own_executor and not execution_said and job.executor_def.kind == "custom"
    kind, execution = ("custom", {}) if is_unused else _read_execution(job, execution_said, reading)
    loggers = _read_loggers(job, _section(whole, "loggers", (), reading), reading)
    inputs = _read_job_inputs(job, _section(whole, "inputs", (), reading), reading)
    _refuse_mistakes(job, reading, plain)
    return ResolvedRunConfig(ops, resources, kind, execution, inputs, plain, managers, loggers)


def _refuse_mistakes(job: JobDefinition, reading: Reading, given: Mapping[str, Any]) -> None:
    if reading.mistakes:
        raise DagsterInvalidConfigError(f"the run config of job {job.name!r} does not fit:", reading.mistakes, given)


def _read_loggers(job: JobDefinition, given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    if not given:
        return {}
    _check_keys(given, job.loggers, ("loggers",), reading)
    found = {}
    for key, definition in job.loggers.items():
        if key in given:
            entry = _section(given, key, ("loggers",), reading)
            found[key] = _read_config(definition.config_field, entry, ("loggers", key), reading)
    return found


def _section(given: Mapping[str, Any], key: str, path: Path, reading: Reading) -> Mapping[str, Any]:
    """A part of run config that is a dict; an empty one if it is left out (or is an empty line of YAML)."""
    value = given.get(key)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    reading.wrong((*path, key), f"expected a dict, found {shown(value)}")
    return {}


def _check_keys(given: Mapping[str, Any], known: Collection[str], path: Path, reading: Reading) -> None:
    for key in given:
        if key not in known:
            reading.wrong((*path, str(key)), f"unknown entry{did_you_mean(str(key), known)}")


class _Found(dict[str, OpRunConfig]):
    """Config of ops by path, values that inputs of the graphs around them were given, and what config mappings made.

    ``made`` has, for each graph with a mapping, the section of its nodes by the graph's path (with a dot behind it).
    """

    def __init__(self, from_graphs: Mapping[tuple[str, str], Any]) -> None:
        super().__init__()
        self.from_graphs = from_graphs
        self.made: dict[str, Mapping[str, Any]] = {}


def _read_ops(
    job: JobDefinition,
    graph: GraphDefinition,
    given: Mapping[str, Any],
    path: Path,
    prefix: str,
    found: _Found,
    reading: Reading,
) -> None:
    if graph.config_mapping is not None:
        _read_mapped(job, graph, given, path, prefix, found, reading)
    else:
        _read_nodes(job, graph, given, path, prefix, found, reading)


def _read_mapped(
    job: JobDefinition,
    graph: GraphDefinition,
    given: Mapping[str, Any],
    path: Path,
    prefix: str,
    found: _Found,
    reading: Reading,
) -> None:
    """Reads the config of a graph that has one of its own: what its mapping makes of it is the config of its nodes."""
    assert graph.config_mapping is not None
    what = f"graph {graph.name!r}"
    _check_keys(given, ("config",), path, reading)
    here = (*path, "config")
    made = graph.config_mapping.read(given.get("config", ABSENT), here, reading, what)
    if made is None:
        return
    if not isinstance(made, Mapping):
        reading.wrong(here, f'the config mapping of {what} returned {shown(made)}; expected {{op: {{"config": ...}}}}')
        return
    if job.is_subset:
        made = {name: each for name, each in made.items() if name in graph.nodes}
    found.made[prefix] = made
    inner = Reading(reading.env)
    _read_nodes(job, graph, made, ("ops",), prefix, found, inner)
    for mistake in inner.mistakes:
        where = ":".join(mistake.path)
        reading.wrong(here, f"what the config mapping of {what} made of it does not fit at {where}: {mistake.message}")


def _read_nodes(
    job: JobDefinition,
    graph: GraphDefinition,
    given: Mapping[str, Any],
    path: Path,
    prefix: str,
    found: _Found,
    reading: Reading,
) -> None:
    _check_keys(given, graph.unselected.union(graph.nodes) if graph.unselected else graph.nodes, path, reading)
    for name, node in graph.nodes.items():
        here = (*path, name)
        entry = _section(given, name, path, reading)
        if isinstance(node.definition, GraphDefinition):
            if node.definition.config_mapping is None:
                _check_keys(entry, ("ops", "inputs"), here, reading)
                here, entry = (*here, "ops"), _section(entry, "ops", here, reading)
            _read_ops(job, node.definition, entry, here, f"{prefix}{name}.", found, reading)
        else:
            found[f"{prefix}{name}"] = _read_op(job, f"{prefix}{name}", entry, here, reading, found.from_graphs)


def _read_op(
    job: JobDefinition,
    op_path: str,
    entry: Mapping[str, Any],
    path: Path,
    reading: Reading,
    from_graphs: Mapping[tuple[str, str], Any],
) -> OpRunConfig:
    op = op_of(job.flat.nodes[op_path])
    _check_keys(entry, ("config", "inputs", "outputs"), path, reading)
    config = _read_config(op.config_field, entry, path, reading)
    given = _section(entry, "inputs", path, reading)
    above = {name: from_graphs[op_path, name] for name in op.ins if (op_path, name) in from_graphs}
    free = {
        name: each for name, each in op.ins.items() if name not in above and is_free_input(job, op_path, name, each)
    }
    for name in given:
        if name not in free and not takes_input_config(job, op.ins.get(name)):
            why = "is connected to another op" if name in op.ins else f"does not exist{did_you_mean(str(name), free)}"
            reading.wrong((*path, "inputs", str(name)), f"this input {why}")
    inputs = above
    for name, each in free.items():
        here = (*path, "inputs", name)
        if name in given:
            inputs[name] = _read_input(each.dagster_type, given[name], here, reading)
        elif not each.has_default_value:
            reading.wrong(here, f"missing; expected a value of type {each.dagster_type.display_name}")
    return OpRunConfig(config, inputs)


def is_free_input(job: JobDefinition, path: str, name: str, each: In) -> bool:
    """Whether config gives the input's value: nothing else does."""
    place = (path, name)
    loaded = each.asset_key is not None or each.input_manager_key is not None or place in job.asset_layer.keys_by_input
    return not each.is_nothing and not loaded and place not in job.flat.sources


def _read_config(entry: Field | None, given: Mapping[str, Any], path: Path, reading: Reading) -> Any:
    raw = given.get("config", ABSENT)
    here = (*path, "config")
    if entry is None:
        return None if raw is ABSENT else ANY_CONFIG.read(raw, here, reading)
    # An empty line of YAML means that nothing is given.
    if raw is None and not isinstance(entry.config_type, AnyConfig | Noneable):
        raw = ABSENT
    return entry.read(raw, here, reading)


def _read_input(kind: DagsterType, raw: Any, path: Path, reading: Reading) -> Any:
    """A value given as ``{"value": ...}`` or, where that cannot be mistaken, plainly; or what a loader takes."""
    if kind.loader is not None:
        return ConfigToLoad(kind.loader, kind.loader.config_field.read(raw, path, reading))
    container = typing.get_origin(kind.typing_type) or kind.typing_type
    if isinstance(raw, Mapping) and set(raw) == {"value"} and kind.typing_type is not dict:
        raw, path = raw["value"], (*path, "value")
    elif isinstance(raw, Mapping) and set(raw) == {"json"} and container is not dict:
        return ConfigToLoad(JSON_FILE, JSON_FILE.config_field.read(raw["json"], (*path, "json"), reading))
    elif isinstance(raw, Mapping) and set(raw) == {"pickle"} and container is not dict:
        reading.wrong(path, 'a pickled file would run what is in it; give {"value": ...} or {"json": {"path": ...}}')
        return None
    elif kind.is_any:
        reading.wrong(path, f'expected {{"value": ...}}, found {shown(raw)}')
        return None
    if container is list and isinstance(raw, list) and not any(each.typing_type is dict for each in kind.inner_types):
        raw = [each["value"] if isinstance(each, Mapping) and set(each) == {"value"} else each for each in raw]
    value = ANY_CONFIG.read(raw, path, reading)
    if isinstance(value, list) and container in {tuple, set, frozenset}:
        return container(value)  # config has lists only
    return value


def _read_resources(job: JobDefinition, given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    _check_keys(given, job.resource_defs, ("resources",), reading)
    used = used_resources(job)
    found = {}
    for key, definition in job.resource_defs.items():
        if key not in given and key not in used:
            continue  # what no op uses need not be configured
        path = ("resources", key)
        entry = _section(given, key, ("resources",), reading)
        _check_keys(entry, ("config",), path, reading)
        found[key] = _read_config(definition.config_field, entry, path, reading)
    return found


def used_resources(job: JobDefinition) -> set[str]:
    """The keys of the resources that its steps use, and of those that these use."""
    used: set[str] = set()
    waiting = [key for key in job.required_resource_keys if key in job.resource_defs]
    while waiting:
        key = waiting.pop()
        if key not in used:
            used.add(key)
            waiting.extend(each for each in job.resource_defs[key].required_resource_keys if each in job.resource_defs)
    return used


def _read_execution(job: JobDefinition, given: Mapping[str, Any], reading: Reading) -> tuple[ExecutorKind, Any]:
    executor = job.executor_def
    path = ("execution",)
    _check_keys(given, ("config",), path, reading)
    config = _read_config(executor.config_field, given, path, reading)
    if executor.kind != "multi_or_in_process" or not isinstance(config, Mapping):
        return executor.kind, config or {}
    kind, inner = next(iter(config.items()))
    return ("in_process" if kind == "in_process" else "multiprocess"), inner or {}


def _read_job_inputs(job: JobDefinition, given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    _check_keys(given, job.graph.input_mappings, ("inputs",), reading)
    found = dict(job.input_values)
    for name, places in job.graph.input_mappings.items():
        kind = _type_of_input(job, name)
        if name in given and name not in job.input_values:
            found[name] = _read_input(kind, given[name], ("inputs", name), reading)
        elif name not in found and places and not _has_default(job, name):
            expected = f"expected a value of type {kind.display_name}"
            if not kind.is_loadable:
                expected += ", which only input_values= can give"
            reading.wrong(("inputs", name), f"missing; {expected}")
    return found


def _places_of_input(job: JobDefinition, name: str) -> list[In]:
    """The inputs of ops that an input of the job goes to."""
    wanted = GraphInput(name)
    return [
        op_of(job.flat.nodes[path]).ins[each] for (path, each), sources in job.flat.sources.items() if wanted in sources
    ]


def _type_of_input(job: JobDefinition, name: str) -> DagsterType:
    kind = next((each.dagster_type for each in _places_of_input(job, name)), ANY)
    return job.graph.input_types.get(name, kind) if kind.is_any else kind


def _has_default(job: JobDefinition, name: str) -> bool:
    return all(each.has_default_value or each.is_nothing for each in _places_of_input(job, name))
