"""From a job and its resolved config to the plan of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.dynamic_levels import NO_DIMS, given_dims
from watchbell.declare.graphs.function import UserFunction
from watchbell.declare.graphs.handles import GraphInput, OutputHandle, Source
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import In
from watchbell.declare.hook import HookDefinition
from watchbell.declare.manager_config import NO_MANAGER_CONFIGS, ManagerConfigs
from watchbell.declare.retry import RetryPolicy
from watchbell.execute.blocking import with_waits
from watchbell.execute.check_plan import step_checks
from watchbell.execute.copies import model_key, path_of
from watchbell.execute.plan import (
    NOTHING_LEFT_OUT,
    PRIORITY_TAG,
    FromAsset,
    FromConfig,
    FromCopies,
    FromDefault,
    FromManager,
    FromManyCopies,
    FromNowhere,
    FromStep,
    FromSteps,
    InputSource,
    Origin,
    Plan,
    Step,
    StepInput,
    StepOut,
)
from watchbell.ground.errors import ConfigMistake, DagsterInvalidConfigError
from watchbell.record.keys import AssetKey
from watchbell.record.pool import POOL_TAG


def build_plan(
    job: Any,
    op_configs: Mapping[str, Any],
    config_inputs: Mapping[tuple[str, str], Any],
    job_inputs: Mapping[str, Any],
    *,
    retries_enabled: bool = True,
    manager_configs: ManagerConfigs = NO_MANAGER_CONFIGS,
) -> Plan:
    """The plan of a run of ``job``.

    Args:
        job: the job, cut down to what is to run.
        op_configs: validated config by node path.
        config_inputs: values that config gives for unconnected inputs, by (node path, input).
        job_inputs: values of the job's own inputs, by name.
        retries_enabled: False: no step is tried again, whatever its policy says.
        manager_configs: what config says to the managers of single inputs and outputs.

    Raises:
        DagsterInvalidConfigError: an input has no source at all; every such input is listed.
    """
    builder = _Builder(job, op_configs, config_inputs, job_inputs, retries_enabled, manager_configs)
    flat = job.graph.flat
    levels = _levels(flat.order, flat.upstream)
    order = sorted(flat.order, key=lambda path: (levels[path], path))
    steps = [builder.step(path, flat.nodes[path], position) for position, path in enumerate(order)]
    if builder.mistakes:
        raise DagsterInvalidConfigError(f"job {job.name!r} cannot run as it is:", builder.mistakes)
    return Plan(job, with_waits(steps))


def _levels(order: tuple[str, ...], upstream: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """How many steps deep each path lies: the order of equals is then by name, wherever they were defined."""
    levels: dict[str, int] = {}
    for path in order:
        levels[path] = 1 + max((levels[each] for each in upstream.get(path, ())), default=-1)
    return levels


class _Builder:
    """Builds the steps of one job, collecting what is wrong with it."""

    def __init__(
        self,
        job: Any,
        op_configs: Mapping[str, Any],
        config_inputs: Mapping[tuple[str, str], Any],
        job_inputs: Mapping[str, Any],
        retries_enabled: bool,
        manager_configs: ManagerConfigs,
    ) -> None:
        self.mistakes: list[ConfigMistake] = []
        self._job = job
        self._flat = job.graph.flat
        self._assets = job.asset_layer
        self._op_configs = op_configs
        self._config_inputs = config_inputs
        self._job_inputs = job_inputs
        self._retries_enabled = retries_enabled
        self._manager_configs = manager_configs

    def step(self, path: str, node: Node, position: int) -> Step:
        """The step of one op."""
        op: OpDefinition = node.definition
        inputs = tuple(self._input(path, name, each) for name, each in op.ins.items())
        assets_def = self._assets.assets_by_node.get(path)
        left_out = NOTHING_LEFT_OUT if assets_def is None or not assets_def.is_subset else _left_out(assets_def)
        checks = None if assets_def is None else step_checks(assets_def, path)
        if checks is not None:  # in a graph an op's output may be a check's answer, which is no value
            left_out = left_out.union(checks.output_names.values())
        outputs = {name: self._output(path, op, name) for name in op.outs if name not in left_out}
        config = self._op_configs.get(path)
        dims = self._flat.dims.get(path, NO_DIMS)
        return Step(
            key=path if dims is NO_DIMS else model_key(path, len(dims)),
            position=position,
            node=node,
            inputs=inputs,
            outputs=outputs,
            config=config,
            retry_policy=self._retry_policy(node),
            tags=node.tags,
            priority=_priority(node.tags),
            depends_on=frozenset(_upstream_of(inputs)),
            resource_keys=op.required_resource_keys | op.type_resource_keys,
            manager_keys=self._manager_keys(inputs, outputs),
            assets_def=assets_def,
            takes_op_context=assets_def is not None and _takes_op_context(assets_def, op.function),
            left_out=left_out,
            output_names=tuple(outputs),
            asset_keys_by_output={name: out.asset_key for name, out in outputs.items() if out.asset_key is not None},
            asset_keys_by_input={each.name: each.asset_key for each in inputs if each.asset_key is not None},
            function_config=op.config_argument(config) if op.function.has_config else None,
            hooks=self._hooks(node),
            pool=op.pool or node.tags.get(POOL_TAG),
            is_model=bool(dims) or any(isinstance(each.source, FromCopies | FromManyCopies) for each in inputs),
            dims=dims,
            checks=checks,
            origins=NO_ORIGINS if assets_def is None else _origins(assets_def, outputs.values()),
        )

    def _hooks(self, node: Node) -> tuple[HookDefinition, ...]:
        hooks = node.hooks | self._job.hook_defs
        return tuple(sorted(hooks, key=lambda hook: hook.name)) if hooks else ()

    def _retry_policy(self, node: Node) -> RetryPolicy | None:
        if not self._retries_enabled:
            return None
        policy: RetryPolicy | None = node.retry_policy or self._job.op_retry_policy
        return policy

    def _input(self, path: str, name: str, definition: In) -> StepInput:
        asset_key = self._assets.keys_by_input.get((path, name), definition.asset_key)
        return StepInput(
            name=name,
            source=self._source(path, name, definition),
            type=definition.dagster_type,
            is_nothing=definition.is_nothing,
            asset_key=asset_key,
            manager_key=definition.input_manager_key,
            metadata=definition.metadata,
            config=self._manager_configs.inputs.get((path, name)),
        )

    def _source(self, path: str, name: str, definition: In) -> InputSource:
        place = (path, name)
        sources = self._flat.sources.get(place, ())
        outputs = tuple(self._from(each) for each in sources if isinstance(each, OutputHandle))
        if place in self._flat.fan_ins:
            return self._fan_in(sources)
        if outputs:
            return outputs[0]
        graph_input = next((each.name for each in sources if isinstance(each, GraphInput)), None)
        if graph_input is not None and graph_input in self._job_inputs:
            return FromConfig(self._job_inputs[graph_input])
        if place in self._config_inputs:
            return FromConfig(self._config_inputs[place])
        if definition.is_nothing:
            return FromNowhere()
        asset_key = self._assets.keys_by_input.get(place, definition.asset_key)
        if asset_key is not None:
            load = self._assets.load_of(asset_key)
            return FromAsset(asset_key, load.io_manager_key, load.metadata)
        if definition.input_manager_key is not None:
            return FromManager()
        if definition.has_default_value:
            return FromDefault(definition.default_value)
        what = f"the job's input {graph_input!r}" if graph_input else f"input {name!r}"
        self.mistakes.append(
            ConfigMistake(
                ("ops", *path.split("."), "inputs", name),
                f"{what} is connected to nothing and has no value; connect it, give it a default, or set it here",
            )
        )
        return FromNowhere()

    def _fan_in(self, sources: tuple[Source, ...]) -> FromSteps | FromManyCopies:
        values = self._job_inputs  # a value that is missing there was told as a mistake of the config
        found = tuple(
            self._from(each) if isinstance(each, OutputHandle) else FromConfig(values[each.name])
            for each in sources
            if isinstance(each, OutputHandle) or each.name in values
        )
        plain = tuple(each for each in found if not isinstance(each, FromCopies))
        return FromSteps(plain) if len(plain) == len(found) else FromManyCopies(found)

    def _from(self, handle: OutputHandle) -> FromStep | FromCopies:
        dims = given_dims(self._flat.nodes, self._flat.dims, handle)
        if not dims:
            return FromStep(handle.node, handle.output)
        levels = len(self._flat.dims.get(handle.node, ()))
        return FromCopies(model_key(handle.node, levels), handle.output, min(handle.collects, len(dims)))

    def _output(self, path: str, op: OpDefinition, name: str) -> StepOut:
        out = op.outs[name]
        asset_key = self._assets.keys_by_output.get((path, name))
        key = out.io_manager_key
        metadata = out.metadata
        load = None if asset_key is None else self._assets.loads.get(asset_key)
        if load is not None:
            key, metadata = load.io_manager_key, {**metadata, **load.metadata}
        config = self._manager_configs.outputs.get((path, name))
        return StepOut(name, out.dagster_type, out.is_required, key, asset_key, metadata, config, out.is_dynamic)

    def _manager_keys(self, inputs: tuple[StepInput, ...], outputs: Mapping[str, StepOut]) -> frozenset[str]:
        keys = {out.io_manager_key for out in outputs.values() if not out.type.is_nothing}
        for each in inputs:
            if each.is_nothing:
                continue
            if each.manager_key is not None:
                keys.add(each.manager_key)
            if isinstance(each.source, FromAsset):
                keys.add(each.manager_key or each.source.io_manager_key)
            for source in _sources_of(each):
                upstream = path_of(source.step_key)
                out = self._flat.nodes[upstream].definition.outs[source.output_name]
                if not out.is_nothing:
                    asset_key = self._assets.keys_by_output.get((upstream, source.output_name))
                    load = None if asset_key is None else self._assets.loads.get(asset_key)
                    keys.add(out.io_manager_key if load is None else load.io_manager_key)
        return frozenset(keys)


def _sources_of(step_input: StepInput) -> tuple[FromStep | FromCopies, ...]:
    source = step_input.source
    if isinstance(source, FromStep | FromCopies):
        return (source,)
    if isinstance(source, FromSteps | FromManyCopies):
        return tuple(each for each in source.sources if not isinstance(each, FromConfig))
    return ()


def _upstream_of(inputs: tuple[StepInput, ...]) -> set[str]:
    return {source.step_key for each in inputs for source in _sources_of(each)}


NO_ORIGINS: Mapping[AssetKey, Origin] = {}


def _origins(assets_def: Any, outputs: Iterable[StepOut]) -> dict[AssetKey, Origin]:
    origins = {}
    for out in outputs:
        spec = None if out.asset_key is None else assets_def.specs_by_key.get(out.asset_key)
        if spec is not None:
            origins[spec.key] = Origin(tuple(dep.asset_key for dep in spec.deps), spec.code_version)
    return origins


def _priority(tags: Mapping[str, str]) -> int:
    try:
        return int(tags.get(PRIORITY_TAG, "0"))
    except ValueError:  # not a number: the tag says nothing about order
        return 0


def _left_out(assets_def: AssetsDefinition) -> frozenset[str]:
    """Outputs of a part's op that are not to be given; the graph of a part has been cut already."""
    if not isinstance(assets_def.node_def, OpDefinition):
        return NOTHING_LEFT_OUT
    return frozenset(assets_def.node_keys_by_output_name).difference(assets_def.keys_by_output_name)


def _takes_op_context(assets_def: AssetsDefinition, function: UserFunction) -> bool:
    """Whether the function asks for an OpExecutionContext, or is an op's in a graph that asks for nothing else."""
    if function.context_name is None:
        return False
    annotation = getattr(function.fn, "__annotations__", {}).get(function.context_name)
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    kind = name.rpartition(".")[2]
    if kind == "OpExecutionContext":
        return True
    return kind != "AssetExecutionContext" and not isinstance(assets_def.node_def, OpDefinition)
