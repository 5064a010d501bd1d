"""The service as a whole, on real threads with a host that answers by hand; it waits only for what happens."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.services.fakes import LOCATION, FakeHost, FakeLauncher, answer, every_minute, ids, location, sensor
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import LeaseLostError
from watchbell.record.evaluation import Evaluation, LocationError, StartRun, WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.host_port import HostEvents
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.worker_identity import own_identity
from watchbell.services.daemon import AnotherServiceError, Daemon, Parts
from watchbell.services.lease import LEASE_NAME, owner_text, take_lease
from watchbell.services.site import Site
from watchbell.store.notify import notifier_for
from watchbell.store.sqlite import SqliteDatabase
from watchbell.store.store import SqlStore

SECONDS_MAX = 20.0


class AskingHost(FakeHost):
    """Lets the test wait for questions."""

    def __init__(self, first: LocationSnapshot | LocationError) -> None:
        super().__init__(first=first)
        self.questions: queue.SimpleQueue[Evaluation] = queue.SimpleQueue()

    def evaluate(self, evaluation: Evaluation) -> None:
        self.questions.put(evaluation)

    def next_question(self) -> Evaluation:
        return self.questions.get(timeout=SECONDS_MAX)


class HangingHost(AskingHost):
    """Loads until it is stopped."""

    def __init__(self, first: LocationSnapshot) -> None:
        super().__init__(first)
        self.stopped = threading.Event()

    def start(self, events: HostEvents) -> LocationSnapshot | LocationError:
        self.stopped.wait(SECONDS_MAX)
        return LocationError(LOCATION, "was stopped")

    def stop(self) -> None:
        self.stopped.set()


class StartingLauncher(FakeLauncher):
    """Lets the test wait for starts."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: queue.SimpleQueue[StartRun] = queue.SimpleQueue()

    def start(self, start: StartRun) -> None:
        self.starts.put(start)


class House:
    """A service and what is around it."""

    def __init__(self, home: Path, first: LocationSnapshot | LocationError) -> None:
        self.notifier = notifier_for(home)
        self.store = SqlStore(SqliteDatabase(home / "test.db"), self.notifier)
        self.host = AskingHost(first)
        self.launcher = StartingLauncher()
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.daemon = self.another("first")
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def another(self, name: str) -> Daemon:
        return Daemon(self.parts(name), self.told.put, self.told.put)

    def parts(self, name: str) -> Parts:
        return Parts(
            store=self.store,
            sites=[Site(LOCATION, self.host, self.make_launcher)],
            notifier=self.notifier,
            clock=SystemClock(),
            settings=Settings(max_concurrent_runs=1),
            new_id=ids(name),
            owner=owner_text(own_identity(), name),
        )

    def make_launcher(self, exited: Any) -> StartingLauncher:
        self.launcher.exited = exited
        return self.launcher

    def _run(self) -> None:
        try:
            self.daemon.run()
        except BaseException as error:
            self.error = error

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        self._thread.join(SECONDS_MAX)
        assert not self._thread.is_alive()


@contextmanager
def house(home: Path, first: LocationSnapshot | LocationError | None = None) -> Iterator[House]:
    made = House(home, first or location(every_minute(), sensor(minimum_interval_seconds=0.01)))
    made.start()
    try:
        yield made
    finally:
        made.daemon.stop()
        made.wait()
        made.store.close()


