"""A run from its first event to its last, whatever happens in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from watchbell.declare.config.env_var import environment
from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.run_config import ResolvedRunConfig, resolve_run_config
from watchbell.execute.checks import say_checks_planned
from watchbell.execute.event_writer import Append, EventWriter
from watchbell.execute.executors import PlanOrchestrationContext, make_executor, run_with
from watchbell.execute.interrupts import Interrupts
from watchbell.execute.journal import ERROR, Journal
from watchbell.execute.multiprocess import Parallelism, TagLimit, run_in_processes
from watchbell.execute.output_times import LOOK_SECONDS
from watchbell.execute.partition_events import planned_data
from watchbell.execute.plan import Plan
from watchbell.execute.planning import build_plan
from watchbell.execute.resumption import resumption_of
from watchbell.execute.run_loggers import also_to, captured_loggers, handlers_of, make_loggers
from watchbell.execute.run_partitions import partitions_of_run
from watchbell.execute.run_scope import RunScope
from watchbell.execute.serial import run_serially
from watchbell.execute.slots import slots_of
from watchbell.execute.step import StepEnd
from watchbell.execute.step_process import captured_streams
from watchbell.ground.errors import DagsterExecutionInterruptedError, LeaseLostError, StoreError
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    JobFailureData,
)
from watchbell.record.run import STOP_REASON_TAG, DagsterRun, DagsterRunStatus

SHOWN_KEYS_MAX = 8  # failed steps named in the message of the run's failure


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Args:
        status: SUCCESS, FAILURE or CANCELED.
        error: what made it end badly, as it was raised in this process; None if all went well.
        planned: the events of assets that were to be made.
    """

    status: DagsterRunStatus
    error: BaseException | None = None
    planned: Sequence[DagsterEvent] = ()


def execute_run(
    job: JobDefinition,
    run: DagsterRun,
    instance: DagsterInstance,
    attempt: int | None = None,
    told: Callable[[Sequence[EventLogEntry]], None] | None = None,
) -> bool:
    """Executes a stored run in this process (and in the step processes it starts), and writes all of its log.

    SIGTERM and SIGINT end it: steps are stopped, resources torn down, the run is CANCELED.

    Args:
        job: the job, cut down to what the run selects.
        run: the run.
        instance: where it is stored.
        attempt: the attempt this process has begun; its writes are refused once another one has. None: unfenced.
        told: called with log entries once they are stored.

    Returns:
        Whether the run ended well; how it ended is stored.

    Raises:
        LeaseLostError: the run belongs to another attempt by now; nothing more was written.
        StoreError: the log could not be written.
    """
    return (
        _execute_stored(job, run, instance, _appender(instance, attempt, told), None).status is DagsterRunStatus.SUCCESS
    )


def execute_and_keep(
    job: JobDefinition, run: DagsterRun, instance: DagsterInstance, kept: list[DagsterEvent]
) -> RunOutcome:
    """Like :func:`execute_run`, keeping the events for a result in this process.

    Args:
        job: the job, cut down to what the run selects.
        run: the run.
        instance: where it is stored.
        kept: takes every event.
    """
    return _execute_stored(job, run, instance, _appender(instance, None, None), kept)


def _execute_stored(
    job: JobDefinition,
    run: DagsterRun,
    instance: DagsterInstance,
    append: Append,
    kept: list[DagsterEvent] | None,
) -> RunOutcome:
    home = os.getpid()
    with Interrupts().installed() as interrupts:
        try:
            config = resolve_run_config(job, run.run_config, environment)
            plan = plan_of(job, config)
            resumption = resumption_of(plan, run, instance)
            now = instance.clock.now()
            partitions = partitions_of_run(job, run.tags, now, lambda: _instance_unflushed(instance, home))
            loggers = [*handlers_of(instance.settings), *make_loggers(job.loggers, config.loggers, job, run.run_id)]
        except Exception as error:  # user code runs here too: config classes, mappings, functions of loggers
            return _refuse(run, instance, append, kept, error)
        forks = config.executor == "multiprocess" and not _runs_serially_instead(job, instance)
        writer = EventWriter(append, with_thread=not forks, on_fenced=_stop_this_process)
        journal = Journal(run.run_id, run.job_name, instance.clock, also_to(loggers, writer.write, run), kept)
        scope = RunScope(plan, run, journal, lambda: _instance_here(instance, writer, home), interrupts)
        scope.recall = lambda: _instance_unflushed(instance, home)
        scope.resumption = resumption
        scope.partitions = partitions
        scope.slots = slots_of(scope.steps, instance, run.run_id, journal)
        try:
            with captured_loggers(instance.settings):
                outcome = carry_out(scope, _executor(scope, config, instance, writer, forks))
            writer.close()
        except BaseException:
            writer.abandon()
            raise
        return outcome


