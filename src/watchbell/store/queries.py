"""Every statement by name, as SQLAlchemy constructs; ``statements.py`` turns them into the text of one engine.

A statement's parameters are its ``bindparam`` names. Pieces (``SELECT`` heads, single conditions) are put together by
``statements.compose``; a condition with an expanding parameter takes a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Column, delete, func, literal_column, null, or_, select, update
from sqlalchemy.sql.elements import ClauseElement

from watchbell.store.account_queries import about_accounts, about_audit, about_views
from watchbell.store.attention_queries import about_troubles
from watchbell.store.backfill_queries import about_many_backfills
from watchbell.store.change_queries import about_changes
from watchbell.store.condition_queries import about_conditions, about_facts
from watchbell.store.log_queries import about_logs
from watchbell.store.overlap_queries import about_overlap
from watchbell.store.query_words import ONE, changing, many, p, text_of, whole
from watchbell.store.run_list_queries import about_run_lists
from watchbell.store.schema import (
    asset_partitions,
    asset_state,
    automations,
    backfill_parts,
    backfills,
    check_executions,
    condition_evaluations,
    condition_states,
    counters,
    dynamic_partitions,
    events,
    leases,
    partition_numberings,
    partition_sets,
    planned_partitions,
    pool_claims,
    pools,
    run_keys,
    run_tags,
    runs,
    ticks,
)  # fmt: skip
from watchbell.store.tick_queries import about_ticks_of_many
from watchbell.store.timeline_queries import about_timelines


def house() -> Mapping[str, ClauseElement]:
    """Counters, leases, and forgetting everything."""
    one_counter = counters.c.name == p("counter")
    one_lease = leases.c.name == p("lease")
    return {
        "take_numbers": update(counters).where(one_counter).values(value=counters.c.value + p("count")),
        "counter": select(counters.c.value).where(one_counter),
        "lease": select(leases).where(one_lease),
        "new_lease": whole(leases),
        "take_lease": update(leases).where(one_lease).values(changing(leases, "owner", "epoch", "expires_at")),
        "release_lease": update(leases)
        .where(one_lease, leases.c.owner == p("owner_now"), leases.c.epoch == p("epoch_now"))
        .values(expires_at=p("expires_at")),
        **{f"forget_{table.name}": delete(table)
           for table in (runs, run_tags, events, asset_state, check_executions, automations, ticks, run_keys, leases,
                         pool_claims, backfills, backfill_parts, asset_partitions, partition_numberings,
                         partition_sets, planned_partitions, dynamic_partitions, condition_states,
                         condition_evaluations)},
    }  # fmt: skip


def about_runs() -> Mapping[str, ClauseElement]:
    """Runs and their tags."""
    one = runs.c.run_id == p("run")
    queued, starting = runs.c.status == text_of("QUEUED"), runs.c.status == text_of("STARTING")
    this_attempt = runs.c.attempt == p("attempt_now")
    return {
        "new_run": whole(runs),
        "new_run_tag": whole(run_tags),
        "run": select(runs).where(one),
        "runs_known": select(runs.c.run_id).where(runs.c.run_id.in_(many("run_ids"))),
        "run_fence": select(
            runs.c.id, runs.c.status, runs.c.attempt, runs.c.worker, runs.c.started_at, runs.c.ended_at
        ).where(one),
        "move_run": update(runs).where(one).values(changing(runs, "status", "updated_at", "started_at", "ended_at")),
        "hand_out_run": update(runs)
        .where(one, queued)
        .values(status=text_of("STARTING"), attempt=runs.c.attempt + ONE, worker=null(), updated_at=p("updated_at")),
        "hand_back_run": update(runs)
        .where(one, starting, this_attempt, runs.c.worker.is_(None))
        .values(status=text_of("QUEUED"), updated_at=p("updated_at")),
        "begin_run": update(runs)
        .where(one, starting, this_attempt, runs.c.worker.is_(None))
        .values(changing(runs, "worker", "updated_at")),
        "run_workers": select(runs.c.run_id, runs.c.attempt, runs.c.worker).where(
            runs.c.status.in_([text_of(each) for each in ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")]),
            or_(runs.c.status != text_of("NOT_STARTED"), runs.c.worker.is_not(None)),
        ),
        "run_tags_text": select(runs.c.id, runs.c.tags).where(one),
        "retag_run": update(runs).where(one).values(changing(runs, "tags", "updated_at")),
        "forget_run_tag": delete(run_tags).where(run_tags.c.run == p("run_number"), run_tags.c.tag == p("tag_now")),
        "forget_tags_of_run": delete(run_tags).where(run_tags.c.run == p("run_number")),
        "forget_run": delete(runs).where(one),
        "forget_events_of_run": delete(events).where(events.c.run_id == p("run")),
    }


def _state_columns() -> list[Column[Any]]:
    """Of an asset all but the materialization itself, which may be long."""
    return [column for column in asset_state.columns if column.name not in {"step_key", "body", "failed_at"}]


def about_events() -> Mapping[str, ClauseElement]:
    """The log, and the latest of each asset."""
    one = asset_state.c.asset_key == p("asset")
    return {
        "new_event": whole(events),
        "event_body": select(events.c.body).where(events.c.id == p("id_now")),
        "new_asset": whole(asset_state),
        "assets": select(*_state_columns()),
        "select_asset_made": select(
            *(
                asset_state.c[name]
                for name in ("asset_key", "materialization_id", "materialized_at", "run_id", "step_key", "body")
            )
        ),
        "latest_materialization": select(
            *(asset_state.c[name] for name in ("materialization_id", "materialized_at", "run_id", "step_key", "body"))
        ).where(one),
        "materialized": update(asset_state)
        .where(one)
        .values(changing(asset_state, "materialization_id", "materialized_at", "run_id", "step_key", "body")),
        "observed": update(asset_state).where(one).values(changing(asset_state, "observation_id")),
        "planned": update(asset_state).where(one).values(changing(asset_state, "planned_run_id")),
        "asset_made": select(
            *(asset_state.c[name] for name in ("materialization_id", "materialized_at", "run_id"))
        ).where(one),
        "forget_asset": delete(asset_state).where(one),
        "forget_events_of_asset": delete(events).where(events.c.asset_key == p("asset")),
    }


def about_checks() -> Mapping[str, ClauseElement]:
    """Executions of asset checks."""
    table = check_executions
    one = (table.c.asset_key == p("asset"), table.c.check_name == p("check"), table.c.run_id == p("run"))
    return {
        "new_check_execution": whole(table),
        "check_evaluated": update(table)
        .where(*one)
        .values(changing(table, "status", "evaluation_id", "evaluated_at", "step_key", "body", "target_id")),
        "forget_checks_of_asset": delete(table).where(table.c.asset_key == p("asset")),
        "forget_checks_of_run": delete(table).where(table.c.run_id == p("run")),
        "newest_checks": select(table).where(
            table.c.id.in_(
                select(func.max(table.c.id))
                .where(table.c.asset_key.in_(many("assets")))
                .group_by(table.c.asset_key, table.c.check_name)
            )
        ),
        "select_check_executions": select(table),
        "check_is": (table.c.asset_key == p("asset_key")) & (table.c.check_name == p("check_name")),
        "check_before_id": table.c.id < p("before_id"),
        "check_status_in": table.c.status.in_(many("statuses")),
        "check_order": table.c.id,
    }


def about_pools() -> Mapping[str, ClauseElement]:
    """Slots that steps of all runs share."""
    table = pool_claims
    return {
        "pools": select(pools),
        "pool_limit": select(pools.c.slot_limit).where(pools.c.pool == p("pool_now")),
        "new_pool": whole(pools),
        "forget_pool": delete(pools).where(pools.c.pool == p("pool_now")),
        "claims": select(table),
        "claims_of_pool": select(table).where(table.c.pool == p("pool_now")),
        "new_claim": whole(table),
        "hold_claim": update(table).where(table.c.id == p("claim")).values(changing(table, "held")),
        "rest_claims_of_run": update(table)
        .where(table.c.run_id == p("run"), table.c.held == literal_column("0"))
        .values(changing(table, "held")),
        "wake_claims_of_run": update(table)
        .where(table.c.run_id == p("run"), table.c.pool == p("pool_now"), table.c.held == literal_column("2"))
        .values(changing(table, "held")),
        "free_claims_of_step": delete(table).where(table.c.run_id == p("run"), table.c.step_key == p("step")),
        "free_claims_of_run": delete(table).where(table.c.run_id == p("run")),
    }


def about_automations() -> Mapping[str, ClauseElement]:
    """States, ticks and run keys."""
    one = automations.c.id == p("automation")
    kept = [column.name for column in automations.columns if column.name not in {"id", "location_name", "kind", "name"}]
    return {
        "new_automation": whole(automations),
        "automation": select(automations).where(one),
        "automation_version": select(automations.c.version).where(one),
        "automations": select(automations),
        "automations_of_location": select(automations).where(automations.c.location_name == p("location")),
        "automations_paused": select(automations).where(automations.c.paused_until.is_not(None)),
        "change_automation": update(automations)
        .where(one, automations.c.version == p("version_now"))
        .values(changing(automations, *kept)),
        "new_tick": whole(ticks),
        "nth_newest_tick": select(ticks.c.id, ticks.c.body)
        .where(ticks.c.automation_id == p("automation"))
        .order_by(ticks.c.id.desc())
        .limit(ONE)
        .offset(p("place")),
        "change_tick": update(ticks).where(ticks.c.id == p("id_now")).values(changing(ticks, "ended_at", "body")),
        "tick": select(ticks.c.id, ticks.c.body, ticks.c.automation_id).where(ticks.c.id == p("tick")),
        "tick_in_slot": select(ONE).where(ticks.c.automation_id == p("automation"), ticks.c.slot == p("slot_now")),
        "new_run_key": whole(run_keys),
        "run_keys_known": select(run_keys.c.run_key, run_keys.c.run_id, run_keys.c.used_at).where(
            run_keys.c.automation_id == p("automation"), run_keys.c.run_key.in_(many("run_keys"))
        ),
        "renew_run_key": update(run_keys)
        .where(run_keys.c.automation_id == p("automation_now"), run_keys.c.run_key == p("run_key_now"))
        .values(changing(run_keys, "run_id", "used_at")),
    }


def about_backfills() -> Mapping[str, ClauseElement]:
    """Backfills and their parts."""
    parts = backfill_parts
    of_one = parts.c.backfill == p("backfill_now")
    slot = (ticks.c.automation_id == p("automation"), ticks.c.slot == p("slot_now"))
    return {
        "new_backfill": whole(backfills),
        "new_part": whole(parts),
        "backfill": select(backfills).where(backfills.c.backfill_id == p("backfill_name")),
        "change_backfill": update(backfills)
        .where(backfills.c.id == p("backfill_now"), backfills.c.version == p("version_now"))
        .values(changing(backfills, "status", "version", "run_limit", "note", "ended_at")),
        "touch_backfill": update(backfills)
        .where(backfills.c.id == p("backfill_now"))
        .values(version=backfills.c.version + ONE),
        "move_part": update(parts)
        .where(of_one, parts.c.number == p("number_now"))
        .values(changing(parts, "state", "attempt", "run_ids", "note")),
        "part_runs": select(parts.c.state, parts.c.attempt, parts.c.run_ids).where(
            of_one, parts.c.number == p("number_now")
        ),
        "count_parts": select(parts.c.state, func.count()).where(of_one).group_by(parts.c.state),
        "select_backfills": select(backfills),
        "backfill_status_in": backfills.c.status.in_(many("statuses")),
        "backfill_before_id": backfills.c.id < p("before_id"),
        "backfill_order": backfills.c.id,
        "select_parts": select(parts.c.number, *(each for each in parts.c if each.name not in {"backfill", "number"})),
        "runs_to_begin": select(runs.c.job_name, runs.c.location_name, runs.c.tags, runs.c.body).where(
            runs.c.status.in_([text_of("QUEUED"), text_of("STARTING")])
        ),
        "part_backfill_is": of_one,
        "part_state_in": parts.c.state.in_(many("states")),
        "part_after": parts.c.number > p("after"),
        "part_order": parts.c.number,
        "statuses_of_runs": select(runs.c.run_id, runs.c.status).where(runs.c.run_id.in_(many("run_ids"))),
        # A failed or missed tick makes room for one that a backfill of the schedule brings; it stays in the history.
        "yield_slot": update(ticks)
        .where(*slot, ticks.c.status.in_([text_of("FAILURE"), text_of("MISSED")]))
        .values(slot=null()),
    }


def about_partitions() -> Mapping[str, ClauseElement]:
    """The newest that is remembered of each partition of assets."""
    rows = asset_partitions
    asset: BindParameter[Any] = p("asset")
    one = (rows.c.asset_key == asset, rows.c.partition == p("key"))
    return {
        "new_partition": whole(rows),
        "partition_ordinal": select(rows.c.ordinal).where(*one),
        "partition_made": update(rows)
        .where(*one)
        .values({**changing(rows, "ordinal", "materialization_id", "made_at", "data_version"), "failed": null()}),
        "partition_observed": update(rows)
        .where(*one)
        .values({**changing(rows, "ordinal", "observation_id"),
                 "data_version": func.coalesce(p("data_version"), rows.c.data_version)}),
        "number_partition": update(rows).where(*one).values(changing(rows, "ordinal", "failed")),
        "forget_partition": delete(rows).where(*one),
        "forget_partition_events": delete(events).where(
            events.c.asset_key == asset, events.c.partition == p("key"),
            events.c.type.in_([text_of("ASSET_MATERIALIZATION"), text_of("ASSET_OBSERVATION")]),
        ),
        "forget_partitions_of_asset": delete(rows).where(rows.c.asset_key == asset),
        "select_partitions": select(rows.c.partition, *(each for each in rows.c if each.name not in {"asset_key",
                                                                                                     "partition"})),
        "partition_order": rows.c.partition,
        "partition_asset_is": rows.c.asset_key == asset,
        "partition_key_in": rows.c.partition.in_(many("keys")),
        "partition_after": rows.c.partition > p("after"),
        "partition_unnumbered": rows.c.ordinal.is_(None),
        "partition_is_made": rows.c.materialization_id.is_not(None),
        "count_unnumbered": select(rows.c.asset_key, func.count())
        .where(rows.c.ordinal.is_(None))
        .group_by(rows.c.asset_key),
        "event_partitions": select(events.c.partition, func.max(events.c.id))
        .where(
            events.c.asset_key == asset, events.c.type == p("kind_now"), events.c.partition.is_not(None),
            events.c.id > p("after_id"), events.c.id < p("before_id"),
        )
        .group_by(events.c.partition),
    }  # fmt: skip


def about_partition_sets() -> Mapping[str, ClauseElement]:
    """Which partitions of assets were made or failed, as sets, and what their numbers mean."""
    sets = partition_sets
    asset: BindParameter[Any] = p("asset")
    one_chunk = (sets.c.asset_key == asset, sets.c.numbering == p("numbering_now"), sets.c.chunk == p("chunk_now"))
    return {
        "numbering": select(partition_numberings.c.numbering).where(partition_numberings.c.asset_key == asset),
        "new_numbering": whole(partition_numberings),
        "change_numbering": update(partition_numberings)
        .where(partition_numberings.c.asset_key == asset)
        .values(changing(partition_numberings, "numbering", "looked")),
        "partition_sets_of_chunk": select(sets.c.kind, sets.c.ordinals).where(*one_chunk),
        "new_partition_set": whole(sets),
        "change_partition_set": update(sets).where(*one_chunk, sets.c.kind == p("kind_now")).values(
            changing(sets, "ordinals")
        ),
        "forget_partition_set": delete(sets).where(*one_chunk, sets.c.kind == p("kind_now")),
        "forget_sets_in_numbering": delete(sets).where(
            sets.c.asset_key == asset, sets.c.numbering == p("numbering_now")
        ),
        "rename_partition_sets": update(sets)
        .where(sets.c.asset_key == asset, sets.c.numbering == p("numbering_now"))
        .values(changing(sets, "numbering")),
        "forget_numbering_of_asset": delete(partition_numberings).where(partition_numberings.c.asset_key == asset),
        "forget_sets_of_asset": delete(sets).where(sets.c.asset_key == asset),
        "select_numberings": select(partition_numberings),
        "select_sets": select(sets),
        # The index alone has kind and asset: no set is read.
        "assets_with_failed_partitions": select(sets.c.asset_key).where(sets.c.kind == text_of("failed")).distinct(),
        "numbering_asset_in": partition_numberings.c.asset_key.in_(many("assets")),
        "set_asset_in": sets.c.asset_key.in_(many("assets")),
    }  # fmt: skip


def about_planned_partitions() -> Mapping[str, ClauseElement]:
    """Which partitions of assets runs are to make."""
    rows, planned = asset_partitions, planned_partitions
    asset: BindParameter[Any] = p("asset")
    of_run = planned.c.run_id == p("run")
    of_run_chunk = (of_run, planned.c.asset_key == asset, planned.c.chunk == p("chunk_now"))
    return {
        "new_plan": whole(planned),
        "plan_of_chunk": select(planned.c.numbering, planned.c.ordinals).where(*of_run_chunk),
        "change_plan": update(planned).where(*of_run_chunk).values(changing(planned, "ordinals")),
        "forget_plan": delete(planned).where(*of_run_chunk),
        "forget_plans_of_run_for_asset": delete(planned).where(of_run, planned.c.asset_key == asset),
        "plans_of_run": select(planned).where(of_run),
        "plans_of_asset": select(planned).where(planned.c.asset_key == asset),
        "forget_plans_of_run": delete(planned).where(of_run),
        # By others than the run, since it planned to.
        "made_meanwhile": select(events.c.partition, rows.c.ordinal)
        .join(rows, (rows.c.asset_key == events.c.asset_key) & (rows.c.partition == events.c.partition))
        .where(
            events.c.asset_key == asset, events.c.type == text_of("ASSET_MATERIALIZATION"),
            events.c.id > p("planned_id"), events.c.run_id != p("run"),
        ),
        "forget_plans_of_asset": delete(planned).where(planned.c.asset_key == asset),
        "select_plans": select(planned),
        "plan_asset_in": planned.c.asset_key.in_(many("assets")),
    }  # fmt: skip


def about_dynamic_partitions() -> Mapping[str, ClauseElement]:
    """Keys of dynamic partitions."""
    table = dynamic_partitions
    of_name = table.c.name == p("name_now")
    one = (of_name, table.c.partition == p("key"))
    there = table.c.is_there == ONE
    return {
        "new_dynamic_partition": whole(table),
        "last_place": select(func.max(table.c.place)).where(of_name),
        "known_dynamic_partitions": select(table.c.partition, table.c.is_there).where(
            of_name, table.c.partition.in_(many("keys"))
        ),
        "dynamic_partition": select(ONE).where(*one, there),
        "put_dynamic_partition": update(table).where(*one).values(changing(table, "place", "is_there")),
        "forget_dynamic_partition": update(table).where(*one, there).values(changing(table, "is_there")),
        "count_dynamic_partitions": select(func.count()).where(of_name, there),
        "dynamic_names": select(table.c.name, func.count()).where(there).group_by(table.c.name),
        "select_dynamic_partitions": select(table.c.place, table.c.partition, table.c.number),
        "dynamic_name_is": of_name & there,
        "dynamic_key_in": table.c.partition.in_(many("keys")),
        "dynamic_number_in": table.c.number.in_(many("numbers")),
        "dynamic_after_place": table.c.place > p("after"),
        "dynamic_before_place": table.c.place < p("before"),
        "dynamic_order": table.c.place,
    }


def heads() -> Mapping[str, ClauseElement]:
    """Statements that conditions are added to."""
    return {
        "select_runs": select(runs),
        "select_run_ids": select(runs.c.run_id),
        "count_runs": select(func.count()).select_from(runs),
        "select_events": select(events),
        "select_made_assets": select(events.c.id, events.c.asset_key),
        "select_ticks": select(ticks.c.id, ticks.c.body, ticks.c.automation_id),
        "select_assets": select(*_state_columns()),
    }


def conditions() -> Mapping[str, ClauseElement]:
    """Single conditions and endings; their names say what they hold."""
    tagged = select(run_tags.c.run).where(run_tags.c.tag == p("tag"), run_tags.c.lookup.in_(many("lookups")))
    place = select(runs.c.id).where(runs.c.run_id == p("cursor")).scalar_subquery().correlate(None)
    return {
        "run_id_in": runs.c.run_id.in_(many("run_ids")),
        "run_job_is": runs.c.job_name == p("job_name"),
        "run_status_in": runs.c.status.in_(many("statuses")),
        "run_tagged": runs.c.id.in_(tagged),
        "run_updated_after": runs.c.updated_at > p("updated_after"),
        "run_updated_before": runs.c.updated_at < p("updated_before"),
        "run_created_after": runs.c.created_at > p("created_after"),
        "run_created_before": runs.c.created_at < p("created_before"),
        "run_location_is": runs.c.location_name == p("location_name"),
        # Of a run that was deleted meanwhile nobody knows the place: from the beginning, rather than none at all.
        "run_after_cursor": runs.c.id > func.coalesce(place, literal_column("0")),
        "run_before_cursor": runs.c.id < place,
        "run_id_from": runs.c.run_id >= p("first"),
        "run_id_below": runs.c.run_id < p("beyond"),
        "run_name_order": runs.c.run_id,
        "run_id_order": runs.c.id,
        "event_run_is": events.c.run_id == p("run_id"),
        "event_type_in": events.c.type.in_(many("types")),
        # Inside a run the kind only sifts. Bare, it would offer SQLite, which keeps no statistics, the index of kinds,
        # and with that a walk through the events of all runs.
        "event_type_among": events.c.type.concat(text_of("")).in_(many("types")),
        "event_asset_is": events.c.asset_key == p("asset_key"),
        "event_partition_in": events.c.partition.in_(many("partitions")),
        "event_after_id": events.c.id > p("after_id"),
        "event_before_id": events.c.id < p("before_id"),
        "event_after_at": events.c.at > p("after_at"),
        "event_before_at": events.c.at < p("before_at"),
        "event_step_is": events.c.step_key == p("step_key"),
        "event_id_in": events.c.id.in_(many("storage_ids")),
        "event_job_in": events.c.run_id.in_(select(runs.c.run_id).where(runs.c.job_name.in_(many("job_names")))),
        "event_id_order": events.c.id,
        "tick_automation_is": ticks.c.automation_id == p("automation"),
        "tick_before_id": ticks.c.id < p("before_id"),
        "tick_after_id": ticks.c.id > p("after_id"),
        "tick_failed": ticks.c.status == text_of("FAILURE"),
        # Not bare: the index of automations would offer all ticks of these, to be sorted.
        "tick_location_is": ticks.c.automation_id.concat(text_of("")).in_(
            select(automations.c.id).where(automations.c.location_name == p("location"))
        ),
        "tick_status_in": ticks.c.status.in_(many("statuses")),
        "tick_id_order": ticks.c.id,
        "asset_in": asset_state.c.asset_key.in_(many("assets")),
    }


def all_queries() -> dict[str, ClauseElement]:
    """Every statement and piece by its name.

    Raises:
        AssertionError: two of them have one name.
    """
    nouns = (
        about_runs(),
        about_run_lists(),
        about_overlap(),
        about_events(),
        about_logs(),
        about_checks(),
        about_pools(),
        about_automations(),
        about_ticks_of_many(),
        about_backfills(),
        about_many_backfills(),
        about_partitions(),
        about_partition_sets(),
        about_planned_partitions(),
        about_dynamic_partitions(),
        about_conditions(),
        about_facts(),
        about_accounts(),
        about_audit(),
        about_views(),
        about_changes(),
        about_timelines(),
        about_troubles(),
    )
    groups = (house(), *nouns, heads(), conditions())
    found: dict[str, ClauseElement] = {}
    for group in groups:
        assert not found.keys() & group.keys()
        found.update(group)
    return found
