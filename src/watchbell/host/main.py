"""The host: the process that owns the user's code.

It loads the code, tells what it defines, and then waits: for questions of the service, for answers of its evaluators,
for the ends of its children, for the next deadline. It has one thread, so that it can fork, and opens no database. When
the service's end of the connection closes, the host ends with its evaluators; run workers go on.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from watchbell.declare.automation.sensor import SensorType
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import UserCodeLoadError
from watchbell.ground.upward import find_upward
from watchbell.ground.value import make_constructors
from watchbell.ground.wire import loads
from watchbell.host.async_pool import AsyncPool, Name
from watchbell.host.children import Child, ChildEnd, ForkStarter, SpawnStarter, Starter, leave, play_spawned_role
from watchbell.host.condition_pool import ConditionPool
from watchbell.host.errand_pool import ErrandPool
from watchbell.host.load import LoadedCode, load_repository, told_as_load_errors, user_files, version_of
from watchbell.host.messages import ChildConfig, HostConfig, Loaded, LoadFailed
from watchbell.host.pool import EvaluatorPool
from watchbell.host.process import choose_start
from watchbell.host.runs import RunWorkers
from watchbell.record.errand import Errand, ErrandDropped
from watchbell.record.evaluation import CancelRun, Evaluation, LocationError, OtherAssets, StartRun
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.tick import AutomationKind
from watchbell.record.worker_identity import boot_id

WAIT_SECONDS_MAX = 3600.0
"""The host looks after its children at least this often; a selector accepts no waiting time of many weeks (seconds)."""
REAP_SECONDS = 0.05  # without pidfds: how often ends are looked for while there are children


def main(arguments: Sequence[str]) -> int:
    """The command ``python -m watchbell.host.main``, which only watchbell itself calls.

    Args:
        arguments: ``--fd`` and the number of the host's end of its connection, or ``--child`` and what a spawned child
            is to do, as JSON.

    Returns:
        The exit code.
    """
    role, value = arguments
    if role == "--child":
        return play_spawned_role(cast("ChildConfig", loads(value)))
    # What user code prints while it is imported is for people, and must not get into what the service itself prints.
    os.dup2(2, 1)
    sock = socket.socket(fileno=int(value))
    sock.set_inheritable(False)  # what user code starts must not hold the service's connection
    channel = Channel(sock)
    try:
        config = channel.wait_frames()[0].value()
        assert isinstance(config, HostConfig), "the service sends the config first"
        code = load_and_tell(config, channel)
        if code is None:
            return 1
        HostLoop(config, code.repository, channel).run()
    except ConnectionEndedError:
        pass  # the service is gone, and with it the reason to be here
    return 0


def load_and_tell(config: HostConfig, channel: Channel) -> LoadedCode | None:
    """Loads the code and tells the service what it defines, or why it cannot be used (then None)."""
    # Ends this process with the stack on stderr: an import that hangs in C could not be stopped otherwise.
    faulthandler.dump_traceback_later(config.load_timeout_seconds, exit=True)
    try:
        code = load_repository(config.target)
        with told_as_load_errors(config.target):
            snapshot = code.repository.snapshot(config.target.location_name)
    except UserCodeLoadError as error:
        faulthandler.cancel_dump_traceback_later()
        channel.send(Frame.of(_load_failed(config, error)))
        channel.wait_sent()
        return None
    faulthandler.cancel_dump_traceback_later()
    warnings = (*snapshot.warnings, *thread_warnings(config))
    told = replace(
        snapshot, watched_files=code.watched_files, warnings=warnings, version=version_of(code.watched_files)
    )
    channel.send(Frame.of(Loaded(told)))
    channel.wait_sent()
    return code


def _load_failed(config: HostConfig, error: UserCodeLoadError) -> LoadFailed:
    files = {*user_files(), *(path for path in (config.target.python_file, error.file) if path)}
    told = LocationError(
        location_name=config.target.location_name,
        message=error.message,
        file=error.file,
        line=error.line,
        details=error.details,
        at=SystemClock().now(),
    )
    return LoadFailed(told, tuple(sorted(files)))


def thread_warnings(config: HostConfig) -> list[str]:
    """What to tell the user about threads that their code started while it was imported."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if not names:
        return []
    found = f"importing the code started {len(names)} thread(s): {', '.join(map(repr, sorted(names)))}"
    if config.process_start == "fork":
        return [f"{found}; process_start is 'fork', and a forked process may wait for ever for a lock one of them held"]
    return [f"{found}; evaluations and runs begin in new processes instead of forks, which is slower"]


