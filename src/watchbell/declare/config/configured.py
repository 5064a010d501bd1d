"""``configured``: a definition whose config is given already, or made from another, simpler one."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from watchbell.declare.config.config_schema import Field, Shape, field_of
from watchbell.declare.config.config_type import ANY_CONFIG, Path, Reading
from watchbell.declare.config.env_var import references_inside
from watchbell.declare.config.run_config_value import config_of
from watchbell.declare.graphs.function import is_config_class
from watchbell.ground.errors import (
    DagsterConfigMappingFunctionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class OuterConfig:
    """How a configured definition makes the config of the definition it was made from.

    Args:
        fn: outer config -> inner config.
        inner: the inner definition's entry; None if it takes no config.
        what: the configured definition, for messages.
        config_class: the ``Config`` class that the function takes; None: plain values.
    """

    fn: Callable[[Any], Any]
    inner: Field | None
    what: str
    config_class: Any = None

    def apply(self, value: Any, path: Path, reading: Reading) -> Any:
        """The inner config for an outer one; notes mistakes of the inner config under the outer's path.

        Raises:
            DagsterConfigMappingFunctionError: the user's function raised.
        """
        if reading.mistakes or (reading.env is None and holds_reference(value)):
            return None  # of what comes from the environment the function is told when the run starts
        inner = called(self.fn, value, self.config_class, f"the function that configures {self.what}")
        if self.inner is None:
            return inner
        return self.inner.read(inner, path, reading)


def holds_reference(value: Any) -> bool:
    """Whether config that was read without an environment waits for one."""
    if isinstance(value, Mapping):
        return set(value) == {"env"} or any(holds_reference(each) for each in value.values())
    return isinstance(value, list) and any(holds_reference(each) for each in value)


def called(fn: Callable[[Any], Any], value: Any, config_class: Any, what: str) -> Any:
    """What a user's function from config to config returns, as plain config.

    Args:
        fn: the function.
        value: the config it is given, read already.
        config_class: the ``Config`` class it takes; None: plain values.
        what: the function, for the message.

    Raises:
        DagsterConfigMappingFunctionError: it raised.
    """
    given = value if config_class is None else config_class.from_resolved(value or {})
    try:
        returned = fn(given)
    except Exception as error:
        raise DagsterConfigMappingFunctionError(
            f"{what} raised {type(error).__name__}: {error}", user_exception=error
        ) from error
    plain = config_of(returned)
    return references_inside(returned) if plain is None else plain


def config_class_of(fn: Callable[..., Any]) -> Any:
    """The ``Config`` class that a function's first parameter is annotated with; None if it is something else."""
    try:
        hints = typing.get_type_hints(fn)
        parameters = list(inspect.signature(fn).parameters)
    except (TypeError, ValueError, NameError):  # a builtin, or an annotation that cannot be resolved
        return None
    kind = hints.get(parameters[0]) if parameters else None
    return kind if is_config_class(kind) else None


def configured_name(of: str, name: str | None, config_or_fn: Any) -> str:
    """Name of a configured op or graph.

    Raises:
        DagsterInvalidDefinitionError: none is given, and it is not configured by a function with a name.
    """
    chosen = name or getattr(config_or_fn, "__name__", None)
    if chosen is None:
        raise DagsterInvalidDefinitionError(
            f"{of!r}: .configured() needs name=, since two of one name cannot be told apart"
        )
    return str(chosen)


def configured_field(inner: Field | None, config_or_fn: Any, config_schema: Any, what: str) -> Field:
    """The config entry of a definition made by ``.configured(...)``.

    Args:
        inner: entry of the definition that is configured.
        config_or_fn: its config (plain, or a ``Config`` object), or a function from outer to inner config.
        config_schema: schema of the outer config, for a function; left out: the ``Config`` class that the function's
            parameter is annotated with, else any config.
        what: the definition, for messages.

    Raises:
        DagsterInvalidConfigError: the config does not fit.
    """
    plain = config_of(config_or_fn)
    if plain is None and callable(config_or_fn):
        config_class = config_class_of(config_or_fn)
        schema = config_class if config_schema is None else config_schema
        outer = Field(ANY_CONFIG, is_required=False) if schema is None else field_of(schema)
        return outer.mapped(OuterConfig(config_or_fn, inner, what, config_class))
    fixed = references_inside(config_or_fn) if plain is None else plain
    if inner is not None and inner.mapping is None:
        inner.resolve(fixed, what)
    elif inner is not None:
        _check_outer(inner, fixed, what)
    return Field(Shape({})).mapped(OuterConfig(lambda _nothing: fixed, inner, what))


def _check_outer(inner: Field, fixed: Any, what: str) -> None:
    """Checks config for a definition that is configured by a function already, without calling that function."""
    reading = Reading()
    inner.config_type.read(fixed, ("config",), reading)
    if reading.mistakes:
        raise DagsterInvalidConfigError(f"the config of {what} does not fit:", reading.mistakes, fixed)


def configured(configurable: Any, config_schema: Any = None, **kwargs: Any) -> Callable[[Any], Any]:
    """Makes a definition of another one and a function from its new, simpler config to the other's.

    Args:
        configurable: an op, graph, resource, IO manager, executor or logger.
        config_schema: schema of the new config; left out: the ``Config`` class that the function's parameter is
            annotated with, else any config.
        kwargs: ``name`` (left out: the function's) and ``description`` (left out: the other definition's).

    Returns:
        A decorator for the function ``new config -> config``, which makes the definition. Called with config instead,
        it makes the definition with this config fixed.

    Raises:
        DagsterInvalidInvocationError: ``configurable`` is a class, which has its fields for that.
        ParameterCheckError: it takes no config at all.

    Example:
        >>> @op(config_schema={"path": str, "limit": int})
        ... def load(context):
        ...     return context.op_config
        >>> @configured(load, config_schema={"day": str})
        ... def load_day(config):
        ...     return {"path": f"/data/{config['day']}.csv", "limit": 100}
        >>> load_day.name
        'load_day'
    """
    make = getattr(configurable, "configured", None)
    if isinstance(configurable, type):
        raise DagsterInvalidInvocationError(
            f"configured({configurable.__name__}): a class is not configured but subclassed, or made with its fields"
        )
    if make is None:
        raise ParameterCheckError(
            f"configured() takes an op, graph, resource, IO manager, executor or logger, not {configurable!r}",
            parameter="configurable",
        )

    def decorate(config_or_fn: Any) -> Any:
        given: Mapping[str, Any] = {"config_schema": config_schema, **kwargs}
        if "name" in inspect.signature(make).parameters and callable(config_or_fn):
            given = {"name": config_or_fn.__name__, **given}
        return make(config_or_fn, **given)

    return decorate
