"""A life of the service that evaluates conditions: the script happens to it, it is killed, and started again.

Whether all is quiet is found out by *canaries*: an asset of each condition sensor that is asked for whenever
``canary`` is made. A sensor that asked for its own has seen everything that happened before.

Some kills come at any time. Others are *blows*: the service is stopped, so that all that happens is seen in one tick,
and goes on while the database is held, or refuses what the tick has to store (``grip.py``). It is killed at once, or
lives on until its sensors have asked for something else.
"""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.torture.automation.kills import kill_evaluator, kill_host
from tests.torture.conditions.asked import Reader, asked_by, entities_of, records_of, spread
from tests.torture.conditions.ends import End, ends_by_step
from tests.torture.conditions.grip import Grip
from tests.torture.conditions.script import Happening, Made, Step
from tests.torture.torture import END_SECONDS_MAX, start
from watchbell.automate.switch import started, stopped
from watchbell.instance import DagsterInstance
from watchbell.record.run import AUTO_RETRY_TAG, NOT_FINISHED_STATUSES, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.record.worker_identity import is_alive
from watchbell.services.switch import change_state

MODULES = ("tests.torture.conditions.one", "tests.torture.conditions.two")
REPOSITORY = Path(__file__).parents[3]
DEFAULT_SENSOR = "default_automation_condition_sensor"
SENSORS = tuple(
    (module, AutomationKind.SENSOR, name)
    for module, names in zip(MODULES, (("alpha", "sturdy", "clock"), ("beta",)), strict=True)
    for name in (DEFAULT_SENSOR, *names)
)
CANARIES = tuple(f"canary_{name}" for name in ("default", "alpha", "sturdy", "clock", "two", "beta"))
SETTINGS = "quarantine_after: 1000000\nmax_concurrent_runs: 8\n"
"""Whoever is killed at random is not at fault: nothing is put into quarantine."""
LIFE_SECONDS_MAX = 6.0
"""The longest life of a service that is killed by the clock (seconds)."""
WRITES_MAX = 400
"""The longest life of one that is killed by what it does (transactions that were seen; more short lives than long)."""
TICKS_MAX = 40
"""The same of one that is killed by what it decides (transactions with ticks)."""
WAIT_SECONDS_MAX = 15.0
"""So long so many transactions are waited for (seconds)."""
LATE_SECONDS_MAX = 0.05
"""The longest time between such a transaction and the kill (seconds)."""
DATABASE_FILE, LOG_FILE = "watchbell.db", "watchbell.db-wal"
LOOK_SECONDS, GLANCE_SECONDS = 0.25, 0.002
READY_SHARE = 0.8
"""So many blows fall on a service that has seen everything, the others while it begins."""
READY_SECONDS_MAX = 8.0
STOP_SECONDS = 0.02
HELD_SECONDS_MAX = 0.8
REFUSED_SECONDS_MAX = 2.0
"""So long a failed tick is waited for (seconds)."""
OTHERS_PER_SECOND: Mapping[str, float] = {
    "host": 0.04, "evaluator": 0.1, "worker": 0.6, "stop and start": 0.15, "something happens": 4.0,
}  # fmt: skip
"""How often what happens while the service lives (times a second)."""
EVALUATOR_PAUSE_SECONDS = 8.0
"""Who ends twice under one question is held to be at fault, and left out for a minute: not two in a row (seconds)."""
STOPPED_SECONDS_MAX = 0.3
CANARY_SECONDS_MAX = 90.0
QUIET_SECONDS_MAX = 400.0
BEGIN_SECONDS = 4.0


@dataclass
class Report:
    """What came of it.

    Args:
        seed: of the moments.
        seconds: how long it took.
        kills: how often the service was killed.
        ends: by what, and how often by that.
        others: what else was done, and how often: other processes killed, sensors stopped and started.
        asked: by step, what was asked for.
        steps_seconds: how long each step took.
        runs: runs that exist in the end.
        ticks: ticks of condition sensors.
        evaluations: stored evaluations.
        minutes: times of the cron string that were asked for, by asset.
        violations: every invariant that does not hold, as a sentence.
    """

    seed: int
    seconds: float = 0.0
    kills: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    asked: list[dict[str, int]] = field(default_factory=list)
    steps_seconds: list[float] = field(default_factory=list)
    runs: int = 0
    ticks: int = 0
    evaluations: int = 0
    minutes: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


