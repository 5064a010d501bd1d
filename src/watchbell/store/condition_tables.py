"""The methods of the store that speak of conditions; fulfils ``record.condition_store.ConditionStore``."""

from __future__ import annotations

from collections.abc import Collection

from watchbell.record.condition import ConditionEvaluation
from watchbell.record.condition_store import (
    AssetFacts,
    CheckFacts,
    NewsEvent,
    OpenBackfill,
    OpenPart,
    PartitionFacts,
    PlanFacts,
    PlannedAsset,
    RunFacts,
    StorePosition,
)
from watchbell.record.event import DagsterEventType
from watchbell.store import condition_facts, conditions
from watchbell.store.session import Database


class ConditionTables:
    """A base of ``SqlStore``, which has the database."""

    _database: Database

    def condition_states(self, automation_id: str) -> dict[str, str]:
        """Where the evaluation of each entity stands, as text, by its user string."""
        with self._database.read() as session:
            return conditions.states(session, automation_id)

    def condition_evaluations(
        self,
        entity: str,
        *,
        limit: int,
        before_id: int | None = None,
        after_id: int | None = None,
        until: float | None = None,
    ) -> list[ConditionEvaluation]:
        """Evaluations of an entity that changed something, newest first."""
        with self._database.read() as session:
            return conditions.evaluations(
                session, entity, limit=limit, before_id=before_id, after_id=after_id, until=until
            )

    def forget_conditions(self, automation_id: str, entities: Collection[str], *, evaluations: bool = False) -> None:
        """Forgets where the evaluation of entities stands that are there no more."""
        with self._database.write() as session:
            conditions.forget(session, automation_id, entities, with_evaluations=evaluations)

    # --- facts

    def condition_position(self) -> StorePosition:
        """Up to where the store is written now."""
        with self._database.read() as session:
            return condition_facts.position(session)

    def asset_facts(self, assets: Collection[str] | None = None) -> list[AssetFacts]:
        """The latest of these assets (of all), those never heard of left out."""
        with self._database.read() as session:
            return condition_facts.assets(session, assets)

    def failed_asset_facts(self) -> list[AssetFacts]:
        """The latest of the assets that were not made as a whole since an attempt failed; only they are read."""
        with self._database.read() as session:
            return condition_facts.failed_assets(session)

    def asset_data_versions(self, assets: Collection[str]) -> dict[str, str | None]:
        """What the newest event about these assets says of their data."""
        with self._database.read() as session:
            return condition_facts.data_versions(session, assets)

    def check_facts(self, assets: Collection[str]) -> list[CheckFacts]:
        """The newest execution of each check of these assets, those never planned left out."""
        with self._database.read() as session:
            return condition_facts.checks(session, assets)

    def going_runs(self) -> list[RunFacts]:
        """The runs that are queued or go on."""
        with self._database.read() as session:
            return condition_facts.going_runs(session)

    def run_facts(self, run_ids: Collection[str]) -> list[RunFacts]:
        """These runs, those that are not there left out."""
        with self._database.read() as session:
            return condition_facts.runs(session, run_ids)

    def assets_planned_in_runs(self, run_ids: Collection[str]) -> list[tuple[str, str]]:
        """(run id, asset) of what these runs planned to make, made or not."""
        with self._database.read() as session:
            return condition_facts.assets_planned_in_runs(session, run_ids)

    def planned_in_runs(
        self, run_ids: Collection[str]
    ) -> tuple[list[PlannedAsset], list[PlanFacts], list[tuple[str, str, str]]]:
        """What runs that have begun are to make: assets as a whole, partitions, checks."""
        with self._database.read() as session:
            return condition_facts.planned_in_runs(session, run_ids)

    def news(self, after_id: int, up_to_id: int) -> list[NewsEvent]:
        """The events with these storage ids that facts follow from, in their order."""
        with self._database.read() as session:
            return condition_facts.news(session, after_id, up_to_id)

    def newest_of_kind(self, kind: DagsterEventType, assets: Collection[str], up_to_id: int) -> list[int]:
        """Storage ids of the newest event of a kind for each partition of these assets, as of an event."""
        with self._database.read() as session:
            return condition_facts.newest_of_kind(session, kind, assets, up_to_id)

    def dynamic_marks(self) -> dict[str, tuple[int, int]]:
        """By name of dynamic partitions a count and a number that together change whenever its keys do."""
        with self._database.read() as session:
            return condition_facts.dynamic_marks(session)

    def open_backfills(self) -> list[OpenBackfill]:
        """The backfills that are not over."""
        with self._database.read() as session:
            return condition_facts.open_backfills(session)

    def open_parts(self, backfill: int) -> list[OpenPart]:
        """The parts of a backfill (by its number) that are to be made or being made."""
        with self._database.read() as session:
            return condition_facts.open_parts(session, backfill)

    def open_part_numbers(self, backfill: int) -> list[int]:
        """The same parts, their numbers only."""
        with self._database.read() as session:
            return condition_facts.open_part_numbers(session, backfill)

    def partition_facts(self, assets: Collection[str]) -> list[PartitionFacts]:
        """The newest of each partition of these assets that was ever made, seen or tried."""
        with self._database.read() as session:
            return condition_facts.partitions(session, assets)

    def partition_makers(self, assets: Collection[str]) -> list[tuple[str, int | None, str]]:
        """(asset, number, run id) of the newest materialization of each partition of these assets."""
        with self._database.read() as session:
            return condition_facts.partition_makers(session, assets)
