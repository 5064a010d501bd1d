"""Config schemas as values: what config is accepted, and every mistake in what was given.

A schema is a tree of config types. Reading walks config and schema together once: it collects mistakes with
their place, fills in defaults, and (at launch only) environment variables.
"""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from watchbell.declare.config.config_type import (
    ABSENT,
    ANY_CONFIG,
    BOOL,
    FLOAT,
    INT,
    STRING,
    AnyConfig,
    Choice,
    ConfigType,
    Environment,
    Path,
    Reading,
    shown,
)
from watchbell.declare.config.data_type import ANY, DagsterType
from watchbell.declare.config.env_var import references_inside
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass


class Noneable:
    """A type, or None.

    Args:
        inner_type: the type; anything a schema can be made from.

    Example:
        >>> Field(Noneable(int)).resolve(None, "op 'load'") is None
        True
    """

    def __init__(self, inner_type: object) -> None:
        self.inner: ConfigType = type_of(inner_type)

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"{self.inner.label} | None"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """None, or what the inner type reads."""
        return None if raw is None else self.inner.read(raw, path, reading)


class Array:
    """A list of values of one type.

    Args:
        inner_type: type of the items; anything a schema can be made from.
    """

    def __init__(self, inner_type: object) -> None:
        self.inner: ConfigType = type_of(inner_type)

    @property
    def inner_type(self) -> ConfigType:
        """Type of the items."""
        return self.inner

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"[{self.inner.label}]"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The list, item by item."""
        if not isinstance(raw, list | tuple):
            reading.wrong(path, f"expected a list {self.label}, found {shown(raw)}")
            return None
        return [self.inner.read(each, (*path, str(at)), reading) for at, each in enumerate(raw)]


class Map:
    """A dict with any keys of one type and values of another.

    Args:
        key_type: ``str``, ``int``, ``float`` or ``bool``.
        inner_type: type of the values; anything a schema can be made from.
        key_label_name: what the keys are, for people.
    """

    def __init__(self, key_type: object, inner_type: object, key_label_name: str | None = None) -> None:
        self.key: ConfigType = type_of(key_type)
        self.inner: ConfigType = type_of(inner_type)
        self.key_label_name = self.given_name = key_label_name

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"{{[{self.key_label_name or self.key.label}]: {self.inner.label}}}"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The dict, value by value."""
        if not isinstance(raw, Mapping):
            reading.wrong(path, f"expected a dict {self.label}, found {shown(raw)}")
            return None
        return {
            self.key.read(key, (*path, str(key)), reading): self.inner.read(each, (*path, str(key)), reading)
            for key, each in raw.items()
        }


