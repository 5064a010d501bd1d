"""What a test passes to a function it calls directly: resources, set up for the call as in a run, and a context."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from watchbell.declare.resource import ResourceDefinition, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.ground.upward import call_upward


def called_with_resources(call: Callable[[Mapping[str, Any]], Any], given: Mapping[str, Any], what: str) -> Any:
    """What ``call`` returns, given resources that are ready for use.

    Args:
        call: takes resources by name.
        given: the same as they were passed: values, or what still has to be set up.
        what: whose resources, for messages.

    Returns:
        Its value, after the teardown; what yields or can be awaited tears down at its end.

    Raises:
        DagsterResourceFunctionError: a resource raised while it was set up.
    """
    unready = {name: value for name, value in given.items() if _has_to_be_set_up(value)}
    if not unready:
        return call(given)
    with ExitStack() as exits:
        definitions = resource_definitions(unready, what)
        ready = exits.enter_context(opened_resources(definitions, definitions, what))
        result = call({**given, **ready._asdict()})
        if inspect.isgenerator(result):
            return _yielded(result, exits.pop_all())
        if inspect.isasyncgen(result):
            return _yielded_later(result, exits.pop_all())
        if inspect.isawaitable(result):
            return _awaited(result, exits.pop_all())
        return result


def _has_to_be_set_up(value: Any) -> bool:
    # Asked of the class: a mock answers to every name, and is the resource itself.
    return isinstance(value, ResourceDefinition) or callable(getattr(type(value), "get_resource_definition", None))


def _yielded(items: Iterator[Any], exits: ExitStack) -> Iterator[Any]:
    with exits:
        yield from items


async def _yielded_later(items: AsyncIterator[Any], exits: ExitStack) -> AsyncIterator[Any]:
    with exits:
        async for item in items:
            yield item


async def _awaited(result: Awaitable[Any], exits: ExitStack) -> Any:
    with exits:
        return await result


def with_context(
    name: str, args: Sequence[Any], kwargs: Mapping[str, Any], build: str
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """The arguments of a direct call with an empty context in place of None.

    Args:
        name: the parameter that takes the context.
        args: positional arguments, the context first.
        kwargs: the others.
        build: what makes the context, in the table of ``ground/upward.py``.
    """
    if name in kwargs:
        return args, kwargs if kwargs[name] is not None else {**kwargs, name: call_upward(build)}
    if args and args[0] is None:
        return (call_upward(build), *args[1:]), kwargs
    return args, kwargs
