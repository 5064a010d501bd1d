"""``Config``: the config of an op as a class. Only this file and those that import it load pydantic."""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from watchbell.declare.config.config_schema import Array, Field, Map, Noneable, Selector, Shape, type_of
from watchbell.declare.config.config_type import ABSENT, ANY_CONFIG, ConfigType, Path, Reading
from watchbell.declare.config.env_var import EnvVar, IntEnvVar, as_reference
from watchbell.ground.errors import (
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    DagsterInvalidInvocationError,
)
from watchbell.ground.suggest import did_you_mean


def _can_hold_reference(name: str, hint: Any) -> bool:
    if name.startswith("_"):
        return False
    text = hint if isinstance(hint, str) else ""
    plain = text.rpartition("typing.")[2] if text.startswith("typing.") else text
    if plain.startswith(("Literal[", "ClassVar")):
        return False
    return typing.get_origin(hint) not in {typing.Literal, ClassVar}


def _check_field(cls: Any, value: Any, validate: Any, info: ValidationInfo) -> Any:
    return cls._check_field(value, validate, info)


class Config(BaseModel):
    """Config of an op or asset, as a class of typed fields.

    A function takes it by a parameter ``config`` annotated with the class. Objects do not change once made; fields that
    the class does not have are refused. A field may be an ``EnvVar``, read when the run starts.

    Raises:
        pydantic.ValidationError: a value does not fit its field, when made in Python.
        DagsterInvalidConfigError: the same in a run's config.

    Example:
        >>> class LoadConfig(Config):
        ...     path: str
        ...     limit: int = 10
        >>> @op
        ... def load(config: LoadConfig):
        ...     return read(config.path, config.limit)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=False)

    _watchbell_config: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Adds a validator of the class's own fields that keeps environment variables as references.

        Fields annotated as ``Literal`` are left out: pydantic tells the classes of a union apart by them and accepts no
        such validator there. This runs before pydantic looks for validators.
        """
        super().__init_subclass__(**kwargs)
        own = [each for each, hint in inspect.get_annotations(cls).items() if _can_hold_reference(each, hint)]
        if own:
            # One name a class, since a validator replaces one of the same name that was inherited.
            unique = f"_keep_references_of_{cls.__module__}_{cls.__qualname__}"
            setattr(cls, unique, field_validator(*own, mode="wrap", check_fields=False)(_check_field))

    @classmethod
    def _check_field(cls, value: Any, validate: Any, info: ValidationInfo) -> Any:
        """Environment variables stay references: they are read, and then checked, when a run starts."""
        return value if holds_reference(value) else validate(value)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuses to change a field; names that begin with an underscore may be set."""
        if name in type(self).model_fields:
            raise DagsterInvalidInvocationError(
                f"{type(self).__name__}.{name} cannot be changed: config stays as it was made. Make another one, e.g. "
                f"config.model_copy(update={{{name!r}: ...}})"
            )
        super().__setattr__(name, value)

    @classmethod
    def to_config_type(cls) -> ConfigType:
        """The config type that reads this class."""
        return config_type_of_model(cls)

    @classmethod
    def to_config_schema(cls) -> Field:
        """The schema that describes this class."""
        return Field(cls.to_config_type())

    @classmethod
    def to_fields_dict(cls) -> dict[str, Field]:
        """The schema's entries by name."""
        return dict(ModelShape.of(cls).fields)

    @classmethod
    def from_resolved(cls, config: Mapping[str, Any]) -> Self:
        """The object for config that was read by :meth:`to_config_type`.

        Raises:
            DagsterInvalidConfigError: a validator of the class refuses it.
        """
        return model_from(cls, config)

    def to_plain_config(self) -> dict[str, Any]:
        """The same as a dict of plain values; environment variables stay names."""
        return plain_of_model(self)

    def _convert_to_config_dictionary(self) -> dict[str, Any]:
        """The same as :meth:`to_plain_config`, by the name that existing code calls."""
        return self.to_plain_config()


class PermissiveConfig(Config):
    """Config that takes other fields than those of its class too.

    Example:
        >>> class Anything(PermissiveConfig):
        ...     limit: int = 10
        >>> Anything(limit=3, colour="red").model_extra
        {'colour': 'red'}
    """

    model_config = ConfigDict(extra="allow")