def _appender(
    instance: DagsterInstance, attempt: int | None, told: Callable[[Sequence[EventLogEntry]], None] | None
) -> Append:
    if told is None:
        return lambda entries: instance.store.append(entries, attempt=attempt)
    listeners = [told]

    def append(entries: Sequence[EventLogEntry]) -> None:
        instance.store.append(entries, attempt=attempt)
        try:
            for tell in listeners:
                tell(entries)
        except OSError:  # such as a closed terminal: the run goes on unwatched
            listeners.clear()

    return append


def plan_of(job: JobDefinition, config: ResolvedRunConfig) -> Plan:
    """The plan of a run of ``job`` with this config.

    Raises:
        DagsterInvalidConfigError: an input has no source at all.
    """
    op_configs = {path: each.config for path, each in config.ops.items()}
    inputs = {(path, name): value for path, each in config.ops.items() for name, value in each.inputs.items()}
    retries = config.execution.get("retries") or {}
    return build_plan(
        job,
        op_configs,
        inputs,
        config.inputs,
        retries_enabled="disabled" not in retries,
        manager_configs=config.managers,
    )


def carry_out(scope: RunScope, execute: Callable[[], Mapping[str, StepEnd]]) -> RunOutcome:
    """Writes a run's first and last events around its steps.

    Args:
        scope: the run.
        execute: runs the steps; the failed ones and how they ended.

    Raises:
        LeaseLostError: the run belongs to another attempt by now.
        StoreError: the log could not be written.
    """
    planned = _say_planned(scope)
    journal = scope.journal
    execute = scope.partitions.around(execute)
    journal.event(DagsterEventType.RUN_START, f"run of {journal.job_name} begins")
    try:
        if scope.slots is None:
            failures = execute()
        else:
            with scope.slots as slots:
                slots.claim_for_run(scope.steps, scope.interrupts)
                failures = execute()
    except (LeaseLostError, StoreError):
        raise
    except (DagsterExecutionInterruptedError, KeyboardInterrupt) as error:
        rule = _rule_that_stops(scope)
        if rule is not None:
            say_failed(journal, rule, None, "RUN_EXCEPTION")
            return RunOutcome(DagsterRunStatus.FAILURE, error, planned)
        reason = scope.interrupts.signal_name or "the keyboard"
        journal.event(DagsterEventType.RUN_CANCELED, f"run of {journal.job_name} was stopped by {reason}", level=ERROR)
        return RunOutcome(DagsterRunStatus.CANCELED, error, planned)
    except (Exception, SystemExit) as error:
        info = error_info_from_exception(error)
        say_failed(journal, f"{info.root.message.strip()}", info, "RUN_EXCEPTION")
        return RunOutcome(DagsterRunStatus.FAILURE, error, planned)
    if failures:
        first = next(iter(failures.values()))
        say_failed(journal, _failed_steps(failures), first.info, "STEP_FAILURE")
        return RunOutcome(DagsterRunStatus.FAILURE, first.error, planned)
    journal.event(DagsterEventType.RUN_SUCCESS, f"run of {journal.job_name} is done")
    return RunOutcome(DagsterRunStatus.SUCCESS, None, planned)


def _rule_that_stops(scope: RunScope) -> str | None:
    """Which rule of the service had this run stopped; None: a person did, or the system."""
    if not scope.interrupts.requested:
        return None
    run = scope.open_instance().get_run_by_id(scope.run.run_id)
    return None if run is None else run.tags.get(STOP_REASON_TAG)


def say_failed(journal: Journal, why: str, info: SerializableErrorInfo | None, reason: str) -> None:
    """Writes down that the run failed."""
    text = f"run of {journal.job_name} failed: {why}"
    journal.event(DagsterEventType.RUN_FAILURE, text, None, JobFailureData(info, reason), ERROR)


def _failed_steps(failures: Mapping[str, StepEnd]) -> str:
    shown = ", ".join(list(failures)[:SHOWN_KEYS_MAX])
    more = f" and {len(failures) - SHOWN_KEYS_MAX} more" if len(failures) > SHOWN_KEYS_MAX else ""
    return f"{'step' if len(failures) == 1 else 'steps'} {shown}{more}"


