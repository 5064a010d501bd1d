"""The life of a home, led quickly: real definitions, ticks, runs and backfills, on a clock that is set."""

from __future__ import annotations

import os
import random
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ui.seeds.making import shown_code
from watchbell.automate.adopt import schedule_spec, sensor_spec
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.automate.due import Missed
from watchbell.declare.assets.asset_job import IMPLICIT_ASSET_JOB_NAME
from watchbell.execute.run import execute_run
from watchbell.ground.clock import ManualClock
from watchbell.ground.ids import new_run_id
from watchbell.ground.upward import call_upward
from watchbell.host.condition_evaluator import ConditionEvaluator
from watchbell.host.evaluate import Evaluator
from watchbell.host.load import load_repository
from watchbell.host.targets import TargetOptions, find_targets
from watchbell.host.worker import job_of
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter, RunWorker
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickCommit
from watchbell.services.backfills import BackfillsLoop
from watchbell.services.loop import Hint
from watchbell.services.retries import RetriesLoop
from watchbell.services.ticker import Desk

ELSEWHERE = RunWorker(4_711, "1", "boot", "worker-1.shop.example")
"""A process on another machine, of which nobody here can say that it is gone."""
GONE = RunWorker(4_712, "1", "an earlier boot", socket.gethostname())
"""A process that is gone."""
LEASE_SECONDS = 15.0


