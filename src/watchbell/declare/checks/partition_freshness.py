"""Ready-made checks that the newest partition of an asset is there in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from watchbell.declare.assets.freshness_rules import last_tick
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.checks.asset_check_spec import AssetCheckResult, AssetCheckSpec
from watchbell.declare.checks.freshness_checks import (
    CHECK_NAME,
    FRESH_UNTIL,
    LAST_UPDATED,
    LATEST_TICK,
    PARAMETERS,
    updated_at,
)
from watchbell.declare.checks.ready_checks import answered, asset_keys_of, checks_of_assets
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import looking_from
from watchbell.ground.cron import Cron
from watchbell.ground.errors import CheckError
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.filters import AssetRecordsFilter
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, TimestampMetadataValue


def build_time_partition_freshness_checks(
    *,
    assets: Sequence[Any],
    deadline_cron: str,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that, of assets in windows of time, the window that was over at the last deadline was made or observed.

    Args:
        assets: the assets: keys, text, definitions or specs.
        deadline_cron: the deadlines.
        timezone: IANA zone in which the deadlines are read.
        severity: how bad it is if it was not.
        blocking: whether nothing downstream runs then.

    Raises:
        ParameterCheckError: an asset is named twice, or an argument has the wrong type.
        DagsterInvalidDefinitionError: no such cron string or zone.

    Example:
        >>> nine = build_time_partition_freshness_checks(assets=["orders"], deadline_cron="0 9 * * *")
        >>> nine[0].check_key.to_user_string()
        'orders:freshness_check'
    """
    check_instance(severity, AssetCheckSeverity, "severity")
    cron = Cron.of(deadline_cron, timezone)
    facts: dict[str, Any] = {"timezone": timezone, "deadline_cron": deadline_cron}

    def look(context: Any, key: AssetKey, now: datetime) -> AssetCheckResult:
        windows = _windows_of(context, key)
        deadline = last_tick(cron, now)
        with looking_from(deadline):
            expected = windows.get_last_partition_key()
        said: dict[str, Any] = {PARAMETERS: MetadataValue.json(facts), LATEST_TICK: _moment(deadline)}
        if expected is None or _is_there(context.instance, key, expected):
            said[FRESH_UNTIL] = _moment(cron.next_after(now))
            text = f"Asset is currently fresh, since partition {expected} has been observed/materialized."
            return answered(True, severity, text, said)
        last = updated_at(context.instance, key)
        if last is None:
            text = "The asset has never been observed/materialized. "
            return answered(False, severity, f"{text}We currently expect partition {expected} to have arrived.", said)
        said[LAST_UPDATED] = _moment(last)
        text = f"Asset is overdue. We expected partition {expected} to have arrived, and it has not."
        return answered(False, severity, text, said)

    specs = [
        AssetCheckSpec(
            CHECK_NAME,
            asset=key,
            description="Evaluates freshness for targeted asset.",
            blocking=blocking,
            metadata={PARAMETERS: MetadataValue.json(facts)},
        )
        for key in asset_keys_of(assets, "assets of build_time_partition_freshness_checks")
    ]
    return checks_of_assets(CHECK_NAME, specs, facts, look)


def _windows_of(context: Any, key: AssetKey) -> TimeWindowPartitionsDefinition:
    found = context.job_def.asset_layer.load_of(key).partitions_def
    if not isinstance(found, TimeWindowPartitionsDefinition):
        raise CheckError(
            f"the freshness check of {key.to_user_string()!r} looks for its newest window of time, but its partitions "
            f"are {found!r}; use build_last_update_freshness_checks, which looks at the whole asset"
        )
    return found


def _is_there(instance: Any, key: AssetKey, partition: str) -> bool:
    wanted = AssetRecordsFilter(key, asset_partitions=[partition])
    made = instance.fetch_materializations(wanted, limit=1).records
    return bool(made or instance.fetch_observations(wanted, limit=1).records)


def _moment(at: datetime) -> TimestampMetadataValue:
    return MetadataValue.timestamp(at.astimezone(UTC).timestamp())
