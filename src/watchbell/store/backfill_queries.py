"""Statements about backfills and jobs as pages show them: many of them at once, each with one statement."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import many, p, text_of
from watchbell.store.schema import backfill_parts, backfills, run_tags, runs

_FROM_FIRST: ColumnElement[int] = literal_column("0")  # else SQLite's text has a parameter that nobody gives


def about_many_backfills() -> Mapping[str, ClauseElement]:
    """Backfills in lists, what a page shows of the parts of one, and the newest runs of jobs."""
    parts = backfill_parts
    of_backfill = run_tags.c.tag == p("tag_now")
    return {
        **about_jobs(),
        "open_parts": select(parts.c.backfill, parts.c.target, parts.c.partition, parts.c.last_partition).where(
            parts.c.backfill.in_(many("backfills")),
            parts.c.state.in_([text_of("WAITING"), text_of("BLOCKED")]),
            parts.c.partition.is_not(None),
        ),
        "count_parts_of": select(parts.c.backfill, parts.c.state, func.count())
        .where(parts.c.backfill.in_(many("backfills")))
        .group_by(parts.c.backfill, parts.c.state),
        "rewrite_backfill": update(backfills).where(backfills.c.id == p("backfill_now")).values(body=p("body")),
        "backfill_body_has": backfills.c.body.like(p("pattern"), escape="!"),
        "count_backfills": select(func.count()).select_from(backfills),
        "cells_of_backfill": select(
            parts.c.number, parts.c.state, parts.c.target, parts.c.partition, parts.c.last_partition,
            parts.c.scheduled_at,
        )
        .where(parts.c.backfill == p("backfill_now"))
        .order_by(parts.c.number)
        .limit(p("most"))
        .offset(_FROM_FIRST),
        # Of the newest runs only: what a page costs does not grow with the number of runs there ever were.
        "ends_of_backfills": select(run_tags.c.lookup, func.count(), func.min(runs.c.ended_at))
        .join(runs, runs.c.id == run_tags.c.run)
        .where(
            of_backfill, run_tags.c.lookup.in_(many("lookups")), run_tags.c.run > p("after_number"),
            runs.c.ended_at > p("since"),
        )
        .group_by(run_tags.c.lookup),
        "queued_of_backfill": select(runs.c.id, runs.c.run_id, runs.c.tags)
        .join(run_tags, runs.c.id == run_tags.c.run)
        .where(of_backfill, run_tags.c.lookup == p("lookup_now"), runs.c.status == text_of("QUEUED")),
    }  # fmt: skip


def about_jobs() -> Mapping[str, ClauseElement]:
    """The newest runs of every job."""
    # Each step finds the next name in the index, so that the runs themselves are not walked.
    first = select(func.min(runs.c.job_name).label("name")).cte("names", recursive=True)
    later = select(func.min(runs.c.job_name)).where(runs.c.job_name > first.c.name).correlate(first).scalar_subquery()
    names = first.union_all(select(later).where(first.c.name.is_not(None)))
    inner = runs.alias("newest")
    newest = (
        select(inner.c.id)
        .where(inner.c.job_name == names.c.name)
        .order_by(inner.c.id.desc())
        .limit(p("most"))
        .offset(_FROM_FIRST)
        .correlate(names)
    )
    columns = (
        runs.c.id, runs.c.run_id, runs.c.job_name, runs.c.location_name, runs.c.status, runs.c.created_at,
        runs.c.started_at, runs.c.ended_at,
    )  # fmt: skip
    return {
        "runs_of_all_jobs": select(*columns)
        .select_from(names)
        .join(runs, runs.c.id.in_(newest))
        .order_by(runs.c.id.desc()),
        "runs_of_job": select(*columns)
        .where(runs.c.job_name == p("job_name"))
        .order_by(runs.c.id.desc())
        .limit(p("most"))
        .offset(_FROM_FIRST),
    }
