"""Every store there is, empty and open, one after the other."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from watchbell.record.ports import Store
from watchbell.store.sqlite import DATABASE_FILE, IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore


class Topics:
    """A notifier that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def publish(self, topics: Iterable[str]) -> None:
        """Keeps them."""
        self.told.append(tuple(topics))

    def subscribe(self, wake: Callable[[str], None]) -> AbstractContextManager[None]:
        """Nobody is called."""
        return nullcontext()


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture(params=["sqlite file", "sqlite memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, topics: Topics) -> Iterator[Store]:
    location = IN_MEMORY if request.param == "sqlite memory" else tmp_path / DATABASE_FILE
    opened = SqlStore(SqliteDatabase(location), topics)
    yield opened
    opened.close()
