"""A store for rehearsals: previews and replays read what is remembered, and change nothing of it.

What user code tries to change is refused, and named. What it reads can be as of an earlier event: entries of the log
that came later are not there. Runs, partitions and the like are as they are now; which of them were asked for is
noted, so that whoever compares an evaluation with an earlier one can say what may differ.

The numbers of partitions (``number_partitions``, ``continue_numbering``) are written all the same: they are made up by
the first question that has a definition, and mean the same whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import datetime
from functools import wraps
from typing import Any

from watchbell.ground.errors import LookOnlyError
from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Notifier
from watchbell.record.query import EventQuery
from watchbell.store.session import Database
from watchbell.store.store import SqlStore

IN_RESULT = "; return it in a SensorResult(dynamic_partitions_requests=[...]), and the tick does it"
REFUSED = {
    "wipe": "forget everything",
    "acquire_lease": "take a lease",
    "release_lease": "give back a lease",
    "add_runs": "store runs; return RunRequests, and the tick does it",
    "add_run_tags": "add tags to run {0!r}",
    "change_run_tags": "change tags of run {0!r}",
    "delete_run": "delete run {0!r}",
    "hand_out_runs": "hand out runs",
    "hand_back_run": "hand back run {0!r}",
    "begin_run": "begin run {0!r}",
    "request_cancel": "cancel run {0!r}",
    "commit_retries": "store runs",
    "set_pool_limit": "change the limit of pool {0!r}",
    "claim_slot": "claim a slot of a pool",
    "free_slots": "free slots of run {0!r}",
    "let_others_pass": "give way in the line of a pool",
    "append": "store events",
    "wipe_asset": "wipe asset {0}",
    "put_state": "change the state of a schedule or sensor",
    "commit_ticks": "store ticks",
    "add_backfill": "store a backfill",
    "commit_backfill": "change a backfill",
    "cancel_runs": "cancel runs",
    "forget_conditions": "forget where conditions stand",
    "add_user": "add a user",
    "change_user": "change user {0!r}",
    "add_token": "add a token",
    "revoke_token": "revoke a token",
    "note_token_used": "use a token",
    "add_session": "add a session",
    "note_session_seen": "use a session",
    "end_session": "end a session",
    "end_sessions": "end the sessions of user {0!r}",
    "add_audit": "write into the audit log",
    "end_audit": "write into the audit log",
    "put_view": "save a view",
    "delete_view": "delete a view",
    "put_snooze": "snooze something",
    "end_snooze": "end a snooze",
    "wipe_partitions": "wipe partitions of asset {0}",
    "add_dynamic_partitions": "add {1} to the dynamic partitions {0!r}" + IN_RESULT,
    "delete_dynamic_partitions": "delete {1} from the dynamic partitions {0!r}" + IN_RESULT,
}
"""Methods that change something, each with what that is."""

AS_NOW = {
    "run_records": "runs",
    "count_runs": "runs",
    "find_runs": "runs",
    "count_matching_runs": "runs",
    "asset_states": "the list of assets",
    "latest_checks": "asset checks",
    "check_history": "asset checks",
    "stored_partitions": "the states of partitions",
    "partition_records": "the states of partitions",
    "planned_work": "what waits to be run",
    "dynamic_partitions": "dynamic partitions",
    "known_dynamic_partitions": "dynamic partitions",
    "backfill": "backfills",
    "backfills": "backfills",
}
"""Methods whose answer is as of now, whatever the horizon, each with what it is about."""


@dataclass(eq=False)
class Look:
    """How instances are opened for a rehearsal.

    Args:
        horizon: storage id of the newest event that is there; None: all are.
        now: what their clock shows; None: the present.
        read_as_now: what was asked that is as of now, in spite of the horizon.
    """

    horizon: int | None = None
    now: datetime | None = None
    read_as_now: set[str] = field(default_factory=set)


_current: list[Look] = []


def current_look() -> Look | None:
    """How instances are to be opened at this moment; None: as always."""
    return _current[-1] if _current else None


@contextmanager
def looking_only(look: Look) -> Iterator[Look]:
    """While entered, every stored instance that is opened in this process, by whomever, only reads."""
    _current.append(look)
    try:
        yield look
    finally:
        _current.remove(look)


class LookOnlyStore(SqlStore):
    """The store as a rehearsal sees it.

    Args:
        database: the open database.
        notifier: as for ``SqlStore``; it is never told of anything.
        look: what is seen.

    Raises:
        LookOnlyError: from each method that would change something.
    """

    def __init__(self, database: Database, notifier: Notifier, look: Look) -> None:
        super().__init__(database, notifier)
        self.look = look

    def events(self, query: EventQuery) -> list[EventLogEntry]:
        """Log entries up to the horizon."""
        return super().events(replace(query, before_id=self._before(query.before_id)))

    def made_assets(self, after_id: int, *, limit: int) -> list[tuple[int, AssetKey]]:
        """Materializations after one, up to the horizon."""
        made = super().made_assets(after_id, limit=limit)
        return [each for each in made if self.look.horizon is None or each[0] <= self.look.horizon]

    def last_event_id(self) -> int:
        """Storage id of the newest log entry up to the horizon."""
        newest = super().last_event_id()
        return newest if self.look.horizon is None else min(newest, self.look.horizon)

    def latest_materialization(self, key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset up to the horizon."""
        if self.look.horizon is None:
            return super().latest_materialization(key)
        kinds = frozenset({DagsterEventType.ASSET_MATERIALIZATION})
        return next(iter(self.events(EventQuery(types=kinds, asset_key=key, newest_first=True, limit=1))), None)

    def latest_materializations(self, keys: Iterable[AssetKey]) -> dict[AssetKey, EventLogEntry]:
        """The newest materialization of each asset up to the horizon."""
        if self.look.horizon is None:
            return super().latest_materializations(keys)
        found = {key: self.latest_materialization(key) for key in keys}
        return {key: entry for key, entry in found.items() if entry is not None}

    def partition_event_ids(
        self, key: AssetKey, kind: DagsterEventType, *, after_id: int | None = None, before_id: int | None = None
    ) -> dict[str, int]:
        """Newest events of partitions up to the horizon."""
        return super().partition_event_ids(key, kind, after_id=after_id, before_id=self._before(before_id))

    def _before(self, before_id: int | None) -> int | None:
        if self.look.horizon is None:
            return before_id
        return self.look.horizon + 1 if before_id is None else min(before_id, self.look.horizon + 1)


def _refusing(name: str, words: str) -> Callable[..., Any]:
    @wraps(getattr(SqlStore, name))
    def refuse(self: LookOnlyStore, *args: Any, **kwargs: Any) -> Any:
        shown = [_text(each) for each in (*args, *kwargs.values())]
        raise LookOnlyError(f"a preview or replay changes nothing, so this is refused: to {words.format(*shown)}")

    return refuse


def _noting(name: str, what: str) -> Callable[..., Any]:
    asked: Callable[..., Any] = getattr(SqlStore, name)

    @wraps(asked)
    def ask(self: LookOnlyStore, *args: Any, **kwargs: Any) -> Any:
        self.look.read_as_now.add(what)
        return asked(self, *args, **kwargs)

    return ask


def _text(value: object) -> object:
    if isinstance(value, AssetKey):
        return value.to_user_string()
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        more = f" and {len(value) - 3:,} more" if len(value) > 3 else ""
        return ", ".join(repr(each) for each in value[:3]) + more
    return value


for _name, _words in REFUSED.items():
    setattr(LookOnlyStore, _name, _refusing(_name, _words))
for _name, _words in AS_NOW.items():
    setattr(LookOnlyStore, _name, _noting(_name, _words))
