"""What the store tells of automation conditions: what their evaluations left, and the facts they are made on.

The facts are rows, as they are stored; ``automate/conditions/reader.py`` makes a world of them. Each method is a fixed
number of statements, whatever it is asked about. Assets are named by their stored text (``AssetKey.to_string``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.backfill import BackfillTarget
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRunStatus


class StorePosition(NamedTuple):
    """Numbers that grow with what is stored.

    Args:
        event_id: storage id of the newest event.
        forgotten: how often something was forgotten: an asset or partitions wiped, a run deleted.
        dynamic: how often keys of dynamic partitions were added or deleted.
    """

    event_id: int
    forgotten: int
    dynamic: int


class AssetFacts(NamedTuple):
    """The latest of an asset as a whole.

    Args:
        asset: its key as text.
        materialization_id: storage id of its newest materialization; None: there is none.
        made_at: when that was, seconds since the epoch.
        run_id: the run that made it.
        observation_id: storage id of its newest observation.
        planned_run_id: the newest run that began and was to make it.
        failed_at: when a run that was to make it ended in failure without having made it, the newest time.
        planned_status: how far ``planned_run_id`` is; None: no such run.
    """

    asset: str
    materialization_id: int | None
    made_at: float | None
    run_id: str | None
    observation_id: int | None
    planned_run_id: str | None
    failed_at: float | None
    planned_status: str | None


class CheckFacts(NamedTuple):
    """The newest execution of a check.

    Args:
        asset: the asset's key as text.
        name: the check's name.
        run_id: the run; empty: none.
        status: of the execution (``AssetCheckExecutionRecordStatus``).
        evaluation_id: storage id of what it found; None: nothing yet.
        evaluated_at: when that was, seconds since the epoch.
        execution_id: storage id of what planned it; of one that nobody planned, of what it found.
        target_id: storage id of the materialization it looked at; None: it says none.
        run_status: how far the run is; None: no such run.
    """

    asset: str
    name: str
    run_id: str
    status: str
    evaluation_id: int | None
    evaluated_at: float | None
    execution_id: int
    target_id: int | None
    run_status: str | None


@dataclass(frozen=True)
class RunFacts:
    """What is asked of a run.

    Args:
        run_id: which one.
        job_name: its job.
        location_name: its code location; None: unknown.
        status: how far it is.
        tags: its tags.
        asset_keys: what it is to make; None: whatever its job makes.
        check_keys: the checks it is to execute; None: those that belong to its assets.
    """

    run_id: str
    job_name: str
    location_name: str | None
    status: DagsterRunStatus
    tags: Mapping[str, str]
    asset_keys: frozenset[AssetKey] | None
    check_keys: frozenset[AssetCheckKey] | None


class PlanFacts(NamedTuple):
    """What partitions of an asset a run that goes on is still to make.

    Args:
        run_id: the run.
        asset: the asset's key as text.
        numbering: which numbers these are.
        partition: of a run for one partition, its key.
        ordinals: what is left; a part of it, if it is large.
    """

    run_id: str
    asset: str
    numbering: str
    partition: str | None
    ordinals: OrdinalSet


class PlannedAsset(NamedTuple):
    """That a run planned to make some of an asset, or has made some of it.

    Args:
        run_id: the run.
        asset: the asset's key as text.
        is_made: it has made it; else it plans to.
    """

    run_id: str
    asset: str
    is_made: bool


class NewsEvent(NamedTuple):
    """An event that facts follow from, without what it carries.

    Args:
        event_id: its storage id.
        run_id: the run; empty: none.
        at: when, seconds since the epoch.
        kind: value of ``DagsterEventType``.
        asset: the asset's key as text; None: it is about none.
        partition: the partition it is about.
    """

    event_id: int
    run_id: str
    at: float
    kind: str
    asset: str | None
    partition: str | None


class PartitionFacts(NamedTuple):
    """The newest of a partition.

    Args:
        asset: the asset's key as text.
        partition: the partition's key.
        ordinal: its number in the asset's numbering; None: it has none.
        materialization_id: storage id of the newest materialization.
        made_at: when that was, seconds since the epoch.
        data_version: what the newest event about it says of its data.
        failed_at: when an attempt to make it failed, the newest time; None: none is known.
    """

    asset: str
    partition: str
    ordinal: int | None
    materialization_id: int | None
    made_at: float | None
    data_version: str | None
    failed_at: float | None


@dataclass(frozen=True)
class OpenBackfill:
    """A backfill that is not over.

    Args:
        storage_id: its number.
        version: grows with every change of it.
        targets: what its parts make.
        is_of_schedule: its parts are times of a schedule; what those make nobody knows before.
    """

    storage_id: int
    version: int
    targets: tuple[BackfillTarget, ...]
    is_of_schedule: bool


class OpenPart(NamedTuple):
    """A part of a backfill that is still to be made, or is being made.

    Args:
        number: which one.
        target: place of its target.
        partition: the key of its partition, or the first of its range; None: it has none.
        last_partition: the last of its range.
    """

    number: int
    target: int
    partition: str | None
    last_partition: str | None


class ConditionStore(Protocol):
    """Where conditions stand, their evaluations, and the facts they are evaluated on."""

    def condition_states(self, automation_id: str) -> dict[str, str]:
        """Where the evaluation of each entity stands, as text, by its user string."""

    def condition_evaluations(
        self,
        entity: str,
        *,
        limit: int,
        before_id: int | None = None,
        after_id: int | None = None,
        until: float | None = None,
    ) -> list[ConditionEvaluation]:
        """Evaluations of an entity that changed something, newest first.

        Args:
            entity: the asset or check, as its user string.
            limit: most of them (count).
            before_id: with a number less than this.
            after_id: with a number greater than this.
            until: of ticks at this time or before, seconds since the epoch.
        """

    def forget_conditions(self, automation_id: str, entities: Collection[str], *, evaluations: bool = False) -> None:
        """Forgets where the evaluation of entities stands that are there no more.

        Args:
            automation_id: whose evaluation.
            entities: which ones, as their user strings.
            evaluations: whether their evaluations are forgotten, too.
        """

    # --- facts

    def condition_position(self) -> StorePosition:
        """Up to where the store is written now."""

    def asset_facts(self, assets: Collection[str] | None = None) -> list[AssetFacts]:
        """The latest of these assets (of all), those never heard of left out."""

    def failed_asset_facts(self) -> list[AssetFacts]:
        """The latest of the assets that were not made as a whole since an attempt failed; only they are read."""

    def asset_data_versions(self, assets: Collection[str]) -> dict[str, str | None]:
        """What the newest materialization (observation, if that is newer) of these assets says of their data."""

    def check_facts(self, assets: Collection[str]) -> list[CheckFacts]:
        """The newest execution of each check of these assets, those never planned left out."""

    def going_runs(self) -> list[RunFacts]:
        """The runs that are queued or go on."""

    def run_facts(self, run_ids: Collection[str]) -> list[RunFacts]:
        """These runs, those that are not there left out."""

    def assets_planned_in_runs(self, run_ids: Collection[str]) -> list[tuple[str, str]]:
        """(run id, asset) of what these runs planned to make, made or not."""

    def planned_in_runs(
        self, run_ids: Collection[str]
    ) -> tuple[list[PlannedAsset], list[PlanFacts], list[tuple[str, str, str]]]:
        """What runs that have begun are to make.

        Returns:
            What they planned and what they made, without saying which partitions; partitions left to make; (run id,
            asset, name) of checks that are planned and not executed yet.
        """

    def news(self, after_id: int, up_to_id: int) -> list[NewsEvent]:
        """The events with these storage ids that facts follow from, in their order.

        Args:
            after_id: with a storage id greater than this.
            up_to_id: with this storage id or a smaller one.
        """

    def newest_of_kind(self, kind: DagsterEventType, assets: Collection[str], up_to_id: int) -> list[int]:
        """Storage ids of the newest event of a kind for each partition of these assets, as of an event.

        Args:
            kind: which kind of event.
            assets: about which assets.
            up_to_id: with this storage id or a smaller one.
        """

    def dynamic_marks(self) -> dict[str, tuple[int, int]]:
        """By name of dynamic partitions a count and a number that together change whenever its keys do."""

    def open_backfills(self) -> list[OpenBackfill]:
        """The backfills that are not over."""

    def open_parts(self, backfill: int) -> list[OpenPart]:
        """The parts of a backfill (by its number) that are to be made or being made."""

    def open_part_numbers(self, backfill: int) -> list[int]:
        """The same parts, their numbers only."""

    def partition_facts(self, assets: Collection[str]) -> list[PartitionFacts]:
        """The newest of each partition of these assets that was ever made, seen or tried."""

    def partition_makers(self, assets: Collection[str]) -> list[tuple[str, int | None, str]]:
        """(asset, number, run id) of the newest materialization of each partition of these assets."""


def texts_of(keys: Iterable[AssetKey]) -> Sequence[str]:
    """Assets as the methods of :class:`ConditionStore` name them."""
    return [key.to_string() for key in keys]
