"""The host as the services see it: always there, whatever happens to the processes behind it.

New code is loaded by a new host process while the old one works on. When that succeeds, new work goes to the new one;
the old one finishes what it has and ends. When it fails, the old one stays. A host that dies is replaced: what it was
evaluating is answered as killed, the runs it had started go on and are watched from here, and those it had not started
are told as ended, so that the monitor queues them again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime

from watchbell.ground.channel import Frame, FrameKind
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.value import dataclass
from watchbell.host.connection import END_SECONDS_MAX, HostConnection
from watchbell.host.endings import Trouble, answer_for
from watchbell.host.errand_calls import Answered, ErrandCalls, refuse
from watchbell.host.file_watch import FileWatch
from watchbell.host.messages import AskedAgain, HostConfig, Loaded, LoadFailed, WorkerStarted
from watchbell.host.stop_worker import stop_worker
from watchbell.host.watch import ProcessWatcher
from watchbell.record.errand import Errand
from watchbell.record.evaluation import (
    Answer,
    CancelRun,
    Evaluation,
    LocationError,
    OtherAssets,
    Outcome,
    StartRun,
    WorkerExit,
)
from watchbell.record.host_port import HostEvents
from watchbell.record.run import RunWorker
from watchbell.record.snapshot import LocationSnapshot

RESTART_SECONDS_MIN = 0.1
RESTART_SECONDS_MAX = 30.0
RELOAD_SECONDS_MIN = 1.0  # code that cannot be loaded, and no older one that could: what it missed may have come
STEADY_SECONDS = 60.0  # a host that lived so long is restarted without delay
ANSWER_SECONDS_BEYOND_LOAD = 10.0
EXPONENT_MAX = 16
NO_ANSWER = "has no answer: "


@dataclass(eq=False)
class _Run:
    start: StartRun
    worker: RunWorker | None = None


@dataclass(eq=False)
class _Hosted:
    """A host process and what it is busy with."""

    connection: HostConnection
    loading_at: datetime
    started_at: float
    waiting_since: float = 0.0
    evaluations: dict[int, Evaluation] = field(default_factory=dict)
    runs: dict[str, _Run] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        return not self.evaluations and not self.runs


class HostClient:
    """The process with the user's code; implements ``record.host_port.Host``.

    Args:
        config: which code, and how its processes begin.
        watch_files: whether a changed source file reloads the code.
        clock: tells when code could not be loaded.
    """

    def __init__(self, config: HostConfig, *, watch_files: bool = True, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._events: HostEvents | None = None
        self._hosted: dict[HostConnection, _Hosted] = {}
        self._current: _Hosted | None = None
        self._loading: _Hosted | None = None
        self._held: deque[Evaluation | StartRun] = deque()
        self._others: dict[str, OtherAssets] = {}
        self._asked_again: set[int] = set()
        self._attempts: dict[int, tuple[int, str]] = {}  # which this is, and what ended the one before
        self._orphans: dict[RunWorker, StartRun] = {}
        self._errands = ErrandCalls()
        self._first: LocationSnapshot | LocationError | None = None
        self._first_is_there = threading.Event()
        self._crashes = 0
        self._load_failures = 0
        self._last_error: str | None = None
        self._restart: threading.Timer | None = None
        self._is_stopped = False
        self._watcher = ProcessWatcher()
        self._file_watch = FileWatch(self.reload) if watch_files else None

    def start(self, events: HostEvents) -> LocationSnapshot | LocationError:
        """Starts the host and waits until the code is loaded or refused.

        Args:
            events: whom to tell from now on.
        """
        self._events = events
        self._load()
        limit_seconds = self._config.load_timeout_seconds + ANSWER_SECONDS_BEYOND_LOAD
        if not self._first_is_there.wait(limit_seconds):
            with self._lock:
                hosted = self._loading
            if hosted is not None:
                hosted.connection.kill()
                self._first_is_there.wait(END_SECONDS_MAX)
        return self._first or self._error(f"did not load within {limit_seconds:g} seconds")

    def evaluate(self, evaluation: Evaluation) -> None:
        """Asks for an evaluation; without a host it waits for the next one."""
        with self._lock:
            hosted = self._current
            if hosted is None:
                self._held.append(evaluation)
                return
            if not hosted.evaluations:
                hosted.waiting_since = time.monotonic()
            hosted.evaluations[evaluation.id] = evaluation
        hosted.connection.send(Frame.of(evaluation))

    def tell(self, others: OtherAssets) -> None:
        """Tells the host of the assets of another location; hosts that are started later are told as well."""
        with self._lock:
            self._others[others.location_name] = others
            hosted = self._current
        if hosted is not None:
            hosted.connection.send(Frame.of(others))

    def start_run(self, start: StartRun) -> None:
        """Asks for a run's process; without a host it waits for the next one."""
        with self._lock:
            hosted = self._current
            if hosted is None:
                self._held.append(start)
                return
            hosted.runs[start.run_id] = _Run(start)
        hosted.connection.send(Frame.of(start))

    def cancel_run(self, cancel: CancelRun) -> None:
        """Asks a run's process to stop, whichever host started it; nothing happens to runs nobody here started."""
        with self._lock:
            owner = next((each for each in self._hosted.values() if cancel.run_id in each.runs), None)
            orphan = next((who for who, start in self._orphans.items() if start.run_id == cancel.run_id), None)
        if owner is not None:
            owner.connection.send(Frame.of(cancel))
        elif orphan is not None:
            stop_worker(orphan, cancel.grace_seconds)

    def run_errand(self, errand: Errand, answered: Answered) -> Callable[[], None]:
        """Asks for an errand; without a host it is answered at once that nobody can. See ``record.host_port.Host``."""
        with self._lock:
            hosted = self._current
            frame = None if hosted is None else self._errands.begin(errand, answered, hosted.connection)
            why = self._last_error or "it is being loaded"
        if hosted is None or frame is None:
            refuse(errand, answered, f"the code of location {errand.location_name!r} cannot be asked now: {why}")
            return lambda: None
        hosted.connection.send(frame)
        number = frame.id
        return lambda: self._errands.drop(number)

    def started_here(self, run_id: str) -> bool:
        """Whether the run's process was asked for here and its end has not been told."""
        with self._lock:
            held = any(isinstance(each, StartRun) and each.run_id == run_id for each in self._held)
            orphan = any(start.run_id == run_id for start in self._orphans.values())
            return held or orphan or any(run_id in each.runs for each in self._hosted.values())

    def reload(self) -> None:
        """Loads the code again, in a new host; a load that is going on is given up for it."""
        with self._lock:
            if self._is_stopped:
                return
            given_up, self._loading = self._loading, None
        if given_up is not None:
            given_up.connection.kill()
        self._load()

    def stop(self) -> None:
        """Ends the host and its evaluators; runs go on."""
        with self._lock:
            self._is_stopped = True
            connections = list(self._hosted)
            loading = self._loading
            if self._restart is not None:
                self._restart.cancel()
        if self._file_watch is not None:
            self._file_watch.stop()
        if loading is not None:
            loading.connection.kill()  # it has nothing to end in order
        for connection in connections:
            connection.close()
        for connection in connections:
            connection.join(END_SECONDS_MAX + 1.0)
        self._watcher.stop()

    # --------------------------------------------------- told by connections

    def received(self, connection: HostConnection, frame: Frame) -> None:
        """See ``ConnectionOwner``."""
        with self._lock:
            hosted = self._hosted.get(connection)
        if hosted is None or self._events is None:
            return
        if frame.kind == FrameKind.ANSWER:
            self._on_answer(hosted, frame)
            return
        if frame.kind == FrameKind.ERRAND_ANSWER:
            self._errands.end(frame)
            self._let_go_if_drained(hosted)
            return
        if frame.kind == FrameKind.BEAT:
            return  # that it was heard is all there is to it
        value = frame.value()
        if isinstance(value, Loaded):
            self._on_loaded(hosted, value.snapshot)
        elif isinstance(value, LoadFailed):
            self._on_load_failed(hosted, value.error, value.watched_files)
        elif isinstance(value, WorkerStarted):
            with self._lock:
                run = hosted.runs.get(value.run_id)
                if run is not None:
                    run.worker = value.worker
        elif isinstance(value, WorkerExit):
            self._on_exit(hosted, value)
        elif isinstance(value, AskedAgain):
            self._note_attempt(value.evaluation_id, value.reason)

    def is_stuck(self, connection: HostConnection, silent_seconds: float) -> bool:
        """See ``ConnectionOwner``: a host that works ends each evaluation at its deadline, so it is heard by then."""
        with self._lock:
            hosted = self._hosted.get(connection)
            if hosted is None or not hosted.evaluations:
                return False
            longest_seconds = max(each.timeout_seconds for each in hosted.evaluations.values())
            waited_seconds = min(silent_seconds, time.monotonic() - hosted.waiting_since)
        return waited_seconds > longest_seconds + self._config.load_timeout_seconds

    def ended(self, connection: HostConnection) -> None:
        """See ``ConnectionOwner``."""
        with self._lock:
            hosted = self._hosted.pop(connection, None)
            if hosted is None:
                return
            was_loading, was_current = hosted is self._loading, hosted is self._current
            if was_loading:
                self._loading = None
            if was_current:
                self._current = None
            is_stopped = self._is_stopped
        how = f"the process with the user's code {connection.end}"
        self._errands.lose(connection, how)
        self._rescue_runs(hosted, how, is_stopped)
        if is_stopped:
            self._tell_first(self._error("was stopped"))
            return
        for evaluation in hosted.evaluations.values():
            self._ask_once_more(evaluation, Trouble(Outcome.KILLED, f"{NO_ANSWER}{how}", connection.stderr_tail))
        if was_loading:
            self._on_no_load(self._load_crash(connection, how))
        elif was_current:
            self._restart_after_crash(hosted, how)

    def _ask_once_more(self, evaluation: Evaluation, trouble: Trouble) -> None:
        """Asks the next host what a host that died has not answered, once: it may be what killed it."""
        if evaluation.id in self._asked_again:
            self._asked_again.discard(evaluation.id)
            self._tell_answer(answer_for(evaluation, trouble))
        else:
            self._asked_again.add(evaluation.id)
            self._note_attempt(evaluation.id, trouble.reason.removeprefix(NO_ANSWER))
            self.evaluate(evaluation)

    def _note_attempt(self, evaluation_id: int, reason: str) -> None:
        with self._lock:
            before, _ = self._attempts.get(evaluation_id, (1, ""))
            self._attempts[evaluation_id] = before + 1, reason

    def _on_answer(self, hosted: _Hosted, frame: Frame) -> None:
        with self._lock:
            evaluation = hosted.evaluations.pop(frame.id, None)
            self._asked_again.discard(frame.id)
        if evaluation is None:
            return
        try:
            value = frame.value()
        except Exception as error:  # whatever user code put in there ends this answer, and nothing else
            value = error
        if not isinstance(value, Answer) or value.id != frame.id:
            value = answer_for(evaluation, Trouble(Outcome.KILLED, f"sent an answer that cannot be read: {value}"))
        self._tell_answer(value)
        self._let_go_if_drained(hosted)

    def _on_exit(self, hosted: _Hosted, end: WorkerExit) -> None:
        with self._lock:
            run = hosted.runs.get(end.run_id)
            if run is not None and run.start.attempt == end.attempt:
                del hosted.runs[end.run_id]
        if self._events is not None:
            self._events.worker_exited(end)
        self._let_go_if_drained(hosted)

    def _on_loaded(self, hosted: _Hosted, snapshot: LocationSnapshot) -> None:
        with self._lock:
            if hosted is not self._loading:
                hosted.connection.close()  # a newer load has taken its place
                return
            self._loading = None
            self._load_failures, self._last_error = 0, None
            before, self._current = self._current, hosted
            held, self._held = self._held, deque()
            others = list(self._others.values())
        for told in others:
            hosted.connection.send(Frame.of(told))
        for each in held:
            if isinstance(each, Evaluation):
                self.evaluate(each)
            else:
                self.start_run(each)
        if before is not None:
            self._let_go_if_drained(before)
        self._watch_files(snapshot.watched_files, hosted)
        if not self._tell_first(snapshot) and self._events is not None:
            self._events.location_changed(snapshot)

    def _on_load_failed(self, hosted: _Hosted, error: LocationError, files: tuple[str, ...]) -> None:
        with self._lock:
            if hosted is not self._loading:
                return
            self._loading = None
        self._watch_files(files, hosted)
        self._on_no_load(error)

    # ----------------------------------------------------------------- steps

    def _load(self) -> None:
        with self._lock:
            if self._is_stopped:
                return
            loading_at = SystemClock().now()  # compared with what the file system says, which knows no other clock
            failure: LocationError | None = None
            try:
                connection = HostConnection(self._config, self)
            except OSError as error:
                failure = self._error(f"has no process: {error}")
            else:
                self._loading = self._hosted[connection] = _Hosted(connection, loading_at, time.monotonic())
        if failure is not None:
            self._on_no_load(failure)

    def _load_if_none(self) -> None:
        with self._lock:
            has_code = self._current is not None or self._loading is not None
        if not has_code:
            self._load()

    def _let_go_if_drained(self, hosted: _Hosted) -> None:
        with self._lock:
            is_over = hosted is not self._current and hosted is not self._loading and hosted.is_idle
        if is_over and not self._errands.has(hosted.connection):
            hosted.connection.close()

    def _rescue_runs(self, hosted: _Hosted, how: str, is_stopped: bool) -> None:
        for run in [] if is_stopped else list(hosted.runs.values()):
            if run.worker is not None:
                with self._lock:
                    self._orphans[run.worker] = run.start
                self._watcher.watch(run.worker, self._orphan_ended)
            elif self._events is not None:
                reason = f"{how} before it started the run's\n{hosted.connection.stderr_tail}"
                self._events.worker_exited(WorkerExit(run.start.run_id, run.start.attempt, 0, output_tail=reason))

    def _orphan_ended(self, worker: RunWorker) -> None:
        with self._lock:
            start = self._orphans.pop(worker, None)
        if start is not None and self._events is not None:
            self._events.worker_exited(WorkerExit(start.run_id, start.attempt, worker.pid))

    def _restart_after_crash(self, hosted: _Hosted, how: str) -> None:
        if time.monotonic() - hosted.started_at > STEADY_SECONDS:
            self._crashes = 0
        self._report_failure(self._error(f"{how}; it is started again", hosted.connection.stderr_tail))
        with self._lock:
            is_loading = self._loading is not None
        if not is_loading:
            self._load_later(RESTART_SECONDS_MIN * 2**self._crashes)
            self._crashes = min(self._crashes + 1, EXPONENT_MAX)

    def _on_no_load(self, error: LocationError) -> None:
        """Tells that code cannot be loaded; without older code it is tried again, and told if the reason changes."""
        if error.message != self._last_error:
            self._last_error = error.message
            self._report_failure(error)
        with self._lock:
            has_code = self._current is not None or self._loading is not None
        if not has_code:
            self._load_later(RELOAD_SECONDS_MIN * 2**self._load_failures)
            self._load_failures = min(self._load_failures + 1, EXPONENT_MAX)

    def _load_later(self, seconds: float) -> None:
        seconds = min(seconds, RESTART_SECONDS_MAX)
        with self._lock:
            if self._is_stopped:
                return
            if self._restart is not None:
                self._restart.cancel()
            self._restart = threading.Timer(seconds, self._load_if_none)
            self._restart.daemon = True
            self._restart.start()

    def _load_crash(self, connection: HostConnection, how: str) -> LocationError:
        tail = connection.stderr_tail
        if "Timeout (" in tail:
            how = f"the code did not load within {self._config.load_timeout_seconds:g} seconds; it hung where shown"
        else:
            how += " while it loaded the code"
        return self._error(how, tail)

    def _error(self, message: str, details: str = "") -> LocationError:
        target = self._config.target
        return LocationError(
            location_name=target.location_name,
            message=f"code location {target.location_name!r}: {message}",
            file=target.python_file,
            details=details,
            at=self._clock.now(),
        )

    def _watch_files(self, files: tuple[str, ...], hosted: _Hosted) -> None:
        if self._file_watch is not None:
            self._file_watch.watch(files, hosted.loading_at)

    def _tell_first(self, result: LocationSnapshot | LocationError) -> bool:
        """Gives :meth:`start` its result; False if it has one."""
        with self._lock:
            if self._first_is_there.is_set():
                return False
            self._first = result
            self._first_is_there.set()
            return True

    def _report_failure(self, error: LocationError) -> None:
        with self._lock:
            error = replace(error, older_goes_on=self._current is not None)
        if not self._tell_first(error) and self._events is not None:
            self._events.location_failed(error)

    def _tell_answer(self, answer: Answer) -> None:
        with self._lock:
            again = self._attempts.pop(answer.id, None)
        if again is not None:
            answer = replace(answer, attempt=again[0], earlier=again[1])
        if self._events is not None:
            self._events.answered(answer)
