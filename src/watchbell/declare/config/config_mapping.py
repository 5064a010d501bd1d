"""Config mappings: one small config for a whole graph or job, and the function that makes all of its config of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, overload

from watchbell.declare.config.config_schema import Field, Shape, field_of
from watchbell.declare.config.config_type import ABSENT, ANY_CONFIG, Path, Reading
from watchbell.declare.config.configured import (
    called,
    config_class_of,
    configured_field,
    configured_name,
    holds_reference,
)
from watchbell.declare.config.env_var import references_inside
from watchbell.declare.config.run_config_value import RunConfig, plain_run_config
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass


@dataclass(frozen=True, init=False, eq=False)
class ConfigMapping:
    """A function from the config of a graph or job to the config of what is inside.

    Args:
        config_fn: takes the config; of a graph it returns ``{op name: {"config": ...}}``, of a job a whole run config
            (a dict or a RunConfig).
        config_schema: schema of the config it takes; None: any config.
        receive_processed_config_values: whether it is given the config with defaults and environment variables filled
            in (True, or None) or as it was written.

    Raises:
        ParameterCheckError: ``config_fn`` is no function.

    Example:
        >>> @op(config_schema={"limit": int})
        ... def load(context):
        ...     return context.op_config["limit"]
        >>> @graph(config=ConfigMapping(lambda size: {"load": {"config": {"limit": size * 10}}}, int))
        ... def whole():
        ...     return load()
        >>> @job
        ... def nightly():
        ...     whole()
        >>> run_config = {"ops": {"whole": {"config": 2}}}
        >>> nightly.execute_in_process(run_config).output_for_node("whole.load")
        20
    """

    config_fn: Callable[[Any], Any]
    config_field: Field
    receive_processed_config_values: bool | None
    config_class: Any

    def __init__(
        self,
        config_fn: Callable[[Any], Any],
        config_schema: Any = None,
        receive_processed_config_values: bool | None = None,
    ) -> None:
        if not callable(config_fn):
            raise ParameterCheckError(
                f"config_fn of a ConfigMapping is a function, not {config_fn!r}", parameter="config_fn"
            )
        config_class = config_class_of(config_fn)
        schema = config_class if config_schema is None else config_schema
        put = object.__setattr__
        put(self, "config_fn", config_fn)
        put(self, "config_class", config_class)
        put(self, "config_field", Field(ANY_CONFIG, is_required=False) if schema is None else field_of(schema))
        put(self, "receive_processed_config_values", receive_processed_config_values)

    @property
    def config_schema(self) -> Field:
        """Schema of the config it takes."""
        return self.config_field

    def configured(self, config_or_config_fn: Any, config_schema: Any, what: str) -> ConfigMapping:
        """The mapping with its config given, or mapped from another; see ``GraphDefinition.configured``."""
        entry = configured_field(self.config_field, config_or_config_fn, config_schema, what)
        made = ConfigMapping(self.config_fn, entry, None)
        object.__setattr__(made, "config_class", self.config_class)
        return made

    def read(self, raw: Any, path: Path, reading: Reading, what: str) -> Any:
        """The config of what is inside; None if the config given does not fit, or must wait for the environment.

        Args:
            raw: the config given; ``ABSENT`` for none.
            path: where it stands.
            reading: takes mistakes.
            what: the graph or job, for messages.

        Raises:
            DagsterConfigMappingFunctionError: the user's function raised.
        """
        before = len(reading.mistakes)
        if raw is None and self.config_field.config_type is not ANY_CONFIG:
            raw = ABSENT
        own = Reading(reading.env)
        value = self.config_field.read(raw, path, own)
        reading.mistakes.extend(own.mistakes)
        if len(reading.mistakes) > before or (reading.env is None and holds_reference(value)):
            return None
        if self.receive_processed_config_values is False and self.config_field.mapping is None:
            value = None if raw is ABSENT else references_inside(raw)
        return called(self.config_fn, value, self.config_class, f"the config mapping of {what}")


@overload
def config_mapping(config_fn: Callable[..., Any]) -> ConfigMapping: ...


@overload
def config_mapping(
    *, config_schema: Any = ..., receive_processed_config_values: bool | None = ...
) -> Callable[[Callable[..., Any]], ConfigMapping]: ...


def config_mapping(
    config_fn: Any = None,
    *,
    config_schema: Any = None,
    receive_processed_config_values: bool | None = None,
) -> Any:
    """Makes a ConfigMapping of a function, for ``@graph(config=...)`` and ``@job(config=...)``.

    Args:
        config_fn: the function, when used without parentheses.
        config_schema: schema of the config it takes; left out: the ``Config`` class that its parameter is annotated
            with, else any config.
        receive_processed_config_values: False: the function is given the config as it was written.

    Returns:
        The ConfigMapping; with arguments, a decorator that makes it.

    Example:
        >>> @op(config_schema={"limit": int})
        ... def load(context):
        ...     return context.op_config["limit"]
        >>> @config_mapping(config_schema={"size": int})
        ... def sized(config):
        ...     return {"ops": {"load": {"config": {"limit": config["size"] * 10}}}}
        >>> @job(config=sized)
        ... def nightly():
        ...     load()
        >>> nightly.execute_in_process({"size": 2}).output_for_node("load")
        20
    """
    if config_fn is not None:
        return ConfigMapping(config_fn, config_schema, receive_processed_config_values)
    return lambda fn: ConfigMapping(fn, config_schema, receive_processed_config_values)


def graph_mapping(config: Any, what: str) -> ConfigMapping | None:
    """What ``@graph(config=...)`` means: a mapping, or fixed config of the ops inside.

    Raises:
        DagsterInvalidDefinitionError: it is neither.
    """
    if config is None or isinstance(config, ConfigMapping):
        return config
    fixed = config.ops if isinstance(config, RunConfig) else config
    if not isinstance(fixed, Mapping):
        raise DagsterInvalidDefinitionError(
            f"{what}: config= is a dict of the config of its ops, or a ConfigMapping, not {config!r}"
        )
    plain = (plain_run_config(RunConfig(ops=fixed), f"config of {what}") or {})["ops"]
    return ConfigMapping(lambda _nothing: plain, Field(Shape({})))


class HasMapping(Protocol):
    """A graph, as far as its config goes."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def config_mapping(self) -> ConfigMapping | None:
        """Makes the config of its nodes of its own; None: it has none of its own."""


