"""The service: takes the lease, starts the host, runs the loops, and ends them in order.

Who tells whom: the host's answers, the ends of workers, changed code and the hints of other processes come in here and
are put into the inboxes of the loops they concern. No work is done in the threads they come from.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from watchbell import __version__
from watchbell.ground.clock import Clock
from watchbell.ground.errors import LeaseLostError, StoreError, StoreFullError, StoreLockedError
from watchbell.ground.ids import IdSource
from watchbell.ground.value import dataclass
from watchbell.record.door import ServiceFacts
from watchbell.record.evaluation import LOADING, Answer, LocationError, WorkerExit
from watchbell.record.lease import Lease
from watchbell.record.ports import Notifier, Store
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.worker_identity import own_identity
from watchbell.services.backfill_ticks import LANE as BACKFILLS_LANE
from watchbell.services.backfills import BackfillsLoop
from watchbell.services.door import Door
from watchbell.services.lease import LeaseLoop, holder_text, take_lease
from watchbell.services.loop import Hint, Loop, LoopThread
from watchbell.services.monitor import MonitorLoop
from watchbell.services.neighbours import Neighbours
from watchbell.services.pauses import PausesLoop
from watchbell.services.queue import LocationReady, QueueLoop, RunOver
from watchbell.services.retries import RetriesLoop
from watchbell.services.schedules import LANE as SCHEDULES_LANE
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.sensors import SensorsLoop
from watchbell.services.site import Launcher, Site
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

LEASE_TRY_SECONDS = 1.0
"""How often a service that waits for the lease tries again."""
NOT_LOADED = ""
"""The name of a location's definitions while none could be loaded; no location is called so."""
HINTS = {
    "schedules": {"states"},
    "sensors": {"states", "run_status", "assets", "backfills", "facts"},
    "queue": {"runs", "backfills", "run_order"},
    "monitor": {"run_status"},
    "retries": frozenset[str](),
    "pauses": {"states"},
    "backfills": {"backfills", "run_status"},
    "lease": frozenset[str](),
}
"""Which topics which loop is told of."""


class AnotherServiceError(LeaseLostError):
    """Another service works on this store, and this one was not to wait for it."""


def another_service(holder: str, store: Store) -> AnotherServiceError:
    """The refusal of a second service.

    Args:
        holder: who works on the store, for people.
        store: the store.
    """
    return AnotherServiceError(
        f"{holder} works on {store.location} already; stop it first, or use another home folder (WATCHBELL_HOME)",
        lease="daemon",
    )


@dataclass(frozen=True)
class Parts:
    """What a service is made of.

    Args:
        store: the database.
        sites: the code locations, at least one; their names differ.
        notifier: hints of other processes.
        clock: what time it is.
        settings: limits.
        new_id: gives ids to runs.
        owner: this service's name in its lease.
        hints_are_sure: whether the notifier tells of every change; else the loops look now and then.
        home: the folder where the door is; None: there is none.
    """

    store: Store
    sites: Sequence[Site]
    notifier: Notifier
    clock: Clock
    settings: Settings
    new_id: IdSource
    owner: str
    hints_are_sure: bool = True
    home: Path | None = None


