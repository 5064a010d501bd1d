"""Planning a backfill: from definitions, an instance and what is asked to a plan. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from watchbell.automate.backfills.estimate import estimated
from watchbell.automate.backfills.facts import (
    PlanningInstance,
    StatesOfAssets,
    partitions_defs_of,
    past_runs,
    plan_view,
    runs_at_once,
)
from watchbell.automate.backfills.job import planned_job
from watchbell.automate.backfills.plan import BackfillPlan, PlannedAssets, RunsOf, planned_assets
from watchbell.automate.backfills.request import AskedPartitions, Only, PerRun, Remark
from watchbell.automate.backfills.schedule import planned_times
from watchbell.automate.backfills.units import units_of
from watchbell.declare.assets.selection import CoercibleToAssetSelection, selection_of
from watchbell.declare.collect import Definitions, RepositoryDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    ParameterCheckError,
)
from watchbell.ground.ids import new_run_id
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.backfill import PART_TAG, Backfill, BackfillPart
from watchbell.record.keys import AssetKey
from watchbell.record.partition import (
    BACKFILL_TAG,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    PartitionKeyRange,
)
from watchbell.record.request import check_tags

BACKFILL_ID_LENGTH = 8
_OWN_TAGS = frozenset({BACKFILL_TAG, PART_TAG, PARTITION_TAG, RANGE_START_TAG, RANGE_END_TAG})
OnlyText = Literal["every", "missing", "failed", "failed_and_missing"]
PerRunText = Literal["policy", "one", "range"]


@dataclass(frozen=True)
class BackfillWishes:
    """How the runs of a backfill shall go on; what is the same for partitions and for times.

    Args:
        newest_first: whether later partitions begin first, where needs leave it open.
        max_concurrent_runs: most runs that are queued or go on at a time (count, >= 1); None: no limit of its own.
        tags: tags of all runs.
        title: what it is called, for people.
        description: more of it, for people.
        created_by: who asks.
        per_run: how many partitions a run makes: as the ``backfill_policy`` of the assets says (``"policy"``), one
            (``"one"``), or as many as follow each other (``"range"``).

    Raises:
        ParameterCheckError: a tag is no text, or one that the backfill sets itself; the number is less than 1; or
            ``per_run`` is none of these words.

    Example:
        >>> BackfillWishes(newest_first=True, title="new rates").max_concurrent_runs is None
        True
    """

    newest_first: bool = False
    max_concurrent_runs: int | None = None
    tags: Mapping[str, str] | None = None
    title: str = ""
    description: str = ""
    created_by: str = ""
    per_run: PerRunText = "policy"

    def __post_init__(self) -> None:
        check_tags(self.tags)
        if self.per_run not in (known := [each.value for each in PerRun]):
            raise ParameterCheckError(
                f"per_run is one of {', '.join(known)}, not {self.per_run!r}", parameter="per_run", value=self.per_run
            )
        for name in self.tags or ():
            if name in _OWN_TAGS or name.startswith(f"{PARTITION_TAG}/"):
                raise ParameterCheckError(
                    f"the tag {name!r} says which part of a backfill a run is, which the backfill sets; leave it out",
                    parameter="tags",
                    value=name,
                )
        if self.max_concurrent_runs is not None and self.max_concurrent_runs < 1:
            raise ParameterCheckError(
                f"max_concurrent_runs is a count of at least 1, not {self.max_concurrent_runs!r}; leave it out for no "
                "limit",
                parameter="max_concurrent_runs",
                value=self.max_concurrent_runs,
            )


def plan_backfill(
    definitions: Definitions | RepositoryDefinition,
    instance: PlanningInstance,
    *,
    location_name: str,
    assets: CoercibleToAssetSelection | None = None,
    job_name: str | None = None,
    partition_keys: Sequence[str] | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    latest: int | None = None,
    only: OnlyText = "every",
    run_config: Mapping[str, Any] | None = None,
    wishes: BackfillWishes | None = None,
    current_time: datetime | None = None,
) -> BackfillPlan:
    """The plan of a backfill: which runs make which partitions, in which order. Nothing is stored or run.

    Args:
        definitions: those of the code location.
        instance: what is there already, and how long runs took.
        location_name: the name of the code location, as ``watchbell job list`` shows it.
        assets: a selection of assets. The partitions are those of the assets that are made from no other partitioned
            one of the selection; what is downstream follows by the mappings.
        job_name: or a job.
        partition_keys: these partitions; of this, the next and ``latest`` at most one. None of them: all.
        partition_key_range: from one to another, both included.
        latest: the newest so many (count, >= 1).
        only: of these only those that are ``"missing"``, ``"failed"`` or ``"failed_and_missing"``; what is being made
            just now is left out then.
        run_config: config of all runs; None: the job's own.
        wishes: order, cap, tags and title.
        current_time: the moment that decides which windows are over, aware; None: now.

    Returns:
        The plan, for ``print(plan.describe())`` and ``instance.launch_backfill(plan)``.

    Raises:
        DagsterUnknownPartitionError: a partition that was named does not exist; gives the nearest.
        DagsterInvalidInvocationError: nothing is to be made, nothing has partitions, or it would be too many runs.
        DagsterInvalidSubsetError: the selection is empty, or not one that can be made.
        DagsterInvariantViolationError: there is no such job.

    Example:
        >>> @asset(partitions_def=StaticPartitionsDefinition(["north", "south"]))
        ... def sales() -> None: ...
        >>> with DagsterInstance.ephemeral() as instance:
        ...     plan = plan_backfill(Definitions([sales]), instance, location_name="shop", assets="sales")
        >>> print(plan.describe())
        1. sales: north to south in 2 runs
        no estimate: such runs have not ended well before
    """
    if (assets is None) == (job_name is None):
        raise DagsterInvalidInvocationError(
            "a backfill is of assets or of a job: give assets= or job_name=, and not both"
        )
    wishes = wishes or BackfillWishes()
    repository = _repository(definitions)
    keys = None if partition_keys is None else tuple(partition_keys)
    asked = AskedPartitions(keys, partition_key_range, latest, _only(only))
    view = plan_view(instance, current_time)
    if job_name is not None:
        job = repository.get_job(job_name)
        runs = RunsOf(job_name, location_name, run_config, job.run_tags, per_run=PerRun(wishes.per_run))
        planned = planned_job(repository.asset_graph, job, asked, instance, view, runs, wishes.newest_first)
        what = f"job {job_name}"
    else:
        planned, what = _planned_selection(repository, assets, asked, instance, view, location_name, run_config, wishes)
    _check_config(repository, planned)
    return _plan(planned, instance, view, wishes, f"{asked.words} of {what}")


def plan_schedule_backfill(
    definitions: Definitions | RepositoryDefinition,
    instance: PlanningInstance,
    schedule_name: str,
    start: datetime,
    end: datetime,
    *,
    location_name: str,
    wishes: BackfillWishes | None = None,
    current_time: datetime | None = None,
) -> BackfillPlan:
    """The plan of a backfill of a schedule: its past times, each evaluated as it would have been then.

    A time that has its tick already is skipped when it comes to it.

    Args:
        definitions: those of the code location.
        instance: what is remembered.
        schedule_name: the schedule.
        start: the first time, aware, included.
        end: the last time, aware, included; not in the future.
        location_name: the name of the code location.
        wishes: order, cap, tags and title.
        current_time: the moment after which nothing is past, aware; None: now.

    Raises:
        DagsterInvariantViolationError: there is no such schedule; gives the nearest.
        DagsterInvalidInvocationError: the schedule has no times in the range, or too many.

    Example:
        >>> from datetime import UTC, datetime
        >>> @job
        ... def nightly(): ...
        >>> at_three = ScheduleDefinition(job=nightly, cron_schedule="0 3 * * *", name="at_three")
        >>> start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
        >>> with DagsterInstance.ephemeral() as instance:
        ...     defs = Definitions(schedules=[at_three])
        ...     plan = plan_schedule_backfill(defs, instance, "at_three", start, end, location_name="shop")
        >>> plan.runs_count
        7
    """
    wishes = wishes or BackfillWishes()
    view = plan_view(instance, current_time)
    schedule = _repository(definitions).get_schedule_def(schedule_name)
    planned = planned_times(schedule, start, end, view.now, location_name, newest_first=wishes.newest_first)
    words = f"times of schedule {schedule_name} from {start.isoformat(' ')} to {end.isoformat(' ')}"
    return _plan(planned, instance, view, wishes, words, schedule_name)


def _planned_selection(
    repository: RepositoryDefinition,
    assets: Any,
    asked: AskedPartitions,
    instance: PlanningInstance,
    view: PartitionsView,
    location_name: str,
    run_config: Mapping[str, Any] | None,
    wishes: BackfillWishes,
) -> tuple[PlannedAssets, str]:
    graph = repository.asset_graph
    selected = selection_of(assets).resolve(graph)
    made = selected & graph.materializable_keys
    if not made:
        raise DagsterInvalidSubsetError(
            "the selection has no asset that something here makes; `watchbell asset list` shows what there is"
        )
    units = units_of(graph, made)
    job_name = repository.get_implicit_asset_job_names()[0]
    runs = RunsOf(job_name, location_name, run_config, {}, per_run=PerRun(wishes.per_run))
    there = StatesOfAssets(instance, partitions_defs_of(units))
    planned = planned_assets(units, asked, there, view, runs, newest_first=wishes.newest_first)
    left_out = [
        Remark(key.to_user_string(), "left out: nothing here makes it")
        for key in sorted(selected - graph.materializable_keys)
    ]
    return replace(planned, remarks=[*left_out, *planned.remarks]), _names(graph.upstream_first(made))


def _plan(
    planned: PlannedAssets,
    instance: PlanningInstance,
    view: PartitionsView,
    wishes: BackfillWishes,
    words: str,
    schedule_name: str | None = None,
) -> BackfillPlan:
    backfill = Backfill(
        new_run_id()[:BACKFILL_ID_LENGTH],
        planned.targets,
        instance.clock.now(),
        title=wishes.title,
        description=wishes.description,
        asked=words,
        schedule_name=schedule_name,
        newest_first=wishes.newest_first,
        max_concurrent_runs=wishes.max_concurrent_runs,
        tags=dict(wishes.tags or {}),
        created_by=wishes.created_by,
        definitions=planned.definitions,
    )
    steps = planned.steps
    past = {place: past_runs(instance, step, view) for place, step in enumerate(steps)}
    estimate = estimated(steps, past, runs_at_once(instance, wishes.max_concurrent_runs, steps))
    return BackfillPlan(backfill, planned.parts, steps, planned.remarks, estimate)


def _check_config(repository: RepositoryDefinition, planned: PlannedAssets) -> None:
    """Refuses config that no run could start with; where each partition has its own, that of the first is looked at.

    Raises:
        DagsterInvalidConfigError: lists every mistake.
    """
    first: dict[int, BackfillPart] = {}
    for part in planned.parts:
        first.setdefault(part.target, part)
    for place, part in first.items():
        target = planned.targets[place]
        job = repository.get_maybe_subset_job_def(target.job_name, asset_selection=target.asset_keys)
        config = target.run_config if part.run_config is None else part.run_config
        resolve_run_config(job, config or None)


def _repository(definitions: Definitions | RepositoryDefinition) -> RepositoryDefinition:
    return definitions.get_repository_def() if isinstance(definitions, Definitions) else definitions


def _only(text: str) -> Only:
    try:
        return Only(text)
    except ValueError:
        known = [each.value for each in Only]
        raise ParameterCheckError(
            f"only is one of {', '.join(known)}, not {text!r}{did_you_mean(text, known)}", parameter="only", value=text
        ) from None


def _names(keys: Sequence[AssetKey]) -> str:
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return ", ".join(key.to_user_string() for key in keys[:3]) + more