def configured_mapping(
    graph: HasMapping, config_or_fn: Any, name: str | None, config_schema: Any
) -> tuple[str, ConfigMapping]:
    """Name and mapping of a configured graph.

    Args:
        graph: the graph.
        config_or_fn: its config, or a function from the new config to it.
        name: name of the new graph; None: the function's.
        config_schema: schema of the new config, for a function.

    Raises:
        DagsterInvalidDefinitionError: the graph has no config of its own, or there is no name.
        DagsterInvalidConfigError: the config does not fit.
    """
    if graph.config_mapping is None:
        raise DagsterInvalidDefinitionError(
            f"graph {graph.name!r} has no config of its own, so it cannot be configured; give it one with "
            "@graph(config=ConfigMapping(...))"
        )
    chosen = configured_name(graph.name, name, config_or_fn)
    return chosen, graph.config_mapping.configured(config_or_fn, config_schema, f"graph {chosen!r}")


def mapped_run_config(mapping: ConfigMapping, given: Mapping[str, Any], reading: Reading, what: str) -> Any:
    """The whole run config of a job with a mapping.

    Args:
        mapping: the job's.
        given: the run config given: the mapping's own config.
        reading: takes mistakes.
        what: the job, for messages.

    Returns:
        A plain dict; None if the config does not fit.

    Raises:
        DagsterConfigMappingFunctionError: the user's function raised.
        ParameterCheckError: it returned no run config.
    """
    made = mapping.read(given or ABSENT, (), reading, what)
    if made is None:
        return None
    return plain_run_config(made, f"what the config mapping of {what} returned")
