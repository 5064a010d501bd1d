"""The loop that executes failed runs again.

It reads failures in the order of the log and keeps its place there in the store; a new run, the mark on its parent and
the new place are one transaction. So a failure is dealt with once, whatever dies when, also while no service runs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from watchbell.automate.retry_rules import retry_of
from watchbell.record.event import DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.query import EventQuery
from watchbell.record.run import STOP_REASON_TAG, DagsterRun
from watchbell.services.queue import RunOver
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

SAFETY_SECONDS = 10.0
"""So often it is looked for failures that nobody told of."""
READ_MAX = 500
_FAILURES = frozenset({DagsterEventType.RUN_FAILURE})
_STOPS = frozenset({DagsterEventType.RUN_CANCELING})


class RetriesLoop:
    """Executes failed runs again, as their tags and the settings say.

    Args:
        desk: what to work with.
    """

    name = "retries"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._has_news = True
        self._looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        if any(isinstance(message, RunOver) for message in messages):
            self._has_news = True
        before = self._looked_at
        if before is None or not 0 <= (now - before).total_seconds() < SAFETY_SECONDS:
            self._has_news = True
        if self._has_news:
            has_more = self._look(now)
            self._has_news, self._looked_at = has_more, now
            if has_more:
                return now
        return now + timedelta(seconds=SAFETY_SECONDS)

    def _look(self, now: datetime) -> bool:
        """Deals with the failures there are; whether there may be more."""
        store = self._desk.store
        seen = store.retries_seen()
        if seen is None:  # the first service of this home: what failed before it is none of its business
            store.commit_retries(None, store.last_event_id(), [], self._desk.lease(), now)
            return True
        failures = store.events(EventQuery(types=_FAILURES, after_id=seen, limit=READ_MAX))
        if not failures:
            return False
        last = failures[-1].storage_id
        assert last is not None
        retries = [retry for entry in failures if (retry := self._retry(entry)) is not None]
        stored = store.commit_retries(seen, last, retries, self._desk.lease(), now)
        for retry in stored or ():
            log.info("run %s failed and is executed again as run %s", retry.parent_run_id, retry.run_id)
        return stored is None or len(failures) == READ_MAX

    def _retry(self, entry: EventLogEntry) -> DagsterRun | None:
        record = self._desk.store.run_record(entry.run_id)
        if record is None:
            return None
        event = entry.get_dagster_event()
        data = event.event_specific_data
        reason = data.failure_reason if isinstance(data, JobFailureData) else None
        answer = retry_of(record.dagster_run, reason, self._desk.settings, self._desk.new_id())
        if answer.mistake:
            log.warning("run %s is not executed again: %s", entry.run_id, answer.mistake)
        if answer.run is not None and self._was_unwanted(record.dagster_run):
            log.info("run %s failed while it was being stopped and is not executed again", entry.run_id)
            return None
        return answer.run

    def _was_unwanted(self, run: DagsterRun) -> bool:
        """Whether a person, or a later time of its schedule, asked the run to stop: it failed at that, no more."""
        if STOP_REASON_TAG in run.tags:  # a rule had it stopped, and that is a failure like others
            return False
        return bool(self._desk.store.events(EventQuery(run_id=run.run_id, types=_STOPS, limit=1)))
