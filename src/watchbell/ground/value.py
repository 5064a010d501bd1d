"""``@dataclass`` as in the standard library, but quicker to define.

The standard decorator writes and compiles the source of up to eight methods for every class, which was a third of the
time of a command. Here comparison, hash, text and the guards of a frozen class are shared functions; the constructor
alone is made to measure, and only for a class that is used: most of those that a file loads never are. A process that
forks has them made beforehand (:func:`make_constructors`), else each of its children would.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, field
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

C = TypeVar("C", bound=type)

_unmade: dict[type, None] = {}  # classes whose constructor nobody has asked for yet
_GETTER = "__compared_fields__"
_PARAMS = "__dataclass_params__"


@overload
def dataclass(cls: C, /) -> C: ...


@overload
def dataclass(
    *, init: bool = True, repr: bool = True, eq: bool = True, frozen: bool = False, slots: bool = False
) -> Callable[[C], C]: ...


@dataclass_transform(field_specifiers=(field, Field))
def dataclass(
    cls: C | None = None,
    /,
    *,
    init: bool = True,
    repr: bool = True,
    eq: bool = True,
    frozen: bool = False,
    slots: bool = False,
) -> C | Callable[[C], C]:
    """Makes a dataclass.

    Args:
        cls: the class, when the decorator stands without parentheses.
        init, repr, eq, frozen, slots: as those of ``dataclasses.dataclass``. Classes with an order use that one.
    """

    def make(target: C) -> C:
        own = set(vars(target))
        # A frozen class with slots needs more than guards, and one that inherits is checked against what it inherits.
        is_guarded_here = frozen and not slots and not any(hasattr(base, _PARAMS) for base in target.__bases__)
        made: Any = dataclasses.dataclass(
            init=False, repr=False, eq=False, frozen=frozen and not is_guarded_here, slots=slots
        )(target)
        if is_guarded_here:
            _guard(made, own)
        if init and "__init__" not in own:
            made.__init__ = _Constructor(made)
            _unmade[made] = None
        if repr and "__repr__" not in own:
            made.__repr__ = _repr
        if eq:
            compared = [each.name for each in dataclasses.fields(made) if each.compare]
            setattr(made, _GETTER, staticmethod(_getter_of(compared)))
            if "__eq__" not in own:
                made.__eq__ = _eq
            if "__hash__" not in own or made.__hash__ is None:
                made.__hash__ = _hash if frozen else None
        return made  # type: ignore[no-any-return]

    return make if cls is None else make(cls)


# ------------------------------------------------------------- constructor


class _Absent:
    """Stands for an argument that was left out, where a function makes the value."""

    def __repr__(self) -> str:
        return "<factory>"


_ABSENT = _Absent()


class _Constructor:
    """Stands for ``__init__`` until somebody asks for it; then the function is made and takes its place.

    Args:
        owner: the class whose constructor it is.
    """

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __get__(self, instance: object, kind: type | None = None) -> Any:
        made: Any = _constructor_of(self._owner)
        setattr(self._owner, "__init__", made)  # noqa: B010 - not a method of a type that is known here
        _unmade.pop(self._owner, None)
        return made.__get__(instance, kind)


def make_constructors(package: str) -> None:
    """Makes the constructors that are not made yet, as a process does whose children will need them.

    Args:
        package: of classes in this package only, e.g. ``"watchbell.execute"``.
    """
    for each in list(_unmade):
        if f"{each.__module__}.".startswith(f"{package}."):
            _ = each.__init__  # type: ignore[misc]


def _constructor_of(owner: type) -> Callable[..., None]:
    """The function that sets every field, in order."""
    parameters, lines, around = [], [], {"_set": object.__setattr__, "_absent": _ABSENT}
    is_frozen = getattr(owner, _PARAMS).frozen
    for each in dataclasses.fields(owner):
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            around[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}()" + (f" if {name} is _absent else {name}" if each.init else "")
            default = "=_absent"
        elif each.default is not MISSING:
            around[f"_default_{name}"] = each.default
            default = f"=_default_{name}"
        else:
            default = ""
        if each.init:
            parameters.append(f"{name}{default}")
        elif each.default_factory is MISSING:  # a default is an attribute of the class; without one, set by others
            continue
        lines.append(f"_set(self, {name!r}, {value})" if is_frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n  ".join(lines or ["pass"])
    head = f"def make({', '.join(around)}):\n def __init__({', '.join(['self', *parameters])}):"
    source = f"{head}\n  {body}\n return __init__"
    made: dict[str, Any] = {}
    code = compile(source, __file__, "exec")  # in tracebacks a frame of ours, and so left out where those are
    exec(code, vars(sys.modules[owner.__module__]), made)  # noqa: S102 - names of fields, nothing from outside
    constructor: Callable[..., None] = made["make"](**around)
    constructor.__qualname__ = f"{owner.__qualname__}.__init__"
    types = {each.name: each.type for each in dataclasses.fields(owner) if each.init}
    constructor.__annotations__ = {**types, "return": None}
    return constructor


# ------------------------------------------------------------------ frozen


def _guard(made: Any, own: set[str]) -> None:
    """Makes a class frozen, as the standard decorator does, with functions that need no compiling."""
    for name in ("__setattr__", "__delattr__"):
        if name in own:
            raise TypeError(f"{made.__qualname__} is frozen, so it can have no {name} of its own")
    params = getattr(made, _PARAMS)
    params.frozen = True  # heirs, and who else looks, shall know

    def change(self: Any, name: str, value: Any) -> None:
        if type(self) is made or name in made.__dataclass_fields__:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is made or name in made.__dataclass_fields__:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    made.__setattr__, made.__delattr__ = change, delete


# -------------------------------------------------------------- comparison


def _getter_of(names: list[str]) -> Callable[[object], object]:
    if not names:
        return _nothing
    return attrgetter(*names)


def _nothing(_self: object) -> tuple[()]:
    return ()


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: object, other: object) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    get: Callable[[object], object] = getattr(self, _GETTER)
    return bool(get(self) == get(other))


def _hash(self: object) -> int:
    return hash(getattr(self, _GETTER)(self))
