"""One step in a process of its own, forked from the run's: what it says comes back through a pipe, line by line.

The child shares nothing it must not: it opens its own store connection when user code asks for the instance, and ends
by ``os._exit`` so that no clean-up of the parent runs twice. A line is a log entry in the wire format, or, last of all,
how the step ended. A child that dies says nothing more; the parent reads its end from the operating system.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from watchbell.execute.journal import ERROR, Journal
from watchbell.execute.output_times import OutputTimes, TimesFile, ToldFile
from watchbell.execute.plan import Step
from watchbell.execute.resources import resources_open
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step import Ending, Served, StepEnd, run_step
from watchbell.ground.errors import DagsterExecutionInterruptedError
from watchbell.ground.ids import stable_id
from watchbell.ground.parent_death import die_with_parent
from watchbell.ground.process_tree import ProcessTree
from watchbell.ground.value import dataclass
from watchbell.ground.wire import dumps, loads
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.event import (
    ComputeLogsCaptureData,
    DagsterEventType,
    EngineEventData,
    EventLogEntry,
    StepFailureData,
)

READ_BYTES = 1 << 16
END_MARK = b"="  # begins the line that says how the step ended; an entry begins with "{"


@dataclass(frozen=True, slots=True)
class StepOrder:
    """What a step process is to do.

    Args:
        step: the step.
        attempts_before: attempts at it before this one (count).
        served: which sources of a fan-in were given.
        resource_configs: resolved config of resources by key.
        log_folder: folder for what the step writes to stdout and stderr; None: it writes where the run does.
        log_root: the folder that paths in events are relative to.
    """

    step: Step
    attempts_before: int
    served: Served
    resource_configs: Mapping[str, Any]
    log_folder: Path | None = None
    log_root: Path | None = None


class StepProcess:
    """A step's process, seen from the run.

    Args:
        order: what it does.
        pid: its process id.
        pipe: where its lines are read.
        ended: becomes readable when it ends (a pidfd); None where the platform has none.
    """

    def __init__(self, order: StepOrder, pid: int, pipe: int, ended: int | None) -> None:
        self.order = order
        self.pid = pid
        self.pipe = pipe
        self.ended = ended
        self.end: StepEnd | None = None
        self.exit_code: int | None = None
        self.signal_name: str | None = None
        self._rest = b""
        self._at_end = False

    @property
    def key(self) -> str:
        """Key of its step."""
        return self.order.step.key

    def read(self) -> Iterator[EventLogEntry]:
        """The entries that are there to be read, in order, without waiting; notes the step's end."""
        while not self._at_end:
            try:
                chunk = os.read(self.pipe, READ_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._at_end = True
                return
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                if line.startswith(END_MARK):
                    self.end = _end_of(line[1:])
                else:
                    yield loads(line)

    @property
    def is_silent(self) -> bool:
        """Whether the pipe is at its end: nobody can write to it any more."""
        return self._at_end

    def has_ended(self) -> bool:
        """Whether the process is over; its exit code or signal is known then. Does not wait."""
        if self.exit_code is not None or self.signal_name is not None:
            return True
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            self.signal_name = _signal_name(number)
        else:
            self.exit_code = os.WEXITSTATUS(status)
        return True

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it is over."""
        if not self.has_ended():
            os.kill(self.pid, number)

    def close(self) -> None:
        """Gives up the files; the process must be over."""
        os.close(self.pipe)
        if self.ended is not None:
            os.close(self.ended)

    def death(self) -> str:
        """How it died, for people; only meaningful when it ended without saying how the step did."""
        if self.signal_name is None:
            return f"ended with exit code {self.exit_code} before the step was over"
        hint = " (often: the machine ran out of memory)" if self.signal_name == "SIGKILL" else ""
        return f"was ended by signal {self.signal_name}{hint}"


def fork_step(scope: RunScope, order: StepOrder) -> StepProcess:
    """Starts a step in a process forked from this one.

    Args:
        scope: the run; the child makes the resources its step needs itself.
        order: what it is to do.
    """
    readable, writable = os.pipe()
    sys.stdout.flush()  # else the child would write out the parent's half-filled buffers too
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            die_with_parent(parent)  # else a step would go on, unseen, beside the next attempt of its run
            os.close(readable)
            code = _run_child(scope, order, writable)
        except BaseException:
            sys.excepthook(*sys.exc_info())  # nobody else will: the child never returns to its parent's code
        finally:
            if scope.interrupts.requested:
                ProcessTree(os.getpid()).kill()  # a command whose start the signal fell into belongs to nobody
            _flush_streams()
            os._exit(code)
    os.close(writable)
    os.set_blocking(readable, False)
    return StepProcess(order, pid, readable, _open_pidfd(pid))


# -------------------------------------------------------------------- child


def _run_child(scope: RunScope, order: StepOrder, pipe: int) -> int:
    lock = threading.Lock()

    def say(line: bytes) -> None:
        with lock:  # threads of user code log too
            _write_all(pipe, line + b"\n")

    journal = Journal(
        scope.journal.run_id, scope.journal.job_name, scope.journal.clock, lambda entry: say(dumps(entry).encode())
    )
    scope.journal = journal
    scope.captured = None
    scope.interrupts.reset()
    step = order.step
    text = f"process {os.getpid()} runs {step.key}"
    journal.event(DagsterEventType.STEP_WORKER_STARTED, text, step.key, EngineEventData())
    end = _guarded(scope, order, lambda: _run_captured(scope, order))
    say(END_MARK + _line_of(end))
    return 0


def _guarded(scope: RunScope, order: StepOrder, run: Callable[[], StepEnd]) -> StepEnd:
    """Runs the step; what fails around it (a resource, an interrupt) becomes the step's failure."""
    try:
        return run()
    except DagsterExecutionInterruptedError as error:
        return StepEnd(Ending.FAILED, info=error_info_from_exception(error))  # written down where it was raised
    except Exception as error:
        info = error_info_from_exception(error)
        text = f"{order.step.key} failed before it began: {info.root.message.strip()}"
        scope.journal.event(DagsterEventType.STEP_FAILURE, text, order.step.key, StepFailureData(info), ERROR)
        return StepEnd(Ending.FAILED, info=info)


def _run_captured(scope: RunScope, order: StepOrder) -> StepEnd:
    step = order.step
    with (
        captured_streams(scope.journal, order.log_folder, order.log_root, step.key, (step.key,), step.key),
        resources_open(scope, step.setup_keys, step.manager_keys, order.resource_configs, step.key),
    ):
        return run_step(scope, step, order.attempts_before, order.served)


@contextmanager
def captured_streams(
    journal: Journal, folder: Path | None, root: Path | None, stem: str, step_keys: tuple[str, ...], step: str = ""
) -> Iterator[OutputTimes | None]:
    """While entered, stdout and stderr of this process go to two files, also what subprocesses write.

    Gives what notes the times of it, which the journal has as well.

    Args:
        journal: told where they are, by a LOGS_CAPTURED event.
        folder: where the files lie; None: nothing is captured.
        root: the folder that the paths in the event are relative to.
        stem: name of the files without their endings ``.out`` and ``.err``; they are appended to.
        step_keys: the steps whose output it is.
        step: the one step whose output it is; empty: of those whose events are written.
    """
    if folder is None:
        yield None
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = file_stem(stem)
    paths = [folder / f"{stem}{ending}" for ending in (".out", ".err")]
    files = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for path in paths]
    kept = [os.dup(number) for number in (1, 2)]
    before = (sys.stdout, sys.stderr)
    _flush_streams()
    for number, file in zip((1, 2), files, strict=True):
        os.dup2(file, number)
        os.close(file)
    times = OutputTimes(TimesFile(folder, journal.clock), folder, stem, step)
    sys.stdout, sys.stderr = _text_stream(1, times), _text_stream(2, times)
    shown = [str(path.relative_to(root)) if root is not None else str(path) for path in paths]
    journal.event(
        DagsterEventType.LOGS_CAPTURED,
        f"stdout and stderr of process {os.getpid()} go to {shown[0]} and {shown[1]}",
        None,
        ComputeLogsCaptureData(shown[0], shown[1], step_keys),
    )
    journal.output = times
    try:
        yield times
    finally:
        journal.output = None
        _flush_streams()
        times.end()
        sys.stdout, sys.stderr = before
        for number, file in zip((1, 2), kept, strict=True):
            os.dup2(file, number)
            os.close(file)


