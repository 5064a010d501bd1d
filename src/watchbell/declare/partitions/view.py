"""From where partitions are looked at: the moment that decides which windows are over, and who knows dynamic ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol

from watchbell.ground.clock import SystemClock
from watchbell.ground.value import dataclass


class DynamicPartitionsStore(Protocol):
    """Who knows the keys of dynamic partitions: an instance."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys there are, in the order they were added."""

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the key is there."""

    def dynamic_partition_numbers(self, partitions_def_name: str) -> Sequence[tuple[int, str]]:
        """Number and key of those that are there, in the order of their numbers; a number is never used again."""


@dataclass(frozen=True)
class PartitionsView:
    """From where partitions are looked at.

    Args:
        current_time: the moment that decides which windows are over, aware; None: now.
        store: who knows dynamic partitions; None: nobody.
    """

    current_time: datetime | None = None
    store: DynamicPartitionsStore | None = None

    @property
    def now(self) -> datetime:
        """The moment, also where none was given."""
        return SystemClock().now() if self.current_time is None else self.current_time


_ANYWHERE = PartitionsView()
_view: ContextVar[PartitionsView] = ContextVar("watchbell_partitions_view", default=_ANYWHERE)


def partitions_view(
    current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
) -> PartitionsView:
    """The view of the arguments, what they leave open taken from the surrounding :func:`looking_from`."""
    around = _view.get()
    if current_time is None and dynamic_partitions_store is None:
        return around
    return PartitionsView(
        current_time if current_time is not None else around.current_time,
        dynamic_partitions_store if dynamic_partitions_store is not None else around.store,
    )


@contextmanager
def looking_from(
    current_time: datetime | None = None, store: DynamicPartitionsStore | None = None
) -> Iterator[PartitionsView]:
    """While entered, questions about partitions that name neither time nor store are answered from here."""
    token = _view.set(partitions_view(current_time, store))
    try:
        yield _view.get()
    finally:
        _view.reset(token)
