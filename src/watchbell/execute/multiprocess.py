"""The multiprocess executor: each step in a process of its own, several at once.

One thread, one loop: it starts what is ready and allowed, waits on all pipes together, writes what comes out of them,
and notices deaths. It has no thread of its own for the log, since it forks; the loop flushes in time instead.
"""

from __future__ import annotations

import heapq
import os
import selectors
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.execute.event_writer import EventWriter
from watchbell.execute.journal import ERROR
from watchbell.execute.output_times import LOOK_SECONDS as OUTPUT_SECONDS
from watchbell.execute.output_times import OutputTimes, TimesFile
from watchbell.execute.plan import Step
from watchbell.execute.provenance import note_version
from watchbell.execute.run_scope import RunScope
from watchbell.execute.serial import begun_progress, say_skipped
from watchbell.execute.slots import POLL_SECONDS as SLOT_POLL_SECONDS
from watchbell.execute.step import Ending, StepEnd
from watchbell.execute.step_process import StepOrder, StepProcess, file_stem, fork_step
from watchbell.ground.durations import duration_text
from watchbell.ground.errors import (
    DagsterExecutionInterruptedError,
    DagsterSubprocessError,
    DagsterUnmetExecutorRequirementsError,
    LeaseLostError,
    StoreError,
)
from watchbell.ground.process_tree import ProcessTree
from watchbell.ground.value import dataclass, make_constructors
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.event import DagsterEventType, EngineEventData, EventLogEntry, StepFailureData

STOP_GRACE_SECONDS = 20.0  # a step that was asked to stop has so long to clean up; then it is killed
FLUSH_SECONDS = 0.06  # how long an event waits for company; more than elsewhere: after a fork the store is opened anew
LOOK_SECONDS = 0.02  # how often it is looked whether a killed process is gone
POLL_SECONDS = 0.1  # how often deaths are looked for where the platform has no pidfd
WAIT_SECONDS = 60.0  # longest wait for the pipes; nothing depends on it

StartStep = Callable[[RunScope, StepOrder], StepProcess]


@dataclass(frozen=True)
class TagLimit:
    """At most so many steps with a tag at once.

    Args:
        key: the tag.
        limit: steps at once (count).
        value: only steps with this value of it; None: any value.
    """

    key: str
    limit: int
    value: str | None = None

    def covers(self, step: Step) -> bool:
        """Whether a step falls under it."""
        return self.key in step.tags and (self.value is None or step.tags[self.key] == self.value)


@dataclass(frozen=True)
class Parallelism:
    """How the multiprocess executor runs.

    Args:
        max_concurrent: steps at once (count); 0: one for each processor.
        tag_limits: limits by tag.
        log_folder: folder for what steps write to stdout and stderr; None: it is not captured.
        log_root: the folder that paths in events are relative to.
        start_step: starts a step's process; forked unless told otherwise. Where fork is missing a starter that spawns
            takes its place: it has to load the user's definitions again in the child.
        may_fork: whether this platform, and the setting ``process_start``, allow forking.
        writer: writes the log; the loop tells it when.
    """

    max_concurrent: int = 0
    tag_limits: Sequence[TagLimit] = ()
    log_folder: Path | None = None
    log_root: Path | None = None
    start_step: StartStep = fork_step
    may_fork: bool = True
    writer: EventWriter | None = None

    @property
    def slots(self) -> int:
        """Steps at once (count, >= 1)."""
        return self.max_concurrent or os.cpu_count() or 1


def run_in_processes(
    scope: RunScope, resource_configs: Mapping[str, Any], parallelism: Parallelism
) -> dict[str, StepEnd]:
    """Runs every step of the plan in a process of its own.

    Args:
        scope: the run.
        resource_configs: resolved config of resources by key.
        parallelism: how many at once, and where they write.

    Returns:
        The failed steps and how they ended, in the order in which they did.

    Raises:
        DagsterUnmetExecutorRequirementsError: values would be handed on in memory, or this platform cannot fork.
        DagsterExecutionInterruptedError: the process was asked to stop; the steps were too.
    """
    _check_requirements(scope, parallelism)
    journal = scope.journal
    pid = os.getpid()
    count = len(scope.steps)
    steps = "1 step" if count == 1 else f"{count} steps"
    text = f"{steps} to run, up to {parallelism.slots} processes at once (parent pid {pid})"
    journal.event(DagsterEventType.ENGINE_EVENT, text, None, EngineEventData())
    make_constructors("watchbell.execute")
    started = journal.clock.monotonic()
    if parallelism.writer is not None:
        parallelism.writer.flush()
    failures = _Loop(scope, resource_configs, parallelism).run()
    seconds = journal.clock.monotonic() - started
    journal.event(
        DagsterEventType.ENGINE_EVENT,
        f"the steps of pid {pid} are over after {duration_text(seconds)}",
        None,
        EngineEventData(),
    )
    return failures


