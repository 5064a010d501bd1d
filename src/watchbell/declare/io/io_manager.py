"""IO managers: resources that store outputs and load inputs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.config.config_schema import Field, field_of
from watchbell.declare.io.input_manager import InputManager, check_input_manager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError


class IOManager(InputManager):
    """Stores what ops give and loads what they take. Put an object of a subclass into ``resources``.

    Example:
        >>> class Files(IOManager):
        ...     def handle_output(self, context, obj):
        ...         write(context.get_identifier(), obj)
        ...
        ...     def load_input(self, context):
        ...         return read(context.upstream_output.get_identifier())
    """

    @abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        """Stores an output.

        Args:
            context: which output; takes metadata by ``add_output_metadata``.
            obj: its value.

        Returns:
            None. A generator may yield metadata dicts and AssetMaterializations.
        """

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input.

        Args:
            context: which input, and ``upstream_output``, the output it was stored by.
        """

    def get_resource_definition(self) -> IOManagerDefinition:
        """The definition of a resource that is this object."""
        return IOManagerDefinition.hardcoded_io_manager(self)


class IOManagerDefinition(ResourceDefinition):
    """How an IO manager is made.

    Args:
        resource_fn: makes the IO manager, from an InitResourceContext or from nothing.
        config_schema: config it takes as ``context.resource_config``.
        description: free text.
        required_resource_keys: resources it takes.
        version: version of its code.
        input_config_schema: config that each input it loads may have.
        output_config_schema: config that each output it stores may have.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: AbstractSet[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
        output_config_schema: Any = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_field: Field | None = None if input_config_schema is None else field_of(input_config_schema)
        self.output_config_field: Field | None = (
            None if output_config_schema is None else field_of(output_config_schema)
        )

    @property
    def input_config_schema(self) -> Field | None:
        """Config that each input it loads may have."""
        return self.input_config_field

    @property
    def output_config_schema(self) -> Field | None:
        """Config that each output it stores may have."""
        return self.output_config_field

    @staticmethod
    def hardcoded_io_manager(value: IOManager, description: str | None = None) -> IOManagerDefinition:
        """An IO manager that is always this object."""
        return IOManagerDefinition(lambda: value, description=description)


@overload
def io_manager(config_schema: Callable[..., Any]) -> IOManagerDefinition: ...


@overload
def io_manager(
    config_schema: Any = ...,
    description: str | None = ...,
    output_config_schema: Any = ...,
    input_config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    version: str | None = ...,
) -> Callable[[Callable[..., Any]], IOManagerDefinition]: ...


def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes an IO manager's definition of a function that returns one.

    Args:
        config_schema: config it takes as ``context.resource_config``; or the function, when used without parentheses.
        description: left out: the function's docstring.
        output_config_schema: config that each output it stores may have.
        input_config_schema: config that each input it loads may have.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        version: version of its code.

    Returns:
        The IOManagerDefinition; with arguments, a decorator that makes it.

    Example:
        >>> @io_manager(config_schema={"folder": str})
        ... def files(init_context):
        ...     return Files(init_context.resource_config["folder"])
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return IOManagerDefinition(config_schema)

    def decorate(fn: Callable[..., Any]) -> IOManagerDefinition:
        return IOManagerDefinition(
            fn, config_schema, description, required_resource_keys, version, input_config_schema, output_config_schema
        )

    return decorate


def check_io_manager(value: Any, key: str) -> Any:
    """``value`` itself, if it can store and load.

    Raises:
        DagsterInvalidDefinitionError: it lacks ``handle_output`` or ``load_input``.
    """
    if not callable(getattr(value, "handle_output", None)):
        raise DagsterInvalidDefinitionError(
            f"the resource {key!r} is used as an IO manager, but {type(value).__name__} has no handle_output(); "
            "it needs handle_output(context, obj) and load_input(context)",
            resource_key=key,
        )
    return check_input_manager(value, key)
