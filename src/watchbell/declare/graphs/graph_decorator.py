"""``@graph``, and how the body of a job or graph becomes a GraphDefinition."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, overload

from watchbell.declare.code_place import place_of
from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.config_mapping import graph_mapping
from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.graphs.compose import Composition, composing
from watchbell.declare.graphs.dependency import GraphIn, GraphOut
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_outputs import output_mappings
from watchbell.declare.graphs.handles import GraphInput
from watchbell.declare.graphs.output import DEFAULT_OUTPUT
from watchbell.declare.names import check_instance, check_mapping, check_name
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
        outputs: its outputs by name; None: one called ``result`` if the body returns something.
        inputs: what is said of inputs beyond the parameters.
        config: config of its ops, or a ConfigMapping.
    """

    what: str
    name: str
    description: str | None = None
    tags: Mapping[str, Any] | None = None
    outputs: Mapping[str, GraphOut] | None = None
    config: Any = None
    inputs: Mapping[str, GraphIn] | None = None


def compose_graph(fn: Callable[..., Any], spec: GraphSpec) -> GraphDefinition:
    """Runs the body of a job or graph and returns what it composed.

    Args:
        fn: the body; its parameters are inputs of the graph.
        spec: what else is said of the graph.

    Raises:
        DagsterInvalidDefinitionError: a bad name, or the body takes, connects or returns what it cannot.
    """
    what = f"{spec.what} {check_name(spec.name, spec.what)!r}"
    inputs = _input_names(fn, what, spec.inputs or {})
    with composing(what) as composition:
        returned = fn(**{name: GraphInput(name) for name in inputs})
    description = spec.description if spec.description is not None or not fn.__doc__ else inspect.cleandoc(fn.__doc__)
    made = GraphDefinition(
        spec.name,
        composition.nodes,
        composition.sources,
        frozenset(composition.fan_ins),
        _input_mappings(composition, inputs),
        output_mappings(composition, returned, None if spec.outputs is None else tuple(spec.outputs)),
        description,
        dict(spec.tags or {}),
        config_mapping=graph_mapping(spec.config, what),
        port_descriptions=_port_descriptions(spec),
        input_types=_input_types(fn, inputs) if inputs else {},
    )
    object.__setattr__(made, "code_place", place_of(fn))
    return made


def _input_types(fn: Callable[..., Any], inputs: list[str]) -> dict[str, DagsterType]:
    try:
        hints = typing.get_type_hints(fn)
    except (NameError, TypeError, AttributeError):  # a name that is known to type checkers only says nothing here
        return {}
    return {name: type_of_annotation(hints[name]) for name in inputs if hints.get(name) is not None}


@overload
def graph(compose_fn: Callable[..., Any]) -> GraphDefinition: ...


@overload
def graph(
    *,
    name: str | None = ...,
    description: str | None = ...,
    input_defs: object = ...,
    output_defs: object = ...,
    ins: Mapping[str, GraphIn] | None = ...,
    out: GraphOut | Mapping[str, GraphOut] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    config: object = ...,
) -> Callable[[Callable[..., Any]], GraphDefinition]: ...


def graph(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    input_defs: object = None,
    output_defs: object = None,
    ins: Mapping[str, GraphIn] | None = None,
    out: GraphOut | Mapping[str, GraphOut] | None = None,
    tags: Mapping[str, Any] | None = None,
    config: object = None,
) -> Any:
    """Makes a graph of a function that calls ops: several ops used as one, in jobs and other graphs.

    Its parameters are the graph's inputs, what it returns its output.

    Args:
        compose_fn: the function, when used without parentheses.
        name: left out: the function's.
        description: left out: the function's docstring.
        input_defs, output_defs: of an older way to say it; use ``ins`` and ``out``.
        ins: what is to be said of the inputs, by parameter.
        out: what is to be said of the output, or several outputs by name: the function then returns a dict of names and
            what ops returned, or a tuple in this order.
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
    refused = {"input_defs": input_defs, "output_defs": output_defs}
    for parameter, value in refused.items():
        if value is not None:
            raise DagsterInvalidDefinitionError(f"@graph({parameter}=...) is not supported; use ins= and out=")
    if compose_fn is not None and not callable(compose_fn):
        raise ParameterCheckError(f"@graph is put on a function, not on {compose_fn!r}", parameter="compose_fn")

    outs = {DEFAULT_OUTPUT: out} if isinstance(out, GraphOut) else out

    def decorate(fn: Callable[..., Any]) -> GraphDefinition:
        return compose_graph(fn, GraphSpec("graph", name or fn.__name__, description, tags, outs, config, ins))

    return decorate if compose_fn is None else decorate(compose_fn)


def _port_descriptions(spec: GraphSpec) -> dict[str, str]:
    described = {f"in {name}": each.description for name, each in (spec.inputs or {}).items()}
    described |= {f"out {name}": each.description for name, each in (spec.outputs or {}).items()}
    return {port: text for port, text in described.items() if text is not None}


def _input_names(fn: Callable[..., Any], what: str, said: Mapping[str, GraphIn]) -> list[str]:
    names = []
    parameters = inspect.signature(fn).parameters
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    for name in check_mapping(said, f"ins of {what}"):
        check_instance(said[name], GraphIn, f"input {name!r} of {what}", "write GraphIn(...)")
        if name not in parameters and not takes_any:
            raise DagsterInvalidDefinitionError(
                f"{what}: ins= has {name!r}, but the function has no such parameter{did_you_mean(name, parameters)}"
            )
    for each in parameters.values():
        if each.kind is inspect.Parameter.VAR_KEYWORD and said:
            names += [check_name(name, "input") for name in said if name not in parameters]
            continue
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
