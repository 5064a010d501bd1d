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

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of those that are there, in the order of their numbers; a number is never used again.

        Args:
            partitions_def_name: the name of the definition.
            keys: only these; None: all.
            numbers: only those with these numbers; None: all.
        """


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

    # As users of ``partition_loading_context`` know them.

    @property
    def effective_dt(self) -> datetime:
        """The moment, also where none was given."""
        return self.now

    @property
    def dynamic_partitions_store(self) -> DynamicPartitionsStore | None:
        """Who knows dynamic partitions; None: nobody."""
        return self.store


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


@contextmanager
def partition_loading_context(
    effective_dt: datetime | None = None,
    dynamic_partitions_store: DynamicPartitionsStore | None = None,
    *,
    new_ctx: PartitionsView | None = None,
) -> Iterator[PartitionsView]:
    """While entered, questions about partitions are answered as of one moment, and with one instance.

    Args:
        effective_dt: the moment that decides which windows are over, aware; None: that of the surroundings, or now.
        dynamic_partitions_store: who knows dynamic partitions: an instance; None: that of the surroundings.
        new_ctx: both at once: what another ``partition_loading_context`` gave.

    Example:
        >>> from datetime import UTC
        >>> days = DailyPartitionsDefinition("2026-01-01")
        >>> with partition_loading_context(effective_dt=datetime(2026, 1, 3, 12, tzinfo=UTC)):
        ...     days.get_partition_keys()
        ['2026-01-01', '2026-01-02']
    """
    if new_ctx is not None:
        effective_dt, dynamic_partitions_store = new_ctx.current_time, new_ctx.store
    around = partitions_view(effective_dt, dynamic_partitions_store)
    with looking_from(around.now, around.store) as view:
        yield view
