"""The loops of the service over a real host and a real store, driven by a clock that tests move.

Minutes pass as fast as evaluations allow, so "on time" is measured as what it is: how long (in real seconds) a minute's
good ticks take from the moment the clock shows the minute until they are stored.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from watchbell.ground.clock import ManualClock
from watchbell.ground.ids import new_run_id
from watchbell.ground.upward import call_upward
from watchbell.host.client import HostClient
from watchbell.host.messages import HostConfig
from watchbell.host.targets import CodeTarget
from watchbell.record.evaluation import Answer, LocationError, WorkerExit
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick
from watchbell.services.loop import Hint
from watchbell.services.schedules import STATES_GAP_SECONDS, SchedulesLoop
from watchbell.services.sensors import SensorsLoop
from watchbell.services.ticker import Desk

BEGIN = datetime(2024, 3, 1, 12, 0, 30, tzinfo=UTC)
"""Half past a minute: the first tick is due at the first full one."""
DEADLINE_SECONDS = 30.0
"""How long a test waits for what must come (seconds); far more than it takes."""
LOCATION = "under_test"


class Rig:
    """Schedules and sensors loop over a file of definitions; a context manager.

    Args:
        folder: for the file and the home.
        code: the file's text.
        settings: limits.
    """

    def __init__(self, folder: Path, code: str, settings: Settings) -> None:
        self.file = folder / "definitions.py"
        self.file.write_text(code, encoding="utf-8")
        self.clock = ManualClock(BEGIN)
        self.instance = call_upward("open_instance", "home", folder / "home", settings=settings, clock=self.clock)
        self.store = self.instance.store
        self.problems: list[LocationError] = []
        self.snapshots: list[LocationSnapshot] = []
        self._settings = settings
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        target = CodeTarget(LOCATION, python_file=str(self.file), working_directory=str(folder))
        config = HostConfig(target, str(folder / "home"), settings.max_evaluators, settings.process_start)
        self.host = HostClient(config)
        self._loops: list[SchedulesLoop | SensorsLoop] = []

    def __enter__(self) -> Self:
        try:
            snapshot = self.host.start(self)
            assert isinstance(snapshot, LocationSnapshot), snapshot
            lease = self.store.acquire_lease("daemon", "rig", self.clock.now(), 10**9)
            assert lease is not None
            desk = Desk(self.store, self.host, self._settings, lambda: lease, new_run_id)
            self._loops = [loop(desk, snapshot, lambda: None) for loop in (SchedulesLoop, SensorsLoop)]
            self.step()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.host.stop()
        self.instance.close()

    # ------------------------------------------------- what the host tells

    def answered(self, answer: Answer) -> None:
        """See ``HostEvents``."""
        self._inbox.put(answer)

    def worker_exited(self, end: WorkerExit) -> None:
        """See ``HostEvents``."""

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        """See ``HostEvents``."""
        self._inbox.put(snapshot)

    def location_failed(self, error: LocationError) -> None:
        """See ``HostEvents``."""
        self._inbox.put(error)

    # ---------------------------------------------------------- driving it

    def step(self, wait_seconds: float = 0.0) -> None:
        """One step of both loops, with all messages that came; waits for the first."""
        messages: list[object] = []
        try:
            messages.append(self._inbox.get(timeout=wait_seconds) if wait_seconds else self._inbox.get_nowait())
            while True:
                messages.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        for message in messages:
            if isinstance(message, LocationError):
                self.problems.append(message)
            elif isinstance(message, LocationSnapshot):
                self.snapshots.append(message)
        for loop in self._loops:
            loop.step(self.clock.now(), messages)

    def until(self, condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> float:
        """Steps until ``condition`` holds; the real seconds that took. Fails when it does not come to hold."""
        began = time.monotonic()
        while True:
            self.step()
            if condition():
                return time.monotonic() - began
            left = seconds - (time.monotonic() - began)
            assert left > 0, f"{what}: not within {seconds:g} seconds; {self.told()}"
            self.step(min(left, 0.05))

    def next_minute(self) -> datetime:
        """Moves the clock to the next full minute; that minute."""
        now = self.clock.now()
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        self.clock.advance((minute - now).total_seconds())
        return minute

    def change_state(self, before: AutomationState, after: AutomationState) -> None:
        """What a command of a user does: stores a state and lets the loops know."""
        assert self.store.put_state(before, after, self.clock.now()) is not None
        self._inbox.put(Hint("states"))
        self.clock.advance(STATES_GAP_SECONDS)

    # ------------------------------------------------------------- looking

    def ticks(self, name: str) -> list[Tick]:
        """The ticks of a schedule or sensor, oldest first."""
        return self.store.ticks(self.key(name))[::-1]

    def state(self, name: str) -> AutomationState:
        """Where a schedule or sensor stands."""
        return self.store.automation_state(self.key(name)) or AutomationState(self.key(name))

    def have_ticked(self, names: Sequence[str], since: datetime) -> bool:
        """Whether each of these has a tick at or after ``since``."""
        states = {state.key.name: state.last_tick_at for state in self.store.automation_states(LOCATION)}
        return all((at := states.get(name)) is not None and at >= since for name in names)

    def told(self) -> str:
        """What stands in the store, for a failing test."""
        states = self.store.automation_states(LOCATION)
        lines = [f"{each.key}: {each.last_tick_at}, {each.quarantine_reason}" for each in states]
        return "\n".join([*lines, *(error.message for error in self.problems)])

    @staticmethod
    def key(name: str) -> AutomationKey:
        """The key of an automation, told by its name."""
        kind = AutomationKind.SCHEDULE if "schedule" in name else AutomationKind.SENSOR
        return AutomationKey(LOCATION, kind, name)
