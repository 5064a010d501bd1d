"""Loaders: how run config becomes the value of an input whose type no config can hold plainly."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path as FilePath
from typing import Any

from watchbell.declare.config.config_schema import Array, Field, Noneable, field_of
from watchbell.declare.config.config_type import ConfigType
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass


class DagsterTypeLoader(ABC):
    """Makes values of a type out of run config; to be subclassed, or made by :func:`dagster_type_loader`."""

    @property
    @abstractmethod
    def schema_type(self) -> ConfigType:
        """The config it takes."""

    @abstractmethod
    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """The value for some config.

        Args:
            context: a :class:`DagsterTypeLoaderContext`.
            config_value: the config, checked and with defaults.
        """

    def required_resource_keys(self) -> frozenset[str]:
        """The resources it takes as ``context.resources.<key>``."""
        return frozenset()

    @property
    def config_field(self) -> Field:
        """The config it takes, as a schema's entry."""
        return Field(self.schema_type)


class _FunctionLoader(DagsterTypeLoader):
    """A loader made of a function."""

    def __init__(self, entry: Field, fn: Callable[[Any, Any], Any], keys: frozenset[str]) -> None:
        self._entry = entry
        self._fn = fn
        self._keys = keys

    @property
    def schema_type(self) -> ConfigType:
        """The config it takes."""
        return self._entry.config_type

    @property
    def config_field(self) -> Field:
        """The config it takes, as a schema's entry."""
        return self._entry

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """What the function returns."""
        return self._fn(context, config_value)

    def required_resource_keys(self) -> frozenset[str]:
        """The resources the function takes."""
        return self._keys


def dagster_type_loader(
    config_schema: Any, required_resource_keys: AbstractSet[str] | None = None
) -> Callable[[Callable[[Any, Any], Any]], DagsterTypeLoader]:
    """Makes a loader of a function ``(context, config) -> value``; for ``DagsterType(loader=...)``.

    An input of such a type that nothing is connected to takes its value from run config, under
    ``ops: <op>: inputs: <input>:``.

    Args:
        config_schema: config that the function takes; see :class:`Field`.
        required_resource_keys: resources it takes as ``context.resources.<key>``.

    Returns:
        A decorator that makes the loader.

    Raises:
        DagsterInvalidConfigDefinitionError: the schema is none.

    Example:
        >>> @dagster_type_loader({"rows": int})
        ... def table_of_size(context, config):
        ...     return list(range(config["rows"]))
        >>> table_of_size.construct_from_config_value(None, {"rows": 2})
        [0, 1]
    """
    entry = field_of(config_schema)
    keys = frozenset(required_resource_keys or ())

    def decorate(fn: Callable[[Any, Any], Any]) -> DagsterTypeLoader:
        if not callable(fn):
            raise ParameterCheckError(f"@dagster_type_loader(...) is put on a function, not on {fn!r}", parameter="fn")
        return _FunctionLoader(entry, fn, keys)

    return decorate


class OptionalLoader(DagsterTypeLoader):
    """Loads None as None, all else by another loader.

    Args:
        inner: the other loader.
    """

    def __init__(self, inner: DagsterTypeLoader) -> None:
        self._inner = inner

    @property
    def schema_type(self) -> ConfigType:
        """The inner config, or None."""
        return Noneable(self._inner.schema_type)

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """None, or the inner value."""
        return None if config_value is None else self._inner.construct_from_config_value(context, config_value)

    def required_resource_keys(self) -> frozenset[str]:
        """The inner loader's."""
        return frozenset(self._inner.required_resource_keys())


class ListLoader(DagsterTypeLoader):
    """Loads a list, item by item, by another loader.

    Args:
        inner: the other loader.
    """

    def __init__(self, inner: DagsterTypeLoader) -> None:
        self._inner = inner

    @property
    def schema_type(self) -> ConfigType:
        """A list of the inner config."""
        return Array(self._inner.schema_type)

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """The inner values."""
        return [self._inner.construct_from_config_value(context, each) for each in config_value]

    def required_resource_keys(self) -> frozenset[str]:
        """The inner loader's."""
        return frozenset(self._inner.required_resource_keys())


class _JsonFileLoader(DagsterTypeLoader):
    """Loads the value in a JSON file, named in config as ``{"json": {"path": ...}}``."""

    @property
    def schema_type(self) -> ConfigType:
        """The file."""
        return field_of({"path": str}).config_type

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """What the file holds."""
        return json.loads(FilePath(config_value["path"]).read_text(encoding="utf-8"))


JSON_FILE = _JsonFileLoader()


@dataclass(frozen=True)
class ConfigToLoad:
    """Config of an input that its loader turns into the value when the step runs.

    Args:
        loader: the loader.
        config: checked and with defaults.
    """

    loader: DagsterTypeLoader
    config: Any
