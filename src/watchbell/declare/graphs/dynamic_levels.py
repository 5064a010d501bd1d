"""How deep inside maps over dynamic outputs the nodes of a graph stand.

A node that takes one value of a dynamic output runs once for each mapping key; so does all that takes from it, until
the values are collected. The dynamic outputs a node is mapped over, outermost first, are its *dims*: it has a step for
each combination of their keys. Maps may lie in each other, so the dims of all that a node takes are beginnings of the
longest of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from watchbell.declare.graphs.handles import OutputHandle, Source
from watchbell.ground.errors import DagsterInvalidDefinitionError

Dims = tuple[OutputHandle, ...]
NO_DIMS: Dims = ()


def levels_of_outputs(
    nodes: Mapping[str, Any],
    order: Sequence[str],
    sources: Mapping[tuple[str, str], tuple[Source, ...]],
    outputs: Mapping[str, OutputHandle],
) -> dict[str, int]:
    """By how many levels of mapping keys each output of a graph is given (count).

    Args:
        nodes: its nodes by name.
        order: their names, each after those it takes from.
        sources: (node, input) -> where its value comes from.
        outputs: output of the graph -> the output of a node.
    """
    definitions = {name: node.definition for name, node in nodes.items()}
    if not any(definitions[name].dynamic_levels(out) for name in order for out in definitions[name].output_names):
        return dict.fromkeys(outputs, 0)
    taken: dict[str, list[OutputHandle]] = {}
    for (name, _), each in sources.items():
        taken.setdefault(name, []).extend(source for source in each if isinstance(source, OutputHandle))
    levels: dict[str, int] = {}

    def given_by(handle: OutputHandle) -> int:
        return levels[handle.node] + int(definitions[handle.node].dynamic_levels(handle.output))

    for name in order:
        levels[name] = max((max(0, given_by(each) - each.collects) for each in taken.get(name, ())), default=0)
    return {name: given_by(handle) for name, handle in outputs.items()}


def dims_of(
    nodes: Mapping[str, Any],
    order: Sequence[str],
    sources: Mapping[tuple[str, str], tuple[Source, ...]],
    fan_ins: Collection[tuple[str, str]],
) -> dict[str, Dims]:
    """The dims of each op of a flat graph; those that are not mapped are missing.

    Args:
        nodes: its ops by path.
        order: their paths, each after those it takes from.
        sources: (path, input) -> where its value comes from.
        fan_ins: the inputs that take a list of several sources.

    Raises:
        DagsterInvalidDefinitionError: an op would be mapped over dynamic outputs of which none lies in the other.
    """
    dims: dict[str, Dims] = {}
    if not any(out.is_dynamic for node in nodes.values() for out in node.definition.outs.values()):
        return dims
    for path in order:
        longest = NO_DIMS
        for name in nodes[path].definition.input_names:
            for source in sources.get((path, name), ()):
                if not isinstance(source, OutputHandle):
                    continue
                if source.collects and (path, name) in fan_ins:
                    raise DagsterInvalidDefinitionError(
                        f"input {name!r} of op {path!r} is given a list that holds all values of {source.node!r}, "
                        "which are a list themselves; pass the collected values to an input of their own"
                    )
                found = remaining_dims(nodes, dims, source)
                if found[: len(longest)] == longest:
                    longest = found
                elif longest[: len(found)] != found:
                    raise _two_dims(path, longest, found)
        if longest:
            dims[path] = longest
    return dims


def given_dims(nodes: Mapping[str, Any], dims: Mapping[str, Dims], source: OutputHandle) -> Dims:
    """The dims an output is given by: those of its op, and itself if it is dynamic."""
    own = dims.get(source.node, NO_DIMS)
    if nodes[source.node].definition.outs[source.output].is_dynamic:
        return (*own, OutputHandle(source.node, source.output))
    return own


def remaining_dims(nodes: Mapping[str, Any], dims: Mapping[str, Dims], source: OutputHandle) -> Dims:
    """The dims that are left of an output for the op that takes it: fewer, if it takes collected values."""
    found = given_dims(nodes, dims, source)
    return found[: max(0, len(found) - source.collects)]


def _two_dims(path: str, one: Dims, other: Dims) -> DagsterInvalidDefinitionError:
    shown = [".".join(dims[-1][:2]) for dims in (one, other)]
    return DagsterInvalidDefinitionError(
        f"op {path!r} cannot be downstream of more than one dynamic output, unless one is given inside a map over the "
        f"other; it takes values of {shown[0]!r} and of {shown[1]!r}. Collect one of them first",
        op=path,
    )
