"""The statements about the log of one run, as its readers sift it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import many, p, text_of
from watchbell.store.schema import events


def about_logs() -> Mapping[str, ClauseElement]:
    """The log of one run."""
    kind = func.coalesce(events.c.type, text_of(""))
    has_level = events.c.body.like(p("level_mark"))
    further = select(events.c.id, events.c.at).where(events.c.run_id == p("run"))
    return {
        "log_place_after": further.where(events.c.id > p("from_id"))
        .order_by(events.c.id)
        .limit(p("most"))
        .offset(p("count")),
        "log_place_before": further.where(events.c.id < p("from_id"))
        .order_by(events.c.id.desc())
        .limit(p("most"))
        .offset(p("count")),
        "log_kind_among": kind.in_(many("kinds")),
        "log_no_noise": or_(kind.not_in(many("noise")), has_level),
        "log_step_among": events.c.step_key.in_(many("steps")),
        "log_has_level": has_level,
        "log_has_text": or_(
            events.c.body.like(p("pattern"), escape="!"), events.c.step_key.like(p("pattern"), escape="!")
        ),
    }
