"""Schedules: functions that a cron rule calls, and what they ask for."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from watchbell.declare.automation.automation_target import AutomationTarget, ExecutableDefinition, TargetArguments
from watchbell.declare.automation.evaluation import (
    EvaluatedFunction,
    EvaluationContext,
    Steps,
    in_one_go,
    own_error,
    resource_keys,
)
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length, schedule_policy
from watchbell.declare.code_place import place_here, place_of
from watchbell.declare.labels import check_owners
from watchbell.declare.names import check_instance, check_name, definition_tags
from watchbell.ground.cron import Cron
from watchbell.ground.errors import (
    CheckError,
    CronError,
    DagsterError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
    ScheduleExecutionError,
    UnknownTimezoneError,
)
from watchbell.ground.shown import shown, shown_error
from watchbell.ground.value import dataclass
from watchbell.ground.zones import read_wall, zone_named
from watchbell.record.automation_policy import AutomationPolicy, Catchup, Overlap
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.request import RunRequest, SkipReason
from watchbell.record.run import SCHEDULE_NAME_TAG
from watchbell.record.tick import TickLogLine

EMPTY_RESULT = "Schedule function returned an empty result"
RunConfigLike = Mapping[str, Any] | Any  # a mapping, or a RunConfig
T = TypeVar("T")


class DefaultScheduleStatus(Enum):
    """Whether a schedule ticks while nobody has turned it on or off."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class ScheduleEvaluationContext(EvaluationContext):
    """What a schedule's function is given.

    Args:
        name: the schedule.
        scheduled_execution_time: the time it is evaluated for.
        facts: as for :class:`EvaluationContext`.

    Example:
        >>> @schedule(job_name="etl", cron_schedule="0 6 * * *")
        ... def daily(context: ScheduleEvaluationContext):
        ...     return RunRequest(run_key=context.scheduled_execution_time.isoformat())
        >>> moment = datetime.fromisoformat("2024-01-01T06:00+00:00")
        >>> daily(build_schedule_context(scheduled_execution_time=moment)).run_key
        '2024-01-01T06:00:00+00:00'
    """

    def __init__(
        self, name: str | None = None, *, scheduled_execution_time: datetime | None = None, **facts: Any
    ) -> None:
        super().__init__(name, **facts)
        self._scheduled_execution_time = scheduled_execution_time

    @property
    def scheduled_execution_time(self) -> datetime:
        """The nominal time of this tick, in the schedule's time zone; as given when a test builds the context.

        Raises:
            CheckError: the context was built without one.
        """
        if self._scheduled_execution_time is None:
            raise CheckError(
                "this context was built without a scheduled_execution_time; pass it to build_schedule_context"
            )
        return self._scheduled_execution_time

    def nominal_at(self, timezone: str | None) -> datetime | None:
        """The nominal time of this tick, aware: a test's time without a zone is wall time in ``timezone`` (None: UTC).

        None: the context was built without one.
        """
        nominal = self._scheduled_execution_time
        if nominal is None or nominal.tzinfo is not None:
            return nominal
        return read_wall(zone_named(timezone or "UTC"), nominal).first

    @property
    def schedule_name(self) -> str | None:
        """The schedule's name; None in a test that does not say."""
        return self._name

    @property
    def _schedule_name(self) -> str | None:
        """The same, as some projects ask for it."""
        return self._name


@dataclass(frozen=True)
class ScheduleExecutionData:
    """What an evaluation of a schedule asks for.

    Args:
        run_requests: the runs, in order.
        skip_message: why there are none.
        log: lines that were logged.
    """

    run_requests: list[RunRequest] = field(default_factory=list)
    skip_message: str | None = None
    log: tuple[TickLogLine, ...] = ()


