"""Statements about the ticks of many automations at once: each automation costs a few looks into an index."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, literal_column, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import many, p
from watchbell.store.schema import automations, ticks


def about_ticks_of_many() -> Mapping[str, ClauseElement]:
    """The newest ticks of automations, and the runs they caused lately."""
    mark = (ticks.c.automation_id, ticks.c.id, ticks.c.status, ticks.c.ended_at, ticks.c.run_count)
    own = ticks.alias("own")
    of_this = own.c.automation_id == automations.c.id
    newest = select(func.max(own.c.id)).where(of_this).correlate(automations).scalar_subquery()
    last = (
        select(own.c.id)
        .where(of_this)
        .order_by(own.c.id.desc())
        .limit(p("count"))
        .offset(literal_column("0"))
        .correlate(automations)
    )
    return {
        "newest_ticks": select(*mark).select_from(automations.join(ticks, ticks.c.id == newest)),
        "tick_strips": select(*mark)
        .select_from(automations.join(ticks, ticks.c.id.in_(last)))
        .where(automations.c.id.in_(many("automations"))),
        "runs_caused": select(ticks.c.automation_id, func.sum(ticks.c.run_count))
        .where(
            ticks.c.run_count > literal_column("0"),
            ticks.c.automation_id.in_(many("automations")),
            ticks.c.ended_at >= p("since"),
        )
        .group_by(ticks.c.automation_id),
        "tick_after": select(func.min(ticks.c.id)).where(
            ticks.c.automation_id == p("automation"), ticks.c.id > p("tick")
        ),
        "ticks_numbered": select(ticks.c.id, ticks.c.body).where(ticks.c.id.in_(many("tick_ids"))),
    }
