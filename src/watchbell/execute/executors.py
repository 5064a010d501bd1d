"""Executors as objects: those of one's own, and the ready-made ones that they may hand their steps to."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from watchbell.declare.assets.retry_mode import RetryMode
from watchbell.declare.executor import Executor, ExecutorDefinition, InitExecutorContext
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.declare.reconstructable import ReconstructableJob
from watchbell.execute.journal import ERROR, Journal
from watchbell.execute.log import step_logger
from watchbell.execute.multiprocess import Parallelism, TagLimit, run_in_processes
from watchbell.execute.plan import Plan, Step
from watchbell.execute.run_scope import RunScope
from watchbell.execute.serial import run_serially
from watchbell.execute.step import Ending, StepEnd
from watchbell.ground.errors import DagsterInvariantViolationError, DagsterUnmetExecutorRequirementsError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepFailureData
from watchbell.record.run import DagsterRun

Failures = dict[str, StepEnd]
_END: Any = object()


class ExecutionPlan:
    """The steps of a run, as an executor sees them.

    Args:
        plan: the whole plan.
        steps: those of it that this run executes.
    """

    def __init__(self, plan: Plan, steps: Sequence[Step]) -> None:
        self._plan = plan
        self.steps = tuple(steps)

    @property
    def step_keys_to_execute(self) -> list[str]:
        """Keys of the steps that this run executes, in an order that can run."""
        return [step.key for step in self.steps]

    @property
    def step_dict_by_key(self) -> Mapping[str, Step]:
        """All steps of the plan by key."""
        return self._plan.by_key

    def has_step(self, key: str) -> bool:
        """Whether the plan has a step of this key."""
        return key in self._plan.by_key

    def get_step_by_key(self, key: str) -> Step:
        """A step of the plan.

        Raises:
            DagsterInvariantViolationError: it has none of this key.
        """
        if key not in self._plan.by_key:
            raise DagsterInvariantViolationError(f"the plan has no step {key!r}{did_you_mean(key, self._plan.by_key)}")
        return self._plan.by_key[key]

    def get_all_steps_in_topo_order(self) -> Sequence[Step]:
        """All steps of the plan, each after those it takes from."""
        return self._plan.steps


@dataclass(slots=True, eq=False)
class PlanOrchestrationContext:
    """A run, as an executor sees it.

    Args:
        scope: the run.
        executor: the executor.
        resource_configs: resolved config of resources by key.
        parallelism: how steps are run in processes of their own.
        failures: the steps that failed so far and how they ended.
        stored: the events that are stored already.
    """

    scope: RunScope
    executor: Executor
    resource_configs: Mapping[str, Any]
    parallelism: Callable[..., Parallelism]
    failures: Failures = field(default_factory=dict)
    stored: set[int] = field(default_factory=set)

    @property
    def dagster_run(self) -> DagsterRun:
        """The run."""
        return self.scope.run

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.scope.run.run_id

    @property
    def job_name(self) -> str:
        """Name of the job."""
        return self.scope.run.job_name

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The config the run was asked to run with."""
        return self.scope.run.run_config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """Tags of the run."""
        return self.scope.run.tags

    @property
    def job(self) -> ReconstructableJob:
        """The job; ``get_definition()`` gives its definition."""
        return ReconstructableJob(self.scope.plan.job)

    @property
    def reconstructable_job(self) -> ReconstructableJob:
        """The same as :attr:`job`."""
        return self.job

    @property
    def instance(self) -> DagsterInstance:
        """Where the run is recorded."""
        return self.scope.open_instance()

    @property
    def log(self) -> DagsterLogManager:
        """Logger whose lines are stored with the run."""
        return step_logger(self.scope.journal, None)

    @property
    def retry_mode(self) -> Any:
        """Whether steps are tried again."""
        return self.executor.retries

    @property
    def raise_on_error(self) -> bool:
        """Whether the first failed step raises; never, in a run with an executor."""
        return False

    def for_step(self, *_args: object) -> Any:
        """Not there: steps are executed by the ready-made executors.

        Raises:
            DagsterInvariantViolationError: always.
        """
        raise DagsterInvariantViolationError(
            "executors that run single steps themselves (StepHandler, for_step) are not supported; hand the plan to "
            "InProcessExecutor or MultiprocessExecutor"
        )


