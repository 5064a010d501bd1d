"""Which stored events to fetch: the filters of ``DagsterInstance``'s fetching methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey

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
