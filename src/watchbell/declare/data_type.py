"""Data types: what an input or output may hold, and the check that says so."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any, Self

from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterTypeCheckError
from watchbell.ground.value import dataclass
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


class Nothing:
    """The type of an input or output that carries no value, only "done".

    Example:
        >>> @op(ins={"start": In(Nothing)})
        ... def after() -> None: ...
    """

    def __new__(cls) -> Self:
        raise DagsterInvalidDefinitionError("Nothing is a type, not a value; write In(Nothing) or -> Nothing")


class TypeCheck:
    """The answer of a type check that has more to say than yes or no.

    Args:
        success: whether the value is of the type.
        description: why not, or what was seen.
        metadata: labelled facts about the value.

    Example:
        >>> TypeCheck(success=False, description="no rows", metadata={"rows": 0}).success
        False
    """

    def __init__(
        self, success: bool, description: str | None = None, metadata: RawMetadataMapping | None = None
    ) -> None:
        self.success = check_instance(success, bool, "success of a TypeCheck")
        self.description = description
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class DagsterType:
    """A type with a check of one's own.

    Args:
        type_check_fn: ``(context, value) -> bool | TypeCheck``; the context is None outside a run.
        key: unique text; the name if left out.
        name: shown to people.
        description: what values of the type are.
        typing_type: the Python type, for IO managers that load by it.
        metadata: labelled facts.

    Raises:
        DagsterInvalidDefinitionError: neither ``key`` nor ``name``.
        ParameterCheckError: ``type_check_fn`` is no function.

    Example:
        >>> even = DagsterType(name="Even", type_check_fn=lambda _, value: value % 2 == 0)
        >>> even.type_check(None, 3).success
        False
    """

    key: str
    name: str | None
    description: str | None
    typing_type: Any
    type_check_fn: Callable[[Any, Any], bool | TypeCheck]
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    # Whether run config may give such a value (numbers, text, lists, dicts, Any).
    is_loadable: bool = False

    def __init__(  # one name a fact
        self,
        type_check_fn: Callable[[Any, Any], bool | TypeCheck],
        key: str | None = None,
        name: str | None = None,
        description: str | None = None,
        typing_type: Any = Any,
        metadata: RawMetadataMapping | None = None,
    ) -> None:
        if not callable(type_check_fn):
            check_instance(type_check_fn, types.FunctionType, "type_check_fn of a DagsterType")
        chosen = key or name
        if chosen is None:
            raise DagsterInvalidDefinitionError("a DagsterType needs a name (or a key)")
        self._fill(chosen, name, description, typing_type, type_check_fn, metadata)

    def _fill(
        self,
        key: str,
        name: str | None,
        description: str | None,
        typing_type: Any,
        check: Callable[[Any, Any], bool | TypeCheck],
        metadata: RawMetadataMapping | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "key", key)
        put(self, "name", name)
        put(self, "description", description)
        put(self, "typing_type", typing_type)
        put(self, "type_check_fn", check)
        put(self, "metadata", normalize_metadata(metadata))
        put(self, "is_loadable", False)

    def __repr__(self) -> str:
        return f"DagsterType({self.display_name})"

    @property
    def display_name(self) -> str:
        """The name for people."""
        return self.name or self.key

    @property
    def unique_name(self) -> str | None:
        """The name, None for types made from annotations without one."""
        return self.name

    @property
    def is_nothing(self) -> bool:
        """Whether it carries no value."""
        return self is NOTHING

    @property
    def is_any(self) -> bool:
        """Whether every value is of the type."""
        return self is ANY

    def type_check(self, context: Any, value: object) -> TypeCheck:
        """Whether ``value`` is of the type.

        Raises:
            DagsterTypeCheckError: the user's function answered with something that is no answer.
        """
        answer = self.type_check_fn(context, value)
        if isinstance(answer, TypeCheck):
            return answer
        if isinstance(answer, bool):
            return TypeCheck(answer)
        raise DagsterTypeCheckError(
            f"the check of type {self.display_name!r} returned {answer!r}; expected True, False or a TypeCheck",
            type_name=self.display_name,
        )


def _made(name: str, typing_type: Any, check: Callable[[Any, Any], bool | TypeCheck], loadable: bool) -> DagsterType:
    made = DagsterType(check, key=name, name=name, typing_type=typing_type)
    object.__setattr__(made, "is_loadable", loadable)
    return made


ANY = _made("Any", Any, lambda _context, _value: True, True)
NOTHING = _made("Nothing", type(None), lambda _context, _value: True, False)


def type_of_annotation(annotation: Any) -> DagsterType:
    """The type that a Python annotation stands for.

    Args:
        annotation: a class, an alias such as ``list[int]``, a union, ``Any``, ``None``, ``Nothing`` or a DagsterType.

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


