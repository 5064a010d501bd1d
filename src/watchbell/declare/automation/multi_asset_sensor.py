"""Sensors of several assets: asked when one of them was made, until they have dealt with all that was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection
from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.evaluation import Steps
from watchbell.declare.automation.multi_asset_context import (
    MonitoredAssets,
    MultiAssetSensorEvaluationContext,
    check_monitored,
)
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import EMPTY_RESULT, Reading, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.ground.errors import DagsterInvalidInvocationError, DagsterInvariantViolationError
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import RawMetadataMapping


class MultiAssetSensorDefinition(SensorDefinition):
    """A function that is asked whether something is to be run when one of several assets was made.

    Args:
        name: its name.
        monitored_assets: the assets: keys, or a selection.
        job_name: name of the job it starts.
        asset_materialization_fn: given a MultiAssetSensorEvaluationContext, returns what to run.
        minimum_interval_seconds: least time between two evaluations; None: 30. What was made wakes it in between.
        description: free text; left out: the function's docstring.
        job: the job it starts.
        jobs: the jobs it starts; each RunRequest names one of them.
        default_status: whether it works when nobody said otherwise.
        request_assets: the assets it has made, instead of a job.
        required_resource_keys: resources its function uses.
        tags: tags of the sensor.
        metadata: labelled facts.
        timeout_seconds: time one evaluation may take (seconds); None: as the settings say.
        run_key_ttl: after this (timedelta or seconds) a run key may be used for another run; None: never.

    Raises:
        DagsterInvalidDefinitionError: arguments contradict each other, or a name is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> MultiAssetSensorDefinition(
        ...     "both", [AssetKey("users"), AssetKey("orders")], "report", lambda context: None
        ... )
        MultiAssetSensorDefinition('both')
    """

    sensor_type = SensorType.MULTI_ASSET

    def __init__(
        self,
        name: str,
        monitored_assets: MonitoredAssets,
        job_name: str | None,
        asset_materialization_fn: Callable[..., Any],
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        job: ExecutableDefinition | None = None,
        jobs: Sequence[ExecutableDefinition] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_assets: CoercibleToAssetSelection | None = None,
        required_resource_keys: set[str] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: RawMetadataMapping | None = None,
        timeout_seconds: float | None = None,
        run_key_ttl: Length | None = None,
    ) -> None:
        super().__init__(
            name,
            evaluation_fn=asset_materialization_fn,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            asset_selection=request_assets,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )
        self._monitored_assets = check_monitored(monitored_assets, f"sensor {self.name!r}")
        self._has_warned = False

    @property
    def monitored_assets(self) -> MonitoredAssets:
        """The assets it watches, as they were given."""
        return self._monitored_assets

    def monitored_keys(self, asset_graph: AssetGraph) -> tuple[AssetKey, ...]:
        """The assets it watches, those of a selection found among ``asset_graph``.

        Raises:
            DagsterInvalidSubsetError: the selection names an asset that is not there.
        """
        if isinstance(self._monitored_assets, AssetSelection):
            return tuple(sorted(self._monitored_assets.keys_in(asset_graph)))
        return tuple(dict.fromkeys(self._monitored_assets))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests; the context has the cursor then that it was moved to.

        What a generator gives is still to be read: call the context's ``update_cursor_after_evaluation`` after that.

        Args:
            args: the context, from ``build_multi_asset_sensor_context``.
            kwargs: the context or resources by name.

        Raises:
            DagsterInvalidInvocationError: the arguments do not fit the function.
            ParameterCheckError: the context is none of a sensor of several assets.
        """
        kind = MultiAssetSensorEvaluationContext
        returned = self._function.invoke(args, kwargs, self.required_resource_keys, kind)
        context = next((each for each in (*args, *kwargs.values()) if isinstance(each, kind)), None)
        if context is not None and not any(hasattr(returned, name) for name in ("__next__", "__anext__", "__await__")):
            context.update_cursor_after_evaluation()
        return returned

    def steps(self, context: SensorEvaluationContext) -> Steps[SensorExecutionData]:
        """Evaluates the sensor once. What its function raises comes out as it is.

        A function that asks for runs and does not move its cursor finds the same materializations again when one more
        is made; that is said in the log, once.

        Args:
            context: from ``build_multi_asset_sensor_context`` or ``build_sensor_context``, or the daemon's.

        Raises:
            DagsterInvariantViolationError: it returned something that asks for nothing, a cursor of its own, or a
                request for a job that is not among its jobs.
        """
        what = f"sensor {self.name!r}"
        context.require(self.required_resource_keys, what)
        inner = context
        if not isinstance(inner, MultiAssetSensorEvaluationContext):
            inner = MultiAssetSensorEvaluationContext.of(context, self._monitored_assets)
        answer = Reading.of(self.items_of((yield from self._function.call(inner))), what)
        if answer.cursor is not None:
            raise DagsterInvariantViolationError(
                f"{what} returned a SensorResult with a cursor; a sensor of several assets moves its cursor with "
                "context.advance_cursor or context.advance_all_cursors"
            )
        requests = [self.addressed(each, inner) for each in answer.run_requests]
        requests = with_partitions(requests, self, inner, answer.dynamic_partitions_requests)
        cursor = inner.advanced_cursor
        if requests and cursor == inner.cursor and not self._has_warned and _has_news(inner):
            self._has_warned = True
            inner.log.warning(
                "%s asked for runs and did not move its cursor, so it finds the same materializations again when one "
                "more is made: call context.advance_all_cursors() or context.advance_cursor(...), or give its requests "
                "a run_key",
                what,
            )
        return SensorExecutionData(
            run_requests=requests,
            skip_message=answer.skip_message if requests or answer.is_skip else EMPTY_RESULT,
            cursor=cursor,
            asset_events=answer.asset_events,
            dynamic_partitions_requests=answer.dynamic_partitions_requests,
            log=inner.log.lines,
            seen_to=inner.seen_to,
        )


