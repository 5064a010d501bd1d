"""What an errand works with: the user's code, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.clock import Clock
from watchbell.ground.errors import DagsterError
from watchbell.instance import DagsterInstance
from watchbell.record.errand import ProblemKind

Params = Mapping[str, Any]
Result = Mapping[str, Any]


class ErrandRefusedError(DagsterError):
    """An errand that cannot be done, for a reason that lies in the question.

    Args:
        kind: ``"bad_request"``, ``"not_found"`` or ``"unavailable"``.
        message: what was wrong, and what to do.
        where: the part of the question that is wrong.
    """

    def __init__(self, kind: ProblemKind, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.kind: ProblemKind = kind
        self.where = where


class ErrandDesk:
    """See the module.

    Args:
        repository: the loaded code.
        location_name: the code location that it is.
        home: folder of the instance.
        instance: the instance, if it is open already; it is not closed then.
        clock: instead of the instance's.
    """

    def __init__(
        self,
        repository: RepositoryDefinition,
        location_name: str,
        home: str | Path,
        *,
        instance: DagsterInstance | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.repository = repository
        self.location_name = location_name
        self.home = str(home)
        self._clock = clock
        self._given = instance
        self._opened: DagsterInstance | None = None

    @property
    def instance(self) -> DagsterInstance:
        """What is remembered, opened when it is first asked for.

        It only reads, and so does every instance that user code opens meanwhile, unless the errand :func:`changes`
        something.
        """
        if self._given is not None:
            return self._given
        if self._opened is None:
            self._opened = DagsterInstance.from_home(self.home)
        return self._opened

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self.instance.clock if self._clock is None else self._clock

    def close(self) -> None:
        """Closes the instance if it was opened here."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


ErrandFunction = Callable[[ErrandDesk, Params], Result]
_CHANGES = "_watchbell_changes"


def changes(function: ErrandFunction) -> ErrandFunction:
    """Marks the function of an errand that may change what is remembered."""
    setattr(function, _CHANGES, True)
    return function


def may_change(function: ErrandFunction) -> bool:
    """Whether :func:`changes` marks it."""
    return bool(getattr(function, _CHANGES, False))


def text_of(params: Params, name: str, default: str | None = None) -> str:
    """A text among the params.

    Args:
        params: of the question.
        name: which one.
        default: what it is when it is not there; None: it has to be.

    Raises:
        ErrandRefusedError: it is missing, or no text.
    """
    value = params.get(name, default)
    if not isinstance(value, str):
        raise ErrandRefusedError("bad_request", f"{name} has to be a text, not {value!r:.100}", name)
    return value


def text_or_none(params: Params, name: str) -> str | None:
    """A text among the params, or None where it is missing or null; raises as :func:`text_of`."""
    return None if params.get(name) is None else text_of(params, name)
