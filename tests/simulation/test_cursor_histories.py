"""Random lives of a plain sensor, two of an asset and one of failed runs under one service: no cursor goes back by
itself, nothing is handled twice, and what has to be handled is, whatever happens to service, clock, host and code.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.services.fakes import LOCATION, NOON, FakeHost, answer, ids, memory_store, sensor, sensor_key
from tests.simulation.flaky_store import FlakyStore
from tests.simulation.world import Crash
from watchbell.automate.switch import started, stopped
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreLockedError
from watchbell.record.asset_cursor import read_number
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.keys import AssetKey
from watchbell.record.lease import Lease
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.query import EventQuery
from watchbell.record.request import RunRequest
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationState
from watchbell.services.loop import Hint
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state
from watchbell.services.ticker import Desk

ORDERS = AssetKey("orders")
MADE = EventQuery(types=frozenset({DagsterEventType.ASSET_MATERIALIZATION}), asset_key=ORDERS)
FAILED = EventQuery(types=frozenset({DagsterEventType.RUN_FAILURE}))
CHUNK_SECONDS = 5
SENSORS = {
    "plain": sensor("plain", minimum_interval_seconds=20),
    "newest": sensor("newest", minimum_interval_seconds=20, asset_keys=(ORDERS,), sensor_type="ASSET"),
    "every": sensor("every", minimum_interval_seconds=20, asset_keys=(ORDERS,), sensor_type="ASSET", every_event=True),
    "alert": sensor("alert", minimum_interval_seconds=20, run_statuses=(DagsterRunStatus.FAILURE,)),
}
NAMES = tuple(SENSORS)


@dataclass
class Life:
    """A store, a clock, a service that comes and goes, and people."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    host: FakeHost = field(default_factory=FakeHost)
    outcome: str | None = "ok"
    defined: set[str] = field(default_factory=lambda: set(NAMES))
    loop: SensorsLoop | None = None
    crash_in: int = 0
    crash_after: bool = False
    failed_runs: int = 0
    lossless: bool = True

    def __post_init__(self) -> None:
        self.store = memory_store()
        self.new_id = ids()
        self.lease: Lease | None = None
        self.cursors = dict.fromkeys(NAMES, 0)
        self.begin()
        self.begins_after = self.cursors["alert"]

    # ----------------------------------------------------------- the service

    def begin(self) -> None:
        if self.lease is not None:
            self.store.release_lease(self.lease)
        self.lease = self.store.acquire_lease("daemon", self.new_id(), self.clock.now(), 1e9)
        assert self.lease is not None
        self.host = FakeHost()
        self.crashing = FlakyStore(self.store, self.crash_in, self.crash_after)
        self.crash_in = 0
        lease = self.lease
        desk = Desk(self.crashing, self.host, Settings(), lambda: lease, self.new_id)  # type: ignore[arg-type]
        self.loop = SensorsLoop(desk, self.snapshot(), lambda: None)
        self.settle()

    def snapshot(self) -> LocationSnapshot:
        return LocationSnapshot(LOCATION, sensors=tuple(SENSORS[name] for name in NAMES if name in self.defined))

    def settle(self, *messages: object) -> None:
        assert self.loop is not None
        try:
            for _ in range(500):
                if not self._step(messages):
                    return
                messages = ()
        except Crash:
            self.check_cursors()
            self.begin()
            return
        raise AssertionError("the service does not come to rest")

    def _step(self, messages: Sequence[object]) -> bool:
        """One step; whether another one is wanted now."""
        assert self.loop is not None
        answers: list[Answer] = []
        if self.outcome is not None:
            answers = [self._answered(asked) for asked in self.host.take()]
        try:
            next_at = self.loop.step(self.clock.now(), (*messages, *answers, *answers))  # each comes twice
        except StoreLockedError:
            return True  # its thread calls it again
        self.check_cursors()
        is_waiting = bool(self.host.asked) and self.outcome is not None
        return is_waiting or (next_at is not None and next_at <= self.clock.now())

    def _answered(self, asked: Evaluation) -> Answer:
        if self.outcome == "raise":
            return answer(asked, outcome=Outcome.RAISED)
        if self.outcome == "die":
            return Answer(asked.id, Outcome.KILLED)
        cursor = read_number(asked.cursor)
        match asked.name:
            case "plain":
                return self._wanting(asked, cursor + 1)
            case "alert":
                parts = tuple(
                    Answer(asked.id, Outcome.ANSWERED, (RunRequest(tags={"number": str(each)}, job_name="follow"),))
                    for each in asked.event_ids
                )
                return parts[0] if len(parts) == 1 else Answer(asked.id, Outcome.ANSWERED, parts=parts)
        made = [each for each in self.made() if each > cursor]
        if not made:
            return answer(asked)
        return self._wanting(asked, made[0] if asked.name == "every" else made[-1])

    @staticmethod
    def _wanting(asked: Evaluation, number: int) -> Answer:
        request = RunRequest(tags={"number": str(number)}, job_name="follow")
        return Answer(asked.id, Outcome.ANSWERED, (request,), cursor=str(number))

    # ---------------------------------------------------------------- checks

    def made(self) -> list[int]:
        return [entry.storage_id or 0 for entry in self.store.events(MADE)]

    def failed(self) -> list[int]:
        return [entry.storage_id or 0 for entry in self.store.events(FAILED)]

    def check_cursors(self) -> None:
        """None went back since the last look."""
        states = {name: self.store.automation_state(sensor_key(name)) for name in NAMES}
        cursors = {name: read_number(state.cursor) if state else 0 for name, state in states.items()}
        assert {name for name, cursor in cursors.items() if cursor < self.cursors[name]} == set()
        self.cursors = cursors

    def numbers(self, name: str) -> list[int]:
        """What a sensor asked for runs about, in order."""
        found = self.store.run_records(RunsFilter(tags={"dagster/sensor_name": name}), ascending=True)
        return [int(record.dagster_run.tags["number"]) for record in found]

    def check(self) -> None:
        made, plain = self.made(), self.numbers("plain")
        assert plain == list(range(1, self.cursors["plain"] + 1))
        assert self.numbers("every") == made
        newest = self.numbers("newest")
        assert newest == sorted(set(newest))
        assert newest[-1:] == made[-1:]
        alerts = self.numbers("alert")
        assert alerts == sorted(set(alerts))
        if self.lossless:
            assert alerts == self.failed()
        for name in NAMES:
            ticks = self.store.ticks(sensor_key(name))
            assert max(Counter(tick.tick_id for tick in ticks).values(), default=1) == 1

    # ------------------------------------------------------------ what happens

    def do_pass(self, seconds: int) -> None:
        while seconds > 0:
            self.clock.advance(CHUNK_SECONDS)
            seconds -= CHUNK_SECONDS
            self.settle()

    def do_sleep(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.settle()

    def do_down(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.begin()

    def do_clock(self, seconds: int) -> None:
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))
        self.settle()

    def do_kill(self, change: int, after: bool) -> None:
        self.crashing.kill(change, after=after)

    def do_lock(self, change: int, after: bool) -> None:
        self.crashing.lock(change, after=after)

    def do_kill_the_next_one(self, change: int, after: bool) -> None:
        self.crash_in, self.crash_after = change, after

    def do_make(self, count: int, is_heard: bool) -> None:
        data = StepMaterializationData(AssetMaterialization(ORDERS))
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
        self.store.append([EventLogEntry("", self.clock.now().timestamp(), dagster_event=event)] * count)
        self.settle(*([Hint("assets")] if is_heard else []))

    def do_fail(self, count: int, is_heard: bool) -> None:
        for _ in range(count):
            self.failed_runs += 1
            run = DagsterRun("etl", f"failed-{self.failed_runs}", location_name=LOCATION)
            self.store.add_runs([run], self.clock.now())
            event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl")
            entry = EventLogEntry(run.run_id, self.clock.now().timestamp(), job_name="etl", dagster_event=event)
            self.store.append([entry])
        self.settle(*([Hint("run_status")] if is_heard else []))

    def do_code(self, name: str, is_there: bool) -> None:
        self.lossless = self.lossless and name != "alert"  # what happened while it was gone is none of its business
        (self.defined.add if is_there else self.defined.discard)(name)
        self.settle(self.snapshot())

    def do_stop(self, name: str) -> None:
        self.lossless = self.lossless and name != "alert"
        self._change(name, stopped)

    def do_start(self, name: str) -> None:
        self.lossless = self.lossless and name != "alert"  # it owes nothing of the time while it was quarantined
        now, newest = self.clock.now(), self.store.last_event_id()
        self._change(name, lambda state: started(state, now, newest))

    def _change(self, name: str, change: object) -> None:
        self.clock.advance(0.25)
        if self.store.automation_state(sensor_key(name)) is not None or change is stopped:
            change_state(self.store, sensor_key(name), change, self.clock.now())  # type: ignore[arg-type]
        self.settle(Hint("states"))

    def do_host(self, outcome: str | None) -> None:
        self.lossless = self.lossless and outcome != "raise"
        self.outcome = outcome
        self.settle()


