"""Sensors: functions that are asked again and again whether something is to be run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Self

from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection, selection_of
from watchbell.declare.automation.automation_target import AutomationTarget, ExecutableDefinition, TargetArguments
from watchbell.declare.automation.evaluation import EvaluatedFunction, Steps, in_one_go, resource_keys
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length, sensor_policy
from watchbell.declare.automation.sensor_answer import EMPTY_RESULT, Reading, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.code_place import place_here, place_of
from watchbell.declare.labels import check_owners
from watchbell.declare.names import check_instance, check_name, definition_tags
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.shown import shown
from watchbell.ground.suggest import did_you_mean
from watchbell.record.automation_policy import AutomationPolicy
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.request import RunRequest, SensorResult, SkipReason
from watchbell.record.run import SENSOR_NAME_TAG, DagsterRunStatus

DEFAULT_INTERVAL_SECONDS = 30


class DefaultSensorStatus(Enum):
    """Whether a sensor ticks while nobody has turned it on or off."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class SensorType(Enum):
    """What sort of sensor it is."""

    STANDARD = "STANDARD"
    RUN_STATUS = "RUN_STATUS"
    ASSET = "ASSET"
    MULTI_ASSET = "MULTI_ASSET"
    AUTOMATION = "AUTOMATION"


class SensorDefinition:
    """A function that is asked again and again, and what it may start.

    Args:
        name: its name; left out: the function's.
        evaluation_fn: given the context, returns what to run.
        job_name: name of the job it starts.
        minimum_interval_seconds: least time between two evaluations; None: 30.
        description: free text; left out: the function's docstring.
        job: the job it starts.
        jobs: the jobs it starts; each RunRequest names one of them.
        default_status: whether it ticks when nobody said otherwise.
        asset_selection: the assets it has made; each RunRequest is for all of them or names some.
        required_resource_keys: resources its function uses.
        tags: tags of the sensor.
        metadata: labelled facts.
        target: a job, assets or a selection of assets, instead of ``job``.
        owners: e-mail addresses and teams.
        timeout_seconds: time one evaluation may take (seconds); None: as the settings say.
        run_key_ttl: after this (timedelta or seconds) a run key may be used for another run; None: never.

    Raises:
        DagsterInvalidDefinitionError: arguments contradict each other, or a name is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> SensorDefinition("files", evaluation_fn=lambda: None, job_name="etl", minimum_interval_seconds=5)
        SensorDefinition('files')
    """

    sensor_type = SensorType.STANDARD

    def __init__(
        self,
        name: str | None = None,
        *,
        evaluation_fn: Callable[..., Any],
        job_name: str | None = None,
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        job: ExecutableDefinition | None = None,
        jobs: Sequence[ExecutableDefinition] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        asset_selection: CoercibleToAssetSelection | None = None,
        required_resource_keys: Iterable[str] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: RawMetadataMapping | None = None,
        target: Any = None,
        owners: Sequence[str] | None = None,
        timeout_seconds: float | None = None,
        run_key_ttl: Length | None = None,
    ) -> None:
        self._name = check_name(_name_of(evaluation_fn) if name is None else name, "sensor")
        what = f"sensor {self._name!r}"
        self._targets = TargetArguments(what, self._name, job, job_name, jobs, target).resolve()
        if asset_selection is not None and self._targets:
            raise DagsterInvalidDefinitionError(f"{what} has both a job and an asset_selection; give one of them")
        self._asset_selection = None if asset_selection is None else selection_of(asset_selection)
        self._function = EvaluatedFunction.read(evaluation_fn, "sensor", self._name)
        self._minimum_interval_seconds = _interval(minimum_interval_seconds, what)
        doc = self._function.docstring
        self._description = doc if description is None else check_instance(description, str, f"description of {what}")
        self._default_status = check_instance(default_status, DefaultSensorStatus, f"default_status of {what}")
        self._tags = definition_tags(tags, what)
        self._metadata = normalize_metadata(metadata)
        self._owners = check_owners(owners, what)
        self._policy = sensor_policy(what, timeout_seconds, run_key_ttl)
        own = frozenset(self._function.resource_names)
        self.code_place = place_of(evaluation_fn) or place_here()
        self._required_resource_keys = own | resource_keys(required_resource_keys, what)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    @property
    def name(self) -> str:
        """The sensor's name."""
        return self._name

    @property
    def minimum_interval_seconds(self) -> float:
        """Least time between two evaluations."""
        return self._minimum_interval_seconds

    @property
    def description(self) -> str | None:
        """Free text; the function's docstring where none was given."""
        return self._description

    @property
    def default_status(self) -> DefaultSensorStatus:
        """Whether it ticks when nobody said otherwise."""
        return self._default_status

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of the sensor."""
        return self._tags

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """Labelled facts."""
        return self._metadata

    @property
    def owners(self) -> Sequence[str]:
        """Who answers for it."""
        return self._owners

    @property
    def policy(self) -> AutomationPolicy:
        """Its terms for slow evaluations and run keys."""
        return self._policy

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """Resources its function uses."""
        return self._required_resource_keys

    @property
    def asset_selection(self) -> AssetSelection | None:
        """The assets it has made, if it was given so."""
        return self._asset_selection

    @property
    def run_statuses(self) -> tuple[DagsterRunStatus, ...]:
        """The states of runs that wake it; none for a plain sensor."""
        return ()

    @property
    def is_async(self) -> bool:
        """Whether its function is ``async def``, so that many are evaluated at once."""
        return self._function.is_async

    @property
    def targets(self) -> tuple[AutomationTarget, ...]:
        """The jobs it may start; empty if each request names its own."""
        return self._targets

    @property
    def has_anonymous_job(self) -> bool:
        """Whether its job was made for it alone, of assets that are its target."""
        return any(target.is_anonymous for target in self._targets)

    @property
    def has_jobs(self) -> bool:
        """Whether job objects were given, not only a name."""
        return any(target.job is not None for target in self._targets)

    @property
    def job_names(self) -> tuple[str, ...]:
        """Names of the jobs it may start; empty if each request names its own."""
        return tuple(target.job_name for target in self._targets)

    @property
    def job_name(self) -> str | None:
        """Name of the job it starts, None if each request names its own.

        Raises:
            DagsterInvalidDefinitionError: it has several.
        """
        if len(self._targets) > 1:
            raise DagsterInvalidDefinitionError(f"sensor {self._name!r} has several jobs; use job_names")
        return self._targets[0].job_name if self._targets else None

    @property
    def jobs(self) -> list[ExecutableDefinition]:
        """The jobs it may start.

        Raises:
            DagsterInvalidDefinitionError: none was given as an object.
        """
        if not self.has_jobs:
            raise DagsterInvalidDefinitionError(f"sensor {self._name!r} was given no job object")
        return [target.job for target in self._targets if target.job is not None]

    @property
    def job(self) -> ExecutableDefinition:
        """The job it starts.

        Raises:
            DagsterInvalidDefinitionError: it has none, or several.
        """
        if len(self.jobs) > 1:
            raise DagsterInvalidDefinitionError(f"sensor {self._name!r} has several jobs; use jobs")
        return self.jobs[0]

    def with_updated_job(self, new_job: ExecutableDefinition) -> Self:
        """The same sensor for another job."""
        return self.with_attributes(jobs=[new_job])

    def with_updated_jobs(self, new_jobs: Sequence[ExecutableDefinition]) -> Self:
        """The same sensor for other jobs."""
        return self.with_attributes(jobs=new_jobs)

    def with_attributes(
        self, *, jobs: Sequence[ExecutableDefinition] | None = None, metadata: RawMetadataMapping | None = None
    ) -> Self:
        """The same sensor with other jobs, instead of the assets it may have had, or with other metadata."""
        changed = copy.copy(self)
        if jobs is not None:
            changed._targets = TargetArguments(f"sensor {self._name!r}", self._name, jobs=jobs).resolve()
            changed._asset_selection = None
        if metadata is not None:
            changed._metadata = normalize_metadata(metadata)
        return changed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests.

        Args:
            args: the context, from ``build_sensor_context``.
            kwargs: the context or resources by name.

        Raises:
            DagsterInvalidInvocationError: the arguments do not fit the function.
        """
        return self._function.invoke(args, kwargs, self._required_resource_keys, SensorEvaluationContext)

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorExecutionData:
        """Evaluates the sensor once. What its function raises comes out as it is.

        Args:
            context: from ``build_sensor_context``, or the daemon's.

        Raises:
            DagsterInvariantViolationError: it returned something that asks for nothing, or a request for a job that is
                not among its jobs.
            DagsterUnknownPartitionError: it asked for a partition that does not exist.
        """
        return in_one_go(self.steps(context))

    def steps(self, context: SensorEvaluationContext) -> Steps[SensorExecutionData]:
        """:meth:`evaluate_tick`, for who waits for ``async`` functions in a way of its own."""
        context.require(self._required_resource_keys, f"sensor {self._name!r}")
        was_updated = context.cursor_updated
        items = self.items_of((yield from self._function.call(context)))
        answer = Reading.of(items, f"sensor {self._name!r}")
        if answer.cursor is not None and context.cursor_updated and not was_updated:
            raise DagsterInvariantViolationError(
                f"sensor {self._name!r} called context.update_cursor() and returned a SensorResult with a cursor; "
                "do one of the two"
            )
        requests = [self.addressed(each, context) for each in answer.run_requests]
        for each in requests:
            if each.partition_key is not None:  # a tick without partitions does not pay for them
                requests = with_partitions(requests, self, context, answer.dynamic_partitions_requests)
                break
        empty = None if requests else EMPTY_RESULT
        return SensorExecutionData(
            run_requests=requests,
            skip_message=answer.skip_message if answer.is_skip else empty,
            cursor=context.cursor if answer.cursor is None else answer.cursor,
            asset_events=answer.asset_events,
            dynamic_partitions_requests=answer.dynamic_partitions_requests,
            log=context.log.lines,
        )

    def items_of(self, returned: Any) -> list[Any]:
        """What the function returned, as a list.

        Raises:
            DagsterInvariantViolationError: it is nothing that a sensor may return.
        """
        if returned is None:
            return []
        if isinstance(returned, list | tuple):
            return [each for each in returned if each is not None]
        if isinstance(returned, RunRequest | SkipReason | SensorResult):
            return [returned]
        raise DagsterInvariantViolationError(
            f"sensor {self._name!r} returned {shown(returned)} ({type(returned).__name__}); expected a RunRequest, "
            "several of them, a SkipReason, a SensorResult, or None"
        )

    def addressed(self, request: RunRequest, context: SensorEvaluationContext) -> RunRequest:
        """A request with the sensor's own tag, if it is for a job that the sensor may start.

        Raises:
            DagsterInvariantViolationError: it is for another job, or names none where that is needed.
            DagsterInvalidSubsetError: it is for assets that are not among those of the sensor.
        """
        names = self.job_names
        if request.job_name is not None and names and request.job_name not in names:
            raise DagsterInvariantViolationError(
                f"sensor {self._name!r} asked for a run of the job {request.job_name!r}, which is not among its jobs"
                f"{did_you_mean(request.job_name, names)}",
                job_name=request.job_name,
            )
        if request.job_name is None and self._asset_selection is None and len(names) != 1:
            raise DagsterInvariantViolationError(
                f"sensor {self._name!r} asked for a run and did not say of which job: give the RunRequest a job_name"
                + (f" (one of {', '.join(names)})" if names else ", or the sensor a job")
            )
        if self._asset_selection is not None and context.repository_def is not None:
            request = context.repository_def.with_assets(self, request)
        return request.with_known(tags={**request.tags, SENSOR_NAME_TAG: self._name})