class Shape:
    """A dict with known keys.

    Args:
        fields: key -> Field, or anything a Field can be made from.
        description: free text.
        field_aliases: key -> the other name it may be given by.

    Example:
        >>> Shape({"path": str, "limit": Field(int, default_value=10)}).label
        '{path: String, limit?: Int}'
    """

    is_open = False

    def __init__(
        self,
        fields: Mapping[str, Any],
        description: str | None = None,
        field_aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.fields: dict[str, Field] = {key: field_of(each, (str(key),)) for key, each in fields.items()}
        self.description = description
        self.field_aliases = dict(field_aliases or {})

    @property
    def label(self) -> str:
        """How messages call it."""
        shown = [
            f"{key}{'' if each.is_required else '?'}: {each.config_type.label}" for key, each in self.fields.items()
        ]
        return "{" + ", ".join([*shown, *(["..."] if self.is_open else [])]) + "}"

    @property
    def is_optional(self) -> bool:
        """Whether an empty dict is accepted."""
        return not any(each.is_required for each in self.fields.values())

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The dict with defaults filled in."""
        if not isinstance(raw, Mapping):
            reading.wrong(path, f"expected a dict {self.label}, found {shown(raw)}")
            return None
        by_alias: dict[Any, Any] = {alias: key for key, alias in self.field_aliases.items()}
        given = {by_alias.get(key, key): each for key, each in raw.items()}
        value = {}
        for key, each in given.items():
            if key in self.fields:
                value[key] = _read_entry(self.fields[key], each, (*path, str(key)), reading)
            elif self.is_open:
                value[key] = ANY_CONFIG.read(each, (*path, str(key)), reading)
            else:
                hint = did_you_mean(str(key), self.fields) if self.fields else "; nothing is accepted here"
                reading.wrong((*path, str(key)), f"unknown entry{hint}")
        for key, each in self.fields.items():
            if key not in given:
                filled = each.read_absent((*path, key), reading)
                if filled is not ABSENT:
                    value[key] = filled
        return value


def _read_entry(entry: Field, raw: Any, path: Path, reading: Reading) -> Any:
    if not entry.is_secret:
        return entry.config_type.read(raw, path, reading)
    inner = Reading(reading.env)
    value = entry.config_type.read(raw, path, inner)
    for mistake in inner.mistakes:
        reading.wrong(mistake.path, f"the secret value does not fit; expected {entry.config_type.label}")
    return value


class Permissive(Shape):
    """A dict with some known keys and any others.

    Args:
        fields: key -> Field, or anything a Field can be made from.
        description: free text.
    """

    is_open = True

    def __init__(self, fields: Mapping[str, Any] | None = None, description: str | None = None) -> None:
        super().__init__(fields or {}, description)


class Selector:
    """A dict with exactly one of some keys.

    Args:
        fields: key -> Field, or anything a Field can be made from.
        description: free text.
    """

    def __init__(self, fields: Mapping[str, Any], description: str | None = None) -> None:
        self.fields: dict[str, Field] = {key: field_of(each, (str(key),)) for key, each in fields.items()}
        self.description = description

    @property
    def label(self) -> str:
        """How messages call it."""
        return "{" + " | ".join(f"{key}: {each.config_type.label}" for key, each in self.fields.items()) + "}"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """A dict with the one key."""
        given = {raw: ABSENT} if isinstance(raw, str) and raw in self.fields else raw
        if given == {} and len(self.fields) == 1:
            given = dict.fromkeys(self.fields, ABSENT)  # the one there is
        if not isinstance(given, Mapping) or len(given) != 1:
            reading.wrong(path, f"expected a dict with exactly one of {', '.join(self.fields)}, found {shown(raw)}")
            return None
        key, inner = next(iter(given.items()))
        if key not in self.fields:
            reading.wrong((*path, str(key)), f"unknown entry{did_you_mean(str(key), self.fields)}")
            return None
        if inner is ABSENT or (inner is None and not isinstance(self.fields[key].config_type, Noneable | AnyConfig)):
            value = self.fields[key].read_absent((*path, key), reading)
            return {key: {} if value is ABSENT else value}
        return {key: self.fields[key].config_type.read(inner, (*path, key), reading)}


@dataclass(frozen=True, init=False, eq=False)
class Field:
    """An entry of a config schema.

    Args:
        config: its type: ``int``, ``str``, ``{...}``, ``[...]``, a config type …
        default_value: value if the entry is left out.
        is_required: whether it must be given; by default it must unless it has a default or all inside it is optional.
        description: free text.
        is_secret: whether messages about mistakes leave the value out.

    Raises:
        DagsterInvalidConfigDefinitionError: no schema can be made from ``config``.
        ParameterCheckError: required although it has a default.
        DagsterInvalidConfigError: the default is not of the type.

    Example:
        >>> Field(int, default_value=10, description="rows at once").resolve(3, "op 'load'")
        3
    """

    config_type: ConfigType
    default: Any
    is_required: bool
    description: str | None
    is_secret: bool
    # How `configured` makes the inner definition's config of this one's; has `apply(value, path, reading)`.
    mapping: Any = field(default=None)

    def __init__(
        self,
        config: Any,
        default_value: Any = ABSENT,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool = False,
    ) -> None:
        kind = ANY_CONFIG if config is None else type_of(config)
        optional_inside = isinstance(kind, Noneable) or (isinstance(kind, Shape) and kind.is_optional)
        required = default_value is ABSENT and not optional_inside if is_required is None else is_required
        if isinstance(kind, Noneable) and is_required is None and default_value is ABSENT:
            default_value = None
        if required and default_value is not ABSENT:
            raise ParameterCheckError("a Field is required although it has a default value; drop one of the two")
        put = object.__setattr__
        put(self, "config_type", kind)
        put(self, "default", ABSENT if default_value is ABSENT else references_inside(default_value))
        put(self, "is_required", required)
        put(self, "description", description)
        put(self, "is_secret", is_secret)
        put(self, "mapping", None)
        reading = Reading()
        if default_value is not ABSENT:
            kind.read(self.default, ("default_value",), reading)
        if reading.mistakes:
            message = "the default value of a Field does not fit its type:"
            raise DagsterInvalidConfigError(message, reading.mistakes, default_value)

    def __repr__(self) -> str:
        default = "" if self.default is ABSENT else f", default_value={self.default!r}"
        return f"Field({self.config_type.label}{default}{'' if self.is_required else ', is_required=False'})"

    @property
    def has_default(self) -> bool:
        """Whether it has a default value."""
        return self.default is not ABSENT

    @property
    def default_provided(self) -> bool:
        """The same as :attr:`has_default`."""
        return self.has_default

    @property
    def default_value_as_json_str(self) -> str:
        """Its default value as JSON.

        Raises:
            CheckError: it has none.
        """
        if self.default is ABSENT:
            raise CheckError("the Field has no default value")
        return json.dumps(self.default)

    @property
    def default_value(self) -> Any:
        """Its default value; None without one."""
        return None if self.default is ABSENT else self.default

    def read_absent(self, path: Path, reading: Reading) -> Any:
        """The value if nothing is given: the default, what the inside fills in, or nothing at all."""
        if self.has_default:
            return self.config_type.read(self.default, path, reading)
        if self.is_required:
            reading.wrong(path, f"missing; expected {self.config_type.label}")
            return None
        if isinstance(self.config_type, Shape) and self.config_type.is_optional:
            return self.config_type.read({}, path, reading)
        return ABSENT

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The value for ``raw``, mapped if the definition was configured; ``ABSENT`` raw means nothing was given."""
        value = self.read_absent(path, reading) if raw is ABSENT else self.config_type.read(raw, path, reading)
        if self.mapping is None:
            return None if value is ABSENT else value
        return self.mapping.apply(None if value is ABSENT else value, path, reading)

    def resolve(self, raw: Any, what: str, env: Environment | None = None, path: Path = ("config",)) -> Any:
        """The value for ``raw``.

        Args:
            raw: the config given; :data:`ABSENT` for none.
            what: whose config, for the message, e.g. ``"op 'load'"``.
            env: looks up environment variables; None: references are kept.
            path: where the config stands.

        Raises:
            DagsterInvalidConfigError: lists every mistake.
        """
        reading = Reading(env)
        value = self.read(raw, path, reading)
        if reading.mistakes:
            raise DagsterInvalidConfigError(f"the config of {what} does not fit:", reading.mistakes, raw)
        return value

    def mapped(self, mapping: Any) -> Field:
        """The same entry whose value is mapped to the config of an inner definition."""
        made = Field(self.config_type, self.default, self.is_required, self.description, self.is_secret)
        object.__setattr__(made, "mapping", mapping)
        return made


class ConfigSchema:
    """What a parameter ``config_schema`` takes, as an annotation: a Field, a config type, a Python type, a dict …

    Never made: any of those values stands for itself.

    Raises:
        DagsterInvalidConfigDefinitionError: always, when called.

    Example:
        >>> def op_with(config_schema: ConfigSchema): ...
    """

    def __init__(self) -> None:
        raise DagsterInvalidConfigDefinitionError(
            "ConfigSchema is an annotation; write the schema itself, such as {'limit': int} or Field(int)"
        )


UserConfigSchema = ConfigSchema

_PLAIN: dict[Any, ConfigType] = {str: STRING, int: INT, float: FLOAT, bool: BOOL, Any: ANY_CONFIG, object: ANY_CONFIG}


def field_of(schema: Any, path: Path = ()) -> Field:
    """The entry that ``schema`` stands for: a Field, or what the first argument of one may be.

    Raises:
        DagsterInvalidConfigDefinitionError: it stands for none.
    """
    return schema if isinstance(schema, Field) else Field(type_of(schema, path))


def type_of(schema: Any, path: Path = ()) -> ConfigType:
    """The config type that ``schema`` stands for.

    Args:
        schema: a config type, ``str``/``int``/``float``/``bool``/``Any``, ``list``/``dict``, ``{key: schema}``,
            ``{type: schema}`` with one type as key, ``[schema]``, or an annotation of these.
        path: where it stands in a larger schema, for the message.

    Raises:
        DagsterInvalidConfigDefinitionError: it stands for none.
    """
    try:
        plain = _PLAIN.get(schema)
    except TypeError:  # a dict or list
        plain = None
    if plain is not None:
        return plain
    if schema is dict:
        return Permissive()
    if schema is list:
        return Array(ANY_CONFIG)
    if isinstance(schema, Mapping):
        return _mapping_type(schema, path)
    if isinstance(schema, list):
        if len(schema) != 1:
            raise _no_schema(schema, path, "a list in a schema holds the one type of its items")
        return Array(type_of(schema[0], (*path, "0")))
    if isinstance(schema, DagsterType):
        return ANY_CONFIG if schema is ANY else type_of(schema.typing_type, path)
    if isinstance(schema, Field):
        return schema.config_type
    if hasattr(schema, "read") and hasattr(schema, "label"):
        return typing.cast("ConfigType", schema)
    to_config_type = getattr(schema, "to_config_type", None)  # a Config class
    if callable(to_config_type):
        return typing.cast("ConfigType", to_config_type())
    return _annotation_type(schema, path)


def _mapping_type(schema: Mapping[Any, Any], path: Path) -> ConfigType:
    if len(schema) == 1:
        key, inner = next(iter(schema.items()))
        if isinstance(key, type):
            return Map(key, type_of(inner, path))
    for key in schema:
        if not isinstance(key, str):
            raise _no_schema(schema, path, f"its key {key!r} is no text")
    return Shape({key: field_of(each, (*path, key)) for key, each in schema.items()})


def _annotation_type(schema: Any, path: Path) -> ConfigType:
    origin, parts = typing.get_origin(schema), typing.get_args(schema)
    if origin in {list, Sequence, set, tuple} and parts:
        return Array(type_of(parts[0], path))
    if origin in {dict, Mapping} and len(parts) == 2:
        return Map(type_of(parts[0], path), type_of(parts[1], path))
    if origin in {typing.Union, types.UnionType} and type(None) in parts:
        others = [each for each in parts if each is not type(None)]
        if len(others) == 1:
            return Noneable(type_of(others[0], path))
    if origin is typing.Literal:
        return Choice(f"{list(parts)}", {each: each for each in parts})
    if isinstance(schema, type) and issubclass(schema, enum.Enum):
        return Choice(schema.__name__, {each.name: each for each in schema})
    raise _no_schema(schema, path, "")


def _no_schema(schema: Any, path: Path, why: str) -> DagsterInvalidConfigDefinitionError:
    where = f" at {':'.join(path)}" if path else ""
    return DagsterInvalidConfigDefinitionError(
        f"{schema!r}{where} is no config schema{f': {why}' if why else ''}; expected int, float, bool, "
        "str, Any, list, dict, {key: schema}, [schema], Field, Noneable, Array, Map, Shape, Permissive, Selector or a "
        "Config class"
    )
