"""The statements of lists of runs: their conditions, orders, and what is shown beside a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import many, p, text_of
from watchbell.store.schema import RUN_ORDERS, events, run_tags, runs

USUAL_RUNS = 30
"""Good runs of a job that say how long it usually takes (count)."""
_FROM_FIRST: ColumnElement[int] = literal_column("0")
_BACKFILL = text_of("dagster/backfill")


def about_run_lists() -> Mapping[str, ClauseElement]:
    """Statements of lists of runs."""
    failed = events.c.type.in_([text_of("STEP_FAILURE"), text_of("PIPELINE_FAILURE")])
    first = select(func.min(events.c.id)).where(events.c.run_id.in_(many("run_ids")), failed).group_by(events.c.run_id)
    beside = runs.alias("beside")
    older = select(func.max(beside.c.id)).where(beside.c.job_name == p("job_now"), beside.c.id < p("number_now"))
    newer = select(func.min(beside.c.id)).where(beside.c.job_name == p("job_now"), beside.c.id > p("number_now"))
    is_again = run_tags.c.tag == text_of("dagster/root_run_id")
    chain = select(run_tags.c.run).where(is_again, run_tags.c.lookup == p("root"))
    return {
        **_conditions(),
        **_orders(),
        "one_for_each_run": select(literal_column("1")).select_from(runs),
        "run_backfills": select(run_tags.c.lookup, runs.c.status, func.max(runs.c.id), func.count()).select_from(
            run_tags.join(runs, and_(runs.c.id == run_tags.c.run, run_tags.c.tag == _BACKFILL))
        ),
        "run_backfill_groups": _list_of(run_tags.c.lookup, runs.c.status),
        "backfills_with_run_above": _backfills_above(),
        "first_failures": select(events).where(events.c.id.in_(first)),
        "failures_of_run": select(events)
        .where(events.c.run_id == p("run"), failed)
        .order_by(events.c.id)
        .limit(p("most"))
        .offset(_FROM_FIRST),
        "usual_durations": _usual(),
        "runs_beside": select(runs.c.run_id, runs.c.id).where(
            or_(runs.c.id == older.scalar_subquery(), runs.c.id == newer.scalar_subquery())
        ),
        "run_chain": select(runs).where(or_(runs.c.run_id == p("root"), runs.c.id.in_(chain))).order_by(runs.c.id),
        "run_worker": select(runs.c.attempt, runs.c.worker).where(runs.c.run_id == p("run")),
        **_words(),
    }


def _list_of(*columns: ColumnElement[Any]) -> ClauseElement:
    return literal_column(", ".join(str(each) for each in columns))


def _conditions() -> Mapping[str, ClauseElement]:
    tags_of = select(run_tags.c.run).where(run_tags.c.tag == p("tag"))
    of_assets = select(events.c.run_id).where(
        events.c.asset_key.in_(many("assets")),
        events.c.type.in_([text_of(f"ASSET_{kind}") for kind in ("MATERIALIZATION", "OBSERVATION")]
                          + [text_of("ASSET_MATERIALIZATION_PLANNED")]),
    )  # fmt: skip
    took = func.coalesce(runs.c.ended_at, p("now_at")) - runs.c.started_at
    # Written out: by itself this condition has no statement around it that it could speak of the run of.
    own = run_tags.c.run == literal_column("runs.id")
    in_backfill: Select[Any] = select(literal_column("1")).where(own, run_tags.c.tag == _BACKFILL)
    return {
        "run_job_in": runs.c.job_name.in_(many("jobs")),
        "run_location_like": runs.c.location_name.like(p("pattern"), escape="!"),
        "run_has_tag": runs.c.id.in_(tags_of),
        "run_tagged_newest": runs.c.id.in_(
            tags_of.where(run_tags.c.lookup == p("lookup"), run_tags.c.run < p("below"))
            .order_by(run_tags.c.run.desc())
            .limit(p("most"))
            .offset(_FROM_FIRST)
        ),
        "run_tag_like": runs.c.id.in_(tags_of.where(run_tags.c.lookup.like(p("pattern"), escape="!"))),
        "run_of_assets": runs.c.run_id.in_(of_assets),
        "run_took_over": took > p("seconds"),
        "run_took_under": took < p("seconds"),
        "run_in_no_backfill": ~in_backfill.exists(),
        "run_backfill_in": run_tags.c.lookup.in_(many("backfills")),
        "run_number_in": runs.c.id.in_(many("numbers")),
        "run_number_below": runs.c.id < p("number_now"),
        "run_number_above": runs.c.id > p("number_now"),
    }


def _orders() -> Mapping[str, ClauseElement]:
    """For each order the value it goes by, and what comes after a place in it, down and up."""
    found: dict[str, ClauseElement] = {}
    for name, value in RUN_ORDERS.items():
        # The first half says where the index is entered: an engine makes no use of one for a mere "or".
        found[f"run_{name}_order"] = value
        found[f"run_{name}_below"] = and_(
            value <= p("value_now"), or_(value < p("value_now"), runs.c.id < p("number_now"))
        )
        found[f"run_{name}_above"] = and_(
            value >= p("value_now"), or_(value > p("value_now"), runs.c.id > p("number_now"))
        )
    return found


def _usual() -> ClauseElement:
    asked, good, last = runs.alias("asked"), runs.alias("good"), runs.alias("last")
    newest = (
        select(last.c.id)
        .where(last.c.job_name == asked.c.job_name, last.c.status == text_of("SUCCESS"))
        .order_by(last.c.id.desc())
        .limit(literal_column(str(USUAL_RUNS)))
        .offset(_FROM_FIRST)
        .correlate(asked)
    )
    return (
        select(good.c.job_name, good.c.location_name, good.c.started_at, good.c.ended_at)
        .select_from(asked.join(good, good.c.id.in_(newest)))
        .where(asked.c.run_id.in_(many("run_ids")), good.c.started_at.is_not(None), good.c.ended_at.is_not(None))
    )


def _words() -> Mapping[str, ClauseElement]:
    """Distinct words of an index, one jump for each: whatever the number of rows."""
    own = run_tags.c.tag == p("tag")
    return {
        "words_jobs": _distinct(runs.c.job_name),
        "words_tags": _distinct(run_tags.c.tag),
        "words_values": _distinct(run_tags.c.lookup, own),
    }


def _backfills_above() -> ClauseElement:
    """Backfills whose newest run has a greater number: two jumps for each backfill, however many runs they have."""
    walk = _walk(run_tags.c.lookup, run_tags.c.tag == _BACKFILL)
    newest = select(func.max(run_tags.c.run)).where(run_tags.c.tag == _BACKFILL, run_tags.c.lookup == walk.c.word)
    return select(walk.c.word).where(newest.correlate(walk).scalar_subquery() > p("above"))


def _distinct(column: ColumnElement[Any], *only: ColumnElement[bool]) -> ClauseElement:
    walk = _walk(column, *only)
    return select(walk.c.word).where(walk.c.word.is_not(None)).limit(p("most")).offset(_FROM_FIRST)


def _walk(column: ColumnElement[Any], *only: ColumnElement[bool]) -> CTE:
    walk = select(func.min(column).label("word")).where(*only).cte("walk", recursive=True)
    following = select(func.min(column)).where(column > walk.c.word, *only).correlate(walk).scalar_subquery()
    return walk.union_all(select(following).where(walk.c.word.is_not(None)))
