"""A run's log with what it printed among its events: two rows, each in its own order, merged by time.

Events stay in the order of their numbers, lines in the order in which they were printed. A place in the log is a pair,
how far either has come; so a part of the log, whichever way it is read, holds each entry once, even where clocks of
processes differ by a little. What was printed at the very time of an event stands before it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from watchbell.ground.value import dataclass
from watchbell.record.event import EventLogEntry
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.web.problem import Problem
from watchbell.web.runs.log import LogAsked, Reading, event_shape, read_entries
from watchbell.web.runs.output import folder_of
from watchbell.web.runs.printed import STREAMS, Chunks, chunks_of
from watchbell.web.runs.printed_lines import NO_LINES, Line, LinesRead, Wanted, lines_after, lines_before
from watchbell.web.shapes.run import LogEntry, LogPage
from watchbell.web.view import View

EVENTS = "events"
_PLACE = re.compile(r"(\d{1,18})\.(\d{1,15})\.(\d{1,18})")
_PRINTED = re.compile(r"o(\d{1,15})\.(\d{1,18})")
_AT_ONCE = 1_000


class LogPlace(NamedTuple):
    """A place in the log: what of both rows lies before it.

    Args:
        event_id: events up to this one.
        chunk: lines of chunks before this one …
        end: … and those of it that end up to here in its file.
    """

    event_id: int
    chunk: int
    end: int

    def text(self) -> str:
        """The place as the API tells it."""
        return f"{self.event_id}.{self.chunk}.{self.end}"

    @classmethod
    def of(cls, text: str) -> LogPlace:
        """The same read.

        Raises:
            Problem: 422, this server gave out no such place.
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            raise Problem(422, "invalid-request", f"{text[:100]!r} is no place in a log that this server gave out")
        return cls(*(int(each) for each in found.groups()))


START = LogPlace(0, 0, 0)


@dataclass(frozen=True)
class WholeLog:
    """The log of a run, as far as a filter lets it through.

    Args:
        view: what may be looked at.
        run: the run.
        chunks: what it printed; None: there are no times of that.
        events: which events; None: none.
        lines: which lines; None: none.
        limit: most entries of a part.
    """

    view: View
    run: DagsterRun
    chunks: Chunks | None
    events: LogAsked | None
    lines: Wanted | None
    limit: int

    def end(self) -> LogPlace:
        """The place after all there is now."""
        return LogPlace(self.view.store.last_event_id(), 0 if self.chunks is None else len(self.chunks), 0)

    def events_from(self, place: LogPlace, *, is_back: bool, limit: int) -> Reading:
        """Events after (before) a place."""
        if self.events is None:
            return Reading([], False, None)
        asked = replace(self.events, limit=limit, after_id=None, before_id=None)
        there = replace(asked, before_id=place.event_id + 1) if is_back else replace(asked, after_id=place.event_id)
        return read_entries(self.view, self.run, there, is_back=is_back)

    def lines_from(self, place: LogPlace, *, is_back: bool, limit: int) -> LinesRead:
        """Lines after (before) a place."""
        if self.lines is None or self.chunks is None:
            return replace(NO_LINES, place=(place.chunk, place.end))
        read = lines_before if is_back else lines_after
        return read(self.chunks, (place.chunk, place.end), self.lines, limit)


def whole_log(view: View, run: DagsterRun, asked: LogAsked, sources: frozenset[str], limit: int) -> WholeLog:
    """The log of a run.

    Args:
        view: what may be looked at.
        run: the run.
        asked: the filter. Lines that were printed have neither level nor kind: who asks for one gets events only.
        sources: ``"events"``, ``"stdout"``, ``"stderr"``; empty: all.
        limit: most entries of a part.
    """
    chunks = chunks_of(folder_of(view.instance.home, run.run_id), is_over=run.is_finished)
    streams = frozenset(each for each in STREAMS if not sources or each in sources)
    lines = None if asked.level > 0 or asked.kinds or not streams else Wanted(streams, asked.steps, asked.text)
    return WholeLog(view, run, chunks, asked if not sources or EVENTS in sources else None, lines, limit)


# -------------------------------------------------------------------- parts


@dataclass(frozen=True)
class LogPart:
    """A part of the log in its order.

    Args:
        entries: what it holds.
        beyond: the place where reading stopped.
        has_more: whether there is more that way.
        looked_to_at: how far was looked, where the filter let little through.
    """

    entries: list[EventLogEntry | Line]
    beyond: LogPlace
    has_more: bool
    looked_to_at: datetime | None