class ModelShape(Shape):
    """The config type of a pydantic class: its fields' types first, then the class's own validators.

    Args:
        model: the class.
        fields: schema by the name used in config.
    """

    def __init__(self, model: type[BaseModel], fields: Mapping[str, Field]) -> None:
        super().__init__(fields, description=model.__doc__)
        self.model = model
        self.is_open = model.model_config.get("extra") == "allow"

    @staticmethod
    def of(model: type[BaseModel]) -> ModelShape:
        """The shape of a class; made once."""
        made: ModelShape | None = model.__dict__.get("__watchbell_shape__")
        if made is None:
            made = ModelShape(model, fields_of_model(model))
            type.__setattr__(model, "__watchbell_shape__", made)
        return made

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The dict with defaults filled in, once the class's validators accept it."""
        given = plain_of_model(raw) if isinstance(raw, BaseModel) else raw
        before = len(reading.mistakes)
        value = super().read(given, path, reading)
        if len(reading.mistakes) == before and not _holds_plain_reference(value, reading):
            _, mistakes = try_model(self.model, value)
            for where, message in mistakes:
                reading.wrong((*path, *where), message)
        return value


def config_type_of_model(model: type[BaseModel]) -> ConfigType:
    """The config type of a pydantic class."""
    return ModelShape.of(model)


def fields_of_model(model: type[BaseModel]) -> dict[str, Field]:
    """Schema entries of a pydantic class, by the name used in config (the alias, where a field has one).

    Raises:
        DagsterInvalidConfigError: a default does not fit its field's type.
    """
    fields = {}
    for name, info in model.model_fields.items():
        fields[info.alias or name] = schema_field(model, name, info)
    return fields


def schema_field(model: type[BaseModel], name: str, info: FieldInfo) -> Field:
    """The schema entry of one field of a pydantic class.

    Raises:
        DagsterInvalidConfigError: its default does not fit its type.
    """
    try:
        return _field_of(info)
    except DagsterInvalidConfigError as error:
        message = f"the default of {model.__name__}.{name} does not fit its type:"
        raise DagsterInvalidConfigError(message, error.errors, error.config_value) from None


def _field_of(info: FieldInfo) -> Field:
    kind = _union_type(info.annotation, info.discriminator) if info.discriminator else _type_of(info.annotation)
    default: Any = ABSENT
    if not info.is_required() and info.default_factory is None:
        default = plain_value(info.default)
    elif info.is_required() and isinstance(kind, Noneable):
        default = None
    if default is None and not isinstance(kind, Noneable):
        kind = Noneable(kind)  # `path: str = None` says so without saying so
    required = info.is_required() and not isinstance(kind, Noneable)
    if default is not ABSENT and info.discriminator:
        default = ABSENT  # the class fills it in by itself
    return Field(kind, default, required, info.description)


def _type_of(annotation: Any) -> ConfigType:
    """The config type of a field's annotation; any value, checked by pydantic alone, where there is none."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        discriminator = next((each.discriminator for each in parts[1:] if isinstance(each, FieldInfo)), None)
        return _union_type(parts[0], discriminator) if discriminator else _type_of(parts[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return config_type_of_model(annotation)
    if origin in {list, Sequence, set, frozenset} or (origin is tuple and len(parts) == 2 and parts[1] is ...):
        return Array(_type_of(parts[0]))
    if origin in {dict, Mapping}:
        return Map(_type_of(parts[0]), _type_of(parts[1]))
    if origin in {typing.Union, types.UnionType} and type(None) in parts:
        others = [each for each in parts if each is not type(None)]
        return Noneable(_type_of(others[0]) if len(others) == 1 else ANY_CONFIG)
    try:
        return type_of(annotation)
    except DagsterInvalidConfigDefinitionError:
        return ANY_CONFIG


class _Variant(Shape):
    """One class of a union told apart by a field: that field is the selector's key and not given again."""

    def __init__(self, model: type[BaseModel], discriminator: str) -> None:
        fields = {name: each for name, each in ModelShape.of(model).fields.items() if name != discriminator}
        super().__init__(fields)


