"""How far sensors of every materialization lag: how many wait for each, and since when. Looked up when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from watchbell.record.asset_cursor import is_number, read_number
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.services.run_lag import COUNT_MAX, Lag

_MADE = frozenset({DagsterEventType.ASSET_MATERIALIZATION})


def made_lags(store: Store, followers: Sequence[tuple[AssetKey, str | None]]) -> list[Lag]:
    """What waits for each sensor of every materialization, which is to be on.

    Args:
        store: where to look; the assets are looked at together, and who is not behind costs nothing more.
        followers: the asset that each watches, and its cursor as stored. None, or no number: it has no place in the log
            yet, so nothing waits.
    """
    states = store.asset_states(sorted({key for key, _ in followers})) if followers else {}
    newest = {key: state.materialization_id or 0 for key, state in states.items()}
    return [_lag(store, key, cursor, newest.get(key, 0)) for key, cursor in followers]


def _lag(store: Store, key: AssetKey, cursor: str | None, newest: int) -> Lag:
    done = read_number(cursor)
    if not is_number(cursor) or newest <= done:
        return Lag()
    entries = store.events(EventQuery(types=_MADE, asset_key=key, after_id=done, limit=COUNT_MAX + 1))
    oldest_at = datetime.fromtimestamp(entries[0].timestamp, UTC) if entries else None
    return Lag(min(len(entries), COUNT_MAX), len(entries) > COUNT_MAX, oldest_at)
