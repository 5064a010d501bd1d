"""Direct calls: the user's function of an op run at once, without a job, for tests."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from watchbell.declare.assets.observe_result import ObserveResult
from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.config.type_context import TypeCheckContext
from watchbell.declare.graphs.direct_resources import called_with_resources, with_context
from watchbell.declare.graphs.dynamic_output import DynamicOutput, check_dynamic_list
from watchbell.declare.graphs.function import CONFIG_NAME, UserFunction
from watchbell.declare.graphs.output import In, Out, Output
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from watchbell.ground.suggest import did_you_mean

# What is certainly no context; anything else may stand for one, such as a mock.
_DATA = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset)


class DirectlyCallable(Protocol):
    """What can be called directly: an op."""

    name: str
    function: UserFunction
    ins: Mapping[str, In]
    outs: Mapping[str, Out]
    config_field: Field | None
    required_resource_keys: frozenset[str]

    def config_argument(self, config: Any) -> Any:
        """What the function's ``config`` parameter takes."""


@runtime_checkable
class DirectContext(Protocol):
    """A context made outside a run (``build_op_context``)."""

    @property
    def op_config(self) -> Any:
        """The config as it was given, None for none."""

    @property
    def resources(self) -> Any:
        """Resources by attribute."""

    def for_call(self, definition: Any, config: Any) -> Any:
        """The context to pass to the user's function: this one, knowing the definition and its checked config."""


