"""Children of the host: evaluators and run workers, forked from it or spawned anew.

A forked child has everything loaded and begins within milliseconds. A spawned one is a new Python that loads the code
again; it plays the same role.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.errors import UserCodeLoadError
from watchbell.ground.parent_death import die_with_parent
from watchbell.ground.upward import find_upward
from watchbell.ground.value import dataclass
from watchbell.ground.wire import dumps
from watchbell.host.errands.serve import refuse_errand, serve_errand
from watchbell.host.evaluator import refuse_evaluation, serve_evaluations
from watchbell.host.load import load_repository
from watchbell.host.messages import ChildConfig, HostConfig
from watchbell.host.process import signal_name
from watchbell.host.worker import run_in_this_process
from watchbell.record.evaluation import StartRun

CRASHED_EXIT_CODE = 70  # EX_SOFTWARE: our own code in a child raised; its stderr says what
EVALUATOR_OOM_SCORE = "500"  # when memory runs out, the kernel takes an evaluator before a run or the service
SERVES = {"async_evaluator": "serve_async_evaluations", "condition_evaluator": "serve_conditions"}
"""What evaluators with a mark do, by their role: names in ``ground/upward.py``."""
STACK_SIGNAL = signal.SIGUSR2 if hasattr(signal, "SIGUSR2") else None  # an evaluator writes where it is to stderr


@dataclass(frozen=True)
class ChildEnd:
    """How a child ended.

    Args:
        exit_code: its exit code, None if a signal ended it or nobody knows.
        signal: name of that signal.
    """

    exit_code: int | None = None
    signal: str | None = None

    def __str__(self) -> str:
        if self.signal is not None:
            return f"was ended by {self.signal}"
        return "ended" if self.exit_code is None else f"ended with exit code {self.exit_code}"


class Child:
    """A started child process.

    Args:
        pid: its process id.
        popen: how it was spawned; None: forked.
    """

    def __init__(self, pid: int, popen: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._popen = popen

    def reap(self) -> ChildEnd | None:
        """How it ended, once; None while it runs. Never waits."""
        if self._popen is not None:
            code = self._popen.poll()
            return None if code is None else _end_of(code)
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # user code took our children's ends for itself
            return ChildEnd()
        return None if pid == 0 else _end_of(os.waitstatus_to_exitcode(status))


def _end_of(code: int) -> ChildEnd:
    return ChildEnd(exit_code=code) if code >= 0 else ChildEnd(signal=signal_name(-code))


class EvaluatorStarter(Protocol):
    """A way to begin evaluators."""

    ready_at_once: bool  # whether an evaluator works without a READY
    load_seconds_max: float  # else it has so long to say so

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """Starts an evaluator.

        Args:
            sock: what it listens on.
            output_fd: where what user code prints goes.
            host_fds: the host's ends of these two, which the evaluator must not hold: it would miss their end.
        """


class Starter(EvaluatorStarter, Protocol):
    """A way to begin children."""

    def async_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """Starts an evaluator of async functions.

        Args:
            sock, output_fd, host_fds: as for :meth:`evaluator`.
            mark_fd: where it writes whose turn it is (:class:`~watchbell.host.turn_mark.TurnMark`).
        """

    def condition_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """Starts the evaluator of conditions.

        Args:
            sock, output_fd, host_fds: as for :meth:`evaluator`.
            mark_fd: where it writes whose condition it evaluates.
        """

    def errand(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """Starts the process of an errand; the arguments are those of :meth:`evaluator`."""

    def worker(self, start: StartRun) -> Child:
        """Starts the process of a run."""


class ForkStarter:
    """Children that are copies of this process.

    Args:
        config: the host's.
        repository: the loaded code.
        host_fds: the host's own file descriptors, which no child may hold: their end is a message.
    """

    ready_at_once = True
    load_seconds_max = 0.0

    def __init__(
        self, config: HostConfig, repository: RepositoryDefinition, host_fds: Callable[[], Iterable[int]]
    ) -> None:
        self._config = config
        self._repository = repository
        self._host_fds = host_fds

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """See :class:`Starter`."""
        return self._evaluator(output_fd, host_fds, lambda parent: self._serve(sock, parent, serve_evaluations))

    def async_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """See :class:`Starter`."""
        return self._marked("serve_async_evaluations", sock, output_fd, host_fds, mark_fd)

    def condition_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """See :class:`Starter`."""
        return self._marked("serve_conditions", sock, output_fd, host_fds, mark_fd)

    def errand(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """See :class:`Starter`."""
        return self._evaluator(output_fd, host_fds, lambda parent: self._serve(sock, parent, serve_errand))

    def _marked(self, role: str, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        serve = find_upward(role)
        return self._evaluator(
            output_fd, host_fds, lambda parent: self._serve(sock, parent, partial(serve, mark_fd=mark_fd))
        )

    def _serve(self, sock: socket.socket, parent: int, serve: Callable[..., None]) -> int:
        return be_evaluator(sock, self._repository, self._config, parent, serve)

    def _evaluator(self, output_fd: int, host_fds: Sequence[int], serve: Callable[[int], int]) -> Child:
        parent = os.getpid()

        def role() -> int:
            os.setpgid(0, 0)
            for fd in host_fds:
                os.close(fd)
            os.dup2(output_fd, 1)
            os.dup2(output_fd, 2)
            return serve(parent)

        child = self._fork(role)
        _lead_own_group(child.pid)
        return child

    def worker(self, start: StartRun) -> Child:
        """See :class:`Starter`."""

        def role() -> int:
            os.setsid()
            return run_in_this_process(start, self._config, lambda: self._repository)

        return self._fork(role)

    def _fork(self, role: Callable[[], int]) -> Child:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what is buffered would be written by both
        pid = os.fork()
        if pid:
            return Child(pid)
        code = CRASHED_EXIT_CODE
        try:
            self._become_child()
            code = role()
        except BaseException:
            traceback.print_exc()
        finally:
            leave(code)
        return Child(0)

    def _become_child(self) -> None:
        for fd in list(self._host_fds()):
            os.close(fd)
        signal.set_wakeup_fd(-1)
        _take_input_away()
        # Python's own generator is seeded anew in a fork; numpy's global one would repeat itself in every child.
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None:
            numpy_random.seed()


class SpawnStarter:
    """Children that are new processes and load the code again.

    Args:
        config: the host's.
    """

    ready_at_once = False

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self.load_seconds_max = config.load_timeout_seconds

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """See :class:`Starter`."""
        return self._evaluator(ChildConfig(host=self._config, role="evaluator", fd=sock.fileno()), output_fd)

    def async_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """See :class:`Starter`."""
        config = ChildConfig(host=self._config, role="async_evaluator", fd=sock.fileno(), mark_fd=mark_fd)
        return self._evaluator(config, output_fd)

    def condition_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        """See :class:`Starter`."""
        config = ChildConfig(host=self._config, role="condition_evaluator", fd=sock.fileno(), mark_fd=mark_fd)
        return self._evaluator(config, output_fd)

    def errand(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """See :class:`Starter`."""
        return self._evaluator(ChildConfig(host=self._config, role="errand", fd=sock.fileno()), output_fd)

    def _evaluator(self, config: ChildConfig, output_fd: int) -> Child:
        popen = subprocess.Popen(
            _command(config),
            stdin=subprocess.DEVNULL,
            stdout=output_fd,
            stderr=output_fd,
            pass_fds=[fd for fd in (config.fd, config.mark_fd) if fd >= 0],
            process_group=0,
        )
        return Child(popen.pid, popen)

    def worker(self, start: StartRun) -> Child:
        """See :class:`Starter`."""
        config = ChildConfig(host=self._config, role="worker", run_id=start.run_id, attempt=start.attempt)
        popen = subprocess.Popen(_command(config), stdin=subprocess.DEVNULL, start_new_session=True)
        return Child(popen.pid, popen)


def _command(config: ChildConfig) -> list[str]:
    return [sys.executable, "-P", "-m", "watchbell.host.main", "--child", dumps(config)]


def play_spawned_role(config: ChildConfig) -> int:
    """What a spawned child does: load the code, then its role. Returns the exit code."""
    if config.role == "worker":
        start = StartRun(run_id=config.run_id, attempt=config.attempt)
        return run_in_this_process(start, config.host, lambda: load_repository(config.host.target).repository)
    sock = socket.socket(fileno=config.fd)
    sock.set_inheritable(False)
    parent = os.getppid()
    try:
        repository = load_repository(config.host.target).repository
    except UserCodeLoadError as error:
        # The code was good when the host loaded it: whoever broke it since is told, and no automation is to blame.
        refuse = refuse_errand if config.role == "errand" else refuse_evaluation
        refuse(sock, error)
        return 0
    if config.role in SERVES:
        serve = partial(find_upward(SERVES[config.role]), mark_fd=config.mark_fd)
        return be_evaluator(sock, repository, config.host, parent, serve)
    serve_one = serve_errand if config.role == "errand" else serve_evaluations
    return be_evaluator(sock, repository, config.host, parent, serve_one)


def be_evaluator(
    sock: socket.socket, repository: RepositoryDefinition, config: HostConfig, parent: int, serve: Callable[..., None]
) -> int:
    """The rest of an evaluator's life, from where it has its output and the code. Returns the exit code.

    Args:
        sock: its connection to the host.
        repository: the loaded code.
        config: the host's.
        parent: the host's process id.
        serve: answers until the connection is closed.
    """
    die_with_parent(parent)
    if STACK_SIGNAL is not None:
        faulthandler.register(STACK_SIGNAL, file=2)
    faulthandler.enable(file=2)
    if sys.platform == "linux":
        try:
            Path("/proc/self/oom_score_adj").write_text(EVALUATOR_OOM_SCORE, encoding="ascii")
        except OSError:
            pass  # some containers forbid it; then the kernel chooses by itself
    serve(sock, repository, config.home, config.target.location_name)
    return 0


def leave(code: int) -> None:
    """Ends this process now, its output written, nothing torn down that belongs to the parent."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # closed, or nobody reads; there is nobody left to tell
    os._exit(code)


def _lead_own_group(pid: int) -> None:
    # Both sides do it: whichever comes first, the group exists before anybody kills it.
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # it has done so itself, or is over already


def _take_input_away() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
