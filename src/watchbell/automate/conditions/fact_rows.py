"""What stored rows say of entities: pure, one row in, one fact changed."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.world import Fact, World
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.condition_store import AssetFacts, CheckFacts, PartitionFacts
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import StoredPartitions
from watchbell.record.run import FINISHED_STATUSES, DagsterRunStatus

_FAILURE = DagsterRunStatus.FAILURE.value
_OVER = frozenset(status.value for status in FINISHED_STATUSES)


def is_observed(entity: Entity) -> bool:
    """Whether it is a source that is looked at: it changes with observations, not by being made."""
    return entity.is_executable and entity.job_name is None and not isinstance(entity.key, AssetCheckKey)


def take_asset(entity: Entity, row: AssetFacts, world: World) -> None:
    """What is known of an asset without partitions."""
    fact = entity.fact
    fact.made = row.materialization_id is not None or (is_observed(entity) and row.observation_id is not None)
    # A report from outside is no attempt: only the run itself, or a later one, takes its failure back.
    fact.failed = row.planned_status == _FAILURE and row.run_id != row.planned_run_id
    if entity.key in world.timed:
        fact.made_at, fact.failed_at = row.made_at, row.failed_at
    if entity.key in world.traced:
        fact.last_run_id = row.run_id or None


def take_check(entity: Entity, row: CheckFacts, asset: AssetFacts | None, world: World) -> None:
    """What is known of a check: how its newest execution ended, unless its asset was made again since.

    A result says which materialization it looked at; one that says none (its asset had not been made, or it was
    reported from outside) is about the asset whenever it is made. An execution that never came to a result has failed
    if its run did; one that was called off is not missing.
    """
    fact = entity.fact
    fact.failed = False
    fact.check_passed = None
    fact.made = _is_about_newest(row, asset)
    if fact.made and row.evaluation_id is not None:
        fact.check_passed = row.status == "SUCCEEDED"
    elif fact.made:
        fact.failed = row.run_status == _FAILURE
    if entity.key in world.timed:
        fact.made_at = row.evaluated_at if fact.made else None
    if entity.key in world.traced:
        fact.last_run_id = row.run_id or None


def _is_about_newest(row: CheckFacts, asset: AssetFacts | None) -> bool:
    """Whether an execution is about the newest materialization of its asset."""
    if asset is None or asset.materialization_id is None:
        return True
    if row.evaluation_id is not None:
        return row.target_id is None or row.target_id >= asset.materialization_id
    if row.run_status is not None and row.run_status not in _OVER:
        return True
    return row.run_status is not None and (row.execution_id > asset.materialization_id or row.run_id == asset.run_id)


def take_sets(entity: Entity, stored: StoredPartitions) -> None:
    """Which partitions were made and have failed, in the numbers of the definition; they are settled."""
    definition = entity.definition
    assert definition is not None
    numbering = definition.numbering
    entity.fact.made = stored.materialized if stored.numbering == numbering else OrdinalSet()
    entity.fact.failed = stored.failed.get(numbering, OrdinalSet())


def take_partitions(entity: Entity, rows: Iterable[PartitionFacts], world: World) -> None:
    """Times and versions of partitions."""
    made_at, failed_at, versions = {}, {}, {}
    for row in rows:
        if row.ordinal is None:
            continue
        if row.made_at is not None:
            made_at[row.ordinal] = row.made_at
        if row.failed_at is not None:
            failed_at[row.ordinal] = row.failed_at
        if row.data_version is not None:
            versions[row.ordinal] = row.data_version
    if entity.key in world.timed:
        entity.fact.made_at, entity.fact.failed_at = made_at, failed_at
    if entity.key in world.versioned:
        entity.fact.data_version = versions


def has_bare_failures(fact: Fact) -> bool:
    """Whether partitions have failed of which nobody knows when."""
    if not isinstance(fact.failed, OrdinalSet) or not fact.failed:
        return False
    return any(ordinal not in fact.failed_at for ordinal in fact.failed) if isinstance(fact.failed_at, dict) else True


def take_failures(fact: Fact, row: AssetFacts) -> None:
    """Partitions of which nobody knows when they failed did so when the asset failed last."""
    if row.failed_at is None or not isinstance(fact.failed, OrdinalSet):
        return
    known = fact.failed_at if isinstance(fact.failed_at, dict) else {}
    fact.failed_at = dict.fromkeys(fact.failed, row.failed_at) | known


def dynamic_names(definition: PartitionsDefinition | None) -> tuple[str, ...]:
    """The names of the dynamic partitions that a definition consists of."""
    if isinstance(definition, DynamicPartitionsDefinition):
        return () if definition.name is None else (definition.name,)
    if isinstance(definition, MultiPartitionsDefinition):
        return tuple(name for each in definition.partitions_defs for name in dynamic_names(each.partitions_def))
    return ()


def blank(entity: Entity) -> None:
    """Nothing is known of an entity."""
    fact = entity.fact
    fact.made = fact.failed = fact.running = fact.backfilling = entity.nothing
    fact.updates = ()
    fact.freshness, fact.freshness_until = "UNKNOWN", None
    fact.made_at = fact.failed_at = fact.data_version = fact.last_run_id = fact.check_passed = None
