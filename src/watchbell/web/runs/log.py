"""A run's log, a part at a time, both ways: filtered, without the machinery's noise, around an entry."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from watchbell.ground.masking import masked_text
from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry, at_of
from watchbell.record.log_text import STEPS_FAILED
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.web.errors import error_shape
from watchbell.web.shapes.run import EventShape, EventsPage
from watchbell.web.view import View

READ_AT_ONCE = 2_000
LOOKED_AT_MAX = 20_000
"""Entries that are looked at for one answer (count); a filter that finds less in them goes on from there."""
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


def _is_of(kind: DagsterEventType | None, name: str) -> bool:
    kinds = KINDS[name]
    return kind is None if kinds is None else kind in kinds


def is_noise(entry: EventLogEntry) -> bool:
    """Whether an entry tells of the machinery only."""
    return entry.dagster_event_type in NOISE and entry.level < logging.WARNING


def events_page(view: View, run: DagsterRun, asked: LogAsked) -> EventsPage:
    """The part of a log that is asked for."""
    if asked.around_id is not None:
        half = max(1, asked.limit // 2)
        older, has_older, _ = _read(view, run, replace(asked, before_id=asked.around_id, limit=half), is_back=True)
        newer, has_newer, last_id = _read(
            view, run, replace(asked, after_id=asked.around_id - 1, limit=half), is_back=False, always=asked.around_id
        )
        return _page(view, run, older[::-1] + newer, has_older, has_newer, last_id)
    if asked.from_end or asked.before_id is not None:
        found, has_older, last_id = _read(view, run, asked, is_back=True)
        has_newer = asked.before_id is not None
        return _page(view, run, found[::-1], has_older, has_newer, last_id)
    found, has_newer, last_id = _read(view, run, asked, is_back=False)
    return _page(view, run, found, bool(asked.after_id), has_newer, last_id)


def _page(
    view: View, run: DagsterRun, entries: Sequence[EventLogEntry], has_older: bool, has_newer: bool, last_id: int
) -> EventsPage:
    return EventsPage(
        items=[event_shape(each) for each in entries],
        has_older=has_older,
        has_newer=has_newer,
        is_over=run.is_finished,
        last_id=last_id,
        at=view.now(),
    )


def _read(
    view: View, run: DagsterRun, asked: LogAsked, *, is_back: bool, always: int | None = None
) -> tuple[list[EventLogEntry], bool, int]:
    """Entries in the order of reading; whether there are more that way; the newest id that was looked at."""
    found: list[EventLogEntry] = []
    after_id, before_id, looked_at, newest = asked.after_id, asked.before_id, 0, asked.after_id or 0
    while True:
        at_once = min(READ_AT_ONCE, max(asked.limit - len(found) + 1, 200))
        entries = view.store.events(
            EventQuery(
                run_id=run.run_id,
                after_id=None if is_back else after_id,
                before_id=before_id if is_back else None,
                newest_first=is_back,
                limit=at_once,
            )
        )
        for entry in entries:
            number = entry.storage_id or 0
            if asked.fits(entry) or number == always:
                if len(found) == asked.limit:
                    return found, True, newest
                found.append(entry)
            newest = max(newest, number)
            after_id = before_id = number
        looked_at += len(entries)
        if len(entries) < at_once:
            return found, False, newest
        if looked_at >= LOOKED_AT_MAX and (found or not is_back):
            return found, True, newest


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


def log_text(read: Callable[[EventQuery], Sequence[EventLogEntry]], run_id: str) -> Iterator[str]:
    """The whole log as lines of text, for a file."""
    after_id = 0
    while True:
        entries = read(EventQuery(run_id=run_id, after_id=after_id, limit=READ_AT_ONCE))
        for entry in entries:
            kind = entry.dagster_event.event_type.name if entry.dagster_event else logging.getLevelName(entry.level)
            at = at_of(entry.timestamp).isoformat(timespec="milliseconds")
            step = f" {entry.step_key}:" if entry.step_key else ""
            yield f"{at} {kind}{step} {masked_text(entry.message)}\n"
            event = event_shape(entry)
            if event.error is not None:
                yield f"{event.error.text}\n"
            after_id = entry.storage_id or after_id
        if len(entries) < READ_AT_ONCE:
            return
