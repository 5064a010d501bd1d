"""Schedules that run a job with partitions for the newest of them: ``build_schedule_from_partitioned_job``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.policy_arguments import Length, schedule_policy
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition, ScheduleEvaluationContext
from watchbell.declare.automation.unresolved_schedule import (
    Facts,
    PartitionedSchedule,
    UnresolvedPartitionedAssetScheduleDefinition,
    When,
)
from watchbell.declare.code_place import place_here
from watchbell.declare.job import JobDefinition
from watchbell.declare.labels import check_owners
from watchbell.declare.names import check_instance, check_name, definition_tags
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.schedule_type import ScheduleType
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import looking_from, partitions_view
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.automation_policy import Catchup, Overlap
from watchbell.record.metadata import RawMetadataMapping, normalize_metadata
from watchbell.record.request import RunRequest, SkipReason

_LONG_WINDOWS = (ScheduleType.DAILY, ScheduleType.WEEKLY, ScheduleType.MONTHLY)
NO_PARTITIONS = "The job's PartitionsDefinition has no partitions"


def build_schedule_from_partitioned_job(
    job: JobDefinition | UnresolvedAssetJobDefinition,
    description: str | None = None,
    name: str | None = None,
    minute_of_hour: int | None = None,
    hour_of_day: int | None = None,
    day_of_week: int | None = None,
    day_of_month: int | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
    tags: Mapping[str, str] | None = None,
    cron_schedule: str | None = None,
    execution_timezone: str | None = None,
    metadata: RawMetadataMapping | None = None,
    owners: Sequence[str] | None = None,
    timezone: str | None = None,
    *,
    catchup: Catchup | str = "default",
    catchup_window: Length | None = None,
    overlap: Overlap | str = "allow",
    jitter: Length | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> PartitionedSchedule:
    """A schedule that runs a job with partitions for the newest of them.

    It runs when a window of time is over, for that window; hours, minutes and days move it to later. With a second
    dimension beside time there is a run for each of its partitions, with static partitions for each of these.

    Args:
        job: the job.
        description: free text.
        name: left out: the job's name and ``_schedule``.
        minute_of_hour: when, instead of at the end of the window (0 to 59).
        hour_of_day: likewise (0 to 23); not for hourly partitions.
        day_of_week: likewise (0 is Sunday); for weekly partitions.
        day_of_month: likewise (1 to 31); for monthly partitions.
        default_status: whether it ticks when nobody said otherwise.
        tags: tags of its runs, besides those of the partition.
        cron_schedule: when; for static partitions, which say nothing of it.
        execution_timezone: IANA zone of ``cron_schedule``.
        metadata: labelled facts.
        owners: e-mail addresses and teams.
        timezone: IANA zone in which hours and days are meant; left out: that of the partitions. Daily and longer
            windows are then asked for that were over when the day of the tick began in that zone.
        catchup, catchup_window, overlap, jitter, timeout_seconds, run_key_ttl: as for :class:`ScheduleDefinition`.

    Returns:
        The schedule; of an asset job without ``partitions_def=`` one that is completed by ``Definitions``.

    Raises:
        CheckError: the job has no partitions, or these exclude an argument.
        DagsterInvalidDefinitionError: no schedule follows from such partitions, or a time is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> @job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
        ... def sales(): ...
        >>> nightly = build_schedule_from_partitioned_job(sales, hour_of_day=2)
        >>> nightly.cron_schedule
        '0 2 * * *'
        >>> moment = datetime.fromisoformat("2024-05-02T02:00+00:00")
        >>> nightly(build_schedule_context(scheduled_execution_time=moment)).partition_key
        '2024-05-01'
    """
    if not isinstance(job, JobDefinition | UnresolvedAssetJobDefinition):
        raise ParameterCheckError(
            f"build_schedule_from_partitioned_job takes a job of @job or define_asset_job, not {job!r}",
            parameter="job",
            value=job,
        )
    own_name = check_name(f"{job.name}_schedule" if name is None else name, "schedule")
    what = f"schedule {own_name!r}"
    when = When(minute_of_hour, hour_of_day, day_of_week, day_of_month, cron_schedule, timezone, execution_timezone)
    when.check(what)
    facts = Facts(
        own_name,
        description,
        check_instance(default_status, DefaultScheduleStatus, f"default_status of {what}"),
        definition_tags(tags, what),
        normalize_metadata(metadata),
        check_owners(owners, what),
        schedule_policy(what, catchup, catchup_window, overlap, jitter, timeout_seconds, run_key_ttl),
        place_here(),
    )
    if isinstance(job, UnresolvedAssetJobDefinition) and job.known_partitions_def is None:
        return UnresolvedPartitionedAssetScheduleDefinition(job, facts, when)
    found = job.known_partitions_def if isinstance(job, UnresolvedAssetJobDefinition) else job.partitions_def
    if found is None:
        raise CheckError(
            f"{what}: the job {job.name!r} has no partitions, so there are none to run it for; give it "
            "partitions_def=, or use ScheduleDefinition"
        )
    return schedule_of_partitions(job, found, facts, when)


def schedule_of_partitions(
    job: JobDefinition | UnresolvedAssetJobDefinition, partitions: PartitionsDefinition, facts: Facts, when: When
) -> ScheduleDefinition:
    """The schedule that follows from partitions.

    Args:
        job: the job it runs.
        partitions: those of the job.
        facts: what else is said of the schedule.
        when: when it runs, as far as the partitions do not say so.

    Raises:
        CheckError: the partitions exclude something of ``when``.
        DagsterInvalidDefinitionError: no schedule follows from such partitions.
    """
    cron, zone = _rule(partitions, when, f"schedule {facts.name!r}")

    def requests(context: ScheduleEvaluationContext) -> Any:
        return _requests(job, partitions, facts.tags, (when.timezone, zone), context)

    made = ScheduleDefinition(
        facts.name,
        cron_schedule=cron,
        execution_timezone=zone,
        execution_fn=requests,
        description=facts.description,
        job=job,
        default_status=facts.default_status,
        metadata=facts.metadata,
        owners=facts.owners,
        catchup=facts.policy.catchup,
        catchup_window=facts.policy.catchup_window_seconds,
        overlap=facts.policy.overlap,
        jitter=facts.policy.jitter_seconds,
        timeout_seconds=facts.policy.timeout_seconds,
        run_key_ttl=facts.policy.run_key_ttl_seconds,
    )
    made.code_place = facts.code_place
    return made


def _windows(partitions: PartitionsDefinition) -> TimeWindowPartitionsDefinition | None:
    """The windows of time in partitions; None if there are none."""
    if isinstance(partitions, MultiPartitionsDefinition):
        return partitions.time_window_partitions_def if partitions.has_time_window_dimension else None
    return partitions if isinstance(partitions, TimeWindowPartitionsDefinition) else None


def _rule(partitions: PartitionsDefinition, when: When, what: str) -> tuple[str, str | None]:
    """Cron string and zone of a schedule over partitions."""
    windows = _windows(partitions)
    if windows is not None:
        if when.cron_schedule is not None or when.execution_timezone is not None:
            raise CheckError(
                f"{what}: its job's partitions are windows of time, which say themselves when it runs; leave "
                "cron_schedule and execution_timezone out, and say by hour_of_day and its sisters how much later, or "
                "by timezone= in which zone"
            )
        try:
            cron = windows.get_cron_schedule(when.minute_of_hour, when.hour_of_day, when.day_of_week, when.day_of_month)
        except CheckError as error:
            raise CheckError(f"{what}: {error}") from None
        return cron, when.timezone or windows.timezone
    if not isinstance(partitions, StaticPartitionsDefinition):
        raise DagsterInvalidDefinitionError(
            f"{what}: no schedule follows from {partitions!r}; it can from windows of time, from two dimensions of "
            "which one is windows of time, and from static partitions with a cron_schedule. Else write a @schedule "
            "that returns RunRequest(partition_key=…)"
        )
    if when.has_moments or when.cron_schedule is None:
        raise CheckError(f"{what}: static partitions do not say when it runs; give it a cron_schedule (alone)")
    return when.cron_schedule, when.execution_timezone or when.timezone


def _requests(
    job: JobDefinition | UnresolvedAssetJobDefinition,
    partitions: PartitionsDefinition,
    tags: Mapping[str, str],
    zones: tuple[str | None, str | None],
    context: ScheduleEvaluationContext,
) -> Any:
    """What a tick asks for: the newest partition, or several; ``zones``: that of ``timezone=``, and the schedule's."""
    timezone, zone = zones
    windows = _windows(partitions)
    at = context.nominal_at(zone) or partitions_view().now
    store: Any = (
        context.instance if context.has_instance and isinstance(partitions, MultiPartitionsDefinition) else None
    )
    with looking_from(at if windows is None else _limit(windows, at, timezone), store):
        keys = _keys(partitions, windows)
    if not keys:
        return SkipReason(NO_PARTITIONS)
    is_repeated = windows is None  # each tick asks for them anew, so their keys are no run keys
    found = [_request(job, key, None if is_repeated else key, tags, at, store) for key in keys]
    return found[0] if len(found) == 1 else found


