"""The wire format: values of ours as JSON text and back, for the database and between processes.

A registered class is written as ``{"$": kind, field: value, …}``; fields that hold their default are
left out, so a field added later with a default reads old text, and a field that is gone is ignored.
Only registered kinds are built on reading: text from elsewhere can make no other object.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from watchbell.ground.errors import DagsterError

Plain = Any  # what json can write
T = TypeVar("T")


class WireError(DagsterError, ValueError):
    """A value that cannot be written, or text that cannot be read."""


WIRE_FIELDS = "__wire_fields__"
"""A class that is no dataclass names so what it is written as: attributes that its constructor takes."""


class _Shape:
    """How one registered class is written: its fields, their defaults, which of them are tuples."""

    __slots__ = ("cls", "fields", "kind", "tuples")

    def __init__(self, kind: str, cls: type) -> None:
        self.kind = kind
        self.cls = cls
        self.tuples: frozenset[str] = frozenset()
        self.fields: list[tuple[str, object]] = [(name, _NO_DEFAULT) for name in cls.__dict__.get(WIRE_FIELDS, ())]
        if self.fields:
            return
        shown = [f for f in fields(cls) if f.init and not f.metadata.get("unwired")]
        self.fields = [(f.name, _default_of(f)) for f in shown]
        self.tuples = frozenset(f.name for f in shown if str(f.type).startswith("tuple"))


_NO_DEFAULT = object()


def _default_of(item: Field[Any]) -> object:
    if item.default is not MISSING:
        return item.default
    if item.default_factory is not MISSING:
        return item.default_factory()
    return _NO_DEFAULT


_shape_of_class: dict[type, _Shape] = {}
_shape_of_kind: dict[str, _Shape] = {}
_enum_of_kind: dict[str, type[Enum]] = {}
_kind_of_enum: dict[type, str] = {}


def wired(kind: str) -> Callable[[type[T]], type[T]]:
    """Registers a dataclass (an Enum, a class with ``WIRE_FIELDS``) under a name that stays the same for ever.

    Args:
        kind: the name on the wire; unique.

    Raises:
        WireError: the name is taken by another class.
    """

    def register(cls: type[T]) -> type[T]:
        if kind in _shape_of_kind or kind in _enum_of_kind:
            raise WireError(f"the wire kind {kind!r} is taken")
        if issubclass(cls, Enum):
            _enum_of_kind[kind] = cls
            _kind_of_enum[cls] = kind
        else:
            shape = _Shape(kind, cls)
            _shape_of_class[cls] = _shape_of_kind[kind] = shape
        return cls

    return register


def to_plain(value: object) -> Plain:
    """``value`` as something JSON can write.

    Raises:
        WireError: it holds an object of a class that is not registered.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$": "float", "v": repr(value)}  # type: ignore[arg-type]
    shape = _shape_of_class.get(kind)
    if shape is not None:
        return _object_to_plain(value, shape)
    enum_kind = _kind_of_enum.get(kind)
    if enum_kind is not None:
        return {"$": enum_kind, "v": value._value_}  # type: ignore[attr-defined]
    if kind is dict or isinstance(value, Mapping):
        return _mapping_to_plain(value)  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        return list(map(to_plain, value))  # type: ignore[call-overload]
    if isinstance(value, set | frozenset):
        return {"$": "set", "v": [_held_to_plain(item) for item in sorted(value, key=repr)]}
    if isinstance(value, datetime):
        return {"$": "at", "v": value.timestamp()}
    if isinstance(value, str | int | float | list | tuple):  # a subclass, such as numpy.float64 or IntEnum
        base: type = next(b for b in (str, int, float, list, tuple) if isinstance(value, b))
        return to_plain(base(value))
    raise WireError(f"a {kind.__module__}.{kind.__qualname__} cannot be stored; give text, numbers, lists or mappings")


def _object_to_plain(value: object, shape: _Shape) -> Plain:
    plain: dict[str, Plain] = {"$": shape.kind}
    for name, default in shape.fields:
        held = getattr(value, name)
        if held is default:
            continue
        kind = type(held)
        # Texts, numbers and objects of ours are nearly all that is written: no further call, and no comparison of
        # objects with a default that they cannot equal.
        if kind is str or kind is int:
            if held != default:
                plain[name] = held
        elif default is not None and default is not _NO_DEFAULT and held == default:
            continue
        elif (inner := _shape_of_class.get(kind)) is not None:
            plain[name] = _object_to_plain(held, inner)
        else:
            plain[name] = to_plain(held)
    return plain


_TEXT_ONLY = frozenset({str})
_LISTS = (list, tuple, set, frozenset, Mapping)  # written as lists or mappings, which no mapping or set could hold


def _mapping_to_plain(value: Mapping[Any, Any]) -> Plain:
    if "$" not in value and set(map(type, value)) <= _TEXT_ONLY:
        return {key: to_plain(item) for key, item in value.items()}
    return {"$": "map", "v": [[_held_to_plain(key), to_plain(item)] for key, item in value.items()]}


def _held_to_plain(value: object) -> Plain:
    """A key of a mapping or member of a set, if it can be one again when it is read."""
    if isinstance(value, _LISTS):
        raise WireError(f"a {type(value).__name__} cannot be stored as a key of a mapping or in a set; make it text")
    return to_plain(value)


def from_plain(plain: Plain) -> Any:
    """The value that :func:`to_plain` was given.

    Raises:
        WireError: a kind that is not known here, or fields that do not fit it.
    """
    kind = type(plain)
    if kind is list:
        return list(map(from_plain, plain))
    if kind is not dict:
        return plain
    name = plain.get("$")
    if name is None:
        return {key: from_plain(item) for key, item in plain.items()}
    shape = _shape_of_kind.get(name)
    if shape is not None:
        return _object_from_plain(plain, shape)
    return _special_from_plain(name, plain)


def _object_from_plain(plain: dict[str, Plain], shape: _Shape) -> object:
    arguments = {}
    for name, _ in shape.fields:
        if name in plain:
            held = from_plain(plain[name])
            arguments[name] = tuple(held) if name in shape.tuples and type(held) is list else held
    try:
        return shape.cls(**arguments)
    except TypeError as error:
        raise WireError(f"stored {shape.kind!r} lacks fields: {error}") from error


def _special_from_plain(name: str, plain: dict[str, Plain]) -> object:
    held = plain.get("v")
    if name in _enum_of_kind:
        return _enum_of_kind[name](held)
    match name:
        case "at":
            return datetime.fromtimestamp(float(str(held)), UTC)
        case "float":
            return float(str(held))
        case "set":
            return {from_plain(item) for item in held or ()}
        case "map":
            return {from_plain(key): from_plain(item) for key, item in held or ()}
    raise WireError(f"the stored kind {name!r} is not known here; was it written by a newer version?")


# What `to_plain` built has no circles; a value that has some ends there, in a RecursionError.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode

_encode_escaped = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def dumps(value: object) -> str:
    """``value`` as JSON text on one line, in characters that UTF-8 can write.

    Raises:
        WireError: it holds an object of a class that is not registered.
    """
    return dumps_plain(to_plain(value))


def dumps_plain(plain: Plain) -> str:
    """Like :func:`dumps`, of what holds nothing but text, numbers, lists, and mappings by text other than ``$``."""
    text = _encode(plain)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half a character, as from a file name that is no UTF-8: no database takes it bare
            return _encode_escaped(plain)
    return text


def loads(text: str | bytes) -> Any:
    """The value that :func:`dumps` was given.

    Raises:
        WireError: the text is not JSON, or names a kind that is not known here.
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    return from_plain(plain)
