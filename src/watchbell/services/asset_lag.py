"""How far sensors of every materialization lag: how many wait for each, and since when. Looked up when asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from watchbell.record.asset_cursor import is_number, read_number
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.services.run_lag import COUNT_MAX, Lag

_MADE = frozenset({DagsterEventType.ASSET_MATERIALIZATION})


def made_lag(store: Store, key: AssetKey, cursor: str | None) -> Lag:
    """What waits for a sensor of every materialization, which is to be on.

    Args:
        store: where to look; who is not behind costs one look at the asset.
        key: the asset it watches.
        cursor: as stored; none, or no number: it has no place in the log yet, so nothing waits.
    """
    if not is_number(cursor):
        return Lag()
    done = read_number(cursor)
    state = store.asset_states([key]).get(key)
    if state is None or (state.materialization_id or 0) <= done:
        return Lag()
    entries = store.events(EventQuery(types=_MADE, asset_key=key, after_id=done, limit=COUNT_MAX + 1))
    oldest_at = datetime.fromtimestamp(entries[0].timestamp, UTC) if entries else None
    return Lag(min(len(entries), COUNT_MAX), len(entries) > COUNT_MAX, oldest_at)
