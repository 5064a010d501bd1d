"""The type that a Python annotation stands for: classes, containers, unions, and classes with a type of their own."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from watchbell.declare.config.data_type import (
    ANY,
    NOTHING,
    DagsterType,
    DagsterTypeKind,
    Nothing,
    TypeCheck,
    builtin_type,
)
from watchbell.declare.config.type_loader import ListLoader, OptionalLoader

# Classes that a DagsterType was registered for by `usable_as_dagster_type`.
_registered: dict[type, DagsterType] = {}


def register_type(python_type: type, dagster_type: DagsterType) -> None:
    """Makes a class, used as an annotation, stand for a type from now on."""
    _registered[python_type] = dagster_type
    _known.cache_clear()


def type_of_annotation(annotation: Any) -> DagsterType:
    """The type that a Python annotation stands for.

    Args:
        annotation: a class, an alias such as ``list[int]``, a union, ``Any``, ``None``, ``Nothing``, a DagsterType, or
            ``List``, ``Dict``, ``Set``, ``Tuple`` of this package.

    Returns:
        The same object for the same annotation; :data:`ANY` for annotations that cannot be checked at run time
        (type variables, protocols, parameter specifications).
    """
    if annotation is Any:
        return ANY
    if isinstance(annotation, DagsterType):
        return annotation
    if annotation is Nothing or annotation is None or annotation is type(None):
        return NOTHING
    try:
        return _known(annotation)
    except TypeError:  # an annotation that cannot be hashed, e.g. Annotated[int, []]
        return _build(annotation)


@lru_cache(maxsize=4096)
def _known(annotation: Any) -> DagsterType:
    return _build(annotation)


_LOADABLE = (bool, int, float, str, list, dict, tuple, set, frozenset)
_SCALARS: dict[type, str] = {int: "Int", float: "Float", str: "String", bool: "Bool"}
# The old spellings: existing IO managers compare with them, and `typing.List[int] != list[int]`.
_LIST: Any = typing.List  # noqa: UP006
_DICT: Any = typing.Dict  # noqa: UP006
_SET: Any = typing.Set  # noqa: UP006
_TUPLE: Any = typing.Tuple  # noqa: UP006
_BARE: dict[type, str] = {dict: "PythonDict", set: "PythonSet", tuple: "PythonTuple"}


def _build(annotation: Any) -> DagsterType:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return type_of_annotation(typing.get_args(annotation)[0])
    if origin is typing.Union or origin is types.UnionType:
        return _union(annotation)
    if origin is not None:
        return _generic(annotation, origin)
    bare = getattr(annotation, "bare_type", None)  # `List`, `Dict` … without their parts
    if isinstance(bare, type):
        return type_of_annotation(bare)
    if isinstance(annotation, type) and annotation is not object:
        if annotation in _registered:
            return _registered[annotation]
        if annotation is list:
            return list_type(ANY)
        if not getattr(annotation, "_is_protocol", False):
            return class_type(annotation)
    return ANY


def class_type(cls: type) -> DagsterType:
    """The type whose values are the instances of a class."""
    expected = _SCALARS.get(cls, cls.__name__)

    def check(_context: Any, value: object) -> bool | TypeCheck:
        # True is an int here as it is in Python; config is stricter.
        return isinstance(value, cls) or _not_of(value, cls.__name__)

    if cls in _SCALARS:
        return builtin_type(expected, expected, cls, check, loadable=True, kind=DagsterTypeKind.SCALAR)
    key = _BARE.get(cls) or f"_TypeHintInferred[{cls.__module__}.{cls.__qualname__}]"
    return builtin_type(key, expected, cls, check, loadable=cls in _LOADABLE)


_NONE = class_type(type(None))


def optional_type(inner: DagsterType) -> DagsterType:
    """The type whose values are None and those of ``inner``."""
    name = f"{inner.display_name}?"

    def check(context: Any, value: object) -> bool | TypeCheck:
        if value is None:
            return True
        answer = inner.type_check(context, value)
        return answer if answer.success else TypeCheck(False, f"{_reason(value, inner, answer)}; expected {name}")

    return builtin_type(
        f"Optional.{inner.key}",
        name,
        typing.Optional[inner.typing_type],  # noqa: UP045 - the form that existing code compares with
        check,
        loadable=inner.is_loadable,
        kind=DagsterTypeKind.NULLABLE,
        inner=(inner,),
        loader=None if inner.loader is None else OptionalLoader(inner.loader),
    )


def list_type(inner: DagsterType) -> DagsterType:
    """The type whose values are lists of ``inner``."""
    name = f"[{inner.display_name}]"
    outer = class_type(list)

    def check(context: Any, value: Any) -> bool | TypeCheck:
        if not isinstance(value, list):
            return outer.type_check(context, value)
        wrong = _items_wrong(context, value, (inner,))
        return True if wrong is None else TypeCheck(False, f"{wrong}; expected {name}")

    return builtin_type(
        f"List.{inner.key}",
        name,
        _LIST[inner.typing_type],
        check,
        loadable=inner.is_loadable,
        kind=DagsterTypeKind.LIST,
        inner=(inner,),
        loader=None if inner.loader is None else ListLoader(inner.loader),
    )


def dict_type(key: DagsterType, value: DagsterType) -> DagsterType:
    """The type whose values are dicts from ``key`` to ``value``."""
    alias = _DICT[key.typing_type, value.typing_type]
    return _container(dict, "Dict", "TypedPythonDict.", (key, value), alias)


def set_type(inner: DagsterType) -> DagsterType:
    """The type whose values are sets of ``inner``."""
    alias = _SET[inner.typing_type]
    return _container(set, "Set", "TypedPythonSet.", (inner,), alias)


def tuple_type(*inner: DagsterType) -> DagsterType:
    """The type whose values are tuples of exactly these parts."""
    alias = _TUPLE[tuple(each.typing_type for each in inner)]
    return _container(tuple, "Tuple", "TypedPythonTuple", inner, alias)


def _container(
    origin: type, short: str, prefix: str, members: tuple[DagsterType, ...], typing_type: Any
) -> DagsterType:
    name = f"{short}[{','.join(each.display_name for each in members)}]"
    key = prefix + ".".join(each.key for each in members)
    return _checked_inside(origin, key, name, members, typing_type)


def _checked_inside(origin: type, key: str, name: str, members: _Members, typing_type: Any) -> DagsterType:
    outer = class_type(origin)
    inside = _INSIDE.get(origin)

    def check(context: Any, value: object) -> bool | TypeCheck:
        first = outer.type_check(context, value)
        if not first.success or inside is None:
            return first
        wrong = inside(context, value, members)
        return True if wrong is None else TypeCheck(False, f"{wrong}; expected {name}")

    inner = tuple(each for each in members if each is not None)
    loadable = origin in _INSIDE and all(each.is_loadable and each.loader is None for each in inner)
    return builtin_type(key, name, typing_type, check, loadable=loadable, inner=inner)


def _union(annotation: Any) -> DagsterType:
    parts = typing.get_args(annotation)
    members = tuple(_NONE if part is type(None) else type_of_annotation(part) for part in parts)
    if any(member.is_any for member in members):
        return ANY
    if len(members) == 2 and _NONE in members:
        return optional_type(members[0] if members[1] is _NONE else members[1])
    name = " | ".join("None" if member is _NONE else member.display_name for member in members)

    def check(context: Any, value: object) -> bool | TypeCheck:
        return any(member.type_check(context, value).success for member in members) or _not_of(value, name)

    loadable = all(member is _NONE or (member.is_loadable and member.loader is None) for member in members)
    return builtin_type(name, name, annotation, check, loadable=loadable, inner=members)


def _generic(annotation: Any, origin: Any) -> DagsterType:
    if origin is typing.Literal:
        return _literal(annotation)
    if not isinstance(origin, type):
        return ANY
    parts = typing.get_args(annotation)
    members = tuple(_member(part) for part in parts)
    known = [each for each in members if each is not None]
    if len(known) == len(members):
        if origin is list:
            return list_type(known[0])
        if origin is dict:
            return dict_type(known[0], known[1])
        if origin is set:
            return set_type(known[0])
        if origin is tuple and known:
            return tuple_type(*known)
    name = str(annotation).replace("typing.", "")
    return _checked_inside(origin, name, name, members, annotation)


def _literal(annotation: Any) -> DagsterType:
    allowed = typing.get_args(annotation)
    name = f"Literal{list(allowed)}"

    def check(_context: Any, value: object) -> bool | TypeCheck:
        return value in allowed or TypeCheck(False, f"{_shown(value)} is none of {list(allowed)}")

    return builtin_type(name, name, annotation, check, loadable=all(isinstance(each, _LOADABLE) for each in allowed))


def _member(part: Any) -> DagsterType | None:
    if part is ...:
        return None
    return _NONE if part is type(None) or part is None else type_of_annotation(part)


_Members = tuple[DagsterType | None, ...]


def _first_wrong(context: Any, labelled: Iterable[tuple[str, object]], member: DagsterType | None) -> str | None:
    if member is None or member.is_any:
        return None
    for label, value in labelled:
        answer = member.type_check(context, value)
        if not answer.success:
            return f"{label}: {_reason(value, member, answer)}"
    return None


def _items_wrong(context: Any, value: Any, members: _Members) -> str | None:
    return _first_wrong(context, ((f"item {at}", each) for at, each in enumerate(value)), members[0])


def _pairs_wrong(context: Any, value: Any, members: _Members) -> str | None:
    wrong = _first_wrong(context, ((f"key {key!r}", key) for key in value), members[0])
    return wrong or _first_wrong(context, ((f"under {key!r}", each) for key, each in value.items()), members[1])


def _places_wrong(context: Any, value: Any, members: _Members) -> str | None:
    if len(members) == 2 and members[1] is None:  # tuple[int, ...]
        return _items_wrong(context, value, members)
    if len(value) != len(members):
        return f"{_shown(value)} has {len(value)} items, not {len(members)}"
    for at, (each, member) in enumerate(zip(value, members, strict=True)):
        wrong = _first_wrong(context, [(f"item {at}", each)], member)
        if wrong is not None:
            return wrong
    return None


# How the inside of a container is checked; of other generic classes only the class itself is.
_INSIDE: dict[type, Callable[[Any, Any, _Members], str | None]] = {
    list: _items_wrong,
    set: _items_wrong,
    frozenset: _items_wrong,
    dict: _pairs_wrong,
    tuple: _places_wrong,
}


def _reason(value: object, kind: DagsterType, answer: TypeCheck) -> str:
    return answer.description or f"{_shown(value)} is no {kind.display_name}"


def _not_of(value: object, expected: str) -> TypeCheck:
    return TypeCheck(False, f"{_shown(value)} is of type {type(value).__name__}; expected {expected}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