def _text_stream(number: int, times: OutputTimes) -> TextIO:
    raw = io.BufferedWriter(ToldFile(number, times.printed))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def file_stem(stem: str) -> str:
    """The name of the files, without their endings, that hold the output of a step."""
    # Step keys are names joined by dots, with mapping keys in brackets: file names. 200 characters leave room for more.
    return stem if len(stem) <= 200 else f"{stem[:150]}~{stable_id(stem)[:12]}"


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (
            OSError,
            ValueError,
        ):  # closed by user code, or the disk is full: the step's outcome does not hang on it
            continue


def _write_all(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


# --------------------------------------------------------------------- wire


def _line_of(end: StepEnd) -> bytes:
    info = None if end.info is None else dumps(end.info)
    plain: dict[str, Any] = {
        "ending": end.ending.value,
        "given": list(end.given),
        "wait": end.wait_seconds,
        "error": info,
    }
    if end.mapping_keys:
        plain["keys"] = {name: list(keys) for name, keys in end.mapping_keys.items()}
    return json.dumps(plain).encode()


def _end_of(line: bytes) -> StepEnd:
    plain = json.loads(line)
    info: SerializableErrorInfo | None = None if plain["error"] is None else loads(plain["error"])
    keys = {name: tuple(each) for name, each in plain.get("keys", {}).items()}
    return StepEnd(Ending(plain["ending"]), tuple(plain["given"]), plain["wait"], None, info, keys)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"number {number}"


def _open_pidfd(pid: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # an old kernel; the end of the pipe tells as well, unless a grandchild keeps it open
        return None
