"""Random lives of two schedules under one service: what is run, missed and owed is what the model says, after each of
them and wherever the service was killed.

A life is downtime, kills before and after any write, clocks that are set, machines that sleep, other cron strings,
zones and policies, schedules that disappear, starts and stops by hand, evaluations that fail, kill their process or
come late.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.services.fakes import LOCATION, NOON, FakeHost, ids, memory_store, schedule_key
from tests.simulation.flaky_store import FlakyStore
from tests.simulation.tick_model import CRONS, ZONES, Code, Durable, ScheduleModel
from tests.simulation.world import Crash
from watchbell.automate.switch import started, stopped
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreLockedError
from watchbell.ground.wire import loads
from watchbell.record.automation_policy import AutomationPolicy, Catchup
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.lease import Lease
from watchbell.record.request import RunRequest
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationState, TickStatus
from watchbell.services.loop import Hint
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.switch import change_state
from watchbell.services.ticker import Desk

NAMES = ("first", "second")
GAP_SECONDS = 0.25
"""So far apart are changes by hand that a service reads each of them at once."""
CHUNK_SECONDS = 20
QUEUED_MAX = 60
OUTCOMES = {"ok": Outcome.ANSWERED, "raise": Outcome.RAISED, "die": Outcome.KILLED}
SUMMARY = re.compile(r"(more than )?([\d,]+) times from (\S+ \S+) UTC to (\S+ \S+) UTC: ")


@dataclass
class Life:
    """A store, a clock, a service that comes and goes, and a model of each schedule.

    Args:
        max_catchup_runs: as in the settings.
        code: what the schedules are written as at first.
    """

    max_catchup_runs: int
    code: Sequence[Code]
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON + timedelta(seconds=10)))
    host: FakeHost = field(default_factory=FakeHost)
    answer: str | None = "ok"
    loop: SchedulesLoop | None = None
    crash_in: int = 0
    crash_after: bool = False
    crashes: int = 0

    def __post_init__(self) -> None:
        self.store = memory_store()
        self.new_id = ids()
        self.lease: Lease | None = None
        self.models = [ScheduleModel(schedule_key(name), self.max_catchup_runs, 3) for name in NAMES]
        for model, code in zip(self.models, self.code, strict=True):
            model.is_written_as(code, None)
        self.begin()

    # ----------------------------------------------------------- the service

    def begin(self) -> None:
        """A new service takes over."""
        if self.lease is not None:
            self.store.release_lease(self.lease)
        self.lease = self.store.acquire_lease("daemon", self.new_id(), self.clock.now(), 1e9)
        assert self.lease is not None
        self.host = FakeHost()
        self.crashing = FlakyStore(self.store, self.crash_in, self.crash_after)
        self.crash_in = 0
        limits = Settings(max_catchup_runs=self.max_catchup_runs, quarantine_after=3)
        lease = self.lease
        desk = Desk(self.crashing, self.host, limits, lambda: lease, self.new_id)  # type: ignore[arg-type]
        self.loop = SchedulesLoop(desk, self.snapshot(), lambda: None)
        for model in self.models:
            model.begins(self.clock.now())
        self.settle(hears_first=True)

    def end(self) -> None:
        """The service is killed between two steps."""
        self.loop = None
        for model in self.models:
            model.dies()

    def snapshot(self) -> LocationSnapshot:
        found = [(name, model.wanted) for name, model in zip(NAMES, self.models, strict=True) if model.wanted]
        return LocationSnapshot(
            LOCATION,
            schedules=tuple(
                ScheduleSnapshot(name, (code.cron,), code.zone, "etl", code.runs_by_default, policy=code.policy)
                for name, code in found
            ),
        )

    def settle(self, *messages: object, hears_first: bool = False) -> None:
        """Steps until nothing is due any more; then service and model agree, or did when it was killed."""
        if self.loop is None:
            return
        states = []
        for model in self.models:
            before = Durable(**{**vars(model.kept), "handled": dict(model.kept.handled)})
            states.append([before, *model.settle(self.clock.now(), self.answer, hears_first=hears_first)])
        try:
            self._step(messages)
        except Crash:
            self.crashes += 1
            self.loop = None
            for model, possible in zip(self.models, states, strict=True):
                model.dies(self._stored_one(model, possible))
            self.begin()
            return
        self.check_states()

    def _step(self, messages: Sequence[object]) -> None:
        assert self.loop is not None
        for _ in range(5_000):
            answers: list[Answer] = []
            if self.answer is not None:
                answers = [self._answered(asked) for asked in self.host.take()]
            try:
                next_at = self.loop.step(self.clock.now(), (*messages, *answers, *answers))  # each comes twice
            except StoreLockedError:
                next_at = self.clock.now()  # its thread calls it again
            messages = ()
            is_waiting = bool(self.host.asked) and self.answer is not None
            if not is_waiting and (next_at is None or next_at > self.clock.now()):
                return
            queued = self.store.run_records(RunsFilter(statuses=[DagsterRunStatus.QUEUED]))
            if len(queued) > QUEUED_MAX:
                self.store.cancel_runs([each.dagster_run.run_id for each in queued], self.clock.now())
        raise AssertionError("the service does not come to rest")

    def _answered(self, asked: Evaluation) -> Answer:
        assert self.answer is not None
        outcome = OUTCOMES[self.answer]
        requests = (RunRequest(job_name="etl"),) if outcome is Outcome.ANSWERED else ()
        return Answer(asked.id, outcome, requests)

    # ---------------------------------------------------------------- checks

    def state_of(self, model: ScheduleModel) -> tuple[object, ...]:
        state = self.store.automation_state(model.key) or AutomationState(model.key)
        terms = None if state.spec is None else loads(state.spec)
        return (
            state.status.value,
            state.effective_at,
            state.last_tick_at,
            None if terms is None else (terms[0][0], terms[1]),
            state.failures_in_row,
            state.quarantine_reason is not None,
        )

    @staticmethod
    def _told(kept: Durable) -> tuple[object, ...]:
        return (kept.status, kept.effective_at, kept.last_at, kept.terms, kept.failures, kept.is_quarantined)

    def _stored_one(self, model: ScheduleModel, possible: list[Durable]) -> Durable:
        """Which of the states a killed service may have left is there; one of them is, whole."""
        found = [each for each in possible if self._told(each) == self.state_of(model)]
        rows = {tick.tick_at for tick in self.store.ticks(model.key)}
        found = [each for each in found if not rows - each.handled.keys()]
        assert found, f"{model.key}: {self.state_of(model)} is none of {[self._told(each) for each in possible]}"
        return found[0]

    def check_states(self) -> None:
        assert [self.state_of(model) for model in self.models] == [self._told(model.kept) for model in self.models]

    def check(self) -> None:
        """Every time is handled as the model says: run once, or missed in a row of its own or in one of many."""
        for model in self.models:
            handled = model.kept.handled
            taken = {moment for moment, how in handled.items() if how == "TAKEN"}
            missed = set(handled) - taken
            ticks = self.store.ticks(model.key)
            assert Counter(tick.tick_at for tick in ticks if tick.status is not TickStatus.MISSED) == Counter(taken)
            rows = [tick for tick in ticks if tick.status is TickStatus.MISSED]
            for tick in rows:
                missed -= self._covered(tick.tick_at, str(tick.skip_reason), missed)
            assert missed == set()
            assert all(tick.tick_at in handled for tick in rows)
            runs = self.store.run_records(RunsFilter(tags={"dagster/schedule_name": model.key.name}))
            times = Counter(each.dagster_run.tags[".dagster/scheduled_execution_time"] for each in runs)
            assert all(count == 1 for count in times.values())
            assert {datetime.fromisoformat(text) for text in times} <= taken

    @staticmethod
    def _covered(moment: datetime, reason: str, missed: set[datetime]) -> set[datetime]:
        """The times that a row of missed ones tells of; it says how many, unless they are very many."""
        summary = SUMMARY.match(reason)
        if summary is None:
            return {moment}
        more, count, oldest, newest = summary.groups()
        start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (oldest, newest))
        covered = {each for each in missed if start <= each <= end}
        assert len(covered) > 1_000 if more else len(covered) == int(count.replace(",", ""))
        assert end == moment
        return covered

    # ------------------------------------------------------------ what happens

    def do(self, what: tuple[object, ...]) -> None:
        """Lets one thing happen."""
        getattr(self, f"do_{what[0]}")(*what[1:])

    def do_pass(self, seconds: int) -> None:
        while seconds > 0:
            self.clock.advance(min(seconds, CHUNK_SECONDS))
            seconds -= CHUNK_SECONDS
            self.settle()

    def do_sleep(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.settle()

    def do_down(self, seconds: int) -> None:
        self.end()
        self.clock.advance(seconds)
        self.begin()

    def do_clock(self, seconds: int) -> None:
        self.clock.set(min(max(self.clock.now() + timedelta(seconds=seconds), EARLIEST), LATEST))
        self.settle()

    def do_kill(self, change: int, after: bool) -> None:
        self.crashing.kill(change, after=after)

    def do_lock(self, change: int, after: bool) -> None:
        self.crashing.lock(change, after=after)

    def do_kill_the_next_one(self, change: int, after: bool) -> None:
        self.crash_in, self.crash_after = change, after

    def do_code(self, which: int, code: Code | None) -> None:
        self.models[which].is_written_as(code, self.clock.now() if self.loop else None)
        self.settle(self.snapshot())

    def do_policy(self, which: int, policy: AutomationPolicy) -> None:
        code = self.models[which].wanted
        self.do_code(which, None if code is None else replace(code, policy=policy))

    def do_start(self, which: int) -> None:
        self.clock.advance(GAP_SECONDS)
        now = self.clock.now()
        change_state(self.store, self.models[which].key, lambda state: started(state, now), now)
        self.models[which].is_started(now, now if self.loop else None)
        self.settle(Hint("states"), hears_first=True)

    def do_stop(self, which: int) -> None:
        self.clock.advance(GAP_SECONDS)
        change_state(self.store, self.models[which].key, stopped, self.clock.now())
        self.models[which].is_stopped(self.clock.now() if self.loop else None)
        self.settle(Hint("states"), hears_first=True)

    def do_host(self, answer: str | None) -> None:
        self.answer = answer
        self.settle()


EARLIEST, LATEST = NOON - timedelta(days=3), NOON + timedelta(days=8)
POLICIES = st.builds(
    AutomationPolicy,
    catchup=st.sampled_from(Catchup),
    catchup_window_seconds=st.one_of(st.none(), st.sampled_from([30.0, 300.0, 3_600.0, 1e12])),
    jitter_seconds=st.sampled_from([0.0, 0.0, 45.0, 600.0, 10_000.0]),
)
CODE = st.builds(
    Code, st.sampled_from(list(CRONS)), st.sampled_from(ZONES), POLICIES, st.sampled_from([True, True, False])
)
WHICH = st.integers(0, 1)
SHORT = st.integers(1, 400)
LONG = st.integers(1, 9_000)
HAPPENINGS = st.one_of(
    st.tuples(st.just("pass"), SHORT),
    st.tuples(st.just("pass"), SHORT),
    st.tuples(st.just("sleep"), LONG),
    st.tuples(st.just("down"), LONG),
    st.tuples(st.just("clock"), st.integers(-9_000, 9_000)),
    st.tuples(st.sampled_from(["kill", "kill_the_next_one", "lock"]), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("code"), WHICH, st.one_of(CODE, CODE, st.none())),
    st.tuples(st.just("policy"), WHICH, POLICIES),
    st.tuples(st.sampled_from(["start", "stop"]), WHICH),
    st.tuples(st.just("host"), st.sampled_from(["ok", "ok", "raise", "die", None])),
)
LIVES = settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIVES
@given(st.integers(0, 6), st.tuples(CODE, CODE), st.lists(HAPPENINGS, min_size=4, max_size=25))
def test_every_time_is_handled_as_the_model_says(
    max_catchup_runs: int, code: tuple[Code, Code], happenings: list[tuple[object, ...]]
) -> None:
    life = Life(max_catchup_runs, code)

    for what in happenings:
        life.do(what)
    life.do_host("ok")
    life.do_pass(200)

    life.check()


@settings(parent=LIVES, max_examples=examples(30))
@given(
    st.sampled_from([Catchup.DEFAULT, Catchup.NONE, Catchup.LATEST]),
    st.sampled_from([None, 3_600.0, 90_000.0]),
    st.sampled_from([0.0, 10_000.0]),
    st.integers(3_600, 500_000),
)
def test_days_of_downtime_are_told_in_few_rows_and_none_is_left_out(
    catchup: Catchup, window: float | None, jitter: float, seconds: int
) -> None:
    policy = AutomationPolicy(catchup, catchup_window_seconds=window, jitter_seconds=jitter)
    life = Life(5, (Code("* * * * *", policy=policy), Code("*/7 * * * *", "Asia/Kolkata", policy)))

    life.do_down(seconds)
    life.do_pass(120)

    life.check()
    assert all(len(life.store.ticks(model.key)) < 125 for model in life.models)
