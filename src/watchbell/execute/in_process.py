"""Jobs run in the caller's own process: ``execute_in_process`` and ``execute_job``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.env_var import environment
from watchbell.declare.job import JobDefinition
from watchbell.declare.mem_io_manager import mem_io_manager
from watchbell.declare.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.run_config import resolve_run_config
from watchbell.execute.event_writer import EventWriter
from watchbell.execute.journal import Journal
from watchbell.execute.result import ExecuteInProcessResult, JobExecutionResult
from watchbell.execute.run import RunOutcome, carry_out, execute_and_keep, plan_of
from watchbell.execute.run_scope import RunScope
from watchbell.execute.serial import run_serially
from watchbell.execute.stored_values import StoredValues
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.errors import (
    DagsterExecutionHandleOutputError,
    DagsterExecutionInterruptedError,
    DagsterExecutionLoadInputError,
    DagsterExecutionStepExecutionError,
    ParameterCheckError,
)
from watchbell.ground.ids import new_run_id
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.request import check_text, written_tags
from watchbell.record.run import DagsterRun

_STEP_ERRORS = (
    DagsterExecutionStepExecutionError,
    DagsterExecutionLoadInputError,
    DagsterExecutionHandleOutputError,
)


def execute_job_in_process(
    job: JobDefinition,
    *,
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    raise_on_error: bool = True,
    run_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    keep_io_manager: bool = False,
) -> ExecuteInProcessResult:
    """Runs a job in this process, all steps one after the other.

    Values pass from op to op in memory, unless the job has an IO manager of its own or makes assets.

    Args:
        job: the job, cut down to what is to run.
        run_config: config of the run; a dict or a RunConfig. None: the job's own.
        instance: where the run is recorded; None: nowhere beyond the result.
        raise_on_error: whether the first failed step ends the run and raises what the user's code raised.
        run_id: id of the run; None: a new one.
        tags: more tags of the run.
        keep_io_manager: whether the job's default IO manager stays.

    Raises:
        DagsterInvalidConfigError: the config does not fit; no run was made.
        DagsterRunAlreadyExists: the id is taken.
        Exception: what made the run fail, if ``raise_on_error``.
    """
    chosen = job if keep_io_manager else _with_memory(job)
    config = resolve_run_config(chosen, run_config, environment)
    plan = plan_of(chosen, config)
    run = DagsterRun(
        chosen.name,
        new_run_id() if run_id is None else check_text(run_id, "run_id"),
        config.plain,
        tags={**chosen.run_tags, **written_tags(tags)},
        asset_selection=chosen.asset_selection,
        op_selection=chosen.op_selection,
    )
    kept: list[DagsterEvent] = []
    captured: dict[tuple[str, str], Any] = {}
    log = _PrivateLog(run) if instance is None else _StoredLog(run, instance)
    journal = Journal(run.run_id, run.job_name, log.clock, log.write, kept)
    scope = RunScope(plan, run, journal, log.open_instance, captured=captured, hooks_after_failure=not raise_on_error)
    try:
        outcome = carry_out(scope, lambda: run_serially(scope, config.resources, stop_at_failure=raise_on_error))
        log.close()
    except BaseException:
        log.abandon()
        raise
    _raise_if_asked(outcome, raise_on_error)
    ended = run.with_status(outcome.status) if instance is None else instance.get_run_by_id(run.run_id)
    return ExecuteInProcessResult(chosen, ended or run.with_status(outcome.status), kept, captured, outcome.planned)


def execute_job(
    job: JobDefinition,
    instance: DagsterInstance,
    run_config: Any = None,
    tags: Mapping[str, Any] | None = None,
    raise_on_error: bool = False,
    op_selection: Sequence[str] | None = None,
    reexecution_options: object = None,
    asset_selection: Sequence[AssetKey] | None = None,
) -> JobExecutionResult:
    """Runs a job from this process with the executor it has: by default each step in a process of its own.

    Args:
        job: the job.
        instance: where the run is recorded; it must lie on disk if steps run in processes of their own.
        run_config: config of the run; a dict or a RunConfig. None: the job's own.
        tags: more tags of the run.
        raise_on_error: whether a failed run raises.
        op_selection: only these ops.
        reexecution_options: not supported yet.
        asset_selection: only these assets.

    Returns:
        The result; also a context manager, as older code uses it.

    Raises:
        DagsterInvalidConfigError: the config does not fit; no run was made.
        DagsterInvalidSubsetError: something is selected that the job does not have.
        Exception: what made the run fail, if ``raise_on_error``.

    Example:
        >>> @op
        ... def three():
        ...     return 3
        >>> @job
        ... def small():
        ...     three()
        >>> with DagsterInstance.local_temp() as instance:
        ...     execute_job(small, instance).output_for_node("three")
        3
    """
    if not isinstance(job, JobDefinition):
        raise ParameterCheckError(f"execute_job runs a job, not {job!r}", parameter="job", value=job)
    if not isinstance(instance, DagsterInstance):
        raise ParameterCheckError(
            f"execute_job needs the instance to record the run in, not {instance!r}", parameter="instance"
        )
    if reexecution_options is not None:
        raise ParameterCheckError("execute_job: reexecution_options is not supported yet; leave it out")
    chosen = job.get_subset(op_selection=op_selection, asset_selection=asset_selection)
    chosen.check_resources()
    config = resolve_run_config(chosen, run_config, environment)
    plan = plan_of(chosen, config)
    run = DagsterRun(
        chosen.name,
        new_run_id(),
        config.plain,
        tags={**chosen.run_tags, **written_tags(tags)},
        asset_selection=chosen.asset_selection,
        op_selection=chosen.op_selection,
    )
    instance.store.add_runs([run], instance.clock.now())
    kept: list[DagsterEvent] = []
    outcome = execute_and_keep(chosen, run, instance, kept)
    _raise_if_asked(outcome, raise_on_error)
    ended = instance.get_run_by_id(run.run_id) or run.with_status(outcome.status)
    return JobExecutionResult(chosen, ended, kept, StoredValues(plan, config, run, instance))


def _with_memory(job: JobDefinition) -> JobDefinition:
    # Assets outlive their run: a later one may load them.
    if DEFAULT_IO_MANAGER_KEY in job.explicit_resource_defs or job.asset_layer.assets_by_node:
        return job
    return job.with_replaced_resources({DEFAULT_IO_MANAGER_KEY: mem_io_manager})


def _raise_if_asked(outcome: RunOutcome, raise_on_error: bool) -> None:
    error = outcome.error
    if isinstance(error, KeyboardInterrupt | DagsterExecutionInterruptedError):
        raise error  # whoever pressed the key wants the program to stop, not only the run
    if error is None or not raise_on_error:
        return
    raise error.user_exception if isinstance(error, _STEP_ERRORS) else error


class _StoredLog:
    """The log of a run in an instance that the caller gave."""

    def __init__(self, run: DagsterRun, instance: DagsterInstance) -> None:
        instance.store.add_runs([run], instance.clock.now())
        self.clock: Clock = instance.clock
        self._instance = instance
        self._writer = EventWriter(instance.store.append, with_thread=True)
        self.write: Callable[[EventLogEntry], None] = self._writer.write

    def open_instance(self) -> DagsterInstance:
        """The instance, with all of the log so far in it."""
        self._writer.flush()
        return self._instance

    def close(self) -> None:
        """Stores what is left."""
        self._writer.close()

    def abandon(self) -> None:
        """Stores what can still be stored: the run did not come to its end."""
        try:
            self._writer.close()
        finally:
            self._writer.abandon()


class _PrivateLog:
    """The log of a run that is recorded nowhere: an instance in memory is made only if user code asks for one."""

    def __init__(self, run: DagsterRun) -> None:
        self.clock: Clock = SystemClock()
        self._run = run
        self._instance: DagsterInstance | None = None
        self._entries: list[EventLogEntry] = []
        self.write: Callable[[EventLogEntry], None] = self._entries.append

    def open_instance(self) -> DagsterInstance:
        """The instance, with all of the log so far in it."""
        if self._instance is None:
            self._instance = DagsterInstance.ephemeral()
            self._instance.store.add_runs([self._run], self.clock.now())
        if self._entries:
            self._instance.store.append(list(self._entries))
            self._entries.clear()
        return self._instance

    def close(self) -> None:
        """Forgets it."""
        if self._instance is not None:
            self._instance.close()

    abandon = close