def newer_part(log: WholeLog, place: LogPlace, limit: int) -> LogPart:
    """What comes after a place."""
    newest = log.view.store.last_event_id()  # before the log is read: what comes meanwhile is asked for again
    events = log.events_from(place, is_back=False, limit=limit)
    lines = log.lines_from(place, is_back=False, limit=limit)
    known_to = _known_to(events)
    found: list[EventLogEntry | Line] = []
    taken, printed = 0, 0
    while len(found) < limit:
        event = events.found[taken] if taken < len(events.found) else None
        line = lines.lines[printed] if printed < len(lines.lines) else None
        if line is not None and (event is None or line.at <= event.timestamp):
            if event is None and known_to is not None and line.at > known_to:
                break  # events that were not looked at may come first
            found.append(line)
            printed += 1
        elif event is not None:
            if line is None and lines.looked_to_at is not None and event.timestamp >= lines.looked_to_at:
                break
            found.append(event)
            taken += 1
        else:
            break
    is_all = taken == len(events.found) and printed == len(lines.lines)
    if taken < len(events.found):
        event_id = place.event_id if taken == 0 else _id(events.found[taken - 1])
    else:
        last = _id(events.found[-1]) if events.found else place.event_id
        event_id = max(newest, last) if not events.has_more or events.last_id is None else events.last_id
    beyond = LogPlace(event_id, *_line_place(place, lines, printed, 0))
    return LogPart(found, beyond, not is_all or events.has_more or lines.has_more, _looked_to(events, lines, min))


def older_part(log: WholeLog, place: LogPlace, limit: int) -> LogPart:
    """What comes before a place; in its order too."""
    events = log.events_from(place, is_back=True, limit=limit)
    lines = log.lines_from(place, is_back=True, limit=limit)
    known_to = _known_to(events)
    found: list[EventLogEntry | Line] = []
    taken, printed = 0, 0
    while len(found) < limit:
        event = events.found[taken] if taken < len(events.found) else None
        line = lines.lines[printed] if printed < len(lines.lines) else None
        if event is not None and (line is None or event.timestamp >= line.at):
            if line is None and lines.looked_to_at is not None and event.timestamp < lines.looked_to_at:
                break
            found.append(event)
            taken += 1
        elif line is not None:
            if event is None and known_to is not None and line.at <= known_to:
                break
            found.append(line)
            printed += 1
        else:
            break
    is_all = taken == len(events.found) and printed == len(lines.lines)
    if taken < len(events.found):
        event_id = place.event_id if taken == 0 else _id(events.found[taken - 1]) - 1
    else:
        event_id = (events.last_id or 1) - 1 if events.has_more else 0
    beyond = LogPlace(event_id, *_line_place(place, lines, printed, 1))
    return LogPart(found[::-1], beyond, not is_all or events.has_more or lines.has_more, _looked_to(events, lines, max))


def _id(entry: EventLogEntry) -> int:
    return entry.storage_id or 0


def _known_to(events: Reading) -> float | None:
    """The time up to which all events were looked at, where there are more."""
    if not events.has_more:
        return None
    if events.stopped_at is not None:
        return events.stopped_at.timestamp()
    return events.found[-1].timestamp if events.found else None


def _line_place(place: LogPlace, lines: LinesRead, printed: int, back: int) -> tuple[int, int]:
    if printed == len(lines.lines):
        return lines.place
    if printed == 0:
        return place.chunk, place.end
    last = lines.lines[printed - 1]
    return last.chunk, last.end - back


def _looked_to(events: Reading, lines: LinesRead, nearer: Callable[[list[datetime]], datetime]) -> datetime | None:
    found = [each for each in (events.stopped_at, _stopped(lines)) if each is not None]
    return nearer(found) if found else None


def _stopped(lines: LinesRead) -> datetime | None:
    """Where a filter let so little through that reading stopped by itself."""
    return None if lines.looked_to_at is None or len(lines.lines) > 0 else _moment(lines.looked_to_at)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# -------------------------------------------------------------------- pages