class HostLoop:
    """What a host does once its code is loaded.

    Args:
        config: the host's.
        repository: the loaded code.
        channel: the connection to the service.
    """

    def __init__(self, config: HostConfig, repository: RepositoryDefinition, channel: Channel) -> None:
        self._channel = channel
        self._repository = repository
        self._selector = selectors.DefaultSelector()
        self._without_pidfd: dict[int, tuple[Child, Callable[[ChildEnd], None]]] = {}
        self._is_fork = choose_start(config.process_start, threading.active_count()) == "fork"
        starter: Starter = ForkStarter(config, repository, self._fds) if self._is_fork else SpawnStarter(config)
        self._pool = EvaluatorPool(
            starter, self._selector, self._watch_child, self._send, config.max_evaluators, time.monotonic
        )
        self._async_names = async_names(repository)
        self._async_pool: AsyncPool | None = None
        if self._async_names:
            self._async_pool = AsyncPool(
                starter, self._selector, self._watch_child, self._send, self._pool, time.monotonic
            )
        self._condition_names = condition_names(repository)
        self._condition_pool: ConditionPool | None = None
        if self._condition_names:
            self._condition_pool = ConditionPool(starter, self._selector, self._watch_child, self._send, time.monotonic)
        self._errands = ErrandPool(starter, self._selector, self._watch_child, self._send, time.monotonic)
        self._runs = RunWorkers(starter, config.home, self._watch_child, self._tell, time.monotonic)

    def run(self) -> None:
        """Serves until the service is gone."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # user code may have asked the system to forget our children
        self._selector.register(self._channel.sock, selectors.EVENT_READ, self._on_service)
        if self._is_fork:
            make_ready_to_fork(self._repository)
        try:
            while True:
                for key, events in self._selector.select(self._timeout()):
                    if self._is_current(key):
                        key.data(events)
                self._reap_without_pidfd()
                self._pool.on_time()
                if self._async_pool is not None:
                    self._async_pool.on_time()
                if self._condition_pool is not None:
                    self._condition_pool.on_time()
                self._errands.on_time()
                self._runs.on_time()
        except (ConnectionEndedError, FrameError):
            pass  # the service is gone, or no longer ours
        finally:
            self._pool.stop()
            self._errands.stop()
            if self._async_pool is not None:
                self._async_pool.stop()
            if self._condition_pool is not None:
                self._condition_pool.stop()

    def _is_current(self, key: selectors.SelectorKey) -> bool:
        # What was done for an earlier one of this round may have closed it, and its number may be another's by now.
        try:
            return self._selector.get_key(key.fd).data is key.data
        except (KeyError, ValueError):
            return False

    def _timeout(self) -> float | None:
        wishes = [self._pool.wakes_at(), self._runs.wakes_at(), self._errands.wakes_at()]
        if self._async_pool is not None:
            wishes.append(self._async_pool.wakes_at())
        if self._condition_pool is not None:
            wishes.append(self._condition_pool.wakes_at())
        times = [each for each in wishes if each is not None]
        timeout = max(0.0, min(times) - time.monotonic()) if times else None
        if self._without_pidfd:
            return REAP_SECONDS if timeout is None else min(timeout, REAP_SECONDS)
        return None if timeout is None else min(timeout, WAIT_SECONDS_MAX)

    def _on_service(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._channel.flush()
            self._follow_writes()
        if not events & selectors.EVENT_READ:
            return
        for frame in self._channel.receive():
            value = frame.value()
            if isinstance(value, Evaluation):
                self._evaluate(value, frame)
            elif isinstance(value, StartRun):
                self._runs.start(value)
            elif isinstance(value, CancelRun):
                self._runs.cancel(value)
            elif isinstance(value, Errand):
                self._errands.submit(value, frame)
            elif isinstance(value, ErrandDropped):
                self._errands.drop(frame.id)
            elif isinstance(value, OtherAssets) and self._condition_pool is not None:
                self._condition_pool.tell(value, frame)

    def _evaluate(self, evaluation: Evaluation, frame: Frame) -> None:
        if self._async_pool is not None and (evaluation.kind, evaluation.name) in self._async_names:
            self._async_pool.submit(evaluation, frame)
        elif self._condition_pool is not None and evaluation.name in self._condition_names:
            self._condition_pool.submit(evaluation, frame)
        else:
            self._pool.submit(evaluation, frame)

    def _tell(self, value: object) -> None:
        self._send(Frame.of(value))

    def _send(self, frame: Frame) -> None:
        self._channel.send(frame)
        self._follow_writes()

    def _follow_writes(self) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._channel.is_writing else 0)
        key = self._selector.get_key(self._channel.sock)
        if key.events != events:
            self._selector.modify(self._channel.sock, events, key.data)

    # -------------------------------------------------------------- children

    def _watch_child(self, child: Child, ended: Callable[[ChildEnd], None]) -> None:
        pidfd = _open_pidfd(child.pid)
        if pidfd is None:
            self._without_pidfd[child.pid] = (child, ended)
            return

        def on_end(_events: int) -> None:
            end = child.reap()
            if end is not None:
                self._selector.unregister(pidfd)
                os.close(pidfd)
                ended(end)

        self._selector.register(pidfd, selectors.EVENT_READ, on_end)

    def _reap_without_pidfd(self) -> None:
        for pid, (child, ended) in list(self._without_pidfd.items()):
            end = child.reap()
            if end is not None:
                del self._without_pidfd[pid]
                ended(end)

    def _fds(self) -> Iterable[int]:
        yield from (key.fd for key in self._selector.get_map().values())
        fileno = getattr(self._selector, "fileno", None)
        if fileno is not None:
            yield fileno()


def async_names(repository: RepositoryDefinition) -> frozenset[Name]:
    """The schedules and sensors whose functions are ``async``."""
    schedules = [(AutomationKind.SCHEDULE, each.name) for each in repository.schedules.values() if each.is_async]
    sensors = [(AutomationKind.SENSOR, each.name) for each in repository.sensors.values() if each.is_async]
    return frozenset(schedules + sensors)


def condition_names(repository: RepositoryDefinition) -> frozenset[str]:
    """The sensors that evaluate conditions; schedules have no name of a sensor."""
    return frozenset(each.name for each in repository.sensors.values() if each.sensor_type is SensorType.AUTOMATION)


def _open_pidfd(pid: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # a kernel without it
        return None


def make_ready_to_fork(repository: RepositoryDefinition) -> None:
    """Loads what every run will need, and puts all objects there are out of the garbage collector's reach.

    Else each child would load it by itself, and its first collection would touch, hence copy, all shared memory.

    Args:
        repository: the loaded code.
    """
    find_upward("open_instance")
    if async_names(repository):
        find_upward("serve_async_evaluations")
    has_conditions = bool(condition_names(repository))
    if has_conditions:
        find_upward("serve_conditions")
    if repository.has_partitions or has_conditions:
        find_upward("partition_mapping")
        OrdinalSet()  # loads the library of sets
    boot_id()
    make_constructors("watchbell")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
