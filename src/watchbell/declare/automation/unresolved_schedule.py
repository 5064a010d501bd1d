"""Schedules of asset jobs whose partitions are known when all assets are: what is said of them until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition
from watchbell.declare.names import check_instance
from watchbell.ground.errors import CheckError
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


@dataclass(frozen=True)
class When:
    """When a schedule runs, as far as its job's partitions do not say so.

    Args:
        minute_of_hour, hour_of_day, day_of_week, day_of_month: instead of the end of each window.
        cron_schedule: when, for partitions that have no time.
        timezone: IANA zone in which all that is read; None: that of the partitions.
        execution_timezone: IANA zone of ``cron_schedule``.
    """

    minute_of_hour: int | None = None
    hour_of_day: int | None = None
    day_of_week: int | None = None
    day_of_month: int | None = None
    cron_schedule: str | None = None
    timezone: str | None = None
    execution_timezone: str | None = None

    @property
    def has_moments(self) -> bool:
        """Whether it says a minute, hour or day."""
        given = (self.minute_of_hour, self.hour_of_day, self.day_of_week, self.day_of_month)
        return any(each is not None for each in given)

    def check(self, what: str) -> None:
        """Does nothing if its parts fit each other.

        Raises:
            CheckError: arguments that exclude each other.
            ParameterCheckError: an argument has the wrong type.
        """
        for name in ("minute_of_hour", "hour_of_day", "day_of_week", "day_of_month"):
            if getattr(self, name) is not None:
                check_instance(getattr(self, name), int, f"{name} of {what}")
        for name, text in (("execution_timezone", self.execution_timezone), ("timezone", self.timezone)):
            if text is not None:
                check_instance(text, str, f"{name} of {what}")
        if self.timezone is not None and self.execution_timezone is not None:
            raise CheckError(f"{what} has timezone= and execution_timezone=, which are the same; give one of them")
        if self.has_moments and (self.cron_schedule is not None or self.execution_timezone is not None):
            raise CheckError(
                f"{what} has cron_schedule or execution_timezone as well as minute_of_hour, hour_of_day, day_of_week "
                "or day_of_month; give one or the other (a zone goes into timezone=)"
            )


@dataclass(frozen=True)
class Facts:
    """What is said of a schedule besides its job and its times."""

    name: str
    description: str | None = None
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    owners: Sequence[str] | None = None
    policy: AutomationPolicy = PLAIN_POLICY
    code_place: str | None = None


@dataclass(frozen=True)
class UnresolvedPartitionedAssetScheduleDefinition:
    """A schedule of an asset job, whose partitions are those of assets that are not collected yet.

    Args:
        job: the job.
        facts: what else is said of the schedule.
        when: when it runs.
    """

    job: UnresolvedAssetJobDefinition
    facts: Facts
    when: When

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.facts.name

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """Labelled facts."""
        return self.facts.metadata

    @property
    def default_status(self) -> DefaultScheduleStatus:
        """Whether it ticks when nobody said otherwise."""
        return self.facts.default_status

    def with_attributes(self, *, metadata: RawMetadataMapping) -> UnresolvedPartitionedAssetScheduleDefinition:
        """The same schedule with other metadata."""
        return replace(self, facts=replace(self.facts, metadata=normalize_metadata(metadata)))

    def with_metadata(self, metadata: RawMetadataMapping) -> UnresolvedPartitionedAssetScheduleDefinition:
        """The same schedule with other metadata."""
        return self.with_attributes(metadata=metadata)

    def resolve(self, asset_graph: AssetGraph) -> ScheduleDefinition:
        """The schedule, now that the assets are known.

        Raises:
            CheckError: its job has no partitions.
            DagsterInvalidDefinitionError: they are of a kind that no schedule follows from.
        """
        found = self.job.resolve_partitions_def(asset_graph)
        if found is None:
            raise CheckError(
                f"schedule {self.name!r}: none of the assets of the job {self.job.name!r} has partitions, so there are "
                "none to run it for; give an asset partitions_def=, or use ScheduleDefinition"
            )
        made: ScheduleDefinition = call_upward("partitioned_schedule", self.job, found, self.facts, self.when)
        return made


PartitionedSchedule = ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition
SCHEDULES = (ScheduleDefinition, UnresolvedPartitionedAssetScheduleDefinition)


def resolved_schedules(schedules: Sequence[PartitionedSchedule], asset_graph: AssetGraph) -> list[ScheduleDefinition]:
    """The schedules, those completed that wait for their assets.

    Args:
        schedules: of a location.
        asset_graph: all its assets.
    """
    return [each if isinstance(each, ScheduleDefinition) else each.resolve(asset_graph) for each in schedules]
