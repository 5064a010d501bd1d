"""``@dataclass`` as in the standard library, but quicker to define.

The standard decorator writes and compiles the source of six methods for every frozen class, which was a third of the
time it took to import a file of definitions. Here comparison, hash and text are shared functions that look at the
class's fields; only the constructor (and the two guards of a frozen class) are still made to measure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import Field, field
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

C = TypeVar("C", bound=type)

_GETTER = "__compared_fields__"


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
        made: Any = dataclasses.dataclass(init=init, repr=False, eq=False, frozen=frozen, slots=slots)(target)
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
