"""What was done by schedules and sensors, read back: ticks by number, by time, of one automation or of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from watchbell.ground.wire import loads
from watchbell.record.tick import AutomationKey, AutomationKind, Tick, TickStatus
from watchbell.record.tick_store import TickMark, TickOf
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces

Condition = tuple[str, Params]


def of_automation(
    session: Session,
    key: AutomationKey,
    *,
    limit: int | None,
    before_id: int | None,
    after_id: int | None,
    statuses: Sequence[TickStatus] | None,
) -> list[Tick]:
    """Ticks of an automation, newest first."""
    wanted: list[Condition] = [("tick_automation_is", {"automation": key.id}), *_between(before_id, after_id)]
    if statuses is not None:
        wanted.append(("tick_status_in", {"statuses": [each.value for each in statuses]}))
    return [_tick(row) for row in session.select(_newest_first(wanted, limit))]


def one(session: Session, tick_id: int) -> TickOf | None:
    """The tick of this number, None if there is none."""
    row = session.row("tick", tick=tick_id)
    return None if row is None else TickOf(_owner(session, row[2]), _tick(row))


def of_all(
    session: Session,
    *,
    limit: int,
    before_id: int | None,
    after_id: int | None,
    only_failed: bool,
    location_name: str | None,
) -> list[TickOf]:
    """Ticks of all automations (of one location), newest first."""
    wanted = _between(before_id, after_id)
    if only_failed:
        wanted.append(("tick_failed", {}))
    if location_name is not None:
        wanted.append(("tick_location_is", {"location": location_name}))
    found = session.select(_newest_first(wanted, limit))
    owners = {automation_id: _owner(session, automation_id) for automation_id in {row[2] for row in found}}
    return [TickOf(owners[row[2]], _tick(row)) for row in found]


def newest(session: Session) -> dict[str, TickMark]:
    """The newest tick of each automation that has one, by the automation's id."""
    return {row[0]: _mark(row) for row in session.rows("newest_ticks")}


def strips(session: Session, keys: Sequence[AutomationKey], count: int) -> dict[AutomationKey, list[TickMark]]:
    """The last ``count`` ticks of automations, the oldest of them first."""
    by_id = {key.id: key for key in keys}
    found: dict[AutomationKey, list[TickMark]] = {key: [] for key in keys}
    for row in session.run_in("tick_strips", "automations", list(by_id), count=count):
        found[by_id[row[0]]].append(_mark(row))
    for marks in found.values():
        marks.sort(key=lambda mark: mark.tick_id)
    return found


def runs_caused(session: Session, keys: Sequence[AutomationKey], since: datetime) -> dict[AutomationKey, int]:
    """How many runs automations caused by ticks that ended at ``since`` or later."""
    by_id = {key.id: key for key in keys}
    rows = session.run_in("runs_caused", "automations", list(by_id), since=since.timestamp())
    return {by_id[automation_id]: count for automation_id, count in rows}


def numbered(session: Session, tick_ids: Sequence[int]) -> dict[int, Tick]:
    """Ticks by their numbers."""
    return {row[0]: _tick(row) for row in session.run_in("ticks_numbered", "tick_ids", tick_ids)}


def after(session: Session, key: AutomationKey, tick_id: int) -> int | None:
    """Number of the automation's first tick after this one."""
    row = session.row("tick_after", automation=key.id, tick=tick_id)
    found: int | None = None if row is None else row[0]
    return found


def _mark(row: Row) -> TickMark:
    _, tick_id, status, ended, run_count = row
    return TickMark(tick_id, TickStatus(status), datetime.fromtimestamp(ended, UTC), run_count)


def last_id(session: Session) -> int:
    """Number of the newest tick; 0 if there never was one."""
    return session.last_number("ticks")


def first_id_since(session: Session, moment: datetime) -> int:
    """Number of the first tick that ended at ``moment`` or after it; one more than the last if there is none."""
    low, high = 1, session.last_number("ticks") + 1
    while low < high:
        middle = (low + high) // 2
        tick = _first_from(session, middle, high)
        if tick is None or tick.ended_at >= moment:
            high = middle
        else:
            low = (tick.tick_id or middle) + 1
    return low


def _first_from(session: Session, tick_id: int, below: int) -> Tick | None:
    """The first tick of [``tick_id``, ``below``): numbers of deleted ticks leave gaps."""
    pieces = Pieces("select_ticks", _between(below, tick_id - 1), "tick_id_order", limit=1)
    return next((_tick(row) for row in session.select(pieces)), None)


def _between(before_id: int | None, after_id: int | None) -> list[Condition]:
    wanted: list[Condition] = []
    if before_id is not None:
        wanted.append(("tick_before_id", {"before_id": before_id}))
    if after_id is not None:
        wanted.append(("tick_after_id", {"after_id": after_id}))
    return wanted


def _newest_first(conditions: Sequence[Condition], limit: int | None) -> Pieces:
    return Pieces("select_ticks", conditions, "tick_id_order", descending=True, limit=limit)


def _tick(row: Row) -> Tick:
    tick: Tick = loads(row[1])
    return replace(tick, tick_id=row[0])


def _owner(session: Session, automation_id: str) -> AutomationKey:
    row = session.row("automation", automation=automation_id)
    assert row is not None, automation_id  # a tick is stored together with the state of its automation
    _, location, kind, name, *_ = row
    return AutomationKey(location, AutomationKind(kind), name)
