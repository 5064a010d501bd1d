"""Statements about runs of a schedule that are not over; all of them by the index ``ix_runs_schedule``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BindParameter, ColumnElement, and_, func, literal_column, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.run import NOT_FINISHED_STATUSES
from watchbell.store.query_words import ONE, p, text_of
from watchbell.store.schema import run_tags, runs, unfinished_of_schedules


def about_overlap() -> Mapping[str, ClauseElement]:
    """Unfinished runs of a schedule, by its times."""
    of_schedule = (
        unfinished_of_schedules(runs),
        runs.c.schedule == p("schedule"),
        runs.c.location_name == p("location_name"),
    )
    going = runs.c.status.in_([text_of(each) for each in ("STARTING", "STARTED", "CANCELING")])
    this_run: ColumnElement[int] = literal_column("runs.id")  # of the statement around it, which is not known here
    minds_overlap = select(ONE).where(run_tags.c.run == this_run, run_tags.c.tag == text_of(OVERLAP_TAG)).exists()
    # Each state is a range of the index, in which the times are in order.
    unfinished = runs.c.status.in_([text_of(each.value) for each in NOT_FINISHED_STATUSES])
    own: BindParameter[float] = p("scheduled_at")
    in_order = (runs.c.status, runs.c.scheduled_at)
    return {
        "unfinished_times": select(runs.c.scheduled_at, runs.c.status, func.count())
        .where(*of_schedule, runs.c.scheduled_at != own)
        .group_by(*in_order)
        .order_by(*in_order),
        "unfinished_of_other_times": select(runs.c.run_id).where(*of_schedule, runs.c.scheduled_at != own),
        "run_unfinished_of_schedule": and_(*of_schedule),
        "run_of_time": and_(unfinished, runs.c.scheduled_at == own),
        "run_of_earlier_time": and_(unfinished, runs.c.scheduled_at < own),
        "run_going_of_later_time": and_(going, runs.c.scheduled_at > own, minds_overlap),
    }
