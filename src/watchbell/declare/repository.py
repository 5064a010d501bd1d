"""The definitions of one code location, checked against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import (
    IMPLICIT_ASSET_JOB_NAME,
    UnresolvedAssetJobDefinition,
    asset_job,
    loads_of,
)
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.automation.condition_sensor import (
    AutomationConditionSensorDefinition,
    EntityKeys,
    conditioned_by,
    with_default_sensor,
)
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.automation.unresolved_schedule import PartitionedSchedule, resolved_schedules
from watchbell.declare.checks.asset_check_graph import unknown_check
from watchbell.declare.config.stored_config import check_stored_config
from watchbell.declare.distinct_names import by_name, jobs_by_name
from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.location_snapshot import snapshot_of
from watchbell.declare.logger_definition import LoggerDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.resource import ResourceDefinition, missing_resource
from watchbell.declare.run_tags import check_run_tags
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import MetadataValue
from watchbell.record.request import RunRequest
from watchbell.record.snapshot import LocationSnapshot

T = TypeVar("T")
AnyJob = JobDefinition | UnresolvedAssetJobDefinition
MADE_JOB_PREFIX = "__"  # of jobs that nobody wrote: the one of all assets, and those of targets that are assets
Automation = ScheduleDefinition | SensorDefinition


@dataclass(frozen=True, eq=False)
class Collection:
    """What a location defines, before it is checked.

    Args:
        assets: assets that are made here, and specs of others.
        jobs: jobs, asset jobs among them.
        schedules: schedules.
        sensors: sensors.
        resources: resources by key.
        executor: executor of jobs that have none.
        what: where all this was given, for messages.
        loggers: loggers of jobs that have none.
    """

    assets: Sequence[AssetsDefinition | AssetSpec | SourceAsset] = ()
    jobs: Sequence[AnyJob] = ()
    schedules: Sequence[PartitionedSchedule] = ()
    sensors: Sequence[SensorDefinition] = ()
    resources: Mapping[str, ResourceDefinition] = field(default_factory=dict)
    executor: ExecutorDefinition | None = None
    what: str = "Definitions"
    loggers: Mapping[str, LoggerDefinition] = field(default_factory=dict)


class RepositoryDefinition:
    """The definitions of one code location, checked against each other; made by ``Definitions`` or ``@repository``.

    Args:
        name: its name.
        collection: what it defines.
        description: free text.
        metadata: labelled facts.

    Raises:
        DagsterInvalidDefinitionError: two definitions share a name or key, one names another that is not there, a
            resource is missing, or assets are made from each other in a circle.
    """

    def __init__(
        self,
        name: str,
        collection: Collection,
        description: str | None = None,
        metadata: Mapping[str, MetadataValue] | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.metadata = dict(metadata or {})
        self._resources = dict(collection.resources)
        self._executor = collection.executor
        self._loggers = collection.loggers
        written = [each for each in collection.schedules if isinstance(each, ScheduleDefinition)]
        automations: list[Automation] = [*written, *collection.sensors]
        self.asset_graph = AssetGraph.of(_with_target_assets(collection.assets, automations))
        schedules = resolved_schedules(collection.schedules, self.asset_graph)
        self._conditioned = _conditioned_jobs([*collection.jobs, *_target_jobs(automations)], self.asset_graph)
        sensors = with_default_sensor(collection.sensors, self.asset_graph, self._conditioned)
        automations = [*schedules, *sensors]
        self.schedules: Mapping[str, ScheduleDefinition] = by_name(schedules, {})
        self.sensors: Mapping[str, SensorDefinition] = by_name(sensors, self.schedules)
        given = jobs_by_name([*collection.jobs, *_target_jobs(automations)])
        self._jobs = {name: self._ready(job) for name, job in given.items()}
        for job in self._jobs.values():
            check_run_tags(job.run_tags, f"job {job.name!r}")
        if self.asset_graph.definitions:
            self._jobs = {
                IMPLICIT_ASSET_JOB_NAME: self._job_of_assets(self.asset_graph.executable_keys),
                **self._jobs,
            }
        for automation in automations:
            self._check_automation(automation, collection.what)

    def __repr__(self) -> str:
        return (
            f"<repository {self.name!r}: {len(self.asset_graph.definition_by_key)} assets, {len(self._jobs)} jobs, "
            f"{len(self.schedules)} schedules, {len(self.sensors)} sensors>"
        )

    # ------------------------------------------------------------------------ jobs

    @property
    def job_names(self) -> list[str]:
        """Names of its jobs, the implicit asset job first."""
        return list(self._jobs)

    def has_job(self, name: str) -> bool:
        """Whether there is a job of this name."""
        return name in self._jobs

    def get_job(self, name: str) -> JobDefinition:
        """The job of this name.

        Raises:
            DagsterInvariantViolationError: there is none; gives the nearest.
        """
        return _found(self._jobs, name, "job")

    def get_all_jobs(self) -> Sequence[JobDefinition]:
        """All jobs, the implicit asset job first."""
        return list(self._jobs.values())

    @property
    def has_partitions(self) -> bool:
        """Whether something in it is divided into partitions."""
        of_assets = (each.partitions_def for each in self.asset_graph.specs.values())
        of_jobs = (each.partitions_def for each in self._jobs.values())
        return any(each is not None for each in (*of_assets, *of_jobs))

    def get_maybe_subset_job_def(
        self,
        job_name: str,
        op_selection: Iterable[str] | None = None,
        asset_selection: Iterable[AssetKey] | None = None,
    ) -> JobDefinition:
        """The job of this name, cut down to a selection if one is given; raises as :meth:`get_job`."""
        keys = None if asset_selection is None else frozenset(asset_selection)
        return self.get_job(job_name).get_subset(op_selection=op_selection, asset_selection=keys)

    def has_implicit_global_asset_job_def(self) -> bool:
        """Whether there are assets, and so a job of all of them."""
        return IMPLICIT_ASSET_JOB_NAME in self._jobs

    def get_implicit_global_asset_job_def(self) -> JobDefinition:
        """The job of all assets; raises as :meth:`get_job`."""
        return self.get_job(IMPLICIT_ASSET_JOB_NAME)

    def get_implicit_asset_job_names(self) -> Sequence[str]:
        """Names of the jobs that nobody wrote."""
        return [IMPLICIT_ASSET_JOB_NAME] if self.has_implicit_global_asset_job_def() else []

    def get_implicit_job_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> JobDefinition | None:
        """A job with these assets; None if one of them is not made here."""
        keys = frozenset(asset_keys)
        if not keys <= self.asset_graph.executable_keys:
            return None
        return self.get_implicit_global_asset_job_def()

    # ----------------------------------------------------------------- automations

    @property
    def schedule_defs(self) -> Sequence[ScheduleDefinition]:
        """Its schedules."""
        return list(self.schedules.values())

    @property
    def sensor_defs(self) -> Sequence[SensorDefinition]:
        """Its sensors."""
        return list(self.sensors.values())

    def has_schedule_def(self, name: str) -> bool:
        """Whether there is a schedule of this name."""
        return name in self.schedules

    def has_sensor_def(self, name: str) -> bool:
        """Whether there is a sensor of this name."""
        return name in self.sensors

    def get_schedule_def(self, name: str) -> ScheduleDefinition:
        """The schedule of this name; raises as :meth:`get_job`."""
        return _found(self.schedules, name, "schedule")

    def get_sensor_def(self, name: str) -> SensorDefinition:
        """The sensor of this name; raises as :meth:`get_job`."""
        return _found(self.sensors, name, "sensor")

    def resolve_request(self, definition: Automation, request: RunRequest) -> RunRequest:
        """The request as a run of a known job: with the job's name, tags and, if it has none of its own, its config.

        Args:
            definition: the schedule or sensor that asks.
            request: what it asks for.

        Raises:
            DagsterInvariantViolationError: it names no job, or an unknown one.
            DagsterUnknownPartitionError: it names a partition that does not exist.
            ParameterCheckError: its run config holds what cannot be stored.
            CheckError: it names a partition, and the job has none.
            DagsterInvalidSubsetError: it selects assets that the job does not make.
        """
        what = _what(definition)
        if request.asset_check_keys is not None:
            return self._with_checks(definition, request, what)
        job = self._job_for(definition, request, what)
        keys = self._assets_for(definition, request, job, what)
        check_run_tags(request.tags, f"a run request of {what}")
        if request.run_config:
            check_stored_config(request.run_config, f"a run request of {what}")
        if not request.has_resolved_partition():
            request = job.resolved_request(request.with_replaced_attrs(asset_selection=keys))
        config = request.run_config or job.config or {}
        return request.with_known(
            job_name=job.name, tags={**job.run_tags, **request.tags}, run_config=config, asset_selection=keys
        )

    def check_job(self, definition: Automation, request: RunRequest) -> None:
        """Refuses a request that names no job, or an unknown one, and has none by the schedule or sensor.

        Raises:
            DagsterInvariantViolationError: says which jobs there are.
        """
        if request.asset_check_keys is None:  # those have a job of their own
            self._job_for(definition, request, _what(definition))

    def with_assets(self, definition: SensorDefinition, request: RunRequest) -> RunRequest:
        """A request of a sensor of assets with the job and the assets it is for.

        Raises:
            DagsterInvalidSubsetError: it selects assets that are not among those of the sensor.
        """
        if request.asset_check_keys is not None or request.job_name is not None:
            return request
        job = self._jobs[IMPLICIT_ASSET_JOB_NAME]
        keys = self._assets_for(definition, request, job, _what(definition))
        return request.with_replaced_attrs(job_name=job.name, asset_selection=keys)

    def for_partition(self, definition: Automation, request: RunRequest, view: PartitionsView) -> RunRequest:
        """A request for a partition with the run config and tags of that, and the assets of the sensor that asks.

        Raises:
            DagsterInvariantViolationError: it names no job, or an unknown one.
            DagsterUnknownPartitionError: the partition does not exist.
            CheckError: the job, or what is selected of it, has no partitions.
            DagsterInvalidSubsetError: it selects assets that the job does not make.
        """
        what = _what(definition)
        job = self._job_for(definition, request, what)
        keys = self._assets_for(definition, request, job, what)
        return job.resolved_request(request.with_replaced_attrs(asset_selection=keys), view)

    def conditioned_by(self, sensor_name: str) -> EntityKeys:
        """The assets, checks and jobs whose conditions a condition sensor evaluates; none of another kind of sensor.

        Raises:
            DagsterInvariantViolationError: there is no such sensor; gives the nearest.
        """
        sensor = self.get_sensor_def(sensor_name)
        if not isinstance(sensor, AutomationConditionSensorDefinition):
            return frozenset()
        return conditioned_by(sensor, self.sensors.values(), self.asset_graph, self._conditioned)

    @property
    def conditioned_jobs(self) -> list[JobDefinition]:
        """The jobs that have a condition."""
        return [self._jobs[key.job_name] for key in self._conditioned]

    # ------------------------------------------------------------- assets, resources

    @property
    def assets_defs_by_key(self) -> Mapping[AssetKey, AssetsDefinition]:
        """What makes each asset."""
        return self.asset_graph.definition_by_key

    @property
    def asset_checks_defs_by_key(self) -> Mapping[AssetCheckKey, AssetsDefinition]:
        """What makes each check."""
        return self.asset_graph.checks

    @property
    def source_assets_by_key(self) -> Mapping[AssetKey, AssetsDefinition]:
        """The assets that are made elsewhere."""
        return self.asset_graph.declared

    def get_top_level_resources(self) -> Mapping[str, ResourceDefinition]:
        """Its resources by key."""
        return self._resources

    def get_asset_value_loader(self, instance: Any = None) -> Any:
        """What loads stored values of assets; see :class:`~watchbell.AssetValueLoader`.

        Args:
            instance: where they are recorded; None: that of the environment.
        """
        return call_upward(
            "asset_value_loader",
            self.assets_defs_by_key,
            instance,
            asset_graph=self.asset_graph,
            resource_defs=self._resources,
        )

    def load_asset_value(self, asset_key: CoercibleToAssetKey, *, instance: Any = None, **how: Any) -> Any:
        """What an asset stored when it was made last; see ``Definitions.load_asset_value``."""
        with self.get_asset_value_loader(instance) as loader:
            return loader.load_asset_value(asset_key, **how)

    # ------------------------------------------------------------------------ whole

    def load_all_definitions(self) -> None:
        """Does nothing: all definitions were loaded and checked when this object was made."""

    def validate_loadable(self) -> None:
        """Does nothing if each partition mapping fits the partitions it lies between; the rest is checked already.

        Raises:
            DagsterInvalidDefinitionError: one does not.
        """
        self.asset_graph.check_mappings()

    def snapshot(self, location_name: str) -> LocationSnapshot:
        """All of it as plain values, for processes that never load user code.

        Args:
            location_name: the code location's name.
        """
        jobs, graph = self.get_all_jobs(), self.asset_graph
        defined = (self.schedule_defs, self.sensor_defs, jobs, graph)
        return snapshot_of(location_name, *defined, self.conditioned_by, self._resources)

    # ----------------------------------------------------------------------- inside

    def _ready(self, job: AnyJob) -> JobDefinition:
        """The job with the location's resources and executor, checked."""
        if isinstance(job, UnresolvedAssetJobDefinition):
            return job.resolve(self.asset_graph, self._resources, self._executor).with_loggers(self._loggers)
        made = job.with_resources(self._resources) if self._resources else job
        made = made.with_executor(self._executor).with_loggers(self._loggers)
        loads = loads_of(self.asset_graph, made.asset_layer.keys_made_elsewhere)
        made = made.with_asset_loads(loads) if loads else made
        made.check_resources()
        return made

    def _job_of_assets(self, keys: Iterable[AssetKey]) -> JobDefinition:
        checks = self.asset_graph.check_keys
        return asset_job(
            IMPLICIT_ASSET_JOB_NAME, self.asset_graph, keys, self._resources, checks, executor_def=self._executor
        ).with_loggers(self._loggers)

    def _check_automation(self, definition: Automation, where: str) -> None:
        what = _what(definition)
        for target in definition.targets:
            if target.job_name not in self._jobs:
                near = did_you_mean(target.job_name, self._jobs)
                raise DagsterInvalidDefinitionError(
                    f"{what} starts the job {target.job_name!r}, which is not defined in {where}{near}",
                    job_name=target.job_name,
                )
        for key in sorted(definition.required_resource_keys):
            if key not in self._resources:
                raise missing_resource(key, what, self._resources)
        if isinstance(definition, SensorDefinition):
            try:
                if definition.asset_selection is not None:
                    definition.asset_selection.keys_in(self.asset_graph)
                if isinstance(definition, MultiAssetSensorDefinition):
                    definition.monitored_keys(self.asset_graph)
            except DagsterInvalidSubsetError as error:
                raise DagsterInvalidDefinitionError(f"{what}: {error}") from error

    def _job_for(self, definition: Automation, request: RunRequest, what: str) -> JobDefinition:
        name = request.job_name
        if name is None and isinstance(definition, SensorDefinition) and definition.asset_selection is not None:
            name = IMPLICIT_ASSET_JOB_NAME
        if name is None and len(definition.targets) == 1:
            name = definition.targets[0].job_name
        written = [each for each in self._jobs if not each.startswith(MADE_JOB_PREFIX)] if name is None else []
        if name is None and not definition.targets:
            name = written[0] if len(written) == 1 else None
        if name is None:
            names = [target.job_name for target in definition.targets] or written
            raise DagsterInvariantViolationError(
                f"{what} asked for a run and did not say of which job; give the RunRequest a job_name"
                f"{did_you_mean('', names)}"
            )
        if name not in self._jobs:
            raise DagsterInvariantViolationError(
                f"{what} asked for a run of the job {name!r}, which is not defined here"
                f"{did_you_mean(name, self._jobs)}",
                job_name=name,
            )
        return self._jobs[name]

    def _with_checks(self, definition: Automation, request: RunRequest, what: str) -> RunRequest:
        """A request that names asset checks: without assets only these are made, without a job by the one of all."""
        checks, known = request.asset_check_keys or (), self.asset_graph.check_keys
        for key in checks:
            if key not in known:
                raise unknown_check(key, known, f"here, but {what} asked for it")
        named = request if request.job_name else request.with_replaced_attrs(job_name=IMPLICIT_ASSET_JOB_NAME)
        chosen = named if named.asset_selection is not None else named.with_replaced_attrs(asset_selection=[])
        resolved = self.resolve_request(definition, chosen.with_replaced_attrs(asset_check_keys=None))
        return resolved.with_replaced_attrs(asset_check_keys=list(checks))

    def _assets_for(
        self, definition: Automation, request: RunRequest, job: JobDefinition, what: str
    ) -> Sequence[AssetKey] | None:
        selected = request.asset_selection
        if selected is None:
            if not isinstance(definition, SensorDefinition) or definition.asset_selection is None:
                return None
            if isinstance(definition, AutomationConditionSensorDefinition) and request.job_name is not None:
                return None
            return sorted(self._assets_of(definition.asset_selection))
        made, whose = job.asset_layer.executable_keys, f"which the job {job.name!r} does not make"
        if isinstance(definition, SensorDefinition) and definition.asset_selection is not None:
            made, whose = self._assets_of(definition.asset_selection), "which is not among its assets"
        for key in selected:
            if key not in made:
                name = key.to_user_string()
                raise DagsterInvalidSubsetError(
                    f"{what} asked for the asset {name!r}, {whose}"
                    f"{did_you_mean(name, (each.to_user_string() for each in made))}",
                    asset_key=key,
                )
        return selected

    def _assets_of(self, selection: AssetSelection) -> frozenset[AssetKey]:
        return frozenset(selection.keys_in(self.asset_graph) & self.asset_graph.executable_keys)