class ScheduleDefinition:
    """A cron rule and what it starts.

    Args:
        name: its name; left out: the job's name and ``_schedule``.
        cron_schedule: a cron string, or several; it fires at the union of their times.
        job_name: name of the job it starts.
        run_config: config of its runs; a mapping or a RunConfig.
        run_config_fn: makes the config, given the context.
        tags: tags of the schedule; also put on runs for which no RunRequest was made.
        tags_fn: makes the tags of a run, given the context; instead of ``tags``.
        metadata: labelled facts.
        should_execute: given the context, says whether the tick runs anything.
        environment_vars: accepted for older code; has no effect.
        execution_timezone: IANA zone in which the cron string is read; None: UTC.
        execution_fn: given the context, returns what to run; instead of ``run_config`` and ``tags_fn``.
        description: free text.
        job: the job it starts.
        default_status: whether it ticks when nobody said otherwise.
        required_resource_keys: resources its functions use.
        target: a job, assets or a selection of assets, instead of ``job``.
        owners: e-mail addresses and teams.
        catchup: which times are run late that passed while nobody could run them: ``"default"`` (the newest
            ``max_catchup_runs`` of the settings), ``"none"``, ``"latest"`` or ``"all"``.
        catchup_window: how old such a time may be (timedelta or seconds); None: however old.
        overlap: what happens while runs of an earlier time are not over: ``"allow"``, ``"skip"``, ``"buffer_one"`` (one
            time waits, later ones are skipped) or ``"cancel_running"``.
        jitter: it ticks up to so much (timedelta or seconds) after its time, always by the same, so that schedules of
            one time do not begin together; ``scheduled_execution_time`` stays the nominal time.
        timeout_seconds: time one evaluation may take (seconds); None: as the settings say.
        run_key_ttl: after this (timedelta or seconds) a run key may be used for another run; None: never.

    Raises:
        CronError: a cron string means nothing; names the field.
        UnknownTimezoneError: there is no such zone.
        DagsterInvalidDefinitionError: arguments contradict each other, or a name is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> ScheduleDefinition(job_name="etl", cron_schedule="0 6 * * 1-5", execution_timezone="Europe/Berlin")
        ScheduleDefinition('etl_schedule', cron_schedule='0 6 * * 1-5')
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        cron_schedule: str | Sequence[str] | None = None,
        job_name: str | None = None,
        run_config: RunConfigLike | None = None,
        run_config_fn: Callable[..., Any] | None = None,
        tags: Mapping[str, str] | None = None,
        tags_fn: Callable[..., Mapping[str, str] | Awaitable[Mapping[str, str] | None] | None] | None = None,
        metadata: RawMetadataMapping | None = None,
        should_execute: Callable[..., bool | Awaitable[bool]] | None = None,
        environment_vars: Mapping[str, str] | None = None,
        execution_timezone: str | None = None,
        execution_fn: Callable[..., Any] | None = None,
        description: str | None = None,
        job: ExecutableDefinition | None = None,
        default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
        required_resource_keys: Iterable[str] | None = None,
        target: Any = None,
        owners: Sequence[str] | None = None,
        catchup: Catchup | str = "default",
        catchup_window: Length | None = None,
        overlap: Overlap | str = "allow",
        jitter: Length | None = None,
        timeout_seconds: float | None = None,
        run_key_ttl: Length | None = None,
    ) -> None:
        shown = f"schedule {name!r}" if name is not None else "a schedule"
        targets = TargetArguments(shown, name, job, job_name, None, target).resolve()
        self._name = check_name(name if name is not None else _name_after(targets), "schedule")
        what = f"schedule {self._name!r}"
        if execution_fn is not None and (run_config or run_config_fn or tags_fn):
            raise DagsterInvalidDefinitionError(
                f"{what} has an execution_fn as well as run_config, run_config_fn or tags_fn; give one or the other"
            )
        twice = "tags" if tags and tags_fn else "run_config" if run_config and run_config_fn else None
        if twice:
            raise DagsterInvalidDefinitionError(f"{what} has both {twice}= and {twice}_fn=; give one of them")
        self.cron = _cron(cron_schedule, execution_timezone, what)
        self._cron_schedule = cron_schedule if isinstance(cron_schedule, str) else list(cron_schedule or ())
        self._timezone = execution_timezone
        self._targets = targets
        self._run_config = run_config
        self._run_config_fn = evaluated(run_config_fn, self._name)
        self._tags_fn = evaluated(tags_fn, self._name)
        self._should_execute = evaluated(should_execute, self._name)
        self._function = evaluated(execution_fn, self._name)
        self._tags = definition_tags(tags, what)
        self._metadata = normalize_metadata(metadata)
        self._environment_vars = None if environment_vars is None else dict(environment_vars)
        doc = None if self._function is None else self._function.docstring
        self._description = doc if description is None else check_instance(description, str, f"description of {what}")
        self._default_status = check_instance(default_status, DefaultScheduleStatus, f"default_status of {what}")
        self._owners = check_owners(owners, what)
        self._policy = schedule_policy(what, catchup, catchup_window, overlap, jitter, timeout_seconds, run_key_ttl)
        functions = (self._function, self._run_config_fn, self._tags_fn, self._should_execute)
        own = frozenset(key for each in functions if each for key in each.resource_names)
        self.code_place = place_of(execution_fn) or place_here()
        self._required_resource_keys = own | resource_keys(required_resource_keys, what)

    def __repr__(self) -> str:
        return f"ScheduleDefinition({self._name!r}, cron_schedule={self._cron_schedule!r})"

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self._name

    @property
    def cron_schedule(self) -> str | Sequence[str]:
        """The cron string, or the list of them, as given."""
        return self._cron_schedule

    @property
    def execution_timezone(self) -> str | None:
        """IANA zone in which the cron string is read; None: UTC."""
        return self._timezone

    @property
    def default_status(self) -> DefaultScheduleStatus:
        """Whether it ticks when nobody said otherwise."""
        return self._default_status

    @property
    def description(self) -> str | None:
        """Free text; the function's docstring where none was given."""
        return self._description

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of the schedule."""
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
        """Its terms for missed times, overlapping runs, slow evaluations, run keys."""
        return self._policy

    @property
    def environment_vars(self) -> Mapping[str, str] | None:
        """As given; without effect."""
        return self._environment_vars

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """Resources its functions use."""
        return self._required_resource_keys

    @property
    def targets(self) -> tuple[AutomationTarget, ...]:
        """The job it starts, as a tuple of one; empty if each request names its own."""
        return self._targets

    @property
    def target(self) -> AutomationTarget | None:
        """The job it starts, None if each request names its own."""
        return self._targets[0] if self._targets else None

    @property
    def has_job(self) -> bool:
        """Whether the job itself was given, not only its name."""
        return bool(self._targets) and self._targets[0].job is not None

    @property
    def has_anonymous_job(self) -> bool:
        """Whether its job was made for it alone, of assets that are its target."""
        return bool(self._targets) and self._targets[0].is_anonymous

    @property
    def job_name(self) -> str | None:
        """Name of the job it starts, None if each request names its own."""
        return self._targets[0].job_name if self._targets else None

    @property
    def job(self) -> ExecutableDefinition:
        """The job it starts.

        Raises:
            DagsterInvalidDefinitionError: it was given by name or not at all.
        """
        if not self._targets or self._targets[0].job is None:
            raise DagsterInvalidDefinitionError(f"schedule {self._name!r} was given no job object")
        return self._targets[0].job

    @property
    def is_async(self) -> bool:
        """Whether one of its functions is ``async def``, so that many are evaluated at once."""
        functions = (self._function, self._run_config_fn, self._tags_fn, self._should_execute)
        return any(each is not None and each.is_async for each in functions)

    @property
    def is_constant(self) -> bool:
        """Whether it has no function of its own, so that it asks for the same at each of its times."""
        functions = (self._function, self._run_config_fn, self._tags_fn, self._should_execute)
        return all(each is None for each in functions)

    @property
    def evaluation_fn(self) -> EvaluatedFunction | None:
        """The decorated function, None if there is none."""
        return self._function

    def with_updated_job(self, new_job: ExecutableDefinition) -> ScheduleDefinition:
        """The same schedule for another job."""
        return self.with_attributes(job=new_job)

    def with_attributes(
        self, *, job: ExecutableDefinition | None = None, metadata: RawMetadataMapping | None = None
    ) -> ScheduleDefinition:
        """The same schedule with another job or other metadata."""
        changed = copy.copy(self)
        if job is not None:
            changed._targets = TargetArguments(f"schedule {self._name!r}", self._name, job).resolve()
        if metadata is not None:
            changed._metadata = normalize_metadata(metadata)
        return changed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests.

        Args:
            args: the context, from ``build_schedule_context``.
            kwargs: the context or resources by name.

        Raises:
            DagsterInvalidInvocationError: there is no decorated function, or the arguments do not fit it.
        """
        if self._function is None:
            raise DagsterInvalidInvocationError(
                f"schedule {self._name!r} has no function of its own to call; use evaluate_tick(context)"
            )
        return self._function.invoke(args, kwargs, self._required_resource_keys, ScheduleEvaluationContext)

    def evaluate_tick(self, context: ScheduleEvaluationContext) -> ScheduleExecutionData:
        """Evaluates the schedule for one time.

        Args:
            context: from ``build_schedule_context``, or the daemon's.

        Raises:
            ScheduleExecutionError: a function of the schedule raised; the cause is kept. A ``DagsterError`` comes out
                as it is.
            CheckError: it returned something that asks for nothing.
            DagsterUnknownPartitionError: it asked for a partition that does not exist.
        """
        return in_one_go(self.steps(context))

    def steps(self, context: ScheduleEvaluationContext) -> Steps[ScheduleExecutionData]:
        """:meth:`evaluate_tick`, for who waits for ``async`` functions in a way of its own."""
        context.require(self._required_resource_keys, f"schedule {self._name!r}")
        if self._should_execute and not (yield from self._called(self._should_execute, context, "should_execute")):
            message = f"should_execute function for {self._name} returned false."
            return ScheduleExecutionData(skip_message=message, log=context.log.lines)
        requests, skip = yield from self._read((yield from self._returned(context)), context)
        for each in requests:
            if each.partition_key is not None:  # a tick without partitions does not pay for them
                requests = with_partitions(requests, self, context)
                break
        if not self._targets and context.repository_def is not None:
            for each in requests:
                context.repository_def.check_job(self, each)
        named = {SCHEDULE_NAME_TAG: self._name}
        tagged = [each.with_known(tags={**each.tags, **named}) for each in requests]
        return ScheduleExecutionData(tagged, skip, context.log.lines)

    def _returned(self, context: ScheduleEvaluationContext) -> Steps[Any]:
        if self._function is not None:
            return (yield from self._called(self._function, context, "its function"))
        if self._run_config_fn is not None:
            return (yield from self._called(self._run_config_fn, context, "run_config_fn")) or {}
        return copy.deepcopy(self._run_config) if self._run_config is not None else {}

    def _called(self, function: EvaluatedFunction, context: ScheduleEvaluationContext, part: str) -> Steps[Any]:
        """The one place where a schedule's user code runs; a generator is read to its end here."""
        try:
            return (yield from function.call(context))
        except Exception as error:
            if isinstance(error, DagsterError) and not isinstance(error, CheckError):
                raise  # it says itself what is wrong, as of a resource or of a partition
            said = own_error(error)
            raise ScheduleExecutionError(
                f"schedule {self._name!r}: {part} raised {shown_error(said)}",
                user_exception=said,
                schedule_name=self._name,
            ) from said

    def _read(self, returned: Any, context: ScheduleEvaluationContext) -> Steps[tuple[list[RunRequest], str | None]]:
        if isinstance(returned, Mapping) or hasattr(returned, "to_config_dict"):
            tags = (yield from self._called(self._tags_fn, context, "tags_fn")) if self._tags_fn else self._tags
            return [RunRequest(run_config=returned, tags=definition_tags(tags, f"schedule {self._name!r}"))], None
        if isinstance(returned, SkipReason):
            return [], returned.skip_message
        items = list(returned) if isinstance(returned, list | tuple) else [returned]
        if not items or items == [None]:
            return [], EMPTY_RESULT
        if len(items) == 1 and isinstance(items[0], SkipReason):
            return [], items[0].skip_message
        for item in items:
            if not isinstance(item, RunRequest):
                raise CheckError(
                    f"schedule {self._name!r} returned {shown(item)} ({type(item).__name__}); expected a run config "
                    "(dict), a RunRequest, several of them, one SkipReason, or None",
                    value=item,
                )
        return items, None


