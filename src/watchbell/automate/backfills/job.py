"""The partitions of a job as parts of a backfill: one run of the whole job for each partition, or range of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.automate.backfills.facts import PlanningInstance, StatesOfAssets, partitions_defs_of, states_of_job
from watchbell.automate.backfills.plan import PlannedAssets, RunsOf, planned_assets
from watchbell.automate.backfills.request import AskedPartitions, There
from watchbell.automate.backfills.units import ONE_PARTITION_A_RUN, PlanUnit, units_of
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.partitioned_config import PartitionedConfig
from watchbell.declare.partitions.view import PartitionsView, looking_from
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.backfill import BackfillPart
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG


def planned_job(
    graph: AssetGraph,
    job: JobDefinition,
    asked: AskedPartitions,
    instance: PlanningInstance,
    view: PartitionsView,
    runs: RunsOf,
    newest_first: bool,
) -> PlannedAssets:
    """The runs of a job for its partitions.

    A job whose assets are partitioned in several ways has no partitions of its own; its assets are planned one by one.

    Args:
        graph: the assets of its location.
        job: the job.
        asked: which partitions.
        instance: what is remembered.
        view: from where one looks.
        runs: as what it runs; config of ``None`` is the job's own.
        newest_first: whether later partitions begin first.

    Raises:
        DagsterInvalidInvocationError: it has no partitions, or nothing is to be made.
        DagsterUnknownPartitionError: a partition that was named does not exist.
    """
    keys = frozenset(job.asset_layer.executable_keys) if job.asset_layer is not None else frozenset()
    definition = job.partitions_def
    if definition is None:
        units = units_of(graph, keys)
        if not any(unit.definition is not None for unit in units):
            raise DagsterInvalidInvocationError(
                f"job {job.name!r} has no partitions, so there is nothing to fill in; `watchbell job launch -j "
                f"{job.name}` puts one run of it into the queue"
            )
        there: There = StatesOfAssets(instance, partitions_defs_of(units))
        return planned_assets(units, asked, there, view, runs, newest_first=newest_first)
    unit, there = _as_one(graph, job, keys, definition, instance, view)
    planned = planned_assets([unit], asked, there, view, replace(runs, is_whole_job=True), newest_first=newest_first)
    if runs.run_config is not None or job.partitioned_config is None:
        return planned
    with looking_from(view.current_time, view.store):
        return replace(planned, parts=list(_with_config(planned.parts, job.partitioned_config, job.config or {})))


def _as_one(
    graph: AssetGraph,
    job: JobDefinition,
    keys: frozenset[AssetKey],
    definition: PartitionsDefinition,
    instance: PlanningInstance,
    view: PartitionsView,
) -> tuple[PlanUnit, There]:
    """A job as something that is made together, and what is known of its partitions."""
    if not keys:
        name = AssetKey(job.name)
        unit = PlanUnit((name,), definition, ONE_PARTITION_A_RUN)
        return unit, states_of_job(instance, job.name, definition, view)
    units = [unit for unit in units_of(graph, keys) if unit.definition is not None]
    inside = {key for unit in units for key in unit.keys}
    edges = [edge for unit in units for edge in unit.edges if edge.parent not in inside or not edge.is_identity]
    unit = PlanUnit(tuple(key for each in units for key in each.keys), definition, _policy(units), tuple(edges))
    return unit, StatesOfAssets(instance, partitions_defs_of(units))


def _policy(units: Sequence[PlanUnit]) -> BackfillPolicy:
    """The policy that all of them have; one partition a run if they differ."""
    policies = {unit.policy for unit in units}
    return policies.pop() if len(policies) == 1 else ONE_PARTITION_A_RUN


def _with_config(
    parts: Sequence[BackfillPart], config: PartitionedConfig, own: Mapping[str, Any]
) -> Iterator[BackfillPart]:
    """The parts with what the job says of each partition; what the job's own config says anyhow is not written."""
    for part in parts:
        if part.partition_key is None or part.last_partition_key not in (None, part.partition_key):
            yield part
            continue
        made = config.get_run_config_for_partition_key(part.partition_key)
        tags = config.get_tags_for_partition_key(part.partition_key)
        more = {name: value for name, value in tags.items() if not name.startswith(PARTITION_TAG)}
        yield part if made == own and not more else replace(part, run_config=made, tags=more)
