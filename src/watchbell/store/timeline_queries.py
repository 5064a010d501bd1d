"""The statements about what ran in stretches of time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import p, text_of
from watchbell.store.schema import runs

_OVER = [text_of(each) for each in ("SUCCESS", "FAILURE", "CANCELED")]
_OPEN = [text_of(each) for each in ("QUEUED", "NOT_STARTED", "MANAGED", "STARTING", "STARTED", "CANCELING")]


def about_timelines() -> Mapping[str, ClauseElement]:
    """Runs by stretches of time, counted or one by one."""
    number = cast(runs.c.created_at / p("bin_seconds"), Integer)
    began = func.coalesce(runs.c.started_at, runs.c.created_at)
    key = (number, runs.c.job_name, runs.c.location_name, runs.c.status)
    counted = select(*key, func.count(), func.min(began), func.max(runs.c.ended_at)).group_by(*key)
    each = select(*key, began, runs.c.ended_at, runs.c.tags, runs.c.body)
    stretch = (
        runs.c.created_at >= p("start"),
        runs.c.created_at < p("end"),
        # Not bare: the index of states would offer every run that ever ended.
        runs.c.status.concat(text_of("")).in_(_OVER),
    )
    return {
        "count_over_bins": counted.where(*stretch),
        "list_over_bins": each.where(*stretch),
        "count_open_bins": counted.where(runs.c.status.in_(_OPEN)),
        "list_open_bins": each.where(runs.c.status.in_(_OPEN)),
    }