class Life:
    """See the module.

    Args:
        folder: for the home and for what user code writes.
        seed: of the moments.
        kills: how often the service is killed (count).
        steps: the script.
    """

    def __init__(self, folder: Path, seed: int, kills: int, steps: Sequence[Step]) -> None:
        self.folder = folder
        self.report = Report(seed)
        self.kills = kills
        self.steps = steps
        self.moments = random.Random(seed)
        self.began_at = datetime.now(UTC).replace(second=0, microsecond=0)
        self.lived: list[tuple[float, float]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._process_at = 0.0
        self._evaluator_killed_at = 0.0

    # ---------------------------------------------------------------- the life

    def live(self) -> Report:
        """Lives, and says what was asked for; what is stored is checked by others."""
        began = time.monotonic()
        home = self.folder / "home"
        home.mkdir(parents=True)
        (home / "watchbell.yaml").write_text(SETTINGS)
        with DagsterInstance.from_home(home) as instance:
            self._instance, self._reader = instance, Reader(instance, set())
            self._grip = Grip(home / DATABASE_FILE)
            self._turn_on([AutomationKey(*each) for each in SENSORS])
            ends = ends_by_step(random.Random(self.report.seed), self.kills, len(self.steps))
            try:
                for number, step in enumerate(self.steps):
                    at = time.monotonic()
                    self._do(step, ends[number])
                    self._take(number, step)
                    self.report.steps_seconds.append(round(time.monotonic() - at, 1))
                self._end()
            finally:
                self._kill()
                self._grip.close()
        self.report.seconds = round(time.monotonic() - began, 1)
        return self.report

    def _turn_on(self, keys: Iterable[AutomationKey]) -> None:
        now = datetime.now(UTC)
        for key in keys:
            change_state(self._instance.store, key, lambda state: started(state, now), now)

    def _do(self, step: Step, ends: Sequence[End]) -> None:
        for file in (*self.folder.glob("fails-*"), *self.folder.glob("bad-*")):
            file.unlink()
        for name in step.trouble:
            (self.folder / name).touch()
        left = list(step.happens)
        late: list[Happening] = []
        self.moments.shuffle(left)
        for number, end in enumerate(ends):
            due = left[number :: len(ends)]  # whatever happens, there is something left for the next one
            if self.moments.random() < 0.2 and due:  # while there is none
                due.pop().happen(self._instance)
            self._begin()
            self._live_until_killed(end, due)
            late += due
        left = late if ends else left
        if step.pause_seconds:
            self._kill()
        while left:
            left.pop().happen(self._instance)
            self._pause(self.moments.uniform(0, 0.1))
        if step.pause_seconds:
            self._pause(step.pause_seconds)
        self._begin()
        self._settle(is_first=step is self.steps[0])

    def _take(self, number: int, step: Step) -> None:
        asked = self._reader.take()
        self.report.asked.append(dict(sorted(asked.items())))
        expected = spread(step.asks)
        if asked != expected:
            lost, more = dict(expected - asked), dict(asked - expected)
            self.say(f"step {number}: not asked for {lost}; not to be asked for {more}")

    def _end(self) -> None:
        """All is quiet with the clock's family too; then the service ends as it is asked to."""
        self._pause(60.0 - time.time() % 60.0)
        self._settle()
        if not self._wait(lambda: not self._unfinished(with_clock=True), CANARY_SECONDS_MAX):
            self.say(f"not over in the end: {self._unfinished(with_clock=True)}")
        assert self._process is not None
        self.lived.append((self._process_at, time.time()))
        self._process.send_signal(signal.SIGTERM)
        if self._process.wait(timeout=END_SECONDS_MAX) != 0:
            self.say(f"the service ended with code {self._process.returncode} after SIGTERM")
        self._process = None

    def say(self, text: str) -> None:
        """A violation."""
        self.report.violations.append(text)

    # -------------------------------------------------------------- the service

    @property
    def environment(self) -> dict[str, str]:
        """In which the service, and who reads what it stored, finds its home and its code."""
        return {
            **os.environ,
            "WATCHBELL_HOME": str(self.folder / "home"),
            "TORTURE_FOLDER": str(self.folder),
            "TORTURE_BEGAN": self.began_at.isoformat(),
        }

    def _begin(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        code = [part for module in MODULES for part in ("-m", module)]
        command = [sys.executable, "-m", "watchbell.cli.main", "daemon", "--no-reload", *code, "-d", str(REPOSITORY)]
        with (self.folder / "service.log").open("ab") as log:
            self._process, self._process_at = start(command, self.environment, log), time.time()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=END_SECONDS_MAX)
            self.lived.append((self._process_at, time.time()))

    def _live_until_killed(self, end: End, left: list[Happening]) -> None:
        """Something happens, others are killed; then the service is, in its way."""
        if end.is_blow:
            self._live_until_struck(end, left)
        else:
            self._live_for_some_time(end.by, left)
        self._kill()
        self.report.kills += 1
        self.report.ends[str(end)] = self.report.ends.get(str(end), 0) + 1

    def _live_for_some_time(self, seen_by: str, left: list[Happening]) -> None:
        """Until it is over by the clock, or by what was stored."""
        assert self._process is not None
        most = {"clock": math.inf, "ticks": TICKS_MAX, "writes": WRITES_MAX}[seen_by]
        seconds = self.moments.uniform(0.0, LIFE_SECONDS_MAX) if seen_by == "clock" else WAIT_SECONDS_MAX
        wanted = math.exp(self.moments.uniform(0.0, math.log(most))) if seen_by != "clock" else math.inf
        number = self._instance.store.last_tick_id if seen_by == "ticks" else self._written_at
        deadline, seen, at = time.monotonic() + seconds, 0, number()
        while time.monotonic() < deadline and seen < wanted:
            self._pause(GLANCE_SECONDS)
            last, at = at, number()
            seen += at != last
            if self._process.poll() is not None:
                self.say(f"the service ended by itself with code {self._process.returncode}")
                return
            for what, rate in OTHERS_PER_SECOND.items():
                if self.moments.random() < rate * GLANCE_SECONDS:
                    self._happen(what, left)
        self._pause(self.moments.choice((0.0, self.moments.uniform(0.0, LATE_SECONDS_MAX))))

    def _live_until_struck(self, end: End, left: list[Happening]) -> None:
        """Until it cannot store what comes of all that happens at once."""
        assert self._process is not None
        if self.moments.random() < READY_SHARE:
            self._sing(READY_SECONDS_MAX)
        else:
            self._pause(self.moments.uniform(0.0, READY_SECONDS_MAX / 4))
        with self._grip.hold():  # it is not in the middle of a transaction
            self._process.send_signal(signal.SIGSTOP)
            self._pause(STOP_SECONDS)
        for each in (*left, Made(("canary",))):
            each.happen(self._instance)
        left.clear()
        if end.refused is None:
            with self._grip.hold():
                self._process.send_signal(signal.SIGCONT)
                self._pause(self.moments.uniform(0.0, HELD_SECONDS_MAX))
                self._kill()
            return
        with self._grip.refuse(end.refused):
            last = self._instance.store.last_tick_id()
            self._process.send_signal(signal.SIGCONT)
            self._wait(lambda: self._instance.store.last_tick_id() != last, REFUSED_SECONDS_MAX, GLANCE_SECONDS)
            self._pause(self.moments.uniform(0.0, HELD_SECONDS_MAX))
            if not end.lives_on:
                self._kill()
        if end.lives_on:
            self._sing(READY_SECONDS_MAX)

    def _written_at(self) -> int:
        """Changes with every transaction, of whichever process."""
        return (self.folder / "home" / LOG_FILE).stat().st_mtime_ns

    def _happen(self, what: str, left: list[Happening]) -> None:
        assert self._process is not None
        match what:
            case "something happens":
                if left:
                    left.pop().happen(self._instance)
                return
            case "stop and start":
                is_done = self._stop_and_start()
            case "host":
                is_done = kill_host(self._process, self.moments)
            case "evaluator":
                is_done = time.monotonic() > self._evaluator_killed_at + EVALUATOR_PAUSE_SECONDS and kill_evaluator(
                    self.folder, "conditions", self._process, self.moments
                )
                self._evaluator_killed_at = time.monotonic() if is_done else self._evaluator_killed_at
            case _:
                is_done = self._kill_worker()
        if is_done:
            self.report.others[what] = self.report.others.get(what, 0) + 1

    def _stop_and_start(self) -> bool:
        """Somebody turns a condition sensor off, and soon on again: answers that are on their way are of no use."""
        key = AutomationKey(*self.moments.choice(SENSORS))
        change_state(self._instance.store, key, stopped, datetime.now(UTC))
        self._pause(self.moments.uniform(0.0, STOPPED_SECONDS_MAX))
        self._turn_on([key])
        return True

    def _kill_worker(self) -> bool:
        """Kills a run of ``sturdy_made``, which is executed again; the others' runs are not."""
        for run_id, (_, worker) in sorted(self._instance.store.run_workers().items()):
            run = self._instance.get_run_by_id(run_id)
            if worker is not None and run is not None and entities_of(run) == ["sturdy_made"] and is_alive(worker):
                try:
                    psutil.Process(worker.pid).kill()
                except psutil.NoSuchProcess:
                    continue
                return True
        return False

    # -------------------------------------------------------------------- quiet

    def _settle(self, *, is_first: bool = False) -> None:
        """Waits until nothing more comes of what happened: two canaries in a row came alone."""
        deadline, alone = time.monotonic() + QUIET_SECONDS_MAX, 0
        while alone < 2:
            if time.monotonic() > deadline:
                self.say(f"not quiet after {QUIET_SECONDS_MAX:g} s: {self._unfinished()}")
                return
            self._wait(lambda: not self._unfinished(), CANARY_SECONDS_MAX)
            before = len(self._reader.news())
            is_seen = self._sing(BEGIN_SECONDS if is_first and not alone else CANARY_SECONDS_MAX)
            if not is_seen and not (is_first and not alone):
                self.say("a canary was not seen")
            is_alone = is_seen and len(self._reader.news()) == before and not self._unfinished()
            alone = alone + 1 if is_alone else 0

    def _sing(self, seconds_max: float) -> bool:
        before = self._canaries()
        Made(("canary",)).happen(self._instance)
        return self._wait(lambda: all(self._canaries()[each] > before[each] for each in CANARIES), seconds_max)

    def _canaries(self) -> Counter[str]:
        return asked_by(record.dagster_run for record in records_of(self._instance))

    def _unfinished(self, *, with_clock: bool = False) -> list[str]:
        """Runs that are not over, or failed and will be executed again."""
        going = self._instance.get_runs(RunsFilter(statuses=NOT_FINISHED_STATUSES))
        failed = self._instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
        owed = [run for run in failed if "dagster/max_retries" in run.tags and AUTO_RETRY_TAG not in run.tags]
        return [_said(run) for run in (*going, *owed) if with_clock or not _is_of_clock(run)]

    def _wait(self, condition: Callable[[], bool], seconds_max: float, look_seconds: float = LOOK_SECONDS) -> bool:
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline:
            if condition():
                return True
            if self._process is None or self._process.poll() is not None:
                raise AssertionError("the service ended by itself")
            self._pause(look_seconds)
        return False

    @staticmethod
    def _pause(seconds: float) -> None:
        threading.Event().wait(seconds)


def _is_of_clock(run: DagsterRun) -> bool:
    return all(each.startswith("clock_") for each in entities_of(run))


def _said(run: DagsterRun) -> str:
    return f"{'+'.join(entities_of(run))} {run.status.value}"
