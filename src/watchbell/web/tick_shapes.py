"""Ticks as the API tells them, and equal ones told as one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from watchbell.ground.masking import masked_text
from watchbell.record.event import at_of
from watchbell.record.log_text import made_for, target_of
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind, Tick, TickStatus
from watchbell.record.tick_effects import effect_texts
from watchbell.record.tick_store import TickOf
from watchbell.web.errors import error_line, error_shape
from watchbell.web.shapes.ticks import DroppedKey, TickDetail, TickFold, TickLine, TickRow, TickRun

NAMED_MAX = 100
"""Runs, run keys and events of a tick that are told one by one (count)."""
LINES_MAX = 2_000
TEXT_CHARS_MAX = 2_000
FOLDED = (TickStatus.FAILURE, TickStatus.SKIPPED, TickStatus.MISSED)
"""Ticks that started runs are never told as one."""


def tick_row(key: AutomationKey, tick: Tick) -> TickRow:
    """A tick in a list."""
    dropped = [DroppedKey(run_key=key, run_id=run_id) for key, run_id in tick.key_holders.items()]
    error = None if tick.error is None else error_line(tick.error)
    return TickRow(
        tick_id=tick.tick_id or 0,
        kind="schedule" if key.kind is AutomationKind.SCHEDULE else "sensor",
        location=key.location_name,
        name=key.name,
        at=tick.tick_at,
        status=tick.status,
        started_at=tick.started_at,
        ended_at=tick.ended_at,
        run_ids=list(tick.run_ids[:NAMED_MAX]),
        run_count=len(tick.run_ids),
        dropped=dropped[:NAMED_MAX],
        dropped_count=len(dropped),
        skip_reason=None if tick.skip_reason is None else masked_text(tick.skip_reason[:TEXT_CHARS_MAX]),
        error=None if error is None else error[:TEXT_CHARS_MAX],
        line_count=len(tick.log),
        attempt=tick.attempt,
        earlier=None if tick.earlier is None else masked_text(tick.earlier[:TEXT_CHARS_MAX]),
    )


def tick_detail(found: TickOf, runs: dict[str, DagsterRun], newer_id: int | None, older_id: int | None) -> TickDetail:
    """One tick.

    Args:
        found: the tick, and whose it is.
        runs: the runs it caused that are still there, by id.
        newer_id: number of the tick after it.
        older_id: number of the one before it.
    """
    tick = found.tick
    return TickDetail(
        row=tick_row(found.key, tick),
        runs=[_run(tick, number, runs.get(run_id)) for number, run_id in enumerate(tick.run_ids[:NAMED_MAX])],
        error=None if tick.error is None else error_shape(tick.error),
        log=[
            TickLine(
                at=at_of(line.timestamp), level=logging.getLevelName(line.level), message=masked_text(line.message)
            )
            for line in tick.log[:LINES_MAX]
        ],
        cursor_before=tick.cursor_before,
        cursor_after=tick.cursor,
        event_ids=list(tick.event_ids[:NAMED_MAX]),
        event_count=len(tick.event_ids),
        effects=effect_texts(tick.effects),
        newer_id=newer_id,
        older_id=older_id,
    )


def _run(tick: Tick, number: int, run: DagsterRun | None) -> TickRun:
    """A run of a tick. Run keys are told in the order of the runs, where each has one."""
    has_keys = len(tick.run_keys) == len(tick.run_ids)
    return TickRun(
        run_id=tick.run_ids[number],
        run_key=tick.run_keys[number] if has_keys else None,
        job=None if run is None else target_of(run),
        status=None if run is None else run.status,
        made_for="" if run is None else made_for(run),
    )


def folded(found: Sequence[TickOf], most: int, *, is_cut: bool) -> list[TickFold]:
    """Ticks of one after the other that ended in the same way as one; the newest first, as they are given.

    Args:
        found: the ticks, the newest first.
        most: folds that are told (count).
        is_cut: whether there are more ticks than these.
    """
    folds: list[list[TickOf]] = []
    for each in found:
        if folds and _likeness(folds[-1][-1]) == _likeness(each) is not None:
            folds[-1].append(each)
        elif len(folds) == most:
            is_cut = False  # the last fold ends here
            break
        else:
            folds.append([each])
    told = []
    for place, members in enumerate(folds, 1):
        oldest = members[-1].tick
        told.append(
            TickFold(
                tick=tick_row(members[0].key, members[0].tick),
                count=len(members),
                is_more=is_cut and place == len(folds) and _likeness(members[0]) is not None,
                oldest_id=oldest.tick_id or 0,
                oldest_at=oldest.tick_at,
            )
        )
    return told


def _likeness(found: TickOf) -> tuple[AutomationKey, TickStatus, str] | None:
    """What ticks that are told as one have in common; None: this one is told by itself."""
    tick = found.tick
    if tick.status not in FOLDED or tick.run_ids or tick.effects is not None or tick.attempt > 1:
        return None
    if tick.error is not None:
        return found.key, tick.status, f"{tick.error.root.cls_name} {tick.error.root.message}"
    return found.key, tick.status, tick.skip_reason or ""
