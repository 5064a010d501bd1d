"""A function on a class that its objects do not have: ``MetadataValue.text("x")`` makes one, ``value.text`` is None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")


class Maker(Generic[P, R]):
    """Decorates a function in a class: on the class it is that function, on its objects None.

    Args:
        function: takes no ``self``.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, value: None, owner: type) -> Callable[P, R]: ...

    @overload
    def __get__(self, value: object, owner: type) -> None: ...

    def __get__(self, value: object, owner: type) -> Callable[P, R] | None:
        return self._function if value is None else None