def _say_planned(scope: RunScope) -> list[DagsterEvent]:
    said = []
    for step in scope.steps:
        if step.checks is not None:
            say_checks_planned(scope, step, step.checks)
        if step.assets_def is not None and step.assets_def.is_observable:
            continue
        for key in step.asset_keys:
            text = f"{scope.journal.job_name} is to materialize {key.to_user_string()}"
            data = planned_data(scope, key)
            said.append(scope.journal.planned(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, text, step.key, data))
    return said


def _refuse(
    run: DagsterRun,
    instance: DagsterInstance,
    append: Append,
    kept: list[DagsterEvent] | None,
    error: Exception,
) -> RunOutcome:
    """The end of a run whose config or plan does not hold: nothing of it was begun."""
    writer = EventWriter(append)
    journal = Journal(run.run_id, run.job_name, instance.clock, writer.write, kept)
    info = error_info_from_exception(error)
    say_failed(journal, str(error), info, "RUN_EXCEPTION")
    writer.close()
    return RunOutcome(DagsterRunStatus.FAILURE, error)


def _runs_serially_instead(job: JobDefinition, instance: DagsterInstance) -> bool:
    """Whether steps that nobody asked to run in processes of their own stay in this one, since forking is ruled out."""
    return job.executor_def.kind == "multi_or_in_process" and not _may_fork(instance)


def _may_fork(instance: DagsterInstance) -> bool:
    return hasattr(os, "fork") and instance.settings.process_start != "spawn"


def _executor(
    scope: RunScope, config: ResolvedRunConfig, instance: DagsterInstance, writer: EventWriter, forks: bool
) -> Callable[[], Mapping[str, StepEnd]]:
    folder = None if instance.is_ephemeral else Path(instance.logs_directory())
    own = None if folder is None else folder / scope.run.run_id

    def parallelism(max_concurrent: int, tag_limits: Sequence[TagLimit]) -> Parallelism:
        writer.stop_thread()  # the loop forks, and writes in time itself
        return Parallelism(
            max_concurrent=max_concurrent,
            tag_limits=tag_limits,
            log_folder=own,
            log_root=folder,
            may_fork=_may_fork(instance),
            writer=writer,
        )

    if config.executor == "custom":
        definition = scope.plan.job.executor_def
        return lambda: _by_own_executor(scope, config, definition, instance, parallelism)
    if not forks:
        return lambda: _serially(scope, config, own, folder, writer)
    limits = [
        TagLimit(each["key"], each["limit"], each["value"])
        for each in config.execution.get("tag_concurrency_limits") or ()
    ]
    how = parallelism(config.execution.get("max_concurrent") or 0, limits)
    return lambda: run_in_processes(scope, config.resources, how)


def _by_own_executor(
    scope: RunScope,
    config: ResolvedRunConfig,
    definition: ExecutorDefinition,
    instance: DagsterInstance,
    parallelism: Callable[..., Parallelism],
) -> Mapping[str, StepEnd]:
    made = make_executor(definition, scope.plan.job, config.execution, instance)
    return run_with(PlanOrchestrationContext(scope, made, config.resources, parallelism))


def _serially(
    scope: RunScope, config: ResolvedRunConfig, folder: Path | None, root: Path | None, writer: EventWriter
) -> Mapping[str, StepEnd]:
    keys = tuple(scope.plan.by_key)
    with captured_streams(scope.journal, folder, root, "run", keys) as times:
        if times is None:
            return run_serially(scope, config.resources)
        writer.do_meanwhile(LOOK_SECONDS, times.note)
        try:
            return run_serially(scope, config.resources)
        finally:
            writer.do_meanwhile(LOOK_SECONDS, None)


def _instance_here(instance: DagsterInstance, writer: EventWriter, home_pid: int) -> DagsterInstance:
    """The instance for user code: in a forked step its own, elsewhere the run's with all of its log so far in it."""
    if os.getpid() == home_pid:
        writer.flush()
        return instance
    return _instance_of_child(instance)


def _instance_unflushed(instance: DagsterInstance, home_pid: int) -> DagsterInstance:
    """The instance for questions about what was there before this run."""
    return instance if os.getpid() == home_pid else _instance_of_child(instance)


_of_child: dict[int, DagsterInstance] = {}


def _instance_of_child(instance: DagsterInstance) -> DagsterInstance:
    if not instance.is_ephemeral:  # its database is closed around a fork, and opened in the child when it is asked
        return instance
    pid = os.getpid()
    if pid not in _of_child:
        _of_child[pid] = DagsterInstance.from_home(instance.home, settings=instance.settings)
    return _of_child[pid]


def _stop_this_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