def _name_after(targets: Sequence[AutomationTarget]) -> str:
    if not targets:
        raise DagsterInvalidDefinitionError(
            "a ScheduleDefinition without a name and without a job says nothing; give it a job, and a name= if it "
            "should not be called after the job"
        )
    return f"{targets[0].job_name}_schedule"


def _cron(cron_schedule: object, timezone: object, what: str) -> Cron:
    is_text = isinstance(cron_schedule, str)
    if not is_text and not (
        isinstance(cron_schedule, Sequence) and all(isinstance(each, str) for each in cron_schedule)
    ):
        raise ParameterCheckError(
            f"cron_schedule of {what} is a cron string such as '0 6 * * *', or a list of them, not {cron_schedule!r}",
            parameter="cron_schedule",
            value=cron_schedule,
        )
    if timezone is not None:
        check_instance(timezone, str, f"execution_timezone of {what}")
    try:
        return Cron.of(cron_schedule, timezone)  # type: ignore[arg-type]
    except CronError as error:
        raise CronError(f"{what}: {error}", expression=error.expression, field=error.field) from error
    except UnknownTimezoneError as error:
        raise UnknownTimezoneError(f"{what}: {error}", zone=error.zone) from error


def evaluated(fn: Callable[..., Any] | None, name: str) -> EvaluatedFunction | None:
    """A function of the schedule called ``name``; None: there is none."""
    return None if fn is None else EvaluatedFunction.read(fn, "schedule", name)
