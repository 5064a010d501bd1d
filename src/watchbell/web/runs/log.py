"""A run's log, a part at a time, both ways: filtered, without the machinery's noise, around an entry."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.ground.masking import masked_text
from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry, at_of
from watchbell.record.log_store import LINES, LogSieve
from watchbell.record.log_text import STEPS_FAILED
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.web.errors import error_shape
from watchbell.web.shapes.run import EventShape, EventsPage
from watchbell.web.shapes.shape import STORED_ID_MAX
from watchbell.web.view import View

READ_AT_ONCE = 1_000
WINDOW = 40_000
"""Entries that the store sifts for one answer (count); a filter that finds less in them goes on from there."""
LOOKED_AT_MAX = 2_000
"""Entries that are looked at one by one for one answer (count)."""
MESSAGE_CHARS_MAX = 20_000
_T = DagsterEventType
NOISE = frozenset(
    {
        _T.ENGINE_EVENT, _T.STEP_WORKER_STARTING, _T.STEP_WORKER_STARTED, _T.RESOURCE_INIT_STARTED,
        _T.RESOURCE_INIT_SUCCESS, _T.LOGS_CAPTURED, _T.STEP_OUTPUT, _T.STEP_INPUT, _T.HANDLED_OUTPUT, _T.LOADED_INPUT,
        _T.OBJECT_STORE_OPERATION, _T.ASSET_STORE_OPERATION, _T.ASSET_MATERIALIZATION_PLANNED,
        _T.ASSET_CHECK_EVALUATION_PLANNED, _T.RUN_DEQUEUED, _T.RUN_STARTING, _T.HOOK_COMPLETED, _T.HOOK_SKIPPED,
    }
)  # fmt: skip
"""The kinds of event that tell of the machinery; as warnings or errors they are none."""
KINDS = {
    "logs": None,
    "steps": frozenset({
        _T.STEP_START, _T.STEP_SUCCESS, _T.STEP_FAILURE, _T.STEP_SKIPPED, _T.STEP_UP_FOR_RETRY, _T.STEP_RESTARTED,
    }),
    "assets": frozenset({
        _T.ASSET_MATERIALIZATION, _T.ASSET_OBSERVATION, _T.ASSET_CHECK_EVALUATION, _T.STEP_EXPECTATION_RESULT,
        _T.ASSET_MATERIALIZATION_PLANNED, _T.ASSET_CHECK_EVALUATION_PLANNED,
    }),
    "run": frozenset({
        _T.RUN_ENQUEUED, _T.RUN_DEQUEUED, _T.RUN_STARTING, _T.RUN_START, _T.RUN_SUCCESS, _T.RUN_FAILURE,
        _T.RUN_CANCELING, _T.RUN_CANCELED,
    }),
    "failures": frozenset({_T.STEP_FAILURE, _T.RUN_FAILURE, _T.RESOURCE_INIT_FAILURE, _T.HOOK_ERRORED}),
}  # fmt: skip
"""What can be chosen of a log; ``logs``: the lines of user code."""


@dataclass(frozen=True)
class LogAsked:
    """Which entries of a log.

    Args:
        after_id: after this entry; None with ``before_id`` None: from the beginning.
        before_id: before this one, the nearest.
        around_id: this one in the middle.
        from_end: the last ones.
        level: of this level or above (as in Python's logging).
        steps: of these steps; empty: of all.
        kinds: keys of ``KINDS``, any of them; empty: all.
        text: with this text, in small letters.
        with_noise: also what tells of the machinery.
        limit: most entries.
    """

    after_id: int | None = None
    before_id: int | None = None
    around_id: int | None = None
    from_end: bool = False
    level: int = 0
    steps: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()
    text: str = ""
    with_noise: bool = False
    limit: int = 500

    def fits(self, entry: EventLogEntry) -> bool:
        """Whether an entry is among those that are asked for, but for where it stands."""
        if entry.level < self.level or (self.steps and entry.step_key not in self.steps):
            return False
        kind = entry.dagster_event_type
        if self.kinds and not any(_is_of(kind, each) for each in self.kinds):
            return False
        if not self.with_noise and not self.kinds and is_noise(entry):
            return False
        return not self.text or self.text in entry.message.lower() or self.text in (entry.step_key or "").lower()

    def sieve(self) -> LogSieve | None:
        """The same for the store, roughly; None: everything fits."""
        kinds = None
        if self.kinds:
            types = [KINDS[each] for each in self.kinds]
            kinds = sorted({LINES} if None in types else ()) + sorted(
                each.value for some in types for each in some or ()
            )
        noise = [] if self.with_noise or self.kinds else sorted(each.value for each in NOISE)
        steps = sorted(self.steps) if self.steps else None
        sieve = LogSieve(kinds, noise, steps, self.level > logging.INFO, plain_part(self.text))
        return None if sieve == LogSieve() else sieve


def plain_part(text: str) -> str:
    """The longest part of a text that a database finds whatever its case, and that JSON writes as it is.

    Example:
        >>> plain_part('größe "total" of orders')
        ' of orders'
    """
    return max(_PLAIN.findall(text), key=len, default="")


_PLAIN = re.compile(r"[ !#-\[\]-~]+")


def _is_of(kind: DagsterEventType | None, name: str) -> bool:
    kinds = KINDS[name]
    return kind is None if kinds is None else kind in kinds


def is_noise(entry: EventLogEntry) -> bool:
    """Whether an entry tells of the machinery only."""
    return entry.dagster_event_type in NOISE and entry.level < logging.WARNING


def events_page(view: View, run: DagsterRun, asked: LogAsked) -> EventsPage:
    """The part of a log that is asked for."""
    newest = view.store.last_event_id()  # before the log is read: what comes meanwhile is asked for again
    if asked.around_id is not None:
        half = max(1, asked.limit // 2)
        itself = view.store.events(EventQuery(run_id=run.run_id, storage_ids=[asked.around_id]))
        older = read_entries(view, run, replace(asked, before_id=asked.around_id, limit=half), is_back=True)
        rest = replace(asked, after_id=asked.around_id, limit=max(1, half - 1))
        newer = read_entries(view, run, rest, is_back=False)
        return _page(view, run, [*older.found[::-1], *itself, *newer.found], older, newer, newest)
    if asked.from_end or asked.before_id is not None:
        older = read_entries(view, run, asked, is_back=True)
        last = (asked.before_id or newest + 1) - 1
        newer = Reading([], asked.before_id is not None, last)
        return _page(view, run, older.found[::-1], older, newer, newest)
    newer = read_entries(view, run, asked, is_back=False)
    older = Reading([], bool(asked.after_id), (asked.after_id or 0) + 1)
    return _page(view, run, newer.found, older, newer, newest)


@dataclass(frozen=True)
class Reading:
    """Entries in the order of reading, whether there are more that way, and the last that was looked at."""

    found: list[EventLogEntry]
    has_more: bool
    last_id: int | None
    stopped_at: datetime | None = None


def _page(
    view: View, run: DagsterRun, entries: Sequence[EventLogEntry], older: Reading, newer: Reading, newest: int
) -> EventsPage:
    return EventsPage(
        items=[event_shape(each) for each in entries],
        has_older=older.has_more,
        has_newer=newer.has_more,
        is_over=run.is_finished,
        first_id=older.last_id or 0,
        last_id=newest if newer.last_id is None else newer.last_id,
        looked_to_at=older.stopped_at or newer.stopped_at,
        at=view.now(),
    )


def read_entries(view: View, run: DagsterRun, asked: LogAsked, *, is_back: bool) -> Reading:
    """Reads on from a place until there is enough, the log ends, or this took enough of the server's time."""
    found: list[EventLogEntry] = []
    sieve, store = asked.sieve(), view.store
    place = (asked.before_id or STORED_ID_MAX) if is_back else (asked.after_id or 0)
    end = None if sieve is None else store.log_place(run.run_id, place, WINDOW, is_back=is_back)
    looked_at, at_once = 0, asked.limit + 1
    while True:
        beyond = None if end is None else end[0] - 1 if is_back else end[0] + 1
        after_id, before_id = (beyond, place) if is_back else (place, beyond)
        query = EventQuery(run_id=run.run_id, after_id=after_id, before_id=before_id, sieve=sieve)
        entries = store.events(replace(query, newest_first=is_back, limit=at_once))
        for entry in entries:
            if asked.fits(entry):
                if len(found) == asked.limit:
                    return Reading(found, True, place)
                found.append(entry)
            place = entry.storage_id or place
        looked_at += len(entries)
        if len(entries) < at_once:
            return Reading(found, end is not None, *(end or (None,)))
        if looked_at >= LOOKED_AT_MAX:
            return Reading(found, True, place, at_of(entries[-1].timestamp))
        at_once = READ_AT_ONCE


def event_shape(entry: EventLogEntry) -> EventShape:
    """A log entry as the API tells it."""
    event = entry.dagster_event
    data = event.event_specific_data if event else None
    error = getattr(data, "error", entry.error_info)
    if getattr(data, "failure_reason", None) == STEPS_FAILED:
        error = None  # the steps' own entries show theirs
    key = None if event is None else event.asset_key
    return EventShape(
        id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        kind=event.event_type.name if event else "",
        step=entry.step_key,
        level=entry.level,
        message=masked_text(entry.message[:MESSAGE_CHARS_MAX]),
        asset=None if key is None else key.to_user_string(),
        error=None if error is None else error_shape(error, with_files=False),
        is_noise=is_noise(entry),
    )
