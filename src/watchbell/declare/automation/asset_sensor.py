"""Asset sensors: called when an asset was made.

The cursor is the storage id of the last materialization the function was called for; it is stored together with the
runs asked for. The newest materialization is found without a look at the log; with ``every_event`` the log is read from
the cursor on, by the index of the asset.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.evaluation import (
    Steps,
    StopIterationRaised,
    answered,
    is_async_function,
    own_error,
)
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import EMPTY_RESULT, Reading, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.graphs.function import read_function
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.declare.names import check_instance
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import read_number
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import RawMetadataMapping
from watchbell.record.query import EventQuery
from watchbell.record.request import SkipReason

REQUESTS_MAX = 10_000
"""Runs that an evaluation with ``every_event`` asks for (count), unless one materialization alone asks for more."""
HELD_UP = (
    "materialization %s holds up all after it: it is asked about again, after growing pauses, until the function deals "
    "with it; `watchbell sensor cursor %s --set %s` passes over it"
)
MATERIALIZED = frozenset({DagsterEventType.ASSET_MATERIALIZATION})
EVENT_NAMES = frozenset({"asset_event", "event"})


@dataclass(frozen=True)
class EventFunction:
    """The function of an asset sensor.

    Args:
        fn: the user's function.
        what: the sensor, for messages.
        context_name: the parameter that takes the context, None if there is none.
        is_context_first: whether the context goes first, by position.
        event_name: the parameter that takes the materialization, None if there is none.
        resource_names: parameters that take resources, by name = key.
        docstring: its cleaned docstring.
        is_async: whether it is ``async def``.
    """

    fn: Callable[..., Any]
    what: str
    context_name: str | None
    is_context_first: bool
    event_name: str | None
    resource_names: tuple[str, ...]
    docstring: str | None
    is_async: bool = False

    @staticmethod
    def read(fn: Callable[..., Any], name: str) -> EventFunction:
        """What ``fn`` takes.

        Raises:
            ParameterCheckError: it is no function.
            DagsterInvalidDefinitionError: it takes more than a context, a materialization and resources.
        """
        what = f"asset sensor {name!r}"
        if not callable(fn):
            raise ParameterCheckError(f"{what} needs a function, not {fn!r}", parameter="fn", value=fn)
        read = read_function(fn, "asset sensor")
        others = [each for each in read.parameters if each.default is NO_VALUE]
        first = read.context_name
        has_event_only = first is None and len(others) == 1 and _takes_event(others[0].name, others[0].annotation)
        if first is None and others and not has_event_only:
            first = others.pop(0).name
        if len(others) > 1:
            raise DagsterInvalidDefinitionError(
                f"{what}: its function takes {others[1].name!r} besides the context and the materialization; annotate "
                "a resource parameter with ResourceParam[...] or a ConfigurableResource class"
            )
        return EventFunction(
            fn=fn,
            what=what,
            context_name=first,
            is_context_first=read.context_name is not None,
            event_name=others[0].name if others else None,
            resource_names=tuple(read.resource_names),
            docstring=read.docstring,
            is_async=is_async_function(fn),
        )

    def call(
        self, context: SensorEvaluationContext, event: EventLogEntry, resources: Mapping[str, Any] | None = None
    ) -> Any:
        """What the function returns for a materialization; resources that are not given come from the context."""
        given = dict(resources or {})
        given.update({name: getattr(context.resources, name) for name in self.resource_names if name not in given})
        if self.event_name is not None:
            given[self.event_name] = event
        if self.context_name is None:
            return self.fn(**given)
        if self.is_context_first:
            return self.fn(context, **given)
        return self.fn(**{self.context_name: context}, **given)


def _takes_event(name: str, annotation: Any) -> bool:
    return name in EVENT_NAMES or annotation is EventLogEntry or annotation == "EventLogEntry"


class AssetSensorDefinition(SensorDefinition):
    """A function that is called when an asset was made.

    Args:
        name: its name.
        asset_key: the asset.
        job_name: name of the job it starts.
        asset_materialization_fn: given the context and the materialization's log entry, returns what to run.
        minimum_interval_seconds: least time between two evaluations; None: 30. What was made wakes it in between.
        description: free text; left out: the function's docstring.
        job: the job it starts.
        jobs: the jobs it starts; each RunRequest names one of them.
        default_status: whether it works when nobody said otherwise.
        required_resource_keys: resources its function uses.
        tags: tags of the sensor.
        metadata: labelled facts.
        target: a job, assets or a selection of assets, instead of ``job``.
        every_event: whether it is called for each materialization, in their order, rather than for the newest of those
            since the last time.
        timeout_seconds: time one evaluation may take (seconds); None: as the settings say.
        run_key_ttl: after this (timedelta or seconds) a run key may be used for another run; None: never.

    Raises:
        DagsterInvalidDefinitionError: arguments contradict each other, or a name is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> AssetSensorDefinition(
        ...     "orders_made", AssetKey("orders"), "report", lambda context, event: None
        ... ).asset_key
        AssetKey(['orders'])
    """

    sensor_type = SensorType.ASSET

    def __init__(
        self,
        name: str,
        asset_key: AssetKey,
        job_name: str | None,
        asset_materialization_fn: Callable[..., Any],
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        job: ExecutableDefinition | None = None,
        jobs: Sequence[ExecutableDefinition] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        required_resource_keys: set[str] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: RawMetadataMapping | None = None,
        *,
        target: Any = None,
        every_event: bool = False,
        timeout_seconds: float | None = None,
        run_key_ttl: Length | None = None,
    ) -> None:
        self._event_function = EventFunction.read(asset_materialization_fn, name)
        super().__init__(
            name,
            evaluation_fn=self._answers,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=self._event_function.docstring if description is None else description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            required_resource_keys={*(required_resource_keys or ()), *self._event_function.resource_names},
            tags=tags,
            metadata=metadata,
            target=target,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )
        what = f"asset sensor {self.name!r}"
        self._asset_key = check_instance(asset_key, AssetKey, f"asset_key of {what}", "e.g. AssetKey('orders')")
        self._every_event = check_instance(every_event, bool, f"every_event of {what}")

    @property
    def asset_key(self) -> AssetKey:
        """The asset it watches."""
        return self._asset_key

    @property
    def every_event(self) -> bool:
        """Whether it is called for each materialization rather than for the newest."""
        return self._every_event

    @property
    def is_async(self) -> bool:
        """Whether its function is ``async def``, so that many are evaluated at once."""
        return self._event_function.is_async

    def monitored_keys(self, asset_graph: Any) -> tuple[AssetKey, ...]:
        """The assets that wake it: one."""
        return (self._asset_key,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests.

        Args:
            args: the context, from ``build_sensor_context``, and a materialization. Without one, what the function
                gives for those after the context's cursor comes one by one.
            kwargs: the same, or resources, by name.

        Raises:
            DagsterInvalidInvocationError: the arguments do not fit the function.
        """
        function, given = self._event_function, dict(kwargs)
        names = [each for each in (function.context_name or "context", function.event_name or "asset_event") if each]
        if len(args) > len(names):
            raise DagsterInvalidInvocationError(f"{function.what} takes a context, a materialization and resources")
        bound = {**{name: given.pop(name) for name in names if name in given}, **dict(zip(names, args, strict=False))}
        unknown = [name for name in given if name not in function.resource_names]
        context, event = bound.get(names[0]), bound.get(names[1])
        if isinstance(context, EventLogEntry):
            context, event = event, context
        if unknown:
            raise DagsterInvalidInvocationError(f"{function.what} takes no argument {unknown[0]!r}")
        if context is None and (event is None or function.context_name is not None):
            raise DagsterInvalidInvocationError(
                f"{function.what} was called without a context; build one with build_sensor_context()"
            )
        context = check_instance(
            context or SensorEvaluationContext(self.name), SensorEvaluationContext, f"the context of {function.what}"
        )
        context.require(self.required_resource_keys - given.keys(), function.what)
        if event is not None:
            return function.call(context, event, given)
        return self._answers_in_time(context) if function.is_async else self._answers(context)

    def steps(self, context: SensorEvaluationContext) -> Steps[SensorExecutionData]:
        """Calls the function for what was made since the cursor.

        With ``every_event``, what the function raises after it was called for others ends this evaluation: what it
        asked for before counts, and the next evaluation begins with the materialization at fault.

        Args:
            context: from ``build_sensor_context``, or the daemon's.

        Raises:
            DagsterInvariantViolationError: it returned something that asks for nothing, a cursor of its own, or a
                request for a job that is not among its jobs.
        """
        context.require(self.required_resource_keys, f"sensor {self.name!r}")
        before, entries = context.cursor, self._entries(context)
        found = SensorExecutionData(skip_message=self._nothing_new(), cursor=before)
        ends_at = context.instance.clock.now().timestamp() + context.batch.seconds
        for index, entry in enumerate(entries):
            context.called_for.append(entry.storage_id or 0)
            try:
                reading = yield from self._reading(context, entry)
            except (Exception, SystemExit) as error:
                if not index:
                    if self._every_event:
                        context.log.error(HELD_UP, entry.storage_id, self.name, entry.storage_id)
                    raise
                context.log.warning(
                    "%s was raised for materialization %s, with which the next evaluation begins: %s",
                    type(own_error(error)).__name__, entry.storage_id, own_error(error),
                )  # fmt: skip
                context.called_for.pop()
                break
            if index and len(found.run_requests) + len(reading.run_requests) > REQUESTS_MAX:
                context.called_for.pop()  # in vain: the next evaluation begins with it
                break
            found.run_requests.extend(reading.run_requests)
            found.asset_events.extend(reading.asset_events)
            found.dynamic_partitions_requests.extend(reading.dynamic_partitions_requests)
            found = _with(found, reading.skip_message if reading.is_skip else EMPTY_RESULT, entry)
            if context.event_ids is None and context.instance.clock.now().timestamp() > ends_at:
                break
        skip = None if found.run_requests else found.skip_message
        return replace(found, skip_message=skip, log=context.log.lines)

    def _nothing_new(self) -> str:
        return f"No new materialization of the asset {self._asset_key.to_user_string()!r}"

    def _entries(self, context: SensorEvaluationContext) -> list[EventLogEntry]:
        """The materializations to call the function for, oldest first."""
        if context.event_ids is not None:
            return list(context.instance.events(EventQuery(storage_ids=list(context.event_ids))))
        after_id = read_number(context.cursor)
        if self._every_event:
            limit = context.batch.events_max
            query = EventQuery(types=MATERIALIZED, asset_key=self._asset_key, after_id=after_id, limit=limit)
            return list(context.instance.events(query))
        newest = context.instance.get_latest_materialization_event(self._asset_key)
        return [newest] if newest is not None and (newest.storage_id or 0) > after_id else []

    def _reading(self, context: SensorEvaluationContext, entry: EventLogEntry) -> Steps[Reading]:
        """What the function answers for one materialization."""
        what = f"sensor {self.name!r}"
        try:
            returned = self._event_function.call(context, entry)
        except StopIteration as error:
            raise StopIterationRaised(error) from error
        items = self.items_of((yield from answered(returned)))
        reading = Reading.of(items, what)
        if reading.cursor is not None:
            raise DagsterInvariantViolationError(
                f"{what} returned a SensorResult with a cursor; the cursor of an asset sensor is the number of the "
                "materialization it was called for, and kept for it"
            )
        addressed = [self.addressed(each, context) for each in reading.run_requests]
        reading.run_requests = with_partitions(addressed, self, context, reading.dynamic_partitions_requests)
        if self._every_event and context.repository_def is not None:
            for request in reading.run_requests:  # one that cannot be run must not take those before it along
                context.repository_def.resolve_request(self, request)
        return reading

    def _answers(self, context: SensorEvaluationContext) -> Iterator[Any]:
        entries = self._entries(context)
        if not entries:
            yield SkipReason(self._nothing_new())
        for entry in entries:
            returned = self._event_function.call(context, entry)
            yield from self.items_of(list(returned) if hasattr(returned, "__next__") else returned)

    async def _answers_in_time(self, context: SensorEvaluationContext) -> AsyncIterator[Any]:
        entries = self._entries(context)
        if not entries:
            yield SkipReason(self._nothing_new())
        for entry in entries:
            returned = await call_upward("awaited", answered(self._event_function.call(context, entry)))
            for item in self.items_of(returned):
                yield item


