"""Functions of ops made without the decorator: ``fn(context, inputs)``, with all inputs in one dict."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from watchbell.declare.graphs.function import Parameter, UserFunction, read_function
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.ground.errors import DagsterInvalidDefinitionError


class FunctionOfInputs(UserFunction):
    """A function that takes the context and a dict of its inputs."""

    def call(self, context: Any, config: Any, resources: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        """Calls the function; the parameters are those of :meth:`UserFunction.call`."""
        return self.fn(context, dict(inputs))


def function_of_inputs(fn: Callable[..., Any], input_names: Iterable[str]) -> UserFunction:
    """What a function given to ``OpDefinition(compute_fn=...)`` takes.

    Args:
        fn: takes a context and a dict of inputs by name.
        input_names: the inputs the op declares.

    Raises:
        DagsterInvalidDefinitionError: it does not take two arguments.
    """
    parameters = list(inspect.signature(fn).parameters.values())
    if len(parameters) != 2:
        raise DagsterInvalidDefinitionError(
            f"compute_fn of an OpDefinition takes two arguments, the context and a dict of inputs, and "
            f"{getattr(fn, '__name__', fn)!r} takes {len(parameters)}; or use the decorator @op"
        )
    read = read_function(fn, "op") if parameters[0].name in {"context", "_context", "_"} else None
    return FunctionOfInputs(
        fn=fn,
        name=getattr(fn, "__name__", "compute"),
        context_name=parameters[0].name,
        parameters=tuple(Parameter(name, NO_VALUE, NO_VALUE) for name in input_names),
        returns=NO_VALUE if read is None else read.returns,
        is_generator=inspect.isgeneratorfunction(fn),
        is_async=inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn),
        docstring=inspect.getdoc(fn),
    )