def _build(annotation: Any) -> DagsterType:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return type_of_annotation(typing.get_args(annotation)[0])
    if origin is typing.Union or origin is types.UnionType:
        return _union(annotation)
    if origin is not None:
        return _generic(annotation, origin)
    if isinstance(annotation, type) and annotation is not object and not getattr(annotation, "_is_protocol", False):
        return _class(annotation)
    return ANY


def _class(cls: type) -> DagsterType:
    names = {int: "Int", float: "Float", str: "String", bool: "Bool"}
    name = names.get(cls, cls.__name__)

    def check(_context: Any, value: object) -> bool | TypeCheck:
        # True is an int here as it is in Python; config is stricter.
        if isinstance(value, cls):
            return True
        return TypeCheck(False, f"{_shown(value)} is of type {type(value).__name__}; expected {cls.__name__}")

    return _made(name, cls, check, cls in _LOADABLE)


def _union(annotation: Any) -> DagsterType:
    members = [
        _class(type(None)) if part is type(None) else type_of_annotation(part) for part in typing.get_args(annotation)
    ]
    if any(member.is_any for member in members):
        return ANY
    name = " | ".join("None" if member.typing_type is type(None) else member.display_name for member in members)

    def check(context: Any, value: object) -> bool | TypeCheck:
        if any(member.type_check(context, value).success for member in members):
            return True
        return TypeCheck(False, f"{_shown(value)} is of type {type(value).__name__}; expected {name}")

    loadable = all(member.is_loadable or member.typing_type is type(None) for member in members)
    return _made(name, annotation, check, loadable)


def _generic(annotation: Any, origin: Any) -> DagsterType:
    if origin is typing.Literal:
        return _literal(annotation)
    if not isinstance(origin, type):
        return ANY
    outer = _class(origin)
    name = str(annotation).replace("typing.", "")
    parts = typing.get_args(annotation)
    inside = _INSIDE.get(origin)
    members = tuple(_member(part) for part in parts)

    def check(context: Any, value: object) -> bool | TypeCheck:
        first = outer.type_check(context, value)
        if not first.success or inside is None:
            return first
        wrong = inside(context, value, members)
        return True if wrong is None else TypeCheck(False, f"{wrong}; expected {name}")

    loadable = origin in {list, dict, tuple, set, frozenset} and all(
        member is None or member.is_loadable for member in members
    )
    return _made(name, annotation, check, loadable)


def _literal(annotation: Any) -> DagsterType:
    allowed = typing.get_args(annotation)
    name = f"Literal{list(allowed)}"

    def check(_context: Any, value: object) -> bool | TypeCheck:
        return value in allowed or TypeCheck(False, f"{_shown(value)} is none of {list(allowed)}")

    return _made(name, annotation, check, all(isinstance(each, _LOADABLE) for each in allowed))


def _member(part: Any) -> DagsterType | None:
    if part is ...:
        return None
    return _class(type(None)) if part is type(None) or part is None else type_of_annotation(part)


_Members = tuple[DagsterType | None, ...]


def _first_wrong(context: Any, labelled: Iterable[tuple[str, object]], member: DagsterType | None) -> str | None:
    if member is None or member.is_any:
        return None
    for label, value in labelled:
        answer = member.type_check(context, value)
        if not answer.success:
            return f"{label}: {answer.description or f'{_shown(value)} is no {member.display_name}'}"
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


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
