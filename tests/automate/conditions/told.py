"""A condition that says what a test tells it, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchbell.automate.conditions.subset import Subset
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.context import AutomationContext, AutomationResult


class Told(AutomationCondition[Any]):
    """True for what it was told; of partitions a list of keys.

    Args:
        name: what it is called; conditions of one name are equal.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.true_for: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    def says(self, **true_for: bool | Iterable[str]) -> None:
        """From now on it is true for this: by entity (``a__k`` is the check ``k`` of ``a``) yes, or partitions."""
        self.true_for = {name.replace("__", ":"): value for name, value in true_for.items()}

    def evaluate(self, context: AutomationContext[Any]) -> AutomationResult:
        """What it was told, of the candidates."""
        name, candidates = context.key.to_user_string(), context.candidate_subset
        keys = sorted(candidates.expensively_compute_partition_keys()) if candidates.is_partitioned else None
        self.asked.append((name, not candidates.is_empty if keys is None else keys))
        told = self.true_for.get(name, False)
        if isinstance(told, bool):
            return AutomationResult(context, candidates if told else context.get_empty_subset())
        return AutomationResult(context, candidates.compute_intersection_with_partition_keys(set(told)))


def numbers(subset: Subset) -> Any:
    """A subset as plain data."""
    return subset if isinstance(subset, bool) else list(subset)