def _what(definition: Automation) -> str:
    return f"{'schedule' if isinstance(definition, ScheduleDefinition) else 'sensor'} {definition.name!r}"


def _found(known: Mapping[str, T], name: str, kind: str) -> T:
    if name not in known:
        raise DagsterInvariantViolationError(f"there is no {kind} {name!r}{did_you_mean(name, known)}", name=name)
    return known[name]


def _target_jobs(automations: Iterable[Automation]) -> Iterable[AnyJob]:
    return [target.job for each in automations for target in each.targets if target.job is not None]


def _conditioned_jobs(jobs: Iterable[AnyJob], graph: AssetGraph) -> dict[AssetJobKey, frozenset[AssetKey]]:
    """The jobs that have a condition, each with the assets it makes."""
    written = (each for each in jobs if isinstance(each, UnresolvedAssetJobDefinition))
    return {AssetJobKey(each.name): each.made_in(graph) for each in written if each.automation_condition is not None}


def _with_target_assets(
    assets: Sequence[AssetsDefinition | AssetSpec | SourceAsset], automations: Iterable[Automation]
) -> list[AssetsDefinition | AssetSpec | SourceAsset]:
    """The assets, and those that are given as the target of a schedule or sensor only."""
    return [*assets, *(asset for each in automations for target in each.targets for asset in target.assets_defs)]