class _Ready(Executor):
    """What the ready-made executors share."""

    def __init__(self, retries: RetryMode | None) -> None:
        self._retries = RetryMode.ENABLED if retries is None else retries

    @property
    def retries(self) -> RetryMode:
        """Whether steps are tried again as their policies say."""
        return self._retries

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Executes the steps; yields what happened once they are over."""
        scope = plan_context.scope
        seen: list[DagsterEvent] = []
        before = scope.journal
        scope.journal = _noting(before, seen)
        if self._retries is RetryMode.DISABLED:
            scope.plan = Plan(scope.plan.job, [replace(step, retry_policy=None) for step in scope.plan.steps])
        try:
            with scope.interrupts.between_user_code():
                plan_context.failures.update(self._run(plan_context, scope))
        finally:
            scope.journal = before
        plan_context.stored.update(map(id, seen))
        yield from seen

    def _run(self, plan_context: PlanOrchestrationContext, scope: RunScope) -> Failures:
        raise NotImplementedError


class InProcessExecutor(_Ready):
    """All steps one after the other, in the run's own process.

    Args:
        retries: whether steps are tried again as their policies say; None: they are.

    Example:
        >>> @executor
        ... def plain(init_context):
        ...     return InProcessExecutor()
    """

    def __init__(self, retries: RetryMode | None = None, **_unused: object) -> None:
        super().__init__(retries)

    def _run(self, plan_context: PlanOrchestrationContext, scope: RunScope) -> Failures:
        return run_serially(scope, plan_context.resource_configs)


class MultiprocessExecutor(_Ready):
    """Each step in a process of its own.

    Args:
        retries: whether steps are tried again as their policies say; None: they are.
        max_concurrent: steps at once (count); None or 0: one for each processor.
        tag_concurrency_limits: limits by tag, each with ``key``, ``limit`` and perhaps ``value``.

    Example:
        >>> @executor
        ... def narrow(init_context):
        ...     return MultiprocessExecutor(max_concurrent=2)
    """

    def __init__(
        self,
        retries: RetryMode | None = None,
        max_concurrent: int | None = None,
        tag_concurrency_limits: Sequence[Mapping[str, Any]] | None = None,
        **_unused: object,
    ) -> None:
        super().__init__(retries)
        self._max_concurrent = max_concurrent or 0
        self._limits = [
            TagLimit(each["key"], each["limit"], each.get("value")) for each in tag_concurrency_limits or ()
        ]

    def _run(self, plan_context: PlanOrchestrationContext, scope: RunScope) -> Failures:
        how = plan_context.parallelism(max_concurrent=self._max_concurrent, tag_limits=self._limits)
        return run_in_processes(scope, plan_context.resource_configs, how)


def _noting(journal: Journal, seen: list[DagsterEvent]) -> Journal:
    def write(entry: EventLogEntry) -> None:
        if entry.dagster_event is not None:
            seen.append(entry.dagster_event)
        journal.write(entry)

    return Journal(journal.run_id, journal.job_name, journal.clock, write, journal.kept)


def make_executor(
    definition: ExecutorDefinition, job: Any, config: Mapping[str, Any], instance: DagsterInstance
) -> Executor:
    """The executor that a definition of one's own makes.

    Raises:
        DagsterInvariantViolationError: its function returned something else.
        DagsterUnmetExecutorRequirementsError: the instance is not seen by the processes it needs.
    """
    if definition.get_requirements(config) and instance.is_ephemeral:
        raise DagsterUnmetExecutorRequirementsError(
            f"executor {definition.name!r} starts processes, which do not see an instance in memory; "
            "use an instance on disk, such as DagsterInstance.get()"
        )
    assert definition.executor_creation_fn is not None
    made = definition.executor_creation_fn(InitExecutorContext(ReconstructableJob(job), definition, config, instance))
    if not isinstance(made, Executor):
        raise DagsterInvariantViolationError(
            f"the function of executor {definition.name!r} returned {made!r}; it is to return an Executor"
        )
    return made


def run_with(context: PlanOrchestrationContext) -> Failures:
    """Executes a run by an executor of one's own.

    Returns:
        The failed steps and how they ended: those of inner executors, and those whose failure it yielded itself.

    Raises:
        Exception: what the executor raised.
    """
    scope = context.scope
    plan = ExecutionPlan(scope.plan, scope.steps)
    with scope.interrupts.in_user_code():
        events = iter(context.executor.execute(context, plan))
    try:
        while True:
            with scope.interrupts.in_user_code():
                event = next(events, _END)
            if event is _END:
                return context.failures
            if not isinstance(event, DagsterEvent):
                raise DagsterInvariantViolationError(
                    f"{type(context.executor).__name__}.execute yielded {event!r}; it yields events (DagsterEvent)"
                )
            if id(event) not in context.stored:
                _store(context, event)
    finally:  # not entered as user code: an executor that is stopped still cleans up
        if isinstance(events, Generator):
            events.close()


def _store(context: PlanOrchestrationContext, event: DagsterEvent) -> None:
    journal = context.scope.journal
    is_failure = event.event_type is DagsterEventType.STEP_FAILURE
    level = ERROR if is_failure else 20
    now = journal.clock.now().timestamp()
    journal.relay(
        EventLogEntry(journal.run_id, now, level, event.message or "", event.step_key, journal.job_name, event)
    )
    if is_failure and event.step_key is not None:
        data = event.event_specific_data
        info = data.error if isinstance(data, StepFailureData) else None
        context.failures.setdefault(event.step_key, StepEnd(Ending.FAILED, info=info))
