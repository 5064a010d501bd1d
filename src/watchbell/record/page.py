"""One page of something that is too long to be given at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from watchbell.ground.value import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class PaginatedResults(Generic[T]):
    """One page of results.

    Args:
        results: the page.
        cursor: pass it back for the next one.
        has_more: whether there is a next one.

    Example:
        >>> PaginatedResults(results=["a", "b"], cursor="b", has_more=True).has_more
        True
    """

    results: Sequence[T]
    cursor: str
    has_more: bool
