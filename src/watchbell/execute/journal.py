"""The journal of a run: each thing that happens, said in words and passed on at once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from watchbell.execute.output_times import OutputTimes
from watchbell.ground.clock import Clock
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventData, EventLogEntry

DEBUG = logging.DEBUG
ERROR = logging.ERROR


class Journal:
    """Turns what happens in one run into log entries.

    Args:
        run_id: the run.
        job_name: its job.
        clock: gives each entry its time.
        write: takes each entry, in order.
        kept: takes each event too, for a result in the same process; None: events are not kept.

    ``output`` is told before anything of this process is written, so that what was printed before stands before it.
    """

    __slots__ = ("clock", "job_name", "kept", "output", "run_id", "write")

    def __init__(
        self,
        run_id: str,
        job_name: str,
        clock: Clock,
        write: Callable[[EventLogEntry], None],
        kept: list[DagsterEvent] | None = None,
    ) -> None:
        self.run_id = run_id
        self.job_name = job_name
        self.clock = clock
        self.write = write
        self.kept = kept
        self.output: OutputTimes | None = None

    def event(
        self,
        kind: DagsterEventType,
        message: str,
        step_key: str | None = None,
        data: EventData | None = None,
        level: int = DEBUG,
    ) -> DagsterEvent:
        """Something happened."""
        if self.output is not None:
            self.output.before_event(step_key)
        timestamp = self.clock.now().timestamp()
        event = DagsterEvent(kind, self.job_name, step_key, message, data, timestamp)
        if self.kept is not None:
            self.kept.append(event)
        self.write(EventLogEntry(self.run_id, timestamp, level, message, step_key, self.job_name, event))
        return event

    def planned(self, kind: DagsterEventType, message: str, step_key: str, data: EventData) -> DagsterEvent:
        """Something is intended: stored like every event, but no part of what happened."""
        timestamp = self.clock.now().timestamp()
        event = DagsterEvent(kind, self.job_name, step_key, message, data, timestamp)
        self.write(EventLogEntry(self.run_id, timestamp, DEBUG, message, step_key, self.job_name, event))
        return event

    def log(self, level: int, text: str, step_key: str | None, error: SerializableErrorInfo | None = None) -> None:
        """User code logged a line."""
        if self.output is not None:
            self.output.before_event(step_key)
        timestamp = self.clock.now().timestamp()
        self.write(EventLogEntry(self.run_id, timestamp, level, text, step_key, self.job_name, None, error))

    def relay(self, entry: EventLogEntry) -> None:
        """An entry that another process of this run made, its time and words its own."""
        event = entry.dagster_event
        if self.kept is not None and event is not None:
            self.kept.append(event)
        self.write(entry)
