"""The statements about what changed since a moment."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.record.change_store import CHANGES_MAX
from watchbell.store.query_words import ONE, p, text_of
from watchbell.store.schema import automations, backfills, condition_evaluations, counters, events, pool_claims, runs
from watchbell.store.schema import ticks as tick_table

_MOST: ColumnElement[int] = literal_column(str(CHANGES_MAX + 1))
_NONE: ColumnElement[int] = literal_column("0")
_OPEN = [text_of(each) for each in ("IN_PROGRESS", "PAUSED", "CANCELING")]


def about_changes() -> Mapping[str, ClauseElement]:
    """What came after a number; and what has none, as it is."""
    number, claims = tick_table.c.id, pool_claims.c
    return {
        "counters": select(counters.c.name, counters.c.value),
        "event_marks": select(events.c.run_id, events.c.type, events.c.asset_key)
        .where(events.c.id > p("after_id"), events.c.id <= p("until_id"))
        .order_by(events.c.id)
        .limit(_MOST)
        .offset(_NONE),
        "tick_marks": select(
            number, automations.c.location_name, automations.c.kind, automations.c.name, tick_table.c.status
        )
        .join(automations, automations.c.id == tick_table.c.automation_id)
        .where(number > p("after_id"), number <= p("until_id"))
        .order_by(number)
        .limit(_MOST)
        .offset(_NONE),
        "run_marks": select(runs.c.run_id)
        .where(runs.c.id > p("after_id"), runs.c.id <= p("until_id"))
        .order_by(runs.c.id)
        .limit(_MOST)
        .offset(_NONE),
        "evaluation_marks": select(condition_evaluations.c.entity)
        .where(condition_evaluations.c.id > p("after_id"), condition_evaluations.c.id <= p("until_id"))
        .order_by(condition_evaluations.c.id)
        .limit(_MOST)
        .offset(_NONE),
        "open_backfill_versions": select(backfills.c.backfill_id, backfills.c.version).where(
            backfills.c.status.in_(_OPEN)
        ),
        "claims_mark": select(func.count(), func.sum(claims.id * (claims.held + ONE))).select_from(pool_claims),
    }
