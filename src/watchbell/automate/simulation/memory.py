"""The simulated past, as user code asks an instance for it.

What happens is noted; only when somebody asks is an instance opened, in memory, and told of it. So a simulation whose
user code asks nothing pays for a list of notes, and one without user code for nothing at all.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from watchbell.automate.simulation.columns import NEVER, RunColumns, instant_at, run_id_of
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEvent, EventLogEntry
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.runless_event import RunlessFact, runless_event

NO_RUN = -1


@dataclass(eq=False, slots=True)
class Note:
    """Something that happened.

    Args:
        at: when, seconds since the epoch.
        run: number of the run; ``NO_RUN``: outside any.
        what: a state the run came to, what was said of an asset, or a change of dynamic partitions.
    """

    at: float
    run: int
    what: DagsterRunStatus | RunlessFact | KeyChange


@dataclass(frozen=True)
class KeyChange:
    """A change of dynamic partitions.

    Args:
        name: their name.
        keys: the keys that are added or deleted.
        is_added: which of both.
    """

    name: str
    keys: tuple[str, ...]
    is_added: bool


@dataclass(frozen=True)
class Rim:
    """What lies outside a simulation.

    Args:
        open_instance: opens an instance that remembers what really was, for schedules and conditions; None: none does.
        told: is told the simulated time before user code is called.
        progress: is told now and then how far the simulation has come.
    """

    open_instance: Callable[[], Any] | None = None
    told: Callable[[datetime], None] | None = None
    progress: Callable[[datetime], None] | None = None


class SimulatedKeys:
    """The keys of dynamic partitions in a simulation: who knows them for partitions, as an instance does.

    A key that was deleted keeps its number.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}
        self._there: dict[str, dict[str, None]] = {}

    def change(self, change: KeyChange) -> None:
        """Keys appear or go."""
        numbers = self._numbers.setdefault(change.name, {})
        there = self._there.setdefault(change.name, {})
        for key in change.keys:
            if change.is_added:
                numbers.setdefault(key, max(numbers.values(), default=-1) + 1)
                there.setdefault(key)
            else:
                there.pop(key, None)

    def load(self, name: str, numbered: Iterable[tuple[int, str]]) -> None:
        """Keys that are there in the beginning, with their numbers."""
        numbers = self._numbers.setdefault(name, {})
        there = self._there.setdefault(name, {})
        for number, key in numbered:
            numbers[key] = number
            there.setdefault(key)

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys there are, in the order they were added."""
        return list(self._there.get(partitions_def_name, ()))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the key is there."""
        return partition_key in self._there.get(partitions_def_name, ())

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of those that are there, in the order of their numbers."""
        there = self._there.get(partitions_def_name, {})
        known = self._numbers.get(partitions_def_name, {})
        chosen: Iterable[str] = there if keys is None else (key for key in keys if key in there)
        wanted = None if numbers is None else set(numbers)
        return sorted((known[key], key) for key in chosen if wanted is None or known[key] in wanted)


class Memory:
    """What user code can ask a simulated instance for.

    Args:
        runs: all runs.
        is_asked: whether there is user code that may ask.
        rim: what lies outside the simulation; None: nothing does.
    """

    def __init__(self, runs: RunColumns, *, is_asked: bool, rim: Rim | None = None) -> None:
        self.is_asked = is_asked
        self._rim = rim or Rim()
        self._runs = runs
        self._notes: list[Note] = []
        self._plain_runs = array("Q")  # numbers of runs that are noted by what stands in their columns
        self._instance: Any = None
        self._clock: ManualClock | None = None
        self._now = 0.0
        self._stored: set[int] = set()

    def note(self, at: float, run: int, what: DagsterRunStatus | RunlessFact | KeyChange) -> None:
        """Something happened."""
        if self.is_asked:
            self._notes.append(Note(at, run, what))

    def note_run(self, run: int) -> None:
        """A run began now, and will have succeeded when its columns say so."""
        if self.is_asked:
            self._plain_runs.append(run)

    def move_to(self, now: float) -> None:
        """User code is called now (seconds since the epoch); the instance's clock shows it."""
        self._now = now
        if self._rim.told is not None:
            self._rim.told(instant_at(now))

    def open_past(self) -> Any:
        """The instance that schedules ask: the one from outside, if there is one, which knows nothing of the
        simulation; else as :meth:`open`."""
        return self.open() if self._rim.open_instance is None else self._rim.open_instance()

    def open(self) -> Any:
        """The instance, told of everything up to now."""
        if self._clock is None:
            self._clock = ManualClock(instant_at(self._now))
            self._instance = call_upward("open_instance", "ephemeral", clock=self._clock)
        self._store(self._due_notes())
        self._clock.set(instant_at(self._now))
        return self._instance

    def _due_notes(self) -> Sequence[Note]:
        """The notes of what has happened, in its order; the rest stays."""
        notes, self._notes = self._notes, []
        if self._plain_runs:
            begun, ended = self._runs.begun, self._runs.ended
            for run in self._plain_runs:
                notes.append(Note(begun[run], run, DagsterRunStatus.STARTED))
                if ended[run] != NEVER:
                    notes.append(Note(ended[run], run, DagsterRunStatus.SUCCESS))
            self._plain_runs = array("Q")
        notes.sort(key=lambda note: note.at)
        due = bisect_right(notes, self._now, key=lambda note: note.at)
        self._notes = notes[due:]
        return notes[:due]

    def close(self) -> None:
        """Ends the instance, if there is one."""
        if self._instance is not None:
            self._instance.close()

    def _store(self, notes: Sequence[Note]) -> None:
        """Stores notes in their order, neighbours of one run in one transaction."""
        together: list[EventLogEntry] = []
        for note in notes:
            if isinstance(note.what, KeyChange):
                self._append(together)
                self._change(note.what)
                continue
            if note.run != NO_RUN and note.run not in self._stored:
                self._append(together)
                self._add_run(note)
            entry = self._entry(note, note.what)
            if together and together[-1].run_id != entry.run_id:
                self._append(together)
            together.append(entry)
        self._append(together)

    def _append(self, together: list[EventLogEntry]) -> None:
        if together:
            self._instance.handle_new_events(list(together))
            together.clear()

    def _change(self, change: KeyChange) -> None:
        if change.is_added:
            self._instance.add_dynamic_partitions(change.name, list(change.keys))
            return
        for key in change.keys:
            self._instance.delete_dynamic_partition(change.name, key)

    def _add_run(self, note: Note) -> None:
        order = self._runs.order[note.run]
        assert self._clock is not None  # `open` set it
        self._clock.set(instant_at(self._runs.asked[note.run]))
        selection = frozenset({*order.asset_keys, *order.observed_keys})
        run = DagsterRun(
            order.job_name,
            run_id_of(note.run),
            tags=order.tags,
            asset_selection=selection or None,
            location_name=order.location_name,
        )
        self._instance.add_run(run)
        self._stored.add(note.run)

    def _entry(self, note: Note, what: DagsterRunStatus | RunlessFact) -> EventLogEntry:
        if isinstance(what, DagsterRunStatus):
            job_name = self._runs.order[note.run].job_name
            event = DagsterEvent(EVENT_TYPE_OF_STATUS[what], job_name, message=f"the simulated run is {what.value}")
        else:
            event = runless_event(what)
        run_id = "" if note.run == NO_RUN else run_id_of(note.run)
        return EventLogEntry(run_id, note.at, job_name=event.job_name or None, dagster_event=event)
