"""The service: takes the lease, starts the host, runs the loops, and ends them in order.

Who tells whom: the host's answers, the ends of workers, changed code and the hints of other processes come in here and
are put into the inboxes of the loops they concern. No work is done in the threads they come from.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from watchbell.ground.clock import Clock
from watchbell.ground.errors import LeaseLostError, StoreError, StoreFullError, StoreLockedError
from watchbell.ground.ids import IdSource
from watchbell.record.evaluation import Answer, LocationError, WorkerExit
from watchbell.record.ports import Host, Lease, Notifier, Store
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.services.lease import LeaseLoop, holder_text, take_lease
from watchbell.services.loop import Hint, Loop, LoopThread
from watchbell.services.monitor import MonitorLoop, WorkerWatch
from watchbell.services.queue import QueueLoop
from watchbell.services.schedules import LANE as SCHEDULES_LANE
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.sensors import SensorsLoop
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

LEASE_TRY_SECONDS = 1.0
"""How often a service that waits for the lease tries again."""


class AnotherServiceError(LeaseLostError):
    """Another service works on this store, and this one was not to wait for it."""


@dataclass(frozen=True)
class Parts:
    """What a service is made of.

    Args:
        store: the database.
        host: the process with the user's code, not started yet.
        notifier: hints of other processes.
        watch: sees the end of workers that the host did not start.
        clock: what time it is.
        settings: limits.
        new_id: gives ids to runs.
        owner: this service's name in its lease.
        hints_are_sure: whether the notifier tells of every change; else the loops look now and then.
    """

    store: Store
    host: Host
    notifier: Notifier
    watch: WorkerWatch
    clock: Clock
    settings: Settings
    new_id: IdSource
    owner: str
    hints_are_sure: bool = True


class Daemon:
    """The service of one code location on one store.

    Args:
        parts: what it is made of.
        location_changed: told of the definitions in use, at the start and when they change.
        location_failed: told when newer code cannot be loaded; the last good one goes on.
    """

    def __init__(
        self,
        parts: Parts,
        location_changed: Callable[[LocationSnapshot], None] = lambda snapshot: None,
        location_failed: Callable[[LocationError], None] = lambda error: None,
    ) -> None:
        self._parts = parts
        self._told_changed = location_changed
        self._told_failed = location_failed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: dict[str, LoopThread] = {}
        self._early: list[Answer | WorkerExit] = []
        self._error: BaseException | None = None
        self._location: LocationSnapshot | None = None

    # ------------------------------------------------------------------- life

    def run(self, *, wait_for_lease: bool = True) -> None:
        """Works until `stop` is called; returns when all has ended.

        Args:
            wait_for_lease: whether to wait while another service works on the store, or to refuse.

        Raises:
            AnotherServiceError: another service works on the store, and we were not to wait.
            LeaseLostError: another service took over.
            StoreError: the database cannot be used any more.
        """
        lease = self._take_lease(wait_for_lease)
        if lease is None:
            return
        with ExitStack() as ending:
            ending.callback(self._release, lease)
            ending.callback(self._parts.watch.stop)
            ending.callback(self._parts.host.stop)
            ending.callback(self._stop_loops)
            first = self._parts.host.start(_Router(self))
            if isinstance(first, LocationError):
                self.location_failed(first)
            else:
                self.location_changed(first)
            ending.enter_context(self._parts.notifier.subscribe(self._hint))
            self._start_loops(lease)
            self._stop.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends the work; runs that go on are left to themselves. From any thread; may be called twice, or unstarted."""
        self._stop.set()

    def reload(self) -> None:
        """Loads the user's code again."""
        self._parts.host.reload()

    @property
    def location(self) -> LocationSnapshot | None:
        """The definitions in use; None while none could be loaded."""
        return self._location

    def _take_lease(self, wait: bool) -> Lease | None:
        is_told = False
        while not self._stop.is_set():
            try:
                lease = take_lease(self._parts.store, self._parts.owner, self._parts.clock.now())
            except (StoreLockedError, StoreFullError) as error:
                log.warning("the lease cannot be taken yet: %s", error)
                lease = None
            if lease is not None:
                return lease
            if not wait:
                holder = holder_text(self._parts.store)
                raise AnotherServiceError(
                    f"{holder} works on {self._parts.store.location} already; "
                    "stop it first, or use another home folder",
                    lease="daemon",
                )
            if not is_told:
                log.warning("waiting: %s works on %s", holder_text(self._parts.store), self._parts.store.location)
                is_told = True
            self._stop.wait(LEASE_TRY_SECONDS)
        return None

    def _release(self, lease: Lease) -> None:
        if isinstance(self._error, LeaseLostError):
            return
        try:
            self._parts.store.release_lease(lease)
        except (
            StoreError
        ) as error:  # whoever comes next sees that our process is gone, or waits until the lease runs out
            log.warning("the lease could not be given back: %s", error)

    def _fail(self, error: BaseException) -> None:
        """A loop cannot go on: so no loop goes on."""
        with self._lock:
            if self._error is None:
                self._error = error
                log.error("the service stops: %s", error)
        self._stop.set()

    # ------------------------------------------------------------------ loops

    def _start_loops(self, lease: Lease) -> None:
        parts = self._parts
        nudge = None if parts.hints_are_sure else self._nudge
        keeper = LeaseLoop(parts.store, lease, nudge)
        desk = Desk(parts.store, parts.host, parts.settings, keeper.current, parts.new_id)
        with self._lock:
            snapshot = self._location or LocationSnapshot("")
            loops: list[Loop] = [
                keeper,
                SchedulesLoop(desk, snapshot, self._runs_queued),
                SensorsLoop(desk, snapshot, self._runs_queued),
                QueueLoop(desk, snapshot.name),
                MonitorLoop(desk, parts.watch, self._teller("queue"), self._teller("monitor")),
            ]
            self._threads = {loop.name: LoopThread(loop, parts.clock, self._fail) for loop in loops}
            early, self._early = self._early, []
        for message in early:
            self.route(message)
        for thread in self._threads.values():
            thread.start()

    def _stop_loops(self) -> None:
        for thread in self._threads.values():
            thread.stop()

    def _teller(self, name: str) -> Callable[[object], None]:
        return lambda message: self._tell(name, message)

    def _tell(self, name: str, message: object) -> None:
        thread = self._threads.get(name)
        if thread is not None:
            thread.tell(message)

    # --------------------------------------------------------------- messages

    def _runs_queued(self) -> None:
        self._tell("queue", Hint("runs"))

    def _nudge(self, hint: Hint) -> None:
        self._hint(hint.topic)

    def _hint(self, topic: str) -> None:
        if topic == "states":
            self._tell("schedules", Hint(topic))
            self._tell("sensors", Hint(topic))
        elif topic == "runs":
            self._tell("queue", Hint(topic))
        elif topic == "run_status":
            self._tell("sensors", Hint(topic))
            self._tell("monitor", Hint(topic))

    def route(self, message: Answer | WorkerExit) -> None:
        """Puts what the host tells into the inbox of the loop it concerns."""
        if not self._threads:
            with self._lock:
                if not self._threads:
                    self._early.append(message)
                    return
        if isinstance(message, WorkerExit):
            self._tell("monitor", message)
        else:
            self._tell("schedules" if message.id % 2 == SCHEDULES_LANE else "sensors", message)

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        """Newer definitions are in use."""
        with self._lock:
            self._location = snapshot
        for name in ("schedules", "sensors", "queue"):
            self._tell(name, snapshot)
        self._told_changed(snapshot)

    def location_failed(self, error: LocationError) -> None:
        """Newer code cannot be loaded."""
        place = f" ({error.file}, line {error.line})" if error.file and error.line else ""
        log.error("code location %s cannot be loaded: %s%s", error.location_name, error.message, place)
        self._told_failed(error)


class _Router:
    """The host's listener; kept apart so that the daemon's own methods are not mistaken for it."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def answered(self, answer: Answer) -> None:
        self._daemon.route(answer)

    def worker_exited(self, end: WorkerExit) -> None:
        self._daemon.route(end)

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        self._daemon.location_changed(snapshot)

    def location_failed(self, error: LocationError) -> None:
        self._daemon.location_failed(error)