def invoke_directly(definition: DirectlyCallable, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Runs the user's function of an op with these arguments.

    Args:
        definition: the op.
        args: the context first, if the function takes one (None: an empty one); then config, resources and inputs in
            the order of the function's parameters.
        kwargs: the same by name, the context too.

    Returns:
        What the function returns, checked against the outputs' types; generators stay generators.

    Raises:
        DagsterInvalidInvocationError: arguments are missing or too many.
        DagsterInvalidConfigError: the context's config does not fit.
        DagsterInvalidDefinitionError: the context has not all resources.
        DagsterTypeCheckDidNotPass: an input or output is not of its type.
    """
    function, what = definition.function, f"op {definition.name!r}"
    context, rest, by_name = _take_context(definition, args, kwargs)
    named = _bind(definition, rest, by_name)
    resources, passed_resources = {}, {}
    for name in function.resource_names:
        given = named.pop(name) if name in named else ABSENT
        if given is not ABSENT and isinstance(context, DirectContext) and name in context.resources:
            raise DagsterInvalidInvocationError(
                f"{what}: the resource {name!r} is given by the context and as an argument; give it once"
            )
        resources[name] = _resource(context, name, what) if given is ABSENT else given
        if given is not ABSENT:
            passed_resources[name] = given
    _check_resources(definition, context, resources, what)
    given_config = named.pop(CONFIG_NAME, ABSENT)
    config, passed = _config(definition, context, given_config, what)
    inputs = _inputs(definition, named, what)
    if isinstance(context, DirectContext):
        context = context.for_call(definition, config)
    result = called_with_resources(
        lambda ready: function.call(context, passed, {**resources, **ready}, inputs), passed_resources, what
    )
    return _checked_result(definition, result, what)


def _take_context(
    definition: DirectlyCallable, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Sequence[Any], Mapping[str, Any]]:
    """The context and the other arguments; one given to a function without a context serves resources and config."""
    context_name = definition.function.context_name
    if context_name is not None:
        args, kwargs = with_context(context_name, args, kwargs, "op_context")
    if context_name is not None and context_name in kwargs:
        return kwargs[context_name], args, {name: each for name, each in kwargs.items() if name != context_name}
    if context_name is not None:
        if not args:
            raise DagsterInvalidInvocationError(
                f"op {definition.name!r} takes a context, but none was given; pass build_op_context() first",
                op=definition.name,
            )
        if isinstance(args[0], _DATA):
            raise DagsterInvalidInvocationError(
                f"op {definition.name!r} takes a context first, and was given {args[0]!r:.80}; pass build_op_context() "
                "(or build_asset_context()) before it",
                op=definition.name,
            )
        return args[0], args[1:], kwargs
    if args and isinstance(args[0], DirectContext):
        return args[0], args[1:], kwargs
    return None, args, kwargs


def _bind(definition: DirectlyCallable, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [
        name
        for name in inspect.signature(definition.function.fn).parameters
        if name != definition.function.context_name
    ]
    # After a context, config and resources usually come from it: positions then count inputs only.
    own = [name for name in parameters if name in definition.ins]
    order = own if len(args) <= len(own) and _given_by_context(definition, args, parameters) else parameters
    if len(args) > len(order):
        raise DagsterInvalidInvocationError(
            f"op {definition.name!r} takes {len(order)} arguments but was given {len(args)}"
            + ("" if definition.function.context_name else "; its function has no context parameter"),
            op=definition.name,
        )
    named = dict(zip(order, args, strict=False))
    known = {*parameters, *definition.ins}
    for name, value in kwargs.items():
        if name in named:
            raise DagsterInvalidInvocationError(f"op {definition.name!r}: {name!r} is given by position and by name")
        if name not in known and not definition.function.accepts_any:
            raise DagsterInvalidInvocationError(
                f"op {definition.name!r} has no argument {name!r}{did_you_mean(name, known)}", op=definition.name
            )
        named[name] = value
    return named


def _given_by_context(definition: DirectlyCallable, args: Sequence[Any], parameters: Sequence[str]) -> bool:
    """Whether the first argument is meant for an input although config or a resource comes before it."""
    if not args or not parameters or parameters[0] in definition.ins:
        return False
    kind = definition.function.config_type if parameters[0] == CONFIG_NAME else None
    annotation = kind if kind is not None else definition.function.resource_names.get(parameters[0])
    return isinstance(annotation, type) and not isinstance(args[0], annotation | dict)


def _resource(context: Any, name: str, what: str) -> Any:
    if context is None:
        raise DagsterInvalidInvocationError(
            f"{what} takes the resource {name!r}, but none was given; pass {name}=..., "
            f"or build_op_context(resources={{{name!r}: ...}})"
        )
    return getattr(context.resources, name, None)


def _check_resources(definition: DirectlyCallable, context: Any, given: Mapping[str, Any], what: str) -> None:
    needed = definition.required_resource_keys - {name for name, value in given.items() if value is not None}
    if not needed or (context is not None and not isinstance(context, DirectContext)):
        return
    there = set() if context is None else set(context.resources._asdict())
    for key in sorted(needed - there):
        raise DagsterInvalidDefinitionError(
            f"{what} needs the resource {key!r}, which the context does not have{did_you_mean(key, there)}; "
            f"pass build_op_context(resources={{{key!r}: ...}})",
            resource_key=key,
        )


def _config(definition: DirectlyCallable, context: Any, given: Any, what: str) -> tuple[Any, Any]:
    """The checked config for the context, and what the ``config`` parameter takes."""
    if given is not ABSENT and isinstance(context, DirectContext) and context.op_config is not None:
        raise DagsterInvalidInvocationError(f"{what}: config is given by the context and as an argument; give it once")
    if given is not ABSENT and not isinstance(given, Mapping):
        return given, given
    raw = given
    if given is ABSENT:
        raw = getattr(context, "op_config", None)
        raw = ABSENT if raw is None else raw
    if definition.config_field is None:
        return (None if raw is ABSENT else raw), None
    config = definition.config_field.resolve(raw, what)
    return config, definition.config_argument(config) if definition.function.has_config else None


def _inputs(definition: DirectlyCallable, given: dict[str, Any], what: str) -> dict[str, Any]:
    inputs = {}
    for name, each in definition.ins.items():
        if each.is_nothing:
            if name in given:
                raise DagsterInvalidInvocationError(
                    f"{what}: the input {name!r} only orders (Nothing), so it takes no value; leave it out", input=name
                )
        elif name in given:
            value = given.pop(name)
            _check_type(each.dagster_type, value, f"{what}: input {name!r}")
            inputs[name] = value
        elif each.has_default_value:
            inputs[name] = each.default_value
        else:
            raise DagsterInvalidInvocationError(f"{what}: no value was given for the input {name!r}", input=name)
    return {**inputs, **given}


def _checked_result(definition: DirectlyCallable, result: Any, what: str) -> Any:
    if inspect.isgenerator(result):
        return _checked_items(definition, result, what)
    if inspect.isasyncgen(result):
        return _checked_items_later(definition, result, what)
    if inspect.isawaitable(result):
        return _checked_later(definition, result, what)
    return _checked_value(definition, result, what)


async def _checked_later(definition: DirectlyCallable, result: Awaitable[Any], what: str) -> Any:
    return _checked_value(definition, await result, what)


def _checked_items(definition: DirectlyCallable, items: Iterator[Any], what: str) -> Iterator[Any]:
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Output | DynamicOutput):
            _check_output(definition, item, what)
            _note(definition, item.output_name, seen, what)
        elif isinstance(item, MaterializeResult | ObserveResult):
            seen.update(definition.outs)  # which of them it stands for, only the asset knows
        yield item
    _check_all_seen(definition, seen, what)


async def _checked_items_later(
    definition: DirectlyCallable, items: AsyncIterator[Any], what: str
) -> AsyncIterator[Any]:
    seen: set[str] = set()
    async for item in items:
        if isinstance(item, Output | DynamicOutput):
            _check_output(definition, item, what)
            _note(definition, item.output_name, seen, what)
        elif isinstance(item, MaterializeResult | ObserveResult):
            seen.update(definition.outs)  # which of them it stands for, only the asset knows
        yield item
    _check_all_seen(definition, seen, what)


def _note(definition: DirectlyCallable, name: str, seen: set[str], what: str) -> None:
    if name in seen and not definition.outs[name].is_dynamic:
        raise DagsterInvariantViolationError(f"{what} gave its output {name!r} twice")
    seen.add(name)


def _check_all_seen(definition: DirectlyCallable, seen: set[str], what: str) -> None:
    for name, out in definition.outs.items():
        if name not in seen and out.is_required and not out.is_nothing and not out.is_dynamic:
            raise DagsterInvariantViolationError(
                f"{what} did not yield the output {name!r}, which is required; yield Output(value, {name!r}), "
                "or make it Out(is_required=False)"
            )


def _checked_value(definition: DirectlyCallable, result: Any, what: str) -> Any:
    outs = definition.outs
    if len(outs) == 1:
        name, out = next(iter(outs.items()))
        if out.is_dynamic:
            _check_dynamic(definition, result, name, what)
        elif isinstance(result, Output):
            _check_output(definition, result, what)
        elif not out.is_nothing:
            _check_type(out.dagster_type, result, f"{what}: output {name!r}")
        return result
    if not isinstance(result, tuple) or len(result) != len(outs):
        if result is None and all(out.is_nothing or not out.is_required for out in outs.values()):
            return result
        found = f"a tuple of {len(result)}" if isinstance(result, tuple) else type(result).__name__
        raise DagsterInvariantViolationError(
            f"{what} has {len(outs)} outputs ({', '.join(outs)}) but returned {found}; "
            "return a tuple with a value for each, or yield Output(value, name) for each"
        )
    for value, (name, out) in zip(result, outs.items(), strict=True):
        if out.is_dynamic:
            _check_dynamic(definition, value, name, what)
        elif isinstance(value, Output):
            _check_output(definition, value, what)
        else:
            _check_type(out.dagster_type, value, f"{what}: output {name!r}")
    return result


def _check_dynamic(definition: DirectlyCallable, result: Any, name: str, what: str) -> None:
    for each in check_dynamic_list(result, definition.name, name):
        _check_output(definition, each, what)


def _check_output(definition: DirectlyCallable, output: Output[Any] | DynamicOutput[Any], what: str) -> None:
    out = definition.outs.get(output.output_name)
    if out is None:
        raise DagsterInvariantViolationError(
            f"{what} gave an output {output.output_name!r}, which it does not have"
            f"{did_you_mean(output.output_name, definition.outs)}"
        )
    if out.is_dynamic != isinstance(output, DynamicOutput):
        wanted = "DynamicOutput" if out.is_dynamic else "Output"
        raise DagsterInvariantViolationError(
            f"{what} gave a {type(output).__name__} for its output {output.output_name!r}; expected {wanted}"
        )
    if not out.is_nothing:
        _check_type(out.dagster_type, output.value, f"{what}: output {output.output_name!r}")


def _check_type(kind: DagsterType, value: Any, where: str) -> None:
    if kind.is_any:
        return
    answer = kind.type_check(TypeCheckContext(dagster_type=kind) if kind.takes_context else None, value)
    if not answer.success:
        detail = f": {answer.description}" if answer.description else ""
        name = kind.display_name
        raise DagsterTypeCheckDidNotPass(f"{where} is not of type {name}{detail}", type_name=name)
