"""Input managers: resources that load inputs, whoever stored them, or though nobody did."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.config.config_schema import Field, field_of
from watchbell.declare.io.io_context import InputContext
from watchbell.declare.resource import ResourceDefinition, takes_argument
from watchbell.ground.errors import DagsterInvalidDefinitionError


class InputManager(ABC):
    """Loads inputs that name it by ``input_manager_key``. Put an object of a subclass into ``resources``.

    Example:
        >>> class Rows(InputManager):
        ...     def load_input(self, context):
        ...         return [1, 2, 3]
        >>> @op(ins={"rows": In(input_manager_key="rows")})
        ... def total(rows):
        ...     return sum(rows)
    """

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input.

        Args:
            context: which input; ``upstream_output`` is the output it is connected to, None where there is none.
        """

    def get_resource_definition(self) -> ResourceDefinition:
        """The definition of a resource that is this object."""
        return InputManagerDefinition(lambda: self, description=type(self).__doc__)


class InputManagerDefinition(ResourceDefinition):
    """How an input manager is made.

    Args:
        resource_fn: makes the input manager, from an InitResourceContext or from nothing.
        config_schema: config it takes as ``context.resource_config``.
        description: free text; left out: the function's docstring.
        input_config_schema: config that each input it loads may have, as ``context.config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        version: version of its code.

    Example:
        >>> rows = InputManagerDefinition(
        ...     lambda context: Rows(context.resource_config["folder"]), {"folder": str}
        ... )
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        input_config_schema: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        version: str | None = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_field: Field | None = None if input_config_schema is None else field_of(input_config_schema)

    @property
    def input_config_schema(self) -> Field | None:
        """Config that each input it loads may have."""
        return self.input_config_field


def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes an input manager of a function that loads an input.

    Args:
        config_schema: config it takes as ``context.resource_config``; or the function, when used without parentheses.
        description: left out: the function's docstring.
        input_config_schema: config that each input may have, as ``context.config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        version: version of its code.

    Returns:
        The InputManagerDefinition; with arguments, a decorator that makes it.

    Example:
        >>> @input_manager(input_config_schema={"table": str})
        ... def tables(context):
        ...     return [f"a row of {context.config['table']}"]
        >>> @op(ins={"rows": In(input_manager_key="tables")})
        ... def first(rows):
        ...     return rows[0]
        >>> @job(resource_defs={"tables": tables})
        ... def nightly():
        ...     first()
        >>> config = {"ops": {"first": {"inputs": {"rows": {"table": "orders"}}}}}
        >>> nightly.execute_in_process(run_config=config).output_for_node("first")
        'a row of orders'
    """

    def decorate(fn: Callable[..., Any], schema: Any = None) -> InputManagerDefinition:
        loader = LoadingFunction(fn)
        doc = description if description is not None else getattr(fn, "__doc__", None)
        return _FunctionDefinition(loader, schema, doc, input_config_schema, required_resource_keys, version)

    if callable(config_schema) and not isinstance(config_schema, type):
        return decorate(config_schema)
    return lambda fn: decorate(fn, config_schema)


class LoadingFunction(InputManager):
    """An input manager that is a function.

    Args:
        load_fn: gives the value from an InputContext or from nothing; or an InputManager, which is then asked.
    """

    def __init__(self, load_fn: Callable[..., Any]) -> None:
        self.load_fn = load_fn
        self._takes_context = takes_argument(load_fn)

    def load_input(self, context: InputContext) -> Any:
        """What the function gives."""
        value = self.load_fn(context) if self._takes_context else self.load_fn()
        return value.load_input(context) if isinstance(value, InputManager) else value


class _FunctionDefinition(InputManagerDefinition):
    """What ``@input_manager`` makes."""

    def __init__(self, loader: LoadingFunction, *arguments: Any) -> None:
        super().__init__(lambda: loader, *arguments)
        self._loader = loader

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the user's function, for tests: with an InputContext if it takes one."""
        return self._loader.load_fn(*args, **kwargs)


def check_input_manager(value: Any, key: str) -> Any:
    """``value`` itself, if it can load.

    Raises:
        DagsterInvalidDefinitionError: it lacks ``load_input``.
    """
    if not callable(getattr(value, "load_input", None)):
        raise DagsterInvalidDefinitionError(
            f"the resource {key!r} is used as an input manager, but {type(value).__name__} has no load_input(); "
            "it needs load_input(context): write a function with @input_manager, or a subclass of InputManager",
            resource_key=key,
        )
    return value
