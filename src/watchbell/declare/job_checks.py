"""What a job needs to run: resources, and values for all inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.assets.asset_layer import AssetLayer
from watchbell.declare.graphs.flat_graph import FlatGraph, op_of
from watchbell.declare.hook import HookDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean


def resource_needs(
    flat: FlatGraph, asset_layer: AssetLayer, hooks: Iterable[HookDefinition]
) -> Iterator[tuple[str, str | None, AbstractSet[str]]]:
    """Who needs which resources, IO managers included.

    Args:
        flat: the job's ops.
        asset_layer: which assets they make and take.
        hooks: hooks of all its steps.

    Returns:
        What needs them in words, the path of the op that these words end with (None: no op), and resource keys.
    """
    for path, node in flat.nodes.items():
        op = op_of(node)
        yield "", path, op.required_resource_keys | op.type_resource_keys
        keys = {out.io_manager_key for out in op.outs.values() if not out.is_nothing}
        for name, each in op.ins.items():
            if each.input_manager_key is not None:
                keys.add(each.input_manager_key)
            elif not each.is_nothing and (path, name) not in flat.sources:
                key = asset_layer.keys_by_input.get((path, name))
                if key is not None:
                    keys.add(asset_layer.load_of(key).io_manager_key)
        yield "an input or output of ", path, keys
        for hook in node.hooks:
            yield f"hook {hook.name!r} of ", path, hook.required_resource_keys
    for hook in hooks:
        yield f"hook {hook.name!r}", None, hook.required_resource_keys


def check_input_values(values: Mapping[str, Any], known: Mapping[str, Any], what: str) -> None:
    """Refuses values of inputs that the job does not have.

    Args:
        values: by name.
        known: inputs of the job by name.
        what: the job, for messages.

    Raises:
        DagsterInvalidDefinitionError: one is unknown.
    """
    for name in values:
        if name not in known:
            raise DagsterInvalidDefinitionError(
                f"input_values of {what} has {name!r}, which is no input of it{did_you_mean(name, known)}"
            )


def check_inputs(flat: FlatGraph, asset_layer: AssetLayer, what: str) -> None:
    """Refuses inputs that can never have a value: not connected, no default, and of a type that config cannot give.

    Raises:
        DagsterInvalidDefinitionError: there is such an input.
    """
    for path, node in flat.nodes.items():
        for name, each in op_of(node).ins.items():
            if each.dagster_type.is_loadable or each.is_nothing or each.has_default_value:
                continue
            place = (path, name)
            has_manager = each.input_manager_key is not None or place in asset_layer.keys_by_input
            if has_manager or each.asset_key is not None or place in flat.sources:
                continue
            raise DagsterInvalidDefinitionError(
                f"{what}: input {name!r} of op {path!r} gets no value: nothing is connected to it, it has no default, "
                f"and a value of type {each.dagster_type.display_name} cannot be given in config",
                op=path,
                input=name,
            )
