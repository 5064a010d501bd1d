"""The statements about what is wrong, and about runs in a stretch of time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.sql.elements import ClauseElement

from watchbell.record.attention_store import TROUBLES_MAX
from watchbell.store.query_words import many, p, text_of
from watchbell.store.schema import automations, check_executions, runs, ticks

_MOST: ColumnElement[int] = literal_column(str(TROUBLES_MAX))
_NONE: ColumnElement[int] = literal_column("0")
_FAILED = text_of("FAILURE")


def about_troubles() -> Mapping[str, ClauseElement]:
    """What is wrong."""
    return {**_about_jobs(), **_about_ticks(), **_about_checks(), **_about_stretches()}


def _about_jobs() -> Mapping[str, ClauseElement]:
    later, before = runs.alias("later"), runs.alias("earlier")

    def same_job(other: object) -> ColumnElement[bool]:
        table = later if other is later else before
        return and_(
            table.c.job_name == runs.c.job_name,
            func.coalesce(table.c.location_name, text_of("")) == func.coalesce(runs.c.location_name, text_of("")),
            # Not bare: the index of states would offer every run that ever succeeded.
            table.c.status.concat(text_of("")) == text_of("SUCCESS"),
        )

    return {
        "newest_failures": select(runs.c.id, runs.c.run_id, runs.c.job_name, runs.c.location_name, runs.c.ended_at)
        .where(runs.c.status == _FAILED, runs.c.updated_at >= p("since"))
        .order_by(runs.c.id.desc())
        .limit(_MOST)
        .offset(_NONE),
        # Of each of these failures the newest success of its job after it, and before it.
        "successes_around": select(
            runs.c.id,
            select(func.max(later.c.id)).where(same_job(later), later.c.id > runs.c.id).scalar_subquery(),
            select(func.max(before.c.id))
            .where(same_job(before), before.c.id < runs.c.id, before.c.id > p("oldest"))
            .scalar_subquery(),
        ).where(runs.c.id.in_(many("numbers"))),
        "unfinished_runs": select(runs)
        .where(runs.c.status.in_([text_of(each) for each in ("STARTING", "STARTED", "CANCELING")]))
        # Not bare: in the order of the table every run there ever was would be walked through.
        .order_by(runs.c.id + _NONE)
        .limit(_MOST)
        .offset(_NONE),
        "longest_queued": select(runs)
        .where(runs.c.status == text_of("QUEUED"))
        .order_by(runs.c.id)
        .limit(_MOST)
        .offset(_NONE),
    }


def _about_ticks() -> Mapping[str, ClauseElement]:
    columns = (ticks.c.id, ticks.c.body, ticks.c.automation_id)
    newest = select(func.max(ticks.c.id)).where(ticks.c.automation_id == automations.c.id).scalar_subquery()
    return {
        "newest_failed_ticks": select(*columns)
        .where(ticks.c.status == _FAILED, ticks.c.ended_at >= p("since"))
        .order_by(ticks.c.id.desc())
        .limit(_MOST)
        .offset(_NONE),
        "newest_missed_ticks": select(*columns)
        .where(ticks.c.status == text_of("MISSED"), ticks.c.ended_at >= p("since"))
        .order_by(ticks.c.id.desc())
        .limit(_MOST)
        .offset(_NONE),
        "newest_tick_of_each": select(
            automations.c.id, automations.c.location_name, automations.c.kind, automations.c.name, newest
        ).where(automations.c.id.in_(many("owners"))),
        "quarantined": select(
            automations.c.location_name,
            automations.c.kind,
            automations.c.name,
            automations.c.quarantine_reason,
            automations.c.updated_at,
        )
        .where(automations.c.quarantine_reason.is_not(None))
        .order_by(automations.c.updated_at.desc())
        .limit(_MOST)
        .offset(_NONE),
        "last_ticks": select(
            automations.c.location_name,
            automations.c.kind,
            automations.c.name,
            automations.c.status,
            automations.c.effective_at,
            automations.c.last_tick_at,
        ).where(
            or_(
                automations.c.effective_at.is_not(None),
                and_(automations.c.kind != text_of("SCHEDULE"), automations.c.last_tick_at.is_not(None)),
            ),
            automations.c.status != text_of("STOPPED"),
            automations.c.quarantine_reason.is_(None),
            automations.c.paused_until.is_(None),
        ),
        "switched_automations": select(
            automations.c.location_name,
            automations.c.kind,
            automations.c.name,
            automations.c.status,
            automations.c.quarantine_reason.is_not(None),
        ).where(or_(automations.c.status != text_of("DECLARED"), automations.c.quarantine_reason.is_not(None))),
    }


def _about_checks() -> Mapping[str, ClauseElement]:
    table, newer = check_executions, check_executions.alias("newer")
    passed_since = select(newer.c.id).where(
        newer.c.asset_key == table.c.asset_key,
        newer.c.check_name == table.c.check_name,
        newer.c.id > table.c.id,
        newer.c.evaluation_id.is_not(None),
    )
    return {
        "failing_checks": select(table.c.asset_key, table.c.check_name, table.c.run_id, table.c.evaluated_at)
        .where(table.c.status == text_of("FAILED"), ~passed_since.exists())
        .order_by(table.c.id.desc())
        .limit(_MOST)
        .offset(_NONE)
    }


def _about_stretches() -> Mapping[str, ClauseElement]:
    is_job = or_(p("job").is_(None), runs.c.job_name == p("job"))
    between = (runs.c.id >= p("first"), runs.c.id <= p("last"), is_job)
    return {
        "first_run_since": select(runs.c.id)
        .where(runs.c.created_at >= p("start"))
        .order_by(runs.c.created_at)
        .limit(literal_column("1"))
        .offset(_NONE),
        "last_run_until": select(runs.c.id)
        .where(runs.c.created_at <= p("end"))
        .order_by(runs.c.created_at.desc())
        .limit(literal_column("1"))
        .offset(_NONE),
        # Found by the index of states, so a week without failures costs nothing.
        "failures_between": select(runs)
        .where(runs.c.status == _FAILED, *between)
        .order_by(runs.c.id.desc())
        .limit(p("most"))
        .offset(_NONE),
        "others_between": select(runs)
        .where(*between, runs.c.status.concat(text_of("")) != _FAILED)
        .order_by(runs.c.id.desc())
        .limit(p("most"))
        .offset(_NONE),
        "newest_run_times": select(runs.c.created_at).order_by(runs.c.id.desc()).limit(p("most")).offset(_NONE),
    }
