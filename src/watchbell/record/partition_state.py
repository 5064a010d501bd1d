"""What is remembered of partitions: which were made, which failed, which are being made, and the newest of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.run import DagsterRunStatus


class AssetPartitionStatus(Enum):
    """How a partition of an asset stands.

    Example:
        >>> AssetPartitionStatus.MATERIALIZED.value
        'MATERIALIZED'
    """

    MATERIALIZED = "MATERIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    FAILED = "FAILED"


@dataclass(frozen=True)
class PartitionRecord:
    """The newest that is known of one partition of an asset.

    Args:
        partition: its key.
        ordinal: its number in the numbering that is in use; None: it has none, for it is no partition (any more).
        materialization_id: storage id of the newest materialization; None: it was never made.
        made_at: when that was.
        observation_id: storage id of the newest observation; None: nobody looked at it.
        data_version: what the newer of the two says of its data.
    """

    partition: str
    ordinal: int | None = None
    materialization_id: int | None = None
    made_at: datetime | None = None
    observation_id: int | None = None
    data_version: str | None = None


class RunPartitionData(NamedTuple):
    """The newest run for a partition.

    Args:
        run_id: the run.
        partition: the partition's key.
        status: how far the run is.
        start_time: seconds since the epoch when its user code began, None before.
        end_time: seconds since the epoch when it finished, None before.

    Example:
        >>> RunPartitionData("run-1", "2026-01-01", DagsterRunStatus.QUEUED).partition
        '2026-01-01'
    """

    run_id: str
    partition: str
    status: DagsterRunStatus
    start_time: float | None = None
    end_time: float | None = None


@dataclass(frozen=True)
class PartitionState:
    """The sets of an asset's partitions, as numbers of one definition.

    Args:
        materialized: once made, and not wiped since.
        failed: the last attempt failed, and it was not made since; those being made again are not among them.
        in_progress: a run that goes on is to make them.
        planned: a run that has not begun is to make them: one that is queued, or part of a backfill that is not over.
            They may have been made or have failed before; those in progress are not among them.
    """

    materialized: OrdinalSet
    failed: OrdinalSet
    in_progress: OrdinalSet
    planned: OrdinalSet = field(default_factory=OrdinalSet)

    def status_of(self, ordinal: int) -> AssetPartitionStatus | None:
        """How one partition stands; None: it was never made, nor tried."""
        if ordinal in self.failed:
            return AssetPartitionStatus.FAILED
        if ordinal in self.in_progress:
            return AssetPartitionStatus.IN_PROGRESS
        return AssetPartitionStatus.MATERIALIZED if ordinal in self.materialized else None

    def within(self, ordinals: OrdinalSet) -> PartitionState:
        """The same of these partitions alone."""
        return PartitionState(
            self.materialized & ordinals, self.failed & ordinals, self.in_progress & ordinals, self.planned & ordinals
        )

    def missing(self, ordinals: OrdinalSet) -> OrdinalSet:
        """Which of these were never made and are not being made; those failed or planned are among them."""
        return ordinals - self.materialized - self.in_progress


@dataclass(frozen=True)
class StoredPartitions:
    """What the store has of an asset's partitions, without knowing how they are defined.

    Args:
        numbering: the numbering that its rows and sets are in; None: nothing has a number yet.
        looked: what the definition looked like when rows without a number were last looked at.
        unnumbered: rows whose keys have no number (count).
        materialized: in ``numbering``.
        failed: by numbering.
        planned: what runs that go on are still to make, by numbering.
        planned_keys: the keys of those of them that are for one partition, by numbering.
    """

    numbering: str | None = None
    looked: str | None = None
    unnumbered: int = 0
    materialized: OrdinalSet = field(default_factory=OrdinalSet)
    failed: Mapping[str, OrdinalSet] = field(default_factory=dict)
    planned: Mapping[str, OrdinalSet] = field(default_factory=dict)
    planned_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedWork:
    """Partitions that runs with the same job and assets, which have not begun, are to make.

    Args:
        job_name: the job of the runs.
        location_name: its code location; None: unknown.
        asset_keys: the assets they make; None: all of the job.
        keys: the partitions.
        ranges: ranges of partitions, beside them.
    """

    job_name: str
    location_name: str | None
    asset_keys: frozenset[AssetKey] | None
    keys: list[str] = field(default_factory=list)
    ranges: list[PartitionKeyRange] = field(default_factory=list)


class DynamicPartition(NamedTuple):
    """One key of dynamic partitions.

    Args:
        key: the key.
        number: its number, which stays its own even if the key is deleted.
        place: grows with each key that is added; the order in which they are listed.
    """

    key: str
    number: int
    place: int
