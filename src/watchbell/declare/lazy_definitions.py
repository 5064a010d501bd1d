"""``@definitions``: a function that makes the Definitions of a file when they are asked for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from watchbell.declare.collect import Definitions
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


class LazyDefinitions:
    """What ``@definitions`` makes of a function: called once, when the file's definitions are asked for.

    Args:
        load_fn: the function.
    """

    def __init__(self, load_fn: Callable[[], Definitions]) -> None:
        self.load_fn = load_fn
        self._made: Definitions | None = None
        functools.update_wrapper(self, load_fn)

    def __call__(self) -> Definitions:
        """The definitions; made at the first call.

        Raises:
            DagsterInvariantViolationError: the function returned something else.
        """
        if self._made is None:
            made = self.load_fn()
            if not isinstance(made, Definitions):
                raise DagsterInvariantViolationError(
                    f"the function {self.load_fn.__name__!r} under @definitions returned {made!r}; expected a "
                    "Definitions object"
                )
            self._made = made
        return self._made


def definitions(fn: Callable[[], Definitions]) -> LazyDefinitions:
    """Turns a function that returns ``Definitions`` into the definitions of its file, made when they are asked for.

    Args:
        fn: the function, without parameters.

    Raises:
        ParameterCheckError: it is no function.
        DagsterInvalidDefinitionError: it takes parameters, such as the context of a component.

    Example:
        >>> @definitions
        ... def defs():
        ...     return Definitions(jobs=[define_asset_job("nightly")])
        >>> defs().get_job_def("nightly").name
        'nightly'
    """
    if not callable(fn):
        raise ParameterCheckError(f"@definitions is put on a function, not on {fn!r}", parameter="fn", value=fn)
    names = list(inspect.signature(fn).parameters)
    if names:
        raise DagsterInvalidDefinitionError(
            f"the function {fn.__name__!r} under @definitions takes {', '.join(names)}; it takes nothing here: a "
            "context (ComponentLoadContext) belongs to components, which watchbell does not have"
        )
    return LazyDefinitions(fn)


def made_of(value: Definitions | LazyDefinitions) -> Definitions:
    """The definitions themselves, of either form."""
    return value() if isinstance(value, LazyDefinitions) else check_instance(value, Definitions, "definitions")