def _union_type(annotation: Any, discriminator: Any) -> ConfigType:
    """The config type of a union of classes told apart by a field: ``{"cat": {...}}`` for that of ``kind="cat"``."""
    fields = {}
    for model in typing.get_args(annotation):
        if not (isinstance(model, type) and issubclass(model, BaseModel)) or not isinstance(discriminator, str):
            return ANY_CONFIG
        for key in typing.get_args(model.model_fields[discriminator].annotation):
            fields[str(key.value if isinstance(key, enum.Enum) else key)] = Field(_Variant(model, discriminator))
    return _UnionSelector(fields, discriminator)


class _UnionSelector(Selector):
    """Reads ``{"cat": {...}}``, or the plain fields with the discriminator, as the fields with the discriminator."""

    def __init__(self, fields: Mapping[str, Field], discriminator: str) -> None:
        super().__init__(fields)
        self.discriminator = discriminator

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The fields of the chosen class, discriminator included."""
        if isinstance(raw, Mapping) and self.discriminator in raw:
            rest = {key: each for key, each in raw.items() if key != self.discriminator}
            raw = {str(raw[self.discriminator]): rest}
        chosen = super().read(raw, path, reading)
        if not chosen:
            return None
        key, inner = next(iter(chosen.items()))
        return {self.discriminator: key, **(inner or {})}


def holds_reference(value: Any) -> bool:
    """Whether there is an EnvVar in ``value``, also inside its dicts and lists."""
    if isinstance(value, EnvVar | IntEnvVar):
        return True
    if isinstance(value, dict):
        return any(holds_reference(each) for each in value.values())
    return isinstance(value, list | tuple) and any(holds_reference(each) for each in value)


def _holds_plain_reference(value: Any, reading: Reading) -> bool:
    """Whether environment variables are still to be read: they are when a run is only requested."""
    if reading.env is not None:
        return False
    if isinstance(value, Mapping):
        return set(value) == {"env"} or any(_holds_plain_reference(each, reading) for each in value.values())
    return isinstance(value, list) and any(_holds_plain_reference(each, reading) for each in value)


M = typing.TypeVar("M", bound=BaseModel)


def try_model(
    model: type[M], config: Mapping[str, Any], context: Mapping[str, Any] | None = None
) -> tuple[M | None, list[tuple[Path, str]]]:
    """An object of a pydantic class, or what is wrong with its fields as (path, message)."""
    try:
        return model.model_validate(dict(config), context=context), []
    except ValidationError as error:
        return None, [_mistake(model, each) for each in error.errors(include_url=False)]


def model_from(model: type[M], config: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> M:
    """An object of a pydantic class.

    Args:
        model: the class.
        config: its fields, by the names used in config.
        context: what its validators are told.

    Raises:
        DagsterInvalidConfigError: lists what is wrong.
    """
    made, mistakes = try_model(model, config, context)
    if made is None:
        reading = Reading()
        for where, message in mistakes:
            reading.wrong(("config", *where), message)
        raise DagsterInvalidConfigError(f"the config does not fit {model.__name__}:", reading.mistakes)
    return made


def _mistake(model: type[BaseModel], error: Any) -> tuple[Path, str]:
    where = tuple(str(each) for each in error["loc"])
    if error["type"] == "extra_forbidden" and len(where) == 1:
        return where, f"unknown entry{did_you_mean(where[0], model.model_fields)}"
    # The value given is left out of the message: it may have come from an environment variable.
    return where, str(error["msg"])


def plain_of_model(model: BaseModel) -> dict[str, Any]:
    """A pydantic object as config: plain values, enums by name, environment variables as references."""
    plain = {}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if value is None and not info.is_required():
            continue
        shown = plain_value(value)
        if info.discriminator and isinstance(info.discriminator, str) and isinstance(shown, dict):
            key = shown.pop(info.discriminator)
            shown = {str(key): shown}
        plain[info.alias or name] = shown
    for name, value in (model.model_extra or {}).items():
        plain[name] = plain_value(value)
    return plain


def plain_value(value: Any) -> Any:
    """A field's value as config."""
    match value:
        case EnvVar() | IntEnvVar():
            return as_reference(value)
        case enum.Enum():
            return value.name
        case BaseModel():
            return plain_of_model(value)
        case Mapping():
            return {key: plain_value(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_value(each) for each in value]
        case PurePath() | date() | time() | timedelta() | UUID() | Decimal():
            return to_jsonable_python(value)  # as pydantic reads it again: run config is stored as JSON
    return value
