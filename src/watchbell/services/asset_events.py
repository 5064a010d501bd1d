"""What was made last of the assets that sensors watch: read once for all of them, when something was made.

Of each watched asset only the storage id of its newest materialization is kept; a sensor has something to do while its
cursor lies before that. New materializations are read from the log by their kind, without what they say, so a wake
costs in proportion to what was made, whatever the number of sensors and assets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import consumed_of
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState

READ_MAX = 5_000
"""Materializations read at once (count)."""
PAGES_MAX = 10
"""Reads in one step (count), so that other sensors get their turn."""
SAFETY_SECONDS = 10.0
"""So often the log is looked at without a hint, should one have been lost."""


class Watcher(Protocol):
    """A sensor of assets."""

    snapshot: SensorSnapshot
    state: AutomationState


@dataclass(eq=False)
class _Watch:
    """What is known of a watcher.

    Args:
        watcher: the sensor.
        keys: the assets it watches.
        settled_to: it was asked about all up to this event, and has nothing more to do there.
    """

    watcher: Watcher
    keys: tuple[AssetKey, ...]
    settled_to: int = 0


class AssetEventFeed:
    """The newest materialization of each watched asset, and who watches it.

    Args:
        store: where to read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watches: dict[int, _Watch] = {}
        self._by_key: dict[AssetKey, dict[int, _Watch]] = {}
        self._newest: dict[AssetKey, int] = {}
        self._unread: set[AssetKey] = set()
        self._woken: dict[int, Watcher] = {}
        self._read_to: int | None = None
        self._looked_at: datetime | None = None
        self._has_hint = False

    def hint(self) -> None:
        """Something was made."""
        self._has_hint = True

    def follow(self, watcher: Watcher) -> None:
        """Begins to watch; called again, with its changed definition or cursor."""
        self.forget(watcher)
        watch = self._watches[id(watcher)] = _Watch(watcher, watcher.snapshot.asset_keys or ())
        for key in watch.keys:
            watchers = self._by_key.setdefault(key, {})
            if not watchers:
                self._unread.add(key)
            watchers[id(watcher)] = watch
        self._woken[id(watcher)] = watcher
        self._has_hint = True

    def forget(self, watcher: Watcher) -> None:
        """Ends it; nothing happens if it did not watch."""
        watch = self._watches.pop(id(watcher), None)
        self._woken.pop(id(watcher), None)
        for key in watch.keys if watch is not None else ():
            watchers = self._by_key[key]
            watchers.pop(id(watcher), None)
            if not watchers:
                del self._by_key[key]
                self._newest.pop(key, None)
                self._unread.discard(key)
        if not self._watches:
            self._read_to = None  # what is made from now on concerns nobody

    def settle(self, watcher: Watcher, event_id: int) -> None:
        """What was made up to this event needs no further question, wherever the cursor stands."""
        watch = self._watches.get(id(watcher))
        if watch is not None:
            watch.settled_to = max(watch.settled_to, event_id)

    def newest_for(self, watcher: Watcher) -> int:
        """The newest materialization that the watcher has to be asked about, or has left something over before.

        0: there is none.
        """
        watch = self._watches.get(id(watcher))
        if watch is None:
            return 0
        newest = [self._newest.get(key, 0) for key in watch.keys]
        if max(newest, default=0) <= max(watch.settled_to, watcher.state.settled_to):
            return 0
        consumed = consumed_of(watcher.state.cursor, watch.keys)
        pending = [made for made, done in zip(newest, consumed, strict=True) if made > done.storage_id or done.trailing]
        return max(pending, default=0)

    def next_at(self, now: datetime) -> datetime | None:
        """When to read again; None: not before a hint."""
        if not self._watches:
            return None
        return now if self._has_hint else (self._looked_at or now) + timedelta(seconds=SAFETY_SECONDS)

    def look_anew(self) -> None:
        """The clock was set: when the log was looked at last says nothing any more, so it is read on at once."""
        self._looked_at, self._has_hint = None, True

    def read(self, now: datetime) -> list[Watcher]:
        """Reads on, if there was a hint or it is time to.

        Returns:
            The watchers of what was made.
        """
        next_at = self.next_at(now)
        if next_at is None or next_at > now:
            return []
        self._looked_at, self._has_hint = now, True  # until all is read: should the store be locked, it is read again
        if self._read_to is None:
            self._read_to = self._store.last_event_id()  # before the assets are asked for: no gap lies in between
        if self._unread:
            states = self._store.asset_states(sorted(self._unread))
            self._unread.clear()
            self._take_in((state.materialization_id or 0, key) for key, state in states.items())
        self._has_hint = not self._read_on(self._read_to)
        woken, self._woken = list(self._woken.values()), {}
        return woken

    def _read_on(self, read_to: int) -> bool:
        """Reads new materializations; whether there are no more for now."""
        for _ in range(PAGES_MAX):
            made = self._store.made_assets(read_to, limit=READ_MAX)
            if made:
                self._take_in(made)
                self._read_to = read_to = made[-1][0]
            if len(made) < READ_MAX:
                return True
        return False

    def _take_in(self, made: Iterable[tuple[int, AssetKey]]) -> None:
        for event_id, key in made:
            watchers = self._by_key.get(key)
            if watchers is None or event_id <= self._newest.get(key, 0):
                continue
            self._newest[key] = event_id
            self._woken.update((number, watch.watcher) for number, watch in watchers.items())