def _has_news(context: MultiAssetSensorEvaluationContext) -> bool:
    return any(context.latest_materialization_records_by_key().values())


def multi_asset_sensor(
    monitored_assets: MonitoredAssets,
    *,
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    job: ExecutableDefinition | None = None,
    jobs: Sequence[ExecutableDefinition] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_assets: CoercibleToAssetSelection | None = None,
    required_resource_keys: set[str] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], MultiAssetSensorDefinition]:
    """Turns a function into a sensor that is asked when one of several assets was made.

    The function takes a :class:`MultiAssetSensorEvaluationContext` and resources; it returns or yields RunRequests, a
    SkipReason, a SensorResult, or nothing.

    Args:
        monitored_assets: the assets: keys, or a selection.
        name: the sensor's name; left out: the function's.

    All other arguments, and what is raised, are those of :class:`MultiAssetSensorDefinition`.

    Example:
        >>> @multi_asset_sensor(monitored_assets=[AssetKey("users"), AssetKey("orders")], job_name="report")
        ... def both_made(context):
        ...     made = context.latest_materialization_records_by_key()
        ...     if not all(made.values()):
        ...         return SkipReason(f"waiting for {sum(record is None for record in made.values())}")
        ...     context.advance_all_cursors()
        ...     return RunRequest()
        >>> instance = DagsterInstance.ephemeral()
        >>> instance.report_runless_asset_event(AssetMaterialization("users"))
        >>> both_made.evaluate_tick(build_sensor_context(instance)).skip_message
        'waiting for 1'
    """
    if callable(monitored_assets):
        raise DagsterInvalidInvocationError("write @multi_asset_sensor(monitored_assets=[...], ...) with parentheses")

    def decorate(fn: Callable[..., Any]) -> MultiAssetSensorDefinition:
        return MultiAssetSensorDefinition(
            name=getattr(fn, "__name__", type(fn).__name__) if name is None else name,
            monitored_assets=monitored_assets,
            job_name=job_name,
            asset_materialization_fn=fn,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            request_assets=request_assets,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )

    return decorate
