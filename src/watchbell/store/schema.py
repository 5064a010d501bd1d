"""The tables, the same for every engine.

Three rules explain most of what stands here:

- Numbers that readers follow (run, event and tick ids) come from ``counters`` inside the writing transaction, never
  from the engine's own sequences: they are never used twice, and a reader who has seen number n will never find a
  smaller one later, whatever commits in which order.
- A question about the latest state has its own table (``asset_state``, ``automations``); the log is never searched.
- "Once" is an index: (automation, run key), (automation, slot).

Times are seconds since the epoch as doubles. Text that the engine need not look into is JSON of ``ground/wire.py``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    literal_column,
)

REVISIONS = ("0001",)
"""Every revision of the schema, oldest first; the last is what this code works with. Files: ``migrations/versions``."""

# Only an INTEGER is SQLite's own row number, which spares a second tree for each table.
_Number = BigInteger().with_variant(Integer(), "sqlite")


def _only(rows: ColumnElement[bool]) -> dict[str, Any]:
    """That an index holds only some rows, in the words of each engine."""
    return {"sqlite_where": rows, "postgresql_where": rows}


# Names of constraints are spelled out so that a migration finds them on every engine.
metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


def unfinished_of_schedules(table: Table) -> ColumnElement[bool]:
    """Whether a row of ``runs`` is a run of a schedule, and not over.

    An engine finds ``ix_runs_schedule`` by these words: queries that are to use it say them as they are here.
    """
    final: list[ColumnElement[str]] = [literal_column(f"'{status}'") for status in ("CANCELED", "FAILURE", "SUCCESS")]
    return and_(table.c.schedule.is_not(None), table.c.status.not_in(final))


# As Alembic makes it.
alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", _Number, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("job_name", Text, nullable=False),
    Column("location_name", Text),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tags", Text, nullable=False),  # all of them, as JSON; run_tags is their index
    Column("body", Text, nullable=False),  # what no query looks at: config, selections, parents
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("worker", Text),
    Column("schedule", Text),  # whose run it is: a schedule's name, of its location; null also for runs of backfills
    Column("scheduled_at", Double),  # which of its times it is for; 0: none is known
    UniqueConstraint("run_id", name="uq_runs_run_id"),
    Index("ix_runs_status", "status", "id"),
    Index("ix_runs_job_name", "job_name", "id"),
    Index("ix_runs_created_at", "created_at"),
    Index("ix_runs_updated_at", "updated_at"),
)

# Only runs that are not over: what overlaps is found whatever number of runs a schedule has had.
Index(
    "ix_runs_schedule",
    runs.c.schedule,
    runs.c.location_name,
    runs.c.status,
    runs.c.scheduled_at,
    **_only(unfinished_of_schedules(runs)),
)

_RUN_TIMES = {"duration": runs.c.ended_at - runs.c.started_at, "ended": runs.c.ended_at}
RUN_ORDERS = {name: func.coalesce(value, literal_column("-1.0")) for name, value in _RUN_TIMES.items()}
"""What runs can be ordered by besides their numbers; each has an index, which is found by these words."""
for _name, _value in RUN_ORDERS.items():
    Index(f"ix_runs_{_name}", _value, runs.c.id)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run", _Number, primary_key=True, autoincrement=False),
    Column("tag", Text, primary_key=True),
    Column("lookup", Text, nullable=False),  # the value, or its digest where it is too long for an index
    Index("ix_run_tags_lookup", "tag", "lookup", "run"),
)

events = Table(
    "events",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),  # empty for events of no run
    Column("at", Double, nullable=False),
    Column("type", Text),  # null for messages that user code logged
    Column("step_key", Text),
    Column("asset_key", Text),
    Column("partition", Text),
    Column("body", Text, nullable=False),
    Index("ix_events_run", "run_id", "id"),
    Index("ix_events_type", "type", "id"),
)

Index("ix_events_asset", events.c.asset_key, events.c.type, events.c.id, **_only(events.c.asset_key.is_not(None)))

Index(
    "ix_events_partition",
    events.c.asset_key,
    events.c.partition,
    events.c.type,
    events.c.id,
    **_only(events.c.partition.is_not(None)),
)

# What went wrong in a run is asked for each row of a list; such events are few among the many of a log.
_WENT_WRONG = events.c.type.in_([literal_column(f"'{kind}'") for kind in ("STEP_FAILURE", "PIPELINE_FAILURE")])
Index("ix_events_failures", events.c.run_id, events.c.id, **_only(_WENT_WRONG))

asset_state = Table(
    "asset_state",
    metadata,
    Column("asset_key", Text, primary_key=True),
    Column("materialization_id", _Number),
    Column("materialized_at", Double),
    Column("run_id", Text),
    Column("step_key", Text),
    Column("body", Text),  # the newest materialization itself: it outlives its line in the log
    Column("observation_id", _Number),
    Column("planned_run_id", Text),
    Column("failed_at", Double),  # when a run that was to make it as a whole ended in failure without, the newest time
)

# Those that were not made since they failed are few among all, and asked for whenever something was stored.
STANDS_FAILED = asset_state.c.failed_at.is_not(None) & (
    asset_state.c.materialized_at.is_(None) | (asset_state.c.failed_at >= asset_state.c.materialized_at)
)
Index("ix_asset_state_failed", asset_state.c.failed_at, **_only(STANDS_FAILED))

check_executions = Table(
    "check_executions",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),  # of the event that planned it, or else evaluated it
    Column("asset_key", Text, nullable=False),
    Column("check_name", Text, nullable=False),
    Column("run_id", Text, nullable=False),  # empty for one of no run
    Column("status", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("evaluation_id", _Number),
    Column("evaluated_at", Double),
    Column("step_key", Text),
    Column("body", Text),  # the evaluation itself: it outlives its line in the log
    Column("target_id", _Number),  # the materialization that the evaluation says it looked at
    Index("ix_check_executions_check", "asset_key", "check_name", "id"),
    Index("ix_check_executions_run", "run_id", "asset_key", "check_name"),
)

automations = Table(
    "automations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("location_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("cursor", Text),
    Column("effective_at", Double),
    Column("spec", Text),
    Column("last_tick_at", Double),
    Column("last_run_key", Text),
    Column("failures_in_row", Integer, nullable=False),
    Column("quarantine_reason", Text),
    Column("settled_to", _Number, nullable=False),  # of a sensor of assets; 0: nothing
    Column("effective_event", _Number, nullable=False),  # of a run status sensor; 0: the log's beginning
    Column("version", Integer, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("paused_until", Double),
    Column("pause_reason", Text),
)

ticks = Table(
    "ticks",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("automation_id", Text, nullable=False),
    Column("slot", Double),  # a schedule's nominal time; null for a sensor, which may tick twice in one instant
    Column("status", Text, nullable=False),
    Column("ended_at", Double, nullable=False),
    Column("run_count", Integer, nullable=False),  # runs it caused
    Column("body", Text, nullable=False),
    UniqueConstraint("automation_id", "slot", name="uq_ticks_slot"),
    Index("ix_ticks_automation", "automation_id", "id"),
)

# Most ticks cause none: how many runs an automation caused lately is found among the few that did.
_CAUSED_RUNS = ticks.c.run_count > literal_column("0")
Index("ix_ticks_runs", ticks.c.automation_id, ticks.c.ended_at, ticks.c.run_count, **_only(_CAUSED_RUNS))

# Failures are few, and whoever is called at night asks for them first.
_FAILED = ticks.c.status == literal_column("'FAILURE'")
Index("ix_ticks_failed", ticks.c.id, **_only(_FAILED))
_MISSED = ticks.c.status == literal_column("'MISSED'")
Index("ix_ticks_missed", ticks.c.id, **_only(_MISSED))
_NOT_PASSED = check_executions.c.status == literal_column("'FAILED'")
Index("ix_check_executions_failed", check_executions.c.id, **_only(_NOT_PASSED))
_QUARANTINED = automations.c.quarantine_reason.is_not(None)
Index("ix_automations_quarantined", automations.c.updated_at, **_only(_QUARANTINED))

pools = Table(
    "pools",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("slot_limit", Integer, nullable=False),
)

pool_claims = Table(
    "pool_claims",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("pool", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("step_key", Text, nullable=False),  # empty: the run as a whole
    Column("priority", Integer, nullable=False),
    Column("held", Integer, nullable=False),  # 0: it waits; 1: it has it; 2: it waits, and lets others pass
    UniqueConstraint("run_id", "step_key", "pool", name="uq_pool_claims_step"),
    Index("ix_pool_claims_pool", "pool"),
)

condition_states = Table(
    "condition_states",
    metadata,
    Column("automation_id", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)

condition_evaluations = Table(
    "condition_evaluations",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("automation_id", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("requested", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("run_ids", Text),  # joined by spaces
    Index("ix_condition_evaluations_entity", "entity", "id"),
)

run_keys = Table(
    "run_keys",
    metadata,
    Column("automation_id", Text, primary_key=True),
    Column("run_key", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("used_at", Double, nullable=False),  # when that run was stored
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", Double, nullable=False),
)

backfills = Table(
    "backfills",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("backfill_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("run_limit", Integer),
    Column("note", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("body", Text, nullable=False),  # what was asked for, and what its parts have in common
    UniqueConstraint("backfill_id", name="uq_backfills_backfill_id"),
    Index("ix_backfills_status", "status", "id"),
)

backfill_parts = Table(
    "backfill_parts",
    metadata,
    Column("backfill", _Number, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("run_ids", Text),  # joined by spaces
    Column("note", Text),
    Column("target", Integer, nullable=False),
    Column("partition", Text),
    Column("last_partition", Text),
    Column("scheduled_at", Double),
    Column("needs", Text),
    Column("more", Text),  # run config and tags of its own, as JSON
    Index("ix_backfill_parts_state", "backfill", "state", "number"),
    sqlite_with_rowid=False,
)

asset_partitions = Table(
    "asset_partitions",
    metadata,
    Column("asset_key", Text, primary_key=True),
    Column("partition", Text, primary_key=True),
    Column("ordinal", _Number),  # in the asset's numbering; null: nobody said, or it is no partition
    Column("materialization_id", _Number),
    Column("made_at", Double),
    Column("observation_id", _Number),
    Column("data_version", Text),
    Column("failed", Integer),  # 1: the last attempt failed, and it has no number by which a set could say so
    Column("failed_at", Double),  # when an attempt failed, the newest time
    sqlite_with_rowid=False,
)

Index("ix_asset_partitions_unnumbered", asset_partitions.c.asset_key, **_only(asset_partitions.c.ordinal.is_(None)))

partition_numberings = Table(
    "partition_numberings",
    metadata,
    Column("asset_key", Text, primary_key=True),
    Column("numbering", Text, nullable=False),  # what the ordinals of its rows mean
    Column("looked", Text),  # what its definition looked like when rows without a number were last looked at
)

# A chunk is 65,536 ordinals, so that an event rewrites at most 8 KB, whatever the size of the set.
partition_sets = Table(
    "partition_sets",
    metadata,
    Column("asset_key", Text, primary_key=True),
    Column("numbering", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("chunk", _Number, primary_key=True, autoincrement=False),
    Column("ordinals", LargeBinary, nullable=False),
)

planned_partitions = Table(
    "planned_partitions",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("asset_key", Text, primary_key=True),
    Column("chunk", _Number, primary_key=True, autoincrement=False),
    Column("numbering", Text, nullable=False),
    Column("planned_id", _Number, nullable=False),  # storage id of the event that planned it
    Column("partition", Text),  # of a run for one partition, its key
    Column("ordinals", LargeBinary, nullable=False),
    Index("ix_planned_partitions_asset", "asset_key"),
)

dynamic_partitions = Table(
    "dynamic_partitions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("partition", Text, primary_key=True),
    Column("number", _Number, nullable=False),  # its own for ever: a key that comes back finds its history
    Column("place", _Number, nullable=False),  # when it was added, again if it came back
    Column("is_there", Integer, nullable=False),
    UniqueConstraint("name", "place", name="uq_dynamic_partitions_place"),
    UniqueConstraint("name", "number", name="uq_dynamic_partitions_number"),
    sqlite_with_rowid=False,
)

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("disabled_at", Double),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),  # of the secret, which is stored nowhere
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("user_name", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("last_used_at", Double),
    Column("revoked_at", Double),
    UniqueConstraint("digest", name="uq_tokens_digest"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),  # of the cookie
    Column("user_name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("client", Text, nullable=False),
    UniqueConstraint("digest", name="uq_sessions_digest"),
    Index("ix_sessions_user", "user_name", "id"),
    Index("ix_sessions_expires", "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_audit_who", "who", "id"),
    Index("ix_audit_target", "kind", "target", "id"),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),  # empty: everybody
    Column("screen", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query_text", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
    UniqueConstraint("owner", "screen", "name", name="uq_saved_views_name"),
)

snoozes = Table(
    "snoozes",
    metadata,
    Column("owner", Text, primary_key=True),  # empty: everybody
    Column("attention_key", Text, primary_key=True),
    Column("until_at", Double, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("said_at", Double, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)