def _check_requirements(scope: RunScope, parallelism: Parallelism) -> None:
    if parallelism.start_step is fork_step and not parallelism.may_fork:
        raise DagsterUnmetExecutorRequirementsError(
            f"job {scope.run.job_name!r} has the multiprocess executor, whose step processes are forked; this platform "
            "cannot fork, or process_start of the settings rules it out. Use in_process_executor",
        )
    definitions = scope.plan.job.resource_defs
    in_memory = [key for key in sorted(scope.plan.manager_keys) if definitions.get(key) is mem_io_manager]
    if in_memory:
        raise DagsterUnmetExecutorRequirementsError(
            f"job {scope.run.job_name!r} runs each step in a process of its own, but its IO manager {in_memory[0]!r} "
            "keeps values in memory, where the next step cannot see them; use fs_io_manager or in_process_executor",
            io_manager_key=in_memory[0],
        )


class _Loop:
    """Starts, watches and ends step processes."""

    def __init__(self, scope: RunScope, resource_configs: Mapping[str, Any], parallelism: Parallelism) -> None:
        self._scope = scope
        self._configs = resource_configs
        self._how = parallelism
        self._most = parallelism.slots
        self._progress = begun_progress(scope)
        self._running: dict[str, StepProcess] = {}
        self._held: list[Step] = []  # ready, but a limit of theirs is used up
        self._attempts: Counter[str] = Counter()
        self._retries: list[tuple[float, int, str]] = []
        self._failures: dict[str, StepEnd] = {}
        self._selector = selectors.DefaultSelector()
        self._flushed_at = self._looked_at = scope.journal.clock.monotonic()
        folder = parallelism.log_folder
        self._times_file = None if folder is None else TimesFile(folder, scope.journal.clock)
        self._times: dict[str, OutputTimes] = {}

    def run(self) -> dict[str, StepEnd]:
        """Runs until no step can run any more; the failed ones."""
        try:
            self._watch_output("run", "")
            while True:
                self._start_what_may()
                if not self._running and not self._retries and not self._held:
                    return self._failures
                self._wait()
                self._read_all()
        except DagsterExecutionInterruptedError:
            self._stop_steps()
            raise
        finally:
            self._kill_steps()
            self._selector.close()
            self._note_output()
            if self._times_file is not None:
                self._times_file.close()

    # -------------------------------------------------------------- start

    def _start_what_may(self) -> None:
        now = self._scope.journal.clock.monotonic()
        while self._retries and self._retries[0][0] <= now:
            self._progress.again(heapq.heappop(self._retries)[2])
        say_skipped(self._scope, self._progress)
        self._held = [step for step in self._held if not self._start_if_allowed(step)]
        while len(self._running) < self._most:
            step = self._progress.take_ready()
            if step is None:
                break
            if not self._start_if_allowed(step):
                self._held.append(step)
        if self._held and self._scope.slots is not None:
            self._held.sort(key=lambda step: -step.priority)
            if len(self._running) >= self._most:
                self._scope.slots.let_others_pass()

    def _start_if_allowed(self, step: Step) -> bool:
        if len(self._running) >= self._most:
            return False
        steps = [process.order.step for process in self._running.values()]
        for limit in self._how.tag_limits:
            if limit.covers(step) and sum(limit.covers(each) for each in steps) >= limit.limit:
                if self._scope.slots is not None:
                    self._scope.slots.leave_line(step)
                return False
        if self._scope.slots is not None and not self._scope.slots.claim(step):
            return False
        self._start(step)
        return True

    def _start(self, step: Step) -> None:
        scope = self._scope
        scope.journal.event(
            DagsterEventType.STEP_WORKER_STARTING, f"a process for {step.key} is started", step.key, EngineEventData()
        )
        order = StepOrder(
            step,
            self._attempts[step.key],
            self._progress.served_sources,
            self._configs,
            self._how.log_folder,
            self._how.log_root,
        )
        self._watch_output(file_stem(step.key), step.key)
        process = self._how.start_step(scope, order)
        self._running[step.key] = process
        self._selector.register(process.pipe, selectors.EVENT_READ, process)
        if process.ended is not None:
            self._selector.register(process.ended, selectors.EVENT_READ, process)

    # --------------------------------------------------------------- wait

    def _wait(self) -> None:
        timeout = min(self._timeout(), self._flush_or_wait())
        slots = self._scope.slots
        if slots is not None and slots.mailbox is not None and slots.mailbox.fileno() not in self._selector.get_map():
            self._selector.register(slots.mailbox, selectors.EVENT_READ)
        with self._scope.interrupts.in_user_code():  # a signal ends the wait
            if self._selector.get_map():
                self._selector.select(timeout)
            else:
                time.sleep(timeout)
        if slots is not None:
            slots.hear()
        if self._scope.journal.clock.monotonic() - self._looked_at >= OUTPUT_SECONDS:
            self._note_output()

    def _watch_output(self, stem: str, step_key: str) -> None:
        """From now on the times are noted of what a step (the run's own process) prints past Python."""
        folder = self._how.log_folder
        if self._times_file is not None and folder is not None:
            self._times[step_key] = OutputTimes(self._times_file, folder, stem, step_key)

    def _note_output(self) -> None:
        self._looked_at = self._scope.journal.clock.monotonic()
        for each in self._times.values():
            each.note()

    def _flush_or_wait(self) -> float:
        """Writes what has waited long enough; how long what is left may still wait."""
        writer, now = self._how.writer, self._scope.journal.clock.monotonic()
        if writer is None or not writer.pending_count:
            return WAIT_SECONDS
        due = self._flushed_at + FLUSH_SECONDS
        if now < due:
            return due - now
        writer.flush()
        self._flushed_at = now
        return WAIT_SECONDS if not writer.pending_count else FLUSH_SECONDS

    def _timeout(self) -> float:
        timeout = WAIT_SECONDS if self._times_file is None else OUTPUT_SECONDS
        if self._retries:
            timeout = min(timeout, max(0.0, self._retries[0][0] - self._scope.journal.clock.monotonic()))
        if any(process.ended is None for process in self._running.values()):
            timeout = min(timeout, POLL_SECONDS)
        if self._held and self._scope.slots is not None:
            timeout = min(timeout, SLOT_POLL_SECONDS)
        return timeout

    def _relay(self, entry: EventLogEntry) -> None:
        self._scope.journal.relay(entry)
        note_version(self._scope, entry)  # before the next step is forked, which then knows it

    def _read_all(self) -> None:
        for process in list(self._running.values()):
            # Asked before reading: whatever a process wrote before it ended is then in the pipe.
            is_over = process.has_ended()
            for entry in process.read():
                self._relay(entry)
            if is_over:
                self._forget(process)
                self._settle(process)
            elif process.is_silent:
                self._unwatch(process.pipe)

    def _unwatch(self, file: int | None) -> None:
        if file is not None and file in self._selector.get_map():
            self._selector.unregister(file)

    def _forget(self, process: StepProcess) -> None:
        self._unwatch(process.pipe)
        self._unwatch(process.ended)
        del self._running[process.key]
        process.close()
        times = self._times.pop(process.key, None)
        if times is not None:
            times.note()  # a process that was killed could not

    def _settle(self, process: StepProcess) -> None:
        end, key = process.end, process.key
        if end is None:
            end = self._say_dead(process)
        if self._scope.slots is not None:
            self._scope.slots.free(process.order.step)
        if end.ending is Ending.SUCCEEDED:
            self._progress.succeeded(key, end.given, end.mapping_keys)
        elif end.ending is Ending.FAILED:
            self._failures[key] = end
            self._progress.failed(key)
        else:
            self._attempts[key] += 1
            due = self._scope.journal.clock.monotonic() + end.wait_seconds
            heapq.heappush(self._retries, (due, process.order.step.position, key))

    def _say_dead(self, process: StepProcess) -> StepEnd:
        how = process.death()
        if self._scope.interrupts.requested:
            how = f"did not stop within {STOP_GRACE_SECONDS:g} s and was ended by signal {process.signal_name}"
        text = f"the process of {process.key} (pid {process.pid}) {how}"
        error = DagsterSubprocessError(
            text, step_key=process.key, exit_code=process.exit_code, signal=process.signal_name
        )
        info = error_info_from_exception(error)
        journal = self._scope.journal
        journal.event(DagsterEventType.ENGINE_EVENT, text, process.key, EngineEventData(error=info), ERROR)
        journal.event(
            DagsterEventType.STEP_FAILURE, f"{process.key} failed: {text}", process.key, StepFailureData(info), ERROR
        )
        return StepEnd(Ending.FAILED, error=error, info=info)

    # --------------------------------------------------------------- stop

    def _stop_steps(self) -> None:
        """Asks every step to stop, and reads what they still say, for as long as they may take."""
        if not self._running:
            return
        shown = ", ".join(self._running)
        text = f"asked to stop ({self._scope.interrupts.signal_name}); so are the steps {shown}"
        self._scope.journal.event(DagsterEventType.ENGINE_EVENT, text, None, EngineEventData())
        for process in self._running.values():
            process.send(signal.SIGTERM)
        clock = self._scope.journal.clock
        deadline = clock.monotonic() + STOP_GRACE_SECONDS
        while self._running and clock.monotonic() < deadline:
            self._selector.select(FLUSH_SECONDS if self._timeout() > POLL_SECONDS else POLL_SECONDS)
            self._read_all()
            self._flush_or_wait()

    def _kill_steps(self) -> None:
        """Ends what still runs: after the grace time, or because this run can write no more."""
        left = list(self._running.values())
        trees = [ProcessTree(process.pid) for process in left]
        for process in left:
            process.send(signal.SIGKILL)
        for tree in trees:
            tree.kill()  # commands of user code, which would go on unseen
        for process in left:
            while not process.has_ended():
                time.sleep(LOOK_SECONDS)  # a killed process is gone at once, unless it is stuck in the kernel
            try:
                for entry in process.read():
                    self._relay(entry)
                if process.end is None:
                    self._say_dead(process)
            except (LeaseLostError, StoreError):
                continue  # what is left to say cannot be written; the processes must end all the same
            finally:
                self._forget(process)