@dataclass(frozen=True)
class PageAsked:
    """Which part: at most one of these; none: the beginning.

    Args:
        after: what comes after this place.
        before: what comes before it.
        around: this entry in the middle.
        from_end: the last ones.
    """

    after: LogPlace | None = None
    before: LogPlace | None = None
    around: str | None = None
    from_end: bool = False


def log_page(log: WholeLog, asked: PageAsked) -> LogPage:
    """The part of a log that is asked for."""
    limit = log.limit
    if asked.around is not None:
        before, itself, after = _around(log, asked.around)
        older = older_part(log, before, max(1, limit // 2))
        newer = newer_part(log, after, max(1, limit // 2 - 1))
        return _page(log, [*older.entries, *itself, *newer.entries], older, newer)
    if asked.from_end or asked.before is not None:
        end = asked.before or log.end()
        older = older_part(log, end, limit)
        return _page(log, older.entries, older, LogPart([], end, asked.before is not None, None))
    start = asked.after or START
    newer = newer_part(log, start, limit)
    return _page(log, newer.entries, LogPart([], start, asked.after is not None, None), newer)


def _around(log: WholeLog, name: str) -> tuple[LogPlace, list[EventLogEntry | Line], LogPlace]:
    """The place before an entry, the entry, whatever the filter says of it, and the place after it."""
    printed = _PRINTED.fullmatch(name)
    store, run_id = log.view.store, log.run.run_id
    if printed is not None:
        number, end = (int(each) for each in printed.groups())
        if log.chunks is None or number >= len(log.chunks):
            return log.end(), [], log.end()
        found = lines_after(log.chunks, (number, max(0, end - 1)), Wanted(frozenset(STREAMS)), 1)
        before = store.events(
            EventQuery(run_id=run_id, before_at=_moment(log.chunks[number].at), newest_first=True, limit=1)
        )
        event_id = _id(before[0]) if before else 0
        itself: list[EventLogEntry | Line] = [each for each in found.lines if (each.chunk, each.end) == (number, end)]
        return LogPlace(event_id, number, max(0, end - 1)), itself, LogPlace(event_id, number, end)
    if not name.isascii() or not name.isdigit() or len(name) > 18:
        raise Problem(422, "invalid-request", f"{name[:100]!r} is no entry of a log")
    number = int(name)
    entries = store.events(EventQuery(run_id=run_id, storage_ids=[number]))
    chunk = log.chunks.first_after(entries[0].timestamp) if log.chunks is not None and entries else 0
    return LogPlace(number - 1, chunk, 0), list(entries), LogPlace(number, chunk, 0)


def _page(log: WholeLog, entries: list[EventLogEntry | Line], older: LogPart, newer: LogPart) -> LogPage:
    return LogPage(
        items=[entry_shape(each) for each in entries],
        older=older.beyond.text(),
        newer=newer.beyond.text(),
        has_older=older.has_more,
        has_newer=newer.has_more,
        has_printed=log.chunks is not None,
        is_over=log.run.is_finished,
        looked_to_at=older.looked_to_at or newer.looked_to_at,
        at=log.view.now(),
    )


def entry_shape(entry: EventLogEntry | Line) -> LogEntry:
    """An entry of the log as the API tells it."""
    if isinstance(entry, EventLogEntry):
        told = event_shape(entry)
        return LogEntry(source="events", **{**told.model_dump(), "id": str(told.id)})
    stream: Literal["stdout", "stderr"] = "stdout" if entry.stream == "stdout" else "stderr"
    return LogEntry(
        id=f"o{entry.chunk}.{entry.end}",
        at=_moment(entry.at),
        source=stream,
        kind="",
        step=entry.step or None,
        level=0,
        message=entry.text,
        asset=None,
        error=None,
        is_noise=False,
    )


def log_text(view: View, run: DagsterRun) -> Iterator[str]:
    """The whole log as lines of text, for a file."""
    log = whole_log(view, run, LogAsked(with_noise=True), frozenset(), _AT_ONCE)
    place, has_more = START, True
    while has_more:
        part = newer_part(log, place, _AT_ONCE)
        place, has_more = part.beyond, part.has_more
        for entry in part.entries:
            told = entry_shape(entry)
            what = told.kind or (told.source if isinstance(entry, Line) else logging.getLevelName(told.level))
            step = f" {told.step}:" if told.step else ""
            yield f"{told.at.isoformat(timespec='milliseconds')} {what}{step} {told.message}\n"
            if told.error is not None:
                yield f"{told.error.text}\n"
