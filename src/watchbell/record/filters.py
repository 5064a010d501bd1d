"""Which stored events to fetch: the filters of ``DagsterInstance``'s fetching methods, and the pages they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry, EventLogRecord, EventRecordsResult, at_of
from watchbell.record.keys import AssetKey
from watchbell.record.query import EventQuery

RUN_STATUS_EVENT_TYPES = frozenset({
    DagsterEventType.RUN_ENQUEUED,
    DagsterEventType.RUN_STARTING,
    DagsterEventType.RUN_START,
    DagsterEventType.RUN_SUCCESS,
    DagsterEventType.RUN_FAILURE,
    DagsterEventType.RUN_CANCELING,
    DagsterEventType.RUN_CANCELED,
})  # fmt: skip
"""The kinds of event that move a run from state to state."""


@dataclass(frozen=True)
class AssetRecordsFilter:
    """Which events of an asset to fetch; all conditions given must hold.

    Args:
        asset_key: the asset.
        asset_partitions: about one of these partitions.
        after_timestamp: later than this, in seconds since the epoch.
        before_timestamp: earlier than this.
        after_storage_id: with a greater storage id.
        before_storage_id: with a smaller storage id.
        storage_ids: with one of these storage ids.

    Raises:
        ParameterCheckError: ``asset_key`` is no AssetKey.

    Example:
        >>> AssetRecordsFilter(AssetKey("orders"), after_storage_id=12).asset_partitions is None
        True
    """

    asset_key: AssetKey
    asset_partitions: Sequence[str] | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.asset_key, AssetKey):
            raise ParameterCheckError(
                f"asset_key is an AssetKey, not {self.asset_key!r}; write AssetKey({self.asset_key!r})",
                parameter="asset_key",
                value=self.asset_key,
            )


@dataclass(frozen=True)
class RunStatusChangeRecordsFilter:
    """Which changes of runs' states to fetch; all conditions given must hold.

    Args:
        event_type: a kind that moves a run, e.g. ``DagsterEventType.RUN_FAILURE``.
        after_timestamp: later than this, in seconds since the epoch.
        before_timestamp: earlier than this.
        after_storage_id: with a greater storage id.
        before_storage_id: with a smaller storage id.
        storage_ids: with one of these storage ids.
        job_names: of runs of one of these jobs.

    Raises:
        ParameterCheckError: ``event_type`` moves no run.

    Example:
        >>> RunStatusChangeRecordsFilter(DagsterEventType.RUN_FAILURE, job_names=["etl"]).job_names
        ['etl']
    """

    event_type: DagsterEventType
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None
    job_names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.event_type not in RUN_STATUS_EVENT_TYPES:
            wrong = getattr(self.event_type, "name", str(self.event_type))
            names = [each.name for each in RUN_STATUS_EVENT_TYPES]
            raise ParameterCheckError(
                f"{wrong} is no event that moves a run from state to state{did_you_mean(wrong, names)}",
                parameter="event_type",
                value=self.event_type,
            )


@dataclass(frozen=True)
class EventRecordsFilter:
    """Which events of one kind to fetch; all conditions given must hold.

    Args:
        event_type: the kind.
        asset_key: about this asset.
        asset_partitions: about one of these partitions of it.
        after_cursor: with a storage id greater than this.
        before_cursor: with a storage id smaller than this.
        after_timestamp: later than this, in seconds since the epoch.
        before_timestamp: earlier than this.
        storage_ids: with one of these storage ids.

    Raises:
        ParameterCheckError: ``event_type`` is no kind of event.

    Example:
        >>> EventRecordsFilter(DagsterEventType.ASSET_MATERIALIZATION, AssetKey("orders")).after_cursor is None
        True
    """

    event_type: DagsterEventType
    asset_key: AssetKey | None = None
    asset_partitions: Sequence[str] | None = None
    after_cursor: int | None = None
    before_cursor: int | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    storage_ids: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.event_type, DagsterEventType):
            raise ParameterCheckError(
                f"event_type is a DagsterEventType, not {self.event_type!r}",
                parameter="event_type",
                value=self.event_type,
            )


def asset_query(records_filter: AssetKey | AssetRecordsFilter, kind: DagsterEventType) -> EventQuery:
    """The query for events of one kind about an asset.

    Raises:
        ParameterCheckError: it is neither an asset key nor a filter.
    """
    wanted = records_filter if isinstance(records_filter, AssetRecordsFilter) else AssetRecordsFilter(records_filter)
    return EventQuery(
        types=frozenset({kind}),
        asset_key=wanted.asset_key,
        partitions=wanted.asset_partitions,
        after_id=wanted.after_storage_id,
        before_id=wanted.before_storage_id,
        after_at=_at(wanted.after_timestamp),
        before_at=_at(wanted.before_timestamp),
        storage_ids=wanted.storage_ids,
    )


def run_status_query(records_filter: DagsterEventType | RunStatusChangeRecordsFilter) -> EventQuery:
    """The query for events that moved runs to one state.

    Raises:
        ParameterCheckError: the kind moves no run.
    """
    wanted = (
        records_filter
        if isinstance(records_filter, RunStatusChangeRecordsFilter)
        else RunStatusChangeRecordsFilter(records_filter)
    )
    return EventQuery(
        types=frozenset({wanted.event_type}),
        after_id=wanted.after_storage_id,
        before_id=wanted.before_storage_id,
        after_at=_at(wanted.after_timestamp),
        before_at=_at(wanted.before_timestamp),
        storage_ids=wanted.storage_ids,
        job_names=wanted.job_names,
    )


def record_query(wanted: EventRecordsFilter) -> EventQuery:
    """The query for events of one kind."""
    return EventQuery(
        types=frozenset({wanted.event_type}),
        asset_key=wanted.asset_key,
        partitions=wanted.asset_partitions,
        after_id=wanted.after_cursor,
        before_id=wanted.before_cursor,
        after_at=_at(wanted.after_timestamp),
        before_at=_at(wanted.before_timestamp),
        storage_ids=wanted.storage_ids,
    )


def records_of(entries: Sequence[EventLogEntry]) -> list[EventLogRecord]:
    """Entries that were read from the store, as records."""
    return [EventLogRecord(entry.storage_id or 0, entry) for entry in entries]


def page_of(
    read: Callable[[EventQuery], Sequence[EventLogEntry]],
    query: EventQuery,
    limit: int,
    cursor: str | None,
    *,
    ascending: bool,
) -> EventRecordsResult:
    """One page of what a query finds.

    Args:
        read: asks the store.
        query: which events.
        limit: most records (count, >= 1).
        cursor: of the page before; None: from the beginning.
        ascending: oldest first.

    Raises:
        ParameterCheckError: the limit is below 1, or the cursor is of no page.
    """
    if limit < 1:
        raise ParameterCheckError(f"limit is a count of at least 1, not {limit!r}", parameter="limit", value=limit)
    if cursor:
        last = _id_of(cursor)
        if ascending:
            query = replace(query, after_id=last if query.after_id is None else max(last, query.after_id))
        else:
            query = replace(query, before_id=last if query.before_id is None else min(last, query.before_id))
    # One more than asked for tells whether there is a next page.
    found = records_of(read(replace(query, newest_first=not ascending, limit=limit + 1)))
    page = found[:limit]
    return EventRecordsResult(page, str(page[-1].storage_id) if page else cursor or "", len(found) > limit)


def _id_of(cursor: str) -> int:
    if not cursor.isdecimal():
        raise ParameterCheckError(
            f"{cursor[:100]!r} is no cursor; pass the `cursor` of the page before as it is", parameter="cursor"
        )
    return int(cursor)


def _at(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else at_of(timestamp)
