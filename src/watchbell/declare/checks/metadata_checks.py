"""Ready-made checks of what materializations say: numbers within bounds, columns that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.checks.asset_check_spec import AssetCheckResult, AssetCheckSpec
from watchbell.declare.checks.ready_checks import answered, asset_keys_of, checks_of_assets, latest_materializations
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import FloatMetadataValue, IntMetadataValue, TableSchemaMetadataValue
from watchbell.record.table import TableSchema

COLUMN_SCHEMA = "dagster/column_schema"
NEVER_MADE = "The asset was never materialized."


def build_metadata_bounds_checks(
    *,
    assets: Sequence[Any],
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    metadata_key: str,
    min_value: float | None = None,
    max_value: float | None = None,
    exclusive_min: bool = False,
    exclusive_max: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that a number in the metadata of the newest materialization lies within bounds.

    Args:
        assets: the assets: keys, text, definitions or specs.
        severity: how bad it is if it does not.
        metadata_key: the label of the number.
        min_value: the least it may be; None: anything.
        max_value: the most it may be; None: anything.
        exclusive_min: whether ``min_value`` itself is too little.
        exclusive_max: whether ``max_value`` itself is too much.

    Raises:
        DagsterInvalidDefinitionError: there is no bound.
        ParameterCheckError: an asset is named twice, or an argument has the wrong type.

    Example:
        >>> checks = build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", min_value=1)
        >>> checks[0].check_key.to_user_string()
        'orders:rows_bounds_check'
    """
    if min_value is None and max_value is None:
        raise DagsterInvalidDefinitionError(
            f"the bounds check of the metadata {metadata_key!r} has no bound; give min_value, max_value or both"
        )
    check_instance(severity, AssetCheckSeverity, "severity")
    low = f"{'greater than' if exclusive_min else 'greater than or equal to'} {min_value}"
    high = f"{'less than' if exclusive_max else 'less than or equal to'} {max_value}"
    wanted = " and ".join(text for text, bound in ((low, min_value), (high, max_value)) if bound is not None)

    def look(context: Any, key: AssetKey, now: datetime) -> AssetCheckResult:
        made = latest_materializations(context.instance, key, 1)
        if not made:
            return answered(False, severity, NEVER_MADE)
        fact = made[0].asset_materialization
        found = None if fact is None else fact.metadata.get(metadata_key)
        if found is None:
            return answered(False, severity, f"Metadata key `{metadata_key}` not found")
        if not isinstance(found, IntMetadataValue | FloatMetadataValue) or found.value is None:
            return answered(False, severity, f"Value `{found.value}` is not a number")
        number = found.value
        is_low = min_value is not None and (number <= min_value if exclusive_min else number < min_value)
        is_high = max_value is not None and (number >= max_value if exclusive_max else number > max_value)
        is_outside = is_low or is_high
        return answered(not is_outside, severity, f"Value `{number}` is {'not ' if is_outside else ''}{wanted}")

    text = f"Checks that the latest materialization has metadata value `{metadata_key}` {wanted}"
    specs = [
        AssetCheckSpec(f"{metadata_key}_bounds_check", asset=key, description=text)
        for key in asset_keys_of(assets, "assets of build_metadata_bounds_checks")
    ]
    return checks_of_assets("asset_check", specs, {"metadata": metadata_key, "wanted": wanted}, look)


def build_column_schema_change_checks(
    *, assets: Sequence[Any], severity: AssetCheckSeverity = AssetCheckSeverity.WARN
) -> Sequence[AssetChecksDefinition]:
    """Checks that the columns of the newest materialization are those of the one before.

    Materializations tell of columns by metadata labelled ``dagster/column_schema``.

    Args:
        assets: the assets: keys, text, definitions or specs.
        severity: how bad it is if they are not.

    Raises:
        ParameterCheckError: an asset is named twice, or an argument has the wrong type.

    Example:
        >>> build_column_schema_change_checks(assets=["orders"])[0].check_key.to_user_string()
        'orders:column_schema_change'
    """
    check_instance(severity, AssetCheckSeverity, "severity")

    def look(context: Any, key: AssetKey, now: datetime) -> AssetCheckResult:
        made = latest_materializations(context.instance, key, 2)
        if len(made) < 2:
            return answered(True, severity, "The asset has been materialized fewer than 2 times")
        latest, previous = (_columns(each) for each in made)
        for which, columns in (("Latest", latest), ("Previous", previous)):
            if columns is None:
                return answered(False, severity, f"{which} materialization has no column schema metadata")
        assert latest is not None
        assert previous is not None
        changes = _changes(previous, latest)
        if not changes:
            return answered(True, severity, "No changes to column schema between previous and latest materialization")
        text = "\n\n".join(["Column schema changed between previous and latest materialization.", *changes])
        return answered(False, severity, text)

    text = "Checks whether there are changes to column schema between the asset's two most recent materializations"
    specs = [
        AssetCheckSpec("column_schema_change", asset=key, description=text)
        for key in asset_keys_of(assets, "assets of build_column_schema_change_checks")
    ]
    return checks_of_assets("asset_check", specs, {"columns": True}, look)


def _columns(entry: EventLogEntry) -> TableSchema | None:
    fact = entry.asset_materialization
    found = None if fact is None else fact.metadata.get(COLUMN_SCHEMA)
    return found.value if isinstance(found, TableSchemaMetadataValue) else None


def _changes(previous: TableSchema, latest: TableSchema) -> list[str]:
    before = {column.name: column.type for column in previous.columns}
    after = {column.name: column.type for column in latest.columns}
    changes = []
    added, removed = [name for name in after if name not in before], [name for name in before if name not in after]
    retyped = [
        f"- {name}: {before[name]} -> {after[name]}" for name in after if before.get(name, after[name]) != after[name]
    ]
    if added:
        changes.append(f"Added columns: {', '.join(added)}")
    if removed:
        changes.append(f"Removed columns: {', '.join(removed)}")
    if retyped:
        changes.append("\n".join(["Column type changes:", *retyped]))
    return changes
