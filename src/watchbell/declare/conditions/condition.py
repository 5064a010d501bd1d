"""Automation conditions: when an asset, or a check, is to be made; immutable trees that somebody else evaluates.

A condition of this package is a *kind*, its parameters and its operands (:class:`BuiltInCondition`): plain data, which
can be stored, compared and compiled. What a kind means is told by the evaluator of the same name in
``automate/conditions/``. A condition of one's own derives from :class:`AutomationCondition` and has ``evaluate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any, Generic, TypeVar

from watchbell.ground.value import dataclass

T = TypeVar("T")


class AutomationCondition(Generic[T]):
    """When an asset, or a check, is to be made; the base of conditions of one's own."""

    @property
    def children(self) -> Sequence[AutomationCondition[Any]]:
        """The conditions it is made of."""
        return ()

    @property
    def name(self) -> str:
        """What it is called in trees, e.g. ``"missing"``."""
        return type(self).__name__

    def get_label(self) -> str | None:
        """What somebody called it."""
        return None


@dataclass(frozen=True)
class BuiltInCondition(AutomationCondition[Any]):
    """A condition of this package.

    Args:
        kind: what it means: the name of its evaluator.
        params: its parameters by name, sorted.
        operands: the conditions it is made of.
        label: what somebody called it.
    """

    kind: str
    params: tuple[tuple[str, Any], ...] = ()
    operands: tuple[AutomationCondition[Any], ...] = field(default=())
    label: str | None = None

    def param(self, name: str) -> Any:
        """A parameter; None if it has none of this name."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def children(self) -> Sequence[AutomationCondition[Any]]:
        """The conditions it is made of."""
        return self.operands

    @property
    def name(self) -> str:
        """What it is called in trees."""
        return self.kind

    def get_label(self) -> str | None:
        """What somebody called it."""
        return self.label


def walk(condition: AutomationCondition[Any]) -> Iterator[AutomationCondition[Any]]:
    """A condition and all it is made of, the whole before its parts."""
    yield condition
    for child in condition.children:
        yield from walk(child)
