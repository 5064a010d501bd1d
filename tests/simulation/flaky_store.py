"""A store that kills the service at a change, or says that the database is locked, made or not."""

from collections.abc import Callable
from typing import Any

from tests.simulation.world import CrashingStore
from watchbell.ground.errors import StoreLockedError
from watchbell.record.ports import Store


class FlakyStore(CrashingStore):
    """What can be set anew while the service lives; arguments as for its parent."""

    def __init__(self, store: Store, crash_at: int = 0, after: bool = False) -> None:
        super().__init__(store, crash_at, after)
        self._lock_at = 0
        self._lock_after = False

    def kill(self, change: int, *, after: bool) -> None:
        """The service is killed at the n-th change from now."""
        self._crash_at, self._after = self.changes + change, after

    def lock(self, change: int, *, after: bool) -> None:
        """The n-th change from now ends in an error, once."""
        self._lock_at, self._lock_after = self.changes + change, after

    def change(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Makes a change, unless this is the one."""
        if self.changes + 1 != self._lock_at:
            return super().change(act, *args, **kwargs)
        if self._lock_after:
            super().change(act, *args, **kwargs)
        else:
            self.changes += 1
        raise StoreLockedError("locked", location="here")