NAME = st.sampled_from(NAMES)
COUNT = st.integers(1, 5)
HAPPENINGS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 60)),
    st.tuples(st.just("make"), COUNT, st.booleans()),
    st.tuples(st.just("fail"), COUNT, st.booleans()),
    st.tuples(st.sampled_from(["sleep", "down"]), st.integers(1, 4_000)),
    st.tuples(st.just("clock"), st.integers(-4_000, 4_000)),
    st.tuples(st.sampled_from(["kill", "kill_the_next_one", "lock"]), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("code"), NAME, st.booleans()),
    st.tuples(st.sampled_from(["start", "stop"]), NAME),
    st.tuples(st.just("host"), st.sampled_from(["ok", "ok", "raise", "die", None])),
)
LIVES = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIVES
@given(st.lists(HAPPENINGS, min_size=4, max_size=25))
def test_no_cursor_goes_back_and_nothing_is_handled_twice_or_left_out(happenings: list[tuple[object, ...]]) -> None:
    life = Life()

    for what, *details in happenings:
        getattr(life, f"do_{what}")(*details)
    life.defined = set(NAMES)
    life.do_host("ok")
    life.settle(life.snapshot())
    for name in NAMES:
        state = life.store.automation_state(sensor_key(name)) or AutomationState(sensor_key(name))
        if state.quarantine_reason is not None or state.status.value == "STOPPED":
            life.do_start(name)
    life.do_pass(60)

    life.check()
