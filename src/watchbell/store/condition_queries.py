"""Statements about automation conditions: what their evaluations are stored as, and the facts they are made on."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, select, update
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.query_words import ONE, changing, many, p, text_of, whole
from watchbell.store.schema import (
    STANDS_FAILED,
    asset_partitions,
    asset_state,
    backfill_parts,
    backfills,
    check_executions,
    condition_evaluations,
    condition_states,
    counters,
    dynamic_partitions,
    events,
    planned_partitions,
    runs,
)

_GOING = [text_of(each) for each in ("QUEUED", "STARTING", "STARTED", "CANCELING")]
_OPEN_BACKFILLS = [text_of(each) for each in ("IN_PROGRESS", "PAUSED", "CANCELING")]
_OPEN_PARTS = [text_of(each) for each in ("WAITING", "BLOCKED", "RUNNING")]
_PLANNED, _MADE = text_of("ASSET_MATERIALIZATION_PLANNED"), text_of("ASSET_MATERIALIZATION")
_CHECK_PLANNED = text_of("ASSET_CHECK_EVALUATION_PLANNED")


def about_conditions() -> Mapping[str, ClauseElement]:
    """Where evaluations stand, and those that changed something."""
    states, done = condition_states, condition_evaluations
    of_one = (states.c.automation_id == p("automation"), states.c.entity == p("entity_now"))
    return {
        "condition_states": select(states.c.entity, states.c.body).where(states.c.automation_id == p("automation")),
        "forget_condition_state": delete(states).where(*of_one),
        "change_condition_state": update(states).where(*of_one).values(changing(states, "body")),
        "new_condition_state": whole(states),
        "new_condition_evaluation": whole(done),
        "select_condition_evaluations": select(done),
        "evaluation_entity_is": done.c.entity == p("entity"),
        "evaluation_before_id": done.c.id < p("before_id"),
        "evaluation_after_id": done.c.id > p("after_id"),
        "evaluation_until": done.c.at <= p("until"),
        "evaluation_order": done.c.id,
        "select_evaluation_times": select(done.c.id, done.c.at),
        "forget_condition_evaluation": delete(done).where(done.c.id == p("id_now")),
        "nth_newest_evaluation": select(done.c.id)
        .where(done.c.entity == p("entity_now"))
        .order_by(done.c.id.desc())
        .limit(ONE)
        .offset(p("place")),
        "forget_evaluations_to": delete(done).where(done.c.entity == p("entity_now"), done.c.id <= p("id_now")),
        "forget_evaluations_of": delete(done).where(done.c.entity == p("entity_now")),
    }


def about_facts() -> Mapping[str, ClauseElement]:
    """What conditions are evaluated on, read for many assets at once."""
    return {
        "positions": select(counters.c.name, counters.c.value).where(
            counters.c.name.in_([text_of(each) for each in ("events", "forgotten", "dynamic")])
        ),
        **_about_assets(),
        **_about_runs(),
        **_about_events(),
        **_about_partitions(),
    }


def _about_assets() -> Mapping[str, ClauseElement]:
    """Assets as a whole, and their checks."""
    newest_check = (
        select(func.max(check_executions.c.id).label("id"))
        .where(check_executions.c.asset_key.in_(many("assets")))
        .group_by(check_executions.c.asset_key, check_executions.c.check_name)
        .subquery()
    )
    # Not bare: inside a run the kind only sifts, and offers no index (see ``event_type_among``).
    kind = events.c.type.concat(text_of(""))
    planned = select(events.c.asset_key).where(events.c.run_id == p("run"), kind == _PLANNED)
    made = select(events.c.asset_key).where(
        events.c.run_id == p("run"), kind == _MADE, events.c.partition.is_(None), events.c.asset_key.is_not(None)
    )
    return {
        "select_asset_facts": select(
            *(asset_state.c[name] for name in ("asset_key", "materialization_id", "materialized_at", "run_id",
                                               "observation_id", "planned_run_id", "failed_at")),
            runs.c.status,
        ).select_from(asset_state.outerjoin(runs, runs.c.run_id == asset_state.c.planned_run_id)),
        "stands_failed": STANDS_FAILED,
        "select_asset_bodies": select(asset_state.c.asset_key, asset_state.c.body, asset_state.c.materialization_id,
                                      asset_state.c.observation_id),
        "check_facts": select(
            *(check_executions.c[name] for name in ("asset_key", "check_name", "run_id", "status", "evaluation_id",
                                                    "evaluated_at", "id", "target_id")),
            runs.c.status,
        ).select_from(
            check_executions.join(newest_check, newest_check.c.id == check_executions.c.id)
            .outerjoin(runs, runs.c.run_id == check_executions.c.run_id)
        ),
        "fail_assets_of_run": update(asset_state)
        .where(asset_state.c.asset_key.in_(planned), asset_state.c.asset_key.not_in(made))
        .values(changing(asset_state, "failed_at")),
    }  # fmt: skip


def _about_runs() -> Mapping[str, ClauseElement]:
    """Runs and backfills that are not over, and what they are to make."""
    columns = [runs.c[name] for name in ("run_id", "job_name", "location_name", "status", "tags", "body")]
    open_of_one = (backfill_parts.c.backfill == p("backfill_now"), backfill_parts.c.state.in_(_OPEN_PARTS))
    return {
        "going_runs": select(*columns).where(runs.c.status.in_(_GOING)),
        "select_run_facts": select(*columns),
        "select_planned_in_runs": select(events.c.run_id, events.c.asset_key, events.c.type).distinct(),
        "event_run_in": events.c.run_id.in_(many("run_ids")),
        "plan_run_in": planned_partitions.c.run_id.in_(many("run_ids")),
        "checks_planned_in_runs": select(
            check_executions.c.run_id, check_executions.c.asset_key, check_executions.c.check_name
        ).where(check_executions.c.run_id.in_(many("run_ids")), check_executions.c.evaluation_id.is_(None)),
        "run_asked_for": select(runs.c.job_name, runs.c.tags, runs.c.body).where(runs.c.run_id == p("run")),
        "planned_of_run": select(func.count()).where(
            events.c.run_id == p("run"), events.c.type.concat(text_of("")).in_([_PLANNED, _CHECK_PLANNED])
        ),
        "open_backfills": select(backfills.c.id, backfills.c.version, backfills.c.body).where(
            backfills.c.status.in_(_OPEN_BACKFILLS)
        ),
        "open_part_keys": select(
            *(backfill_parts.c[name] for name in ("number", "target", "partition", "last_partition"))
        ).where(*open_of_one),
        "open_part_numbers": select(backfill_parts.c.number).where(*open_of_one),
    }


def _about_events() -> Mapping[str, ClauseElement]:
    """The log, without bodies."""
    return {
        "select_news": select(events.c.id, events.c.run_id, events.c.at, events.c.type, events.c.asset_key,
                              events.c.partition),
        "event_up_to_id": events.c.id <= p("up_to"),
        "newest_of_kind": select(func.max(events.c.id)).where(
            events.c.asset_key.in_(many("assets")), events.c.type == p("kind_now"), events.c.id <= p("up_to"),
        ).group_by(events.c.asset_key, events.c.partition),
    }  # fmt: skip


def _about_partitions() -> Mapping[str, ClauseElement]:
    """The newest of partitions, and which there are."""
    rows = asset_partitions
    return {
        "dynamic_marks": select(
            dynamic_partitions.c.name, func.count(), func.max(dynamic_partitions.c.place)
        ).where(dynamic_partitions.c.is_there == ONE).group_by(dynamic_partitions.c.name),
        "select_partition_facts": select(
            *(rows.c[name] for name in ("asset_key", "partition", "ordinal", "materialization_id", "made_at",
                                        "data_version", "failed_at"))
        ),
        "partition_asset_in": rows.c.asset_key.in_(many("assets")),
        "select_partition_makers": select(rows.c.asset_key, rows.c.ordinal, events.c.run_id).select_from(
            rows.join(events, events.c.id == rows.c.materialization_id)
        ),
        "count_unnumbered_among": select(rows.c.asset_key, func.count())
        .where(rows.c.ordinal.is_(None), rows.c.asset_key.in_(many("assets")))
        .group_by(rows.c.asset_key),
        "fail_partition": update(rows)
        .where(rows.c.asset_key == p("asset"), rows.c.partition == p("key"))
        .values(changing(rows, "failed_at")),
    }  # fmt: skip