class Life:
    """One code location on one home.

    Args:
        home: the folder.
        module: a module of ``seeds/code``.
        begins_at: what the clock shows first.
    """

    def __init__(self, home: Path, module: str, begins_at: datetime) -> None:
        os.environ.setdefault("SHOP_PASSWORD", "a secret")
        os.urandom = random.Random(module).randbytes  # ids are the same each time the seed is made
        self.clock = ManualClock(begins_at)
        self.instance = call_upward("open_instance", "home", home, clock=self.clock)
        self.store = self.instance.store
        self.home = home
        code = shown_code()
        options = TargetOptions(module_names=(module,), working_directory=str(code))
        [target] = find_targets(options, code)
        self.location = target.location_name
        self.repository = load_repository(target).repository
        self.snapshot = self.repository.snapshot(self.location)
        self._evaluator = Evaluator(self.repository, str(home), self.location, self.instance)
        self._conditions = ConditionEvaluator(
            self.repository, self.location, lambda: self.instance, lambda mark: None, self.clock
        )
        if "pace" in sys.modules:
            sys.modules["pace"].pass_time = self.clock.advance  # type: ignore[attr-defined]
        desk = Desk(self.store, None, self.instance.settings, self.lease, new_run_id)  # type: ignore[arg-type]
        self._retries = RetriesLoop(desk)
        self._backfills = BackfillsLoop(desk, {}, lambda: None)

    def lease(self) -> Any:
        """The lease of a service that is there for a moment."""
        return self.store.acquire_lease("daemon", "seed", self.clock.now(), LEASE_SECONDS)

    def release(self) -> None:
        """Ends this life: nobody works on the home."""
        self.store.release_lease(self.lease())
        self.instance.close()

    # -------------------------------------------------------------- automations

    def key(self, kind: AutomationKind, name: str) -> AutomationKey:
        """Which schedule or sensor."""
        return AutomationKey(self.location, kind, name)

    def switch_on(self, at: datetime) -> None:
        """All that is on by its definition takes effect."""
        self.clock.set(at)
        for schedule in self.snapshot.schedules:
            if schedule.running_by_default:
                self.put(
                    self.key(AutomationKind.SCHEDULE, schedule.name), effective_at=at, spec=schedule_spec(schedule)
                )
        for sensor in self.snapshot.sensors:
            if sensor.running_by_default:
                self.put(self.key(AutomationKind.SENSOR, sensor.name), effective_at=at, spec=sensor_spec(sensor))

    def put(self, key: AutomationKey, **changes: Any) -> AutomationState:
        """Changes a state."""
        before = self.store.automation_state(key) or AutomationState(key)
        stored = self.store.put_state(before, replace(before, **changes), self.clock.now())
        assert stored is not None
        return stored

    def state(self, sensor_name: str) -> AutomationState:
        """Where a sensor stands."""
        return self._state(self.key(AutomationKind.SENSOR, sensor_name))

    def schedule(self, name: str, at: datetime, missed: Sequence[Missed] = ()) -> list[str]:
        """A tick of a schedule; the runs that it asked for."""
        return self._tick(self.key(AutomationKind.SCHEDULE, name), at, scheduled_at=at, missed=missed)

    def sensor(self, name: str, at: datetime, event_ids: Sequence[int] = (), answer: Answer | None = None) -> list[str]:
        """A tick of a sensor; the runs that it asked for. With an answer: that is what came of it."""
        return self._tick(self.key(AutomationKind.SENSOR, name), at, event_ids=tuple(event_ids), answer=answer)

    def conditions(self, name: str, at: datetime) -> list[str]:
        """A tick of a condition sensor; the runs that it asked for."""
        self.clock.set(at)
        key = self.key(AutomationKind.SENSOR, name)
        answer = self._conditions.evaluate(Evaluation(1, key.kind, name, None, self._state(key).cursor))
        return [] if answer.cursor is None else self._tick(key, at, answer=answer)

    def _state(self, key: AutomationKey) -> AutomationState:
        return self.store.automation_state(key) or AutomationState(key)

    def _tick(
        self,
        key: AutomationKey,
        at: datetime,
        *,
        scheduled_at: datetime | None = None,
        event_ids: tuple[int, ...] = (),
        missed: Sequence[Missed] = (),
        answer: Answer | None = None,
    ) -> list[str]:
        self.clock.set(at + timedelta(milliseconds=180))
        state = self._state(key)
        asked = Evaluation(
            1, key.kind, key.name, scheduled_at, state.cursor, state.last_run_key, state.last_tick_at, event_ids
        )
        defined = self.repository.schedules if key.kind is AutomationKind.SCHEDULE else self.repository.sensors
        given = answer or self._evaluator.evaluate(asked)
        runs: list[str] = []
        for each in given.parts or (given,):
            began_at = self.clock.now()
            self.clock.advance(0.042)
            done = Evaluated(asked, each, began_at, self.clock.now(), tuple(missed), defined[key.name].policy)
            commit = tick_commit(self._state(key), done, CommitRules(quarantine_after=3, new_id=new_run_id))
            [stored] = self.store.commit_ticks([commit], None, self.clock.now())
            assert not stored.conflict
            runs += stored.ticks[-1].run_ids
        return runs

    def tick_as_is(self, key: AutomationKey, tick: Tick) -> None:
        """Stores a tick that no evaluation gave."""
        before = self._state(key)
        [done] = self.store.commit_ticks([TickCommit(before, before, (tick,))], None, self.clock.now())
        assert not done.conflict

    # --------------------------------------------------------------------- runs

    def launch(self, job_name: str, at: datetime | None = None, **more: Any) -> str:
        """A person asks for a run; its id."""
        if at is not None:
            self.clock.set(at)
        run = DagsterRun(job_name, new_run_id(), status=DagsterRunStatus.QUEUED, location_name=self.location, **more)
        self.store.add_runs([run], self.clock.now())
        return run.run_id

    def begin(self, run_id: str, worker: RunWorker = ELSEWHERE, wait_seconds: float = 1.2) -> DagsterRun:
        """A queued run is handed out, and a worker takes it."""
        self.clock.advance(wait_seconds)
        [started] = self.store.hand_out_runs([run_id], self.lease(), self.clock.now())
        self.clock.advance(0.4)
        assert self.store.begin_run(run_id, started.attempt, worker, self.clock.now())
        return self.run(run_id)

    def carry_out(self, *run_ids: str) -> None:
        """Queued runs are executed, one after the other."""
        for run_id in run_ids:
            run = self.begin(run_id)
            execute_run(job_of(run, self.repository), run, self.instance, run.attempt)

    def break_off(self, run_id: str, like: str, events: int, worker: RunWorker = ELSEWHERE) -> None:
        """A queued run begins, and its log goes no further than the first so many events of an earlier run's.

        Args:
            run_id: the run.
            like: an earlier run of the same job that ended.
            events: how many after its beginning (count).
            worker: the process that executes it.
        """
        run = self.begin(run_id, worker)
        log = self.events(like)
        first = next(number for number, each in enumerate(log) if self._kind(each) is DagsterEventType.RUN_START)
        earlier = log[first:]
        began_at = earlier[0].timestamp
        for each in earlier[:events]:
            moved = replace(each, run_id=run_id, timestamp=self.clock.now().timestamp() + each.timestamp - began_at)
            self.store.append([moved], attempt=run.attempt)

    def events(self, run_id: str) -> list[EventLogEntry]:
        """A run's log."""
        return self.store.events(EventQuery(run_id=run_id))

    @staticmethod
    def _kind(entry: EventLogEntry) -> DagsterEventType | None:
        return None if entry.dagster_event is None else entry.dagster_event.event_type

    def newest(self, job_name: str) -> str:
        """The newest run of a job that ended well."""
        done = RunsFilter(job_name=job_name, statuses=[DagsterRunStatus.SUCCESS])
        [record] = self.store.run_records(done, limit=1)
        return record.dagster_run.run_id

    def launch_assets(self, *keys: str) -> str:
        """A person asks for assets; the run's id."""
        chosen = frozenset(AssetKey(key.split("/")) for key in keys)
        return self.launch(IMPLICIT_ASSET_JOB_NAME, asset_selection=chosen)

    def run(self, run_id: str) -> DagsterRun:
        """A run as it is stored."""
        record = self.store.run_record(run_id)
        assert record is not None
        return record.dagster_run

    def write_output(self, run_id: str, files: Mapping[str, str]) -> None:
        """What a run's process printed: texts of ``run.out`` and ``run.err``."""
        folder = self.home / "logs" / run_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

    # ---------------------------------------------------------------- backfills

    def step_backfills(self) -> list[str]:
        """Parts of backfills begin and end; the runs that are queued for them now."""
        for _ in range(3):
            self._retries.step(self.clock.now(), ())  # a failed part waits until it is known that nobody retries it
        for _ in range(20):
            due = self._backfills.step(self.clock.now(), (Hint("backfills"), Hint("run_status")))
            if due is None or due > self.clock.now():
                break
        queued = self.store.run_records(RunsFilter(statuses=[DagsterRunStatus.QUEUED]), ascending=True)
        return [each.dagster_run.run_id for each in queued if "dagster/backfill" in each.dagster_run.tags]