class Daemon:
    """The service of some code locations on one store.

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
        self._error: BaseException | None = None
        self._locations: dict[str, LocationSnapshot] = {}
        self._neighbours = Neighbours()
        self._missing = {site.location_name: LOADING for site in parts.sites}
        self._door: Door | None = None

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
            launchers: dict[str, Launcher] = {}
            for site in self._parts.sites:
                launcher = launchers[site.location_name] = site.make_launcher(self.worker_exited)
                ending.callback(launcher.stop)
                ending.callback(site.host.stop)
            ending.callback(self._stop_loops)
            ending.enter_context(self._parts.notifier.subscribe(self._hint))
            # Before the code is loaded, which may take longer than the lease holds, or never end.
            self._start_loops(lease, launchers)
            self._open_door(lease, ending)
            for site in self._parts.sites:
                threading.Thread(
                    target=self._load, args=(site,), name=f"watchbell load {site.location_name}", daemon=True
                ).start()
            self._stop.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends the work; runs that go on are left to themselves. From any thread; may be called twice, or unstarted."""
        self._stop.set()

    def _open_door(self, lease: Lease, ending: ExitStack) -> None:
        """Lets web servers in: who has the lease has the door."""
        if self._parts.home is None:
            return
        own, started_at = own_identity(), self._parts.clock.now()
        names = tuple(site.location_name for site in self._parts.sites)

        def facts() -> ServiceFacts:
            with self._lock:
                loading = tuple(name for name, why in self._missing.items() if why == LOADING)
            return ServiceFacts(
                version=__version__,
                pid=own.pid,
                host_name=own.host_name,
                started_at=started_at,
                lease_epoch=lease.epoch,
                location_names=names,
                loading_names=loading,
                loops=tuple(replace(thread.facts, name=name) for name, thread in self._threads.items()),
            )

        hosts = {site.location_name: site.host for site in self._parts.sites}
        self._door = ending.enter_context(Door(self._parts.home, hosts, facts))

    def reload(self) -> None:
        """Loads the user's code again."""
        for site in self._parts.sites:
            site.host.reload()

    @property
    def locations(self) -> Mapping[str, LocationSnapshot]:
        """The definitions in use, by location; those that could never be loaded are left out."""
        with self._lock:
            return dict(self._locations)

    def _load(self, site: Site) -> None:
        """Starts a host and tells whether it could load its code; in a thread of its own, no location waits."""
        try:
            first = site.host.start(_Router(self, site.location_name))
        except Exception as error:
            self._fail(error)
            return
        if self._stop.is_set():
            return
        if isinstance(first, LocationError):
            self.location_failed(first)
        else:
            self.location_changed(first)

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
                raise another_service(holder_text(self._parts.store), self._parts.store)
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

    def _start_loops(self, lease: Lease, launchers: Mapping[str, Launcher]) -> None:
        parts = self._parts
        keeper = LeaseLoop(parts.store, lease, self._hint, hints_are_sure=parts.hints_are_sure)

        def desk(site: Site) -> Desk:
            return Desk(parts.store, site.host, parts.settings, keeper.current, parts.new_id)

        start_of = {name: launcher.start for name, launcher in launchers.items()}
        first_desk = desk(parts.sites[0])
        loops: dict[str, Loop] = {
            "lease": keeper,
            "queue": QueueLoop(first_desk, start_of),
            "retries": RetriesLoop(first_desk),
            "pauses": PausesLoop(parts.store),
            "backfills": BackfillsLoop(
                first_desk, {site.location_name: site.host for site in parts.sites}, self._runs_queued
            ),
            "monitor": MonitorLoop(first_desk, launchers, self._told_by_monitor),
        }
        for site in parts.sites:
            nothing = LocationSnapshot(NOT_LOADED)
            loops[f"schedules {site.location_name}"] = SchedulesLoop(desk(site), nothing, self._runs_queued)
            loops[f"sensors {site.location_name}"] = SensorsLoop(desk(site), nothing, self._runs_queued)
        self._threads = {name: LoopThread(loop, parts.clock, self._fail) for name, loop in loops.items()}
        for thread in self._threads.values():
            thread.start()

    def _stop_loops(self) -> None:
        for thread in self._threads.values():
            thread.stop()

    def _tell(self, name: str, message: object) -> None:
        """Puts a message into a loop's inbox."""
        self._threads[name].tell(message)

    # --------------------------------------------------------------- messages

    def _told_by_monitor(self, message: object) -> None:
        self._tell("queue", message)
        if isinstance(message, RunOver):
            self._tell("retries", message)
            self._tell("backfills", message)

    def _runs_queued(self) -> None:
        self._tell("queue", Hint("runs"))

    def _hint(self, topic: str) -> None:
        for name, thread in self._threads.items():
            if topic in HINTS[name.partition(" ")[0]]:
                thread.tell(Hint(topic))

    def worker_exited(self, end: WorkerExit) -> None:
        """A run's process ended."""
        self._tell("monitor", end)

    def answered(self, location_name: str, answer: Answer) -> None:
        """An evaluation of a location is over."""
        if answer.id >= BACKFILLS_LANE:
            self._tell("backfills", answer)
            return
        kind = "schedules" if answer.id % 2 == SCHEDULES_LANE else "sensors"
        self._tell(f"{kind} {location_name}", answer)

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        """Newer definitions are in use."""
        with self._lock:
            self._locations[snapshot.name] = snapshot
            self._missing.pop(snapshot.name, None)
            self._tell_neighbours()
        self._tell(f"schedules {snapshot.name}", snapshot)
        self._tell(f"sensors {snapshot.name}", snapshot)
        self._tell("queue", LocationReady(snapshot.name))
        self._tell("backfills", snapshot)
        self._tell("backfills", LocationReady(snapshot.name))
        if self._door is not None:
            self._door.changed(snapshot)
        self._told_changed(snapshot)

    def _tell_neighbours(self) -> None:
        """Tells hosts what is new of other locations, and has their conditions looked at again."""
        hosts = {site.location_name: site.host for site in self._parts.sites}
        woken = set()
        for name, others in self._neighbours.news(self._locations, self._missing) if len(hosts) > 1 else ():
            hosts[name].tell(others)
            woken.add(name)
        for name in woken:
            self._tell(f"sensors {name}", Hint("facts"))

    def location_failed(self, error: LocationError) -> None:
        """Newer code cannot be loaded."""
        with self._lock:
            if error.location_name in self._missing:
                self._missing[error.location_name] = "cannot be loaded"
                self._tell_neighbours()
        place = f" ({error.file}, line {error.line})" if error.file and error.line else ""
        log.info("code location %s cannot be loaded: %s%s", error.location_name, error.message, place)
        if self._door is not None:
            self._door.failed(error)
        self._told_failed(error)


class _Router:
    """The listener of one location's host."""

    def __init__(self, daemon: Daemon, location_name: str) -> None:
        self._daemon = daemon
        self._location_name = location_name

    def answered(self, answer: Answer) -> None:
        self._daemon.answered(self._location_name, answer)

    def worker_exited(self, end: WorkerExit) -> None:
        self._daemon.worker_exited(end)

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        self._daemon.location_changed(snapshot)

    def location_failed(self, error: LocationError) -> None:
        self._daemon.location_failed(error)
