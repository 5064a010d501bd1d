"""Jobs run in the caller's own process: ``execute_in_process`` and ``execute_job``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from watchbell.declare.config.env_var import environment
from watchbell.declare.config.run_config_value import plain_run_config
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import PartitionsView, partitions_view
from watchbell.declare.run_config import resolve_run_config
from watchbell.execute.checks import as_stored
from watchbell.execute.event_writer import EventWriter
from watchbell.execute.journal import Journal
from watchbell.execute.result import ExecuteInProcessResult
from watchbell.execute.run import RunOutcome, carry_out, plan_of
from watchbell.execute.run_loggers import also_to, captured_loggers, handlers_of, make_loggers
from watchbell.execute.run_partitions import partitions_of_run
from watchbell.execute.run_scope import RunScope
from watchbell.execute.serial import run_serially
from watchbell.execute.slots import slots_of
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.errors import (
    DagsterExecutionHandleOutputError,
    DagsterExecutionInterruptedError,
    DagsterExecutionLoadInputError,
    DagsterExecutionStepExecutionError,
    DagsterTypeCheckError,
    DagsterTypeLoadingError,
)
from watchbell.ground.ids import new_run_id
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, EventLogEntry
from watchbell.record.request import check_text, written_tags
from watchbell.record.run import DagsterRun
from watchbell.record.settings import Settings
from watchbell.record.worker_identity import own_identity

_STEP_ERRORS = (
    DagsterExecutionStepExecutionError,
    DagsterExecutionLoadInputError,
    DagsterExecutionHandleOutputError,
    DagsterTypeCheckError,
    DagsterTypeLoadingError,
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
    partition_key: str | None = None,
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
        partition_key: the partition the run is for.

    Raises:
        CheckError: a partition is named and the job has none.
        DagsterUnknownPartitionError: there is no such partition.
        DagsterInvalidConfigError: the config does not fit; no run was made.
        DagsterRunAlreadyExists: the id is taken.
        Exception: what made the run fail, if ``raise_on_error``.
    """
    chosen = job if keep_io_manager else _with_memory(job)
    now = SystemClock().now() if instance is None else instance.clock.now()
    looking_at = partitions_view().current_time or now
    if partition_key is not None:
        given = plain_run_config(run_config, "run_config")
        run_config, tags = job.for_partition(partition_key, given, tags, PartitionsView(looking_at, instance))
    config = resolve_run_config(chosen, run_config, environment, own_executor=False)
    plan = plan_of(chosen, config)
    run = DagsterRun(
        chosen.name,
        new_run_id() if run_id is None else check_text(run_id, "run_id"),
        config.plain,
        tags={**chosen.run_tags, **written_tags(tags)},
        asset_selection=chosen.asset_selection,
        op_selection=chosen.op_selection,
        asset_check_selection=chosen.asset_check_selection,
    )
    partitions = partitions_of_run(chosen, run.tags, looking_at, None if instance is None else lambda: instance)
    kept: list[DagsterEvent] = []
    captured: dict[tuple[str, str], Any] = {}
    loggers = make_loggers(chosen.loggers, config.loggers, chosen, run.run_id)
    if instance is not None:
        loggers += handlers_of(instance.settings)
    # Stored last: a logger that cannot be made leaves no run behind.
    log = _PrivateLog(run) if instance is None else _StoredLog(run, instance)
    journal = Journal(run.run_id, run.job_name, log.clock, also_to(loggers, log.write, run), kept)
    scope = RunScope(plan, run, journal, log.open_instance, captured=captured, hooks_after_failure=not raise_on_error)
    scope.partitions = partitions
    if instance is not None:
        scope.recall = lambda: instance
        scope.slots = slots_of(scope.steps, instance, run.run_id, journal)
    try:
        with captured_loggers(Settings() if instance is None else instance.settings):
            outcome = carry_out(scope, lambda: run_serially(scope, config.resources, stop_at_failure=raise_on_error))
        log.close()
    except BaseException:
        log.abandon()
        raise
    raise_if_asked(outcome, raise_on_error)
    ended = run.with_status(outcome.status) if instance is None else instance.get_run_by_id(run.run_id)
    events = kept if instance is None else as_stored(kept, run.run_id, instance)
    return ExecuteInProcessResult(chosen, ended or run.with_status(outcome.status), events, captured, outcome.planned)


def _with_memory(job: JobDefinition) -> JobDefinition:
    # Assets outlive their run: a later one may load them.
    if DEFAULT_IO_MANAGER_KEY in job.explicit_resource_defs or job.asset_layer.assets_by_node:
        return job
    return job.with_replaced_resources({DEFAULT_IO_MANAGER_KEY: mem_io_manager})


def raise_if_asked(outcome: RunOutcome, raise_on_error: bool) -> None:
    """Raises what a run failed by, if that is wanted; in any case what was to stop the whole program."""
    error = outcome.error
    if isinstance(error, KeyboardInterrupt | DagsterExecutionInterruptedError):
        raise error  # whoever pressed the key wants the program to stop, not only the run
    if error is None or not raise_on_error:
        return
    raise error.user_exception if isinstance(error, _STEP_ERRORS) else error


class _StoredLog:
    """The log of a run in an instance that the caller gave."""

    def __init__(self, run: DagsterRun, instance: DagsterInstance) -> None:
        instance.store.add_runs([run], instance.clock.now(), own_identity())
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
