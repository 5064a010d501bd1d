"""The first tables: runs, events, assets, automations, ticks, run keys, leases.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from watchbell.store.migrations.first_accounts import make_account_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTERS = ("runs", "events", "ticks", "states", "claims", "retries", "backfills", "evaluations", "forgotten",
            "dynamic", "tokens", "sessions", "audit", "views")  # fmt: skip
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    _make_asset_partitions()
    _make_asset_state()
    make_account_tables()
    _make_automations()
    _make_backfill_parts()
    _make_backfills()
    _make_check_executions()
    _make_condition_evaluations()
    _make_condition_states()
    _make_counters()
    _make_dynamic_partitions()
    _make_events()
    _make_leases()
    _make_partition_numberings()
    _make_partition_sets()
    _make_planned_partitions()
    _make_pool_claims()
    _make_pools()
    _make_run_keys()
    _make_run_tags()
    _make_runs()
    _make_ticks()


def _make_asset_partitions() -> None:
    op.create_table(
        "asset_partitions",
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("partition", sa.Text, nullable=False),
        sa.Column("ordinal", number),
        sa.Column("materialization_id", number),
        sa.Column("made_at", sa.Double),
        sa.Column("observation_id", number),
        sa.Column("data_version", sa.Text),
        sa.Column("failed", sa.Integer),
        sa.Column("failed_at", sa.Double),
        sa.PrimaryKeyConstraint("asset_key", "partition", name="pk_asset_partitions"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_asset_partitions_unnumbered",
        "asset_partitions",
        ["asset_key"],
        sqlite_where=sa.text("ordinal IS NULL"),
        postgresql_where=sa.text("ordinal IS NULL"),
    )


def _make_asset_state() -> None:
    op.create_table(
        "asset_state",
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("materialization_id", number),
        sa.Column("materialized_at", sa.Double),
        sa.Column("run_id", sa.Text),
        sa.Column("step_key", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("observation_id", number),
        sa.Column("planned_run_id", sa.Text),
        sa.Column("failed_at", sa.Double),
        sa.PrimaryKeyConstraint("asset_key", name="pk_asset_state"),
    )
    failed = sa.text("failed_at IS NOT NULL AND (materialized_at IS NULL OR failed_at >= materialized_at)")
    op.create_index("ix_asset_state_failed", "asset_state", ["failed_at"], sqlite_where=failed, postgresql_where=failed)


def _make_backfill_parts() -> None:
    op.create_table(
        "backfill_parts",
        sa.Column("backfill", number, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run_ids", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("partition", sa.Text),
        sa.Column("last_partition", sa.Text),
        sa.Column("scheduled_at", sa.Double),
        sa.Column("needs", sa.Text),
        sa.Column("more", sa.Text),
        sa.PrimaryKeyConstraint("backfill", "number", name="pk_backfill_parts"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_backfill_parts_state", "backfill_parts", ["backfill", "state", "number"])


def _make_backfills() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("backfill_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("run_limit", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backfills"),
        sa.UniqueConstraint("backfill_id", name="uq_backfills_backfill_id"),
    )
    op.create_index("ix_backfills_status", "backfills", ["status", "id"])


def _make_check_executions() -> None:
    op.create_table(
        "check_executions",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("check_name", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("evaluation_id", number),
        sa.Column("evaluated_at", sa.Double),
        sa.Column("step_key", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("target_id", number),
        sa.PrimaryKeyConstraint("id", name="pk_check_executions"),
    )
    op.create_index("ix_check_executions_check", "check_executions", ["asset_key", "check_name", "id"])
    op.create_index("ix_check_executions_run", "check_executions", ["run_id", "asset_key", "check_name"])
    failed = sa.text("status = 'FAILED'")
    op.create_index(
        "ix_check_executions_failed", "check_executions", ["id"], sqlite_where=failed, postgresql_where=failed
    )


def _make_automations() -> None:
    op.create_table(
        "automations",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("location_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("effective_at", sa.Double),
        sa.Column("spec", sa.Text),
        sa.Column("last_tick_at", sa.Double),
        sa.Column("last_run_key", sa.Text),
        sa.Column("failures_in_row", sa.Integer, nullable=False),
        sa.Column("quarantine_reason", sa.Text),
        sa.Column("settled_to", number, nullable=False),
        sa.Column("effective_event", number, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("paused_until", sa.Double),
        sa.Column("pause_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_automations"),
    )
    stuck = sa.text("quarantine_reason IS NOT NULL")
    op.create_index(
        "ix_automations_quarantined", "automations", ["updated_at"], sqlite_where=stuck, postgresql_where=stuck
    )


def _make_condition_evaluations() -> None:
    op.create_table(
        "condition_evaluations",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("automation_id", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("requested", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("run_ids", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_condition_evaluations"),
    )
    op.create_index("ix_condition_evaluations_entity", "condition_evaluations", ["entity", "id"])


def _make_condition_states() -> None:
    op.create_table(
        "condition_states",
        sa.Column("automation_id", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("automation_id", "entity", name="pk_condition_states"),
        sqlite_with_rowid=False,
    )


def _make_counters() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", number, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in COUNTERS])


def _make_dynamic_partitions() -> None:
    op.create_table(
        "dynamic_partitions",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("partition", sa.Text, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("place", number, nullable=False),
        sa.Column("is_there", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", "partition", name="pk_dynamic_partitions"),
        sa.UniqueConstraint("name", "place", name="uq_dynamic_partitions_place"),
        sa.UniqueConstraint("name", "number", name="uq_dynamic_partitions_number"),
        sqlite_with_rowid=False,
    )


def _make_events() -> None:
    events = op.create_table(
        "events",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("step_key", sa.Text),
        sa.Column("asset_key", sa.Text),
        sa.Column("partition", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    about_assets = events.c.asset_key.is_not(None)
    op.create_index(
        "ix_events_asset",
        "events",
        ["asset_key", "type", "id"],
        sqlite_where=about_assets,
        postgresql_where=about_assets,
    )
    about_partitions = events.c.partition.is_not(None)
    op.create_index(
        "ix_events_partition",
        "events",
        ["asset_key", "partition", "type", "id"],
        sqlite_where=about_partitions,
        postgresql_where=about_partitions,
    )
    went_wrong: sa.ColumnElement[bool] = sa.literal_column("type IN ('STEP_FAILURE', 'PIPELINE_FAILURE')")
    op.create_index(
        "ix_events_failures",
        "events",
        ["run_id", "id"],
        sqlite_where=went_wrong,
        postgresql_where=went_wrong,
    )
    op.create_index("ix_events_run", "events", ["run_id", "id"])
    op.create_index("ix_events_type", "events", ["type", "id"])


def _make_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _make_partition_numberings() -> None:
    op.create_table(
        "partition_numberings",
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("numbering", sa.Text, nullable=False),
        sa.Column("looked", sa.Text),
        sa.PrimaryKeyConstraint("asset_key", name="pk_partition_numberings"),
    )


def _make_partition_sets() -> None:
    op.create_table(
        "partition_sets",
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("numbering", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("chunk", number, autoincrement=False, nullable=False),
        sa.Column("ordinals", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("asset_key", "numbering", "kind", "chunk", name="pk_partition_sets"),
    )


def _make_planned_partitions() -> None:
    op.create_table(
        "planned_partitions",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("chunk", number, autoincrement=False, nullable=False),
        sa.Column("numbering", sa.Text, nullable=False),
        sa.Column("planned_id", number, nullable=False),
        sa.Column("partition", sa.Text),
        sa.Column("ordinals", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "asset_key", "chunk", name="pk_planned_partitions"),
    )
    op.create_index("ix_planned_partitions_asset", "planned_partitions", ["asset_key"])


def _make_pool_claims() -> None:
    op.create_table(
        "pool_claims",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("step_key", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pool_claims"),
        sa.UniqueConstraint("run_id", "step_key", "pool", name="uq_pool_claims_step"),
    )
    op.create_index("ix_pool_claims_pool", "pool_claims", ["pool"])


def _make_pools() -> None:
    op.create_table(
        "pools",
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("slot_limit", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("pool", name="pk_pools"),
    )


def _make_run_keys() -> None:
    op.create_table(
        "run_keys",
        sa.Column("automation_id", sa.Text, nullable=False),
        sa.Column("run_key", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("automation_id", "run_key", name="pk_run_keys"),
        sqlite_with_rowid=False,
    )


def _make_run_tags() -> None:
    op.create_table(
        "run_tags",
        sa.Column("run", number, nullable=False, autoincrement=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("lookup", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run", "tag", name="pk_run_tags"),
    )
    op.create_index("ix_run_tags_lookup", "run_tags", ["tag", "lookup", "run"])


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("job_name", sa.Text, nullable=False),
        sa.Column("location_name", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("worker", sa.Text),
        sa.Column("schedule", sa.Text),
        sa.Column("scheduled_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("run_id", name="uq_runs_run_id"),
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_index("ix_runs_duration", "runs", [sa.text("coalesce(ended_at - started_at, -1.0)"), "id"])
    op.create_index("ix_runs_ended", "runs", [sa.text("coalesce(ended_at, -1.0)"), "id"])
    op.create_index("ix_runs_job_name", "runs", ["job_name", "id"])
    unfinished = sa.text("schedule IS NOT NULL AND (status NOT IN ('CANCELED', 'FAILURE', 'SUCCESS'))")
    op.create_index(
        "ix_runs_schedule",
        "runs",
        ["schedule", "location_name", "status", "scheduled_at"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index("ix_runs_status", "runs", ["status", "id"])
    op.create_index("ix_runs_updated_at", "runs", ["updated_at"])


def _make_ticks() -> None:
    op.create_table(
        "ticks",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("automation_id", sa.Text, nullable=False),
        sa.Column("slot", sa.Double),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Double, nullable=False),
        sa.Column("run_count", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticks"),
        sa.UniqueConstraint("automation_id", "slot", name="uq_ticks_slot"),
    )
    op.create_index("ix_ticks_automation", "ticks", ["automation_id", "id"])
    failed = sa.text("status = 'FAILURE'")
    op.create_index("ix_ticks_failed", "ticks", ["id"], sqlite_where=failed, postgresql_where=failed)
    missed = sa.text("status = 'MISSED'")
    op.create_index("ix_ticks_missed", "ticks", ["id"], sqlite_where=missed, postgresql_where=missed)
    caused = sa.text("run_count > 0")
    op.create_index(
        "ix_ticks_runs",
        "ticks",
        ["automation_id", "ended_at", "run_count"],
        sqlite_where=caused,
        postgresql_where=caused,
    )