def _keys(partitions: PartitionsDefinition, windows: TimeWindowPartitionsDefinition | None) -> Sequence[str]:
    if windows is None:
        return partitions.get_partition_keys()
    newest = windows.get_last_partition_key()
    if newest is None:
        return []
    if isinstance(partitions, MultiPartitionsDefinition):
        name = partitions.time_window_dimension.name
        return partitions.get_multipartition_keys_with_dimension_value(name, newest)
    return [newest]


def _limit(windows: TimeWindowPartitionsDefinition, at: datetime, timezone: str | None) -> datetime:
    """When the windows that a tick asks for must be over."""
    if timezone is None or windows.schedule_type not in _LONG_WINDOWS:
        return at
    zone = ZoneInfo(timezone)
    return datetime.combine(at.astimezone(zone).date(), time(), zone)


def _request(
    job: JobDefinition | UnresolvedAssetJobDefinition,
    key: str,
    run_key: str | None,
    tags: Mapping[str, str],
    at: datetime,
    store: Any,
) -> RunRequest:
    if isinstance(job, UnresolvedAssetJobDefinition) and job.known_partitions_def is None:
        return RunRequest(run_key, tags=tags, partition_key=key)  # completed by the evaluation, which knows the job
    return job.run_request_for_partition(key, run_key, tags, current_time=at, dynamic_partitions_store=store)