def _with(found: SensorExecutionData, skip_message: str | None, entry: EventLogEntry) -> SensorExecutionData:
    return replace(found, skip_message=skip_message, cursor=str(entry.storage_id))


def asset_sensor(
    asset_key: AssetKey,
    *,
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    job: ExecutableDefinition | None = None,
    jobs: Sequence[ExecutableDefinition] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    required_resource_keys: set[str] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    target: Any = None,
    every_event: bool = False,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], AssetSensorDefinition]:
    """Turns a function into a sensor that is called when an asset was made.

    The function takes a :class:`SensorEvaluationContext`, the :class:`EventLogEntry` of the materialization, and
    resources; it returns or yields RunRequests, a SkipReason, a SensorResult, or nothing.

    Args:
        asset_key: the asset.
        name: the sensor's name; left out: the function's.

    All other arguments, and what is raised, are those of :class:`AssetSensorDefinition`.

    Example:
        >>> @asset_sensor(asset_key=AssetKey("orders"), job_name="report")
        ... def orders_made(context, asset_event: EventLogEntry):
        ...     return RunRequest(run_key=asset_event.dagster_event.materialization.metadata["batch"].value)
        >>> instance = DagsterInstance.ephemeral()
        >>> instance.report_runless_asset_event(AssetMaterialization("orders", metadata={"batch": "7"}))
        >>> orders_made.evaluate_tick(build_sensor_context(instance)).run_requests[0].run_key
        '7'
    """
    if not isinstance(asset_key, AssetKey):
        raise ParameterCheckError(
            f"asset_sensor takes an asset_key, not {asset_key!r}; write asset_sensor(asset_key=AssetKey('orders'))",
            parameter="asset_key",
            value=asset_key,
        )

    def decorate(fn: Callable[..., Any]) -> AssetSensorDefinition:
        return AssetSensorDefinition(
            name=getattr(fn, "__name__", type(fn).__name__) if name is None else name,
            asset_key=asset_key,
            job_name=job_name,
            asset_materialization_fn=fn,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            target=target,
            every_event=every_event,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )

    return decorate
