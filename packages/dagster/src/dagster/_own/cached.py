"""Methods that work once for each object and arguments."""

import functools
import inspect
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
# The attribute of an object that holds what its cached methods gave; plain text, so that objects stay picklable.
CACHE = "_results_of_cached_methods"


def cached_method(method: F) -> F:
    """The method, which gives its earlier answer where the object and the arguments are the same.

    The answers are kept by the object and go with it. ``m(1)``, ``m(x=1)`` and, with that default, ``m()`` are one.
    """
    signature = inspect.signature(method)
    name = method.__name__

    @functools.wraps(method)
    def answer(self: Any, *given: Any, **named: Any) -> Any:
        key: Hashable = ()
        if given or named:
            bound = signature.bind(self, *given, **named)
            bound.apply_defaults()
            key = _key(bound)
        elif len(signature.parameters) > 1:
            bound = signature.bind(self)
            bound.apply_defaults()
            key = _key(bound)
        known = self.__dict__.get(CACHE)
        if known is None:
            known = {}
            object.__setattr__(self, CACHE, known)  # also where the class is frozen
        answers = known.setdefault(name, {})
        if key not in answers:
            answers[key] = method(self, *given, **named)
        return answers[key]

    return cast("F", answer)


def _key(bound: inspect.BoundArguments) -> Hashable:
    _, *given = bound.args  # without the object itself
    return tuple(given), tuple(sorted(bound.kwargs.items()))