def test_from_a_sensor_to_the_end_of_its_run(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        asked = made.host.next_question()
        assert made.host.events is not None
        made.host.events.answered(answer(asked, None))
        start = made.launcher.starts.get(timeout=SECONDS_MAX)
        assert made.store.begin_run(start.run_id, start.attempt, own_identity(), SystemClock().now())
        event = DagsterEvent(DagsterEventType.RUN_START)
        made.store.append([EventLogEntry(start.run_id, 1.0, dagster_event=event)], attempt=start.attempt)
        made.host.events.worker_exited(WorkerExit(start.run_id, start.attempt, own_identity().pid, signal="SIGSEGV"))
        made.host.events.answered(answer(made.host.next_question(), None))
        made.launcher.starts.get(timeout=SECONDS_MAX)  # one at a time: the first one is over
        record = made.store.run_record(start.run_id)

        assert record is not None
        assert record.dagster_run.status == DagsterRunStatus.FAILURE


def test_a_run_queued_by_another_process_is_heard_of_and_started(tmp_path: Path) -> None:
    with house(tmp_path, location()) as made:
        made.told.get(timeout=SECONDS_MAX)
        other = SqlStore(SqliteDatabase(tmp_path / "test.db"), notifier_for(tmp_path))
        run = DagsterRun("etl", "from outside", status=DagsterRunStatus.QUEUED, location_name=LOCATION)
        other.add_runs([run], SystemClock().now())
        other.close()

        assert made.launcher.starts.get(timeout=SECONDS_MAX) == StartRun("from outside", 1)


def test_the_service_ends_cleanly_and_gives_its_lease_back(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        made.host.next_question()
        made.daemon.stop()
        made.wait()

        assert made.error is None
        assert made.host.is_stopped
        assert take_lease(made.store, "the next one", SystemClock().now()) is not None


def test_a_second_service_is_refused_and_told_who_works(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        made.host.next_question()

        with pytest.raises(AnotherServiceError, match=f"process {own_identity().pid} on .* stop it first"):
            made.another("second").run(wait_for_lease=False)


def test_a_second_service_that_waits_can_be_stopped(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        made.host.next_question()
        second = made.another("second")
        second.stop()

        second.run()


def test_a_service_that_lost_its_lease_stops_all_work_and_says_so(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        asked = made.host.next_question()
        held = made.store.lease(LEASE_NAME)
        assert held is not None
        made.store.release_lease(held)
        take_lease(made.store, "a thief", SystemClock().now())
        assert made.host.events is not None
        made.host.events.answered(answer(asked, None))
        made.wait()

        assert isinstance(made.error, LeaseLostError)
        assert made.host.is_stopped
        assert made.launcher.starts.empty()


def test_code_that_cannot_be_loaded_is_told_and_work_begins_when_it_is_mended(tmp_path: Path) -> None:
    broken = LocationError(LOCATION, "no such module", "defs.py", 3)
    with house(tmp_path, broken) as made:
        assert made.told.get(timeout=SECONDS_MAX) == broken
        assert made.host.events is not None
        made.host.events.location_changed(location(sensor()))

        assert made.host.next_question().name == "files"
        assert made.daemon.locations.keys() == {LOCATION}


def test_two_locations_work_beside_each_other_each_with_its_own_host(tmp_path: Path) -> None:
    with house(tmp_path, location(sensor(minimum_interval_seconds=3_600))) as made:
        made.host.next_question()
        made.daemon.stop()
        made.wait()
        other_host, other_launcher = AskingHost(replace(location(sensor("there")), name="there")), StartingLauncher()
        both = replace(
            made.parts("both"),
            sites=[
                Site(LOCATION, made.host, made.make_launcher),
                Site("there", other_host, lambda exited: other_launcher),
            ],
        )
        daemon = Daemon(both)
        thread = threading.Thread(target=daemon.run)
        thread.start()
        asked = other_host.next_question()
        assert other_host.events is not None
        other_host.events.answered(answer(asked, None))
        start = other_launcher.starts.get(timeout=SECONDS_MAX)
        record = made.store.run_record(start.run_id)
        daemon.stop()
        thread.join(SECONDS_MAX)

        assert record is not None
        assert record.dagster_run.location_name == "there"
        assert made.launcher.starts.empty()
        assert other_host.is_stopped


def test_a_location_whose_code_never_loads_holds_up_neither_others_nor_the_end(tmp_path: Path) -> None:
    with house(tmp_path, location(sensor(minimum_interval_seconds=3_600))) as made:
        made.host.next_question()
        made.daemon.stop()
        made.wait()
        made.host.is_stopped = False
        hanging = HangingHost(location())
        sites = [
            Site("there", hanging, lambda exited: StartingLauncher()),
            Site(LOCATION, made.host, made.make_launcher),
        ]
        daemon = Daemon(replace(made.parts("both"), sites=sites, settings=Settings()))
        run = DagsterRun("etl", "waiting", status=DagsterRunStatus.QUEUED, location_name=LOCATION)
        made.store.add_runs([run], SystemClock().now())
        thread = threading.Thread(target=daemon.run)
        thread.start()

        assert made.launcher.starts.get(timeout=SECONDS_MAX).run_id == "waiting"
        assert daemon.locations.keys() == {LOCATION}
        daemon.stop()
        thread.join(SECONDS_MAX)
        assert not thread.is_alive()


def test_newer_code_is_taken_over_and_a_failed_reload_changes_nothing(tmp_path: Path) -> None:
    with house(tmp_path, location()) as made:
        made.told.get(timeout=SECONDS_MAX)
        made.daemon.reload()
        assert made.host.events is not None
        made.host.events.location_failed(LocationError(LOCATION, "a typo"))
        made.host.events.location_changed(replace(location(sensor("new")), warnings=("it started threads",)))

        assert made.host.next_question().name == "new"
        assert made.host.reloads == 1