def sensor(
    job_name: str | None = None,
    *,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    job: ExecutableDefinition | None = None,
    jobs: Sequence[ExecutableDefinition] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    asset_selection: CoercibleToAssetSelection | None = None,
    required_resource_keys: set[str] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    target: Any = None,
    owners: Sequence[str] | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], SensorDefinition]:
    """Turns a function into a sensor.

    The function takes a :class:`SensorEvaluationContext` (or nothing) and resources, and returns or yields RunRequests,
    a SkipReason, a SensorResult, or nothing. All arguments, and what is raised, are those of :class:`SensorDefinition`.

    Example:
        >>> @sensor(job_name="etl", minimum_interval_seconds=5)
        ... def files(context):
        ...     for name in ["a.csv", "b.csv"]:
        ...         yield RunRequest(run_key=name)
        >>> [request.run_key for request in files.evaluate_tick(build_sensor_context()).run_requests]
        ['a.csv', 'b.csv']
    """
    arguments = locals()
    if callable(job_name):
        raise DagsterInvalidInvocationError("write @sensor() with parentheses; it needs at least a job or a target")
    return lambda fn: SensorDefinition(
        **{**arguments, "name": _name_of(fn) if name is None else name}, evaluation_fn=fn
    )


def _name_of(fn: object) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


def _interval(seconds: object, what: str) -> float:
    if seconds is None:
        return DEFAULT_INTERVAL_SECONDS
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ParameterCheckError(
            f"minimum_interval_seconds of {what} is a number of seconds, not {seconds!r}",
            parameter="minimum_interval_seconds",
            value=seconds,
        )
    if not 0 <= seconds < float("inf"):
        raise DagsterInvalidDefinitionError(f"minimum_interval_seconds of {what} is {seconds}; expected 0 or more")
    return seconds
