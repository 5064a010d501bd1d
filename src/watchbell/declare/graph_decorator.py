"""``@graph``, and how the body of a job or graph becomes a GraphDefinition."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from watchbell.declare.compose import Composition, composing
from watchbell.declare.config_mapping import graph_mapping
from watchbell.declare.graph import GraphDefinition
from watchbell.declare.handles import GraphInput, OutputHandle
from watchbell.declare.names import check_name
from watchbell.declare.output import DEFAULT_OUTPUT
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class GraphSpec:
    """What is said of a graph beside its body.

    Args:
        what: ``"job"`` or ``"graph"``, for messages.
        name: its name.
        description: left out: the docstring of the body.
        tags: labels of all its steps.
        outputs: names of its outputs; None: one called ``result`` if the body returns something.
        config: config of its ops, or a ConfigMapping.
    """

    what: str
    name: str
    description: str | None = None
    tags: Mapping[str, Any] | None = None
    outputs: tuple[str, ...] | None = None
    config: Any = None


def compose_graph(fn: Callable[..., Any], spec: GraphSpec) -> GraphDefinition:
    """Runs the body of a job or graph and returns what it composed.

    Args:
        fn: the body; its parameters are inputs of the graph.
        spec: what else is said of the graph.

    Raises:
        DagsterInvalidDefinitionError: a bad name, or the body takes, connects or returns what it cannot.
    """
    what = f"{spec.what} {check_name(spec.name, spec.what)!r}"
    inputs = _input_names(fn, what)
    with composing(what) as composition:
        returned = fn(**{name: GraphInput(name) for name in inputs})
    description = spec.description if spec.description is not None or not fn.__doc__ else inspect.cleandoc(fn.__doc__)
    return GraphDefinition(
        spec.name,
        composition.nodes,
        composition.sources,
        frozenset(composition.fan_ins),
        _input_mappings(composition, inputs),
        _output_mappings(composition, returned, spec.outputs),
        description,
        dict(spec.tags or {}),
        config_mapping=graph_mapping(spec.config, what),
    )


def graph(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    input_defs: object = None,
    output_defs: object = None,
    ins: object = None,
    out: object = None,
    tags: Mapping[str, Any] | None = None,
    config: object = None,
) -> Any:
    """Makes a graph of a function that calls ops: several ops used as one, in jobs and other graphs.

    Its parameters are the graph's inputs, what it returns its output.

    Args:
        compose_fn: the function, when used without parentheses.
        name: left out: the function's.
        description: left out: the function's docstring.
        input_defs, output_defs, ins, out: not supported yet.
        config: fixed config of its ops, ``{op name: {"config": ...}}``; or a ConfigMapping, which gives
            it config of its own.
        tags: labels of all its steps.

    Returns:
        The GraphDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the body takes, connects or returns what it cannot.

    Example:
        >>> @op
        ... def double(rows):
        ...     return rows * 2
        >>> @graph
        ... def fourfold(rows):
        ...     return double(double(rows))
        >>> fourfold.execute_in_process(input_values={"rows": 1}).output_value()
        4
    """
    refused = {"input_defs": input_defs, "output_defs": output_defs, "ins": ins, "out": out}
    for parameter, value in refused.items():
        if value is not None:
            raise DagsterInvalidDefinitionError(f"@graph({parameter}=...) is not supported yet; leave it out")
    if compose_fn is not None and not callable(compose_fn):
        raise ParameterCheckError(f"@graph is put on a function, not on {compose_fn!r}", parameter="compose_fn")

    def decorate(fn: Callable[..., Any]) -> GraphDefinition:
        return compose_graph(fn, GraphSpec("graph", name or fn.__name__, description, tags, config=config))

    return decorate if compose_fn is None else decorate(compose_fn)


def _input_names(fn: Callable[..., Any], what: str) -> list[str]:
    names = []
    for each in inspect.signature(fn).parameters.values():
        if each.kind not in {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}:
            raise DagsterInvalidDefinitionError(
                f"{what} takes {each.name!r} by * or **; give each of its inputs a parameter"
            )
        if each.name == "context":
            raise DagsterInvalidDefinitionError(
                f"{what} takes a context, but its body only connects ops and runs before there is one; "
                "take the context in an op"
            )
        names.append(check_name(each.name, "input"))
    return names


def _input_mappings(composition: Composition, inputs: list[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    places: dict[str, list[tuple[str, str]]] = {name: [] for name in inputs}
    for place, sources in composition.sources.items():
        for source in sources:
            if isinstance(source, GraphInput):
                if source.name not in places:
                    raise DagsterInvalidDefinitionError(
                        f"{composition.what}: input {place[1]!r} of {place[0]!r} takes {source.name!r}, an input of "
                        f"another graph{did_you_mean(source.name, places)}"
                    )
                places[source.name].append(place)
    for name, found in places.items():
        if not found:
            raise DagsterInvalidDefinitionError(
                f"{composition.what}: its input {name!r} goes to no op; use it or remove the parameter"
            )
    return {name: tuple(found) for name, found in places.items()}


def _output_mappings(
    composition: Composition, returned: Any, outputs: tuple[str, ...] | None
) -> dict[str, OutputHandle]:
    what = composition.what
    if returned is None:
        given: Mapping[str, Any] = {}
    elif isinstance(returned, OutputHandle):
        given = {(outputs or (DEFAULT_OUTPUT,))[0]: returned}
    elif isinstance(returned, tuple) and all(isinstance(each, OutputHandle) for each in returned):
        names = outputs or tuple(each.output for each in returned)
        given = dict(zip(names, returned, strict=False))
    elif isinstance(returned, Mapping):
        given = returned
    else:
        raise DagsterInvalidDefinitionError(
            f"{what} returns {returned!r} ({type(returned).__name__}); expected nothing, what an op returned, "
            "or a dict of names and what ops returned"
        )
    for name, handle in given.items():
        if not isinstance(handle, OutputHandle):
            raise DagsterInvalidDefinitionError(f"{what} returns {handle!r} as {name!r}; expected what an op returned")
        if handle.node not in composition.nodes:
            raise DagsterInvalidDefinitionError(f"{what} returns an output of {handle.node!r}, called in another graph")
    return dict(given)
