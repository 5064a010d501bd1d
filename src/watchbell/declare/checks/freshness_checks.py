"""Ready-made checks that assets are fresh, and the sensor that evaluates them in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from watchbell.declare.assets.freshness_rules import earliest_update, fresh_until, last_tick
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.checks.asset_check_spec import AssetCheckResult, AssetCheckSpec
from watchbell.declare.checks.ready_checks import answered, asset_keys_of, checks_of_assets, latest_materializations
from watchbell.declare.names import check_instance
from watchbell.ground.cron import Cron
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_check import AssetCheckKey, AssetCheckSeverity
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, TimestampMetadataValue
from watchbell.record.request import RunRequest, SkipReason

CHECK_NAME = "freshness_check"
PARAMETERS = "dagster/freshness_params"
LOWER_BOUND = "dagster/freshness_lower_bound_timestamp"
LATEST_TICK = "dagster/latest_cron_tick_timestamp"
FRESH_UNTIL = "dagster/fresh_until_timestamp"
LAST_UPDATED = "dagster/last_updated_timestamp"


def build_last_update_freshness_checks(
    *,
    assets: Sequence[Any],
    lower_bound_delta: timedelta,
    deadline_cron: str | None = None,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that assets were updated lately: materialized, or observed where something else makes them.

    Args:
        assets: the assets: keys, text, definitions or specs.
        lower_bound_delta: how long ago the last update may lie; with ``deadline_cron``, how long before the last
            deadline.
        deadline_cron: the deadlines; None: each instant is one.
        timezone: IANA zone in which the deadlines are read.
        severity: how bad it is if one was not.
        blocking: whether nothing downstream runs then.

    Raises:
        ParameterCheckError: an asset is named twice, or an argument has the wrong type.
        DagsterInvalidDefinitionError: no such cron string or zone.

    Example:
        >>> from datetime import timedelta
        >>> daily = build_last_update_freshness_checks(assets=["orders"], lower_bound_delta=timedelta(days=1))
        >>> daily[0].check_key.to_user_string()
        'orders:freshness_check'
    """
    check_instance(lower_bound_delta, timedelta, "lower_bound_delta")
    check_instance(severity, AssetCheckSeverity, "severity")
    cron = None if deadline_cron is None else Cron.of(deadline_cron, timezone)
    facts: dict[str, Any] = {"timezone": timezone, "lower_bound_delta_seconds": lower_bound_delta.total_seconds()}
    if deadline_cron is not None:
        facts["deadline_cron"] = deadline_cron

    def look(context: Any, key: AssetKey, now: datetime) -> AssetCheckResult:
        return _freshness(updated_at(context.instance, key), now, lower_bound_delta, cron, severity, facts)

    specs = [
        AssetCheckSpec(
            CHECK_NAME,
            asset=key,
            description="Evaluates freshness for targeted asset.",
            blocking=blocking,
            metadata={PARAMETERS: MetadataValue.json(facts)},
        )
        for key in asset_keys_of(assets, "assets of build_last_update_freshness_checks")
    ]
    return checks_of_assets(CHECK_NAME, specs, facts, look)


def build_sensor_for_freshness_checks(
    *,
    freshness_checks: Sequence[AssetChecksDefinition],
    minimum_interval_seconds: float | None = None,
    name: str = "freshness_checks_sensor",
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    tags: Mapping[str, str] | None = None,
) -> SensorDefinition:
    """A sensor that evaluates freshness checks as soon as what they said may not be true any more.

    Args:
        freshness_checks: from :func:`build_last_update_freshness_checks`.
        minimum_interval_seconds: least time between two looks; None: 30.
        name: of the sensor.
        default_status: whether it runs when nobody said otherwise.
        tags: tags of the sensor.

    Raises:
        ParameterCheckError: a member is no definition of checks, or there is none.

    Example:
        >>> from datetime import timedelta
        >>> checks = build_last_update_freshness_checks(assets=["orders"], lower_bound_delta=timedelta(days=1))
        >>> build_sensor_for_freshness_checks(freshness_checks=checks).name
        'freshness_checks_sensor'
    """
    checks = [check_instance(each, AssetChecksDefinition, "a member of freshness_checks") for each in freshness_checks]
    keys = sorted(key for each in checks for key in each.check_keys)
    if not keys:
        raise ParameterCheckError("build_sensor_for_freshness_checks has no check to evaluate", parameter="checks")

    def evaluate(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        now = context.instance.clock.now()
        due = [key for key in keys if is_evaluation_due(context.instance, key, now)]
        if due:
            return RunRequest(asset_check_keys=due)
        return SkipReason("what the freshness checks said still holds")

    return SensorDefinition(
        name=name,
        evaluation_fn=evaluate,
        minimum_interval_seconds=minimum_interval_seconds,
        description="Evaluates freshness checks as soon as what they said may not be true any more.",
        default_status=default_status,
        tags=tags,
    )


def is_evaluation_due(instance: Any, key: AssetCheckKey, now: datetime) -> bool:
    """Whether a freshness check has to be evaluated.

    It never was; or it passed, and the freshness has run out; or it did not pass, and the asset was updated since. One
    that did not pass is not evaluated again and again.

    Args:
        instance: asked for the newest evaluation.
        key: the check.
        now: aware.
    """
    record = instance.get_latest_asset_check_evaluation_record(key)
    evaluation = None if record is None else record.evaluation
    if evaluation is None:
        return True
    if evaluation.passed:
        until = evaluation.metadata.get(FRESH_UNTIL)
        return isinstance(until, TimestampMetadataValue) and now.timestamp() >= until.value
    last = updated_at(instance, key.asset_key)
    seen = evaluation.metadata.get(LAST_UPDATED)
    return last is not None and last.timestamp() > (seen.value if isinstance(seen, TimestampMetadataValue) else 0.0)


def _freshness(
    updated_at: datetime | None,
    now: datetime,
    delta: timedelta,
    cron: Cron | None,
    severity: AssetCheckSeverity,
    facts: Mapping[str, Any],
) -> AssetCheckResult:
    bound = earliest_update(now, delta, cron)
    said: dict[str, Any] = {PARAMETERS: MetadataValue.json(dict(facts)), LOWER_BOUND: _moment(bound)}
    if cron is not None:
        said[LATEST_TICK] = _moment(last_tick(cron, now))
    if updated_at is None:
        return answered(False, severity, "Asset has never been observed/materialized.", said)
    said[LAST_UPDATED] = _moment(updated_at)
    ago = _span(now - updated_at)
    if updated_at >= bound:
        said[FRESH_UNTIL] = _moment(fresh_until(updated_at, now, delta, cron))
        allowed = _span(now - bound)
        text = f"Asset is currently fresh. The last update was {ago} ago, within the allowed time range of {allowed}."
        return answered(True, severity, text, said)
    text = (
        f"Asset is overdue for an update. The last update was {ago} ago, which is past the allowed distance of "
        f"{_span(now - bound)}."
    )
    return answered(False, severity, text, said)


def updated_at(instance: Any, key: AssetKey) -> datetime | None:
    """When an asset was last made, or was said to be by who observed it; None: never."""
    made = latest_materializations(instance, key, 1)
    seen = [record.event_log_entry for record in instance.fetch_observations(key, limit=1).records]
    moments = [entry.timestamp for entry in made]
    for entry in seen:
        fact = entry.asset_observation
        said = None if fact is None else fact.metadata.get(LAST_UPDATED)
        moments.append(said.value if isinstance(said, TimestampMetadataValue) else entry.timestamp)
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def _moment(at: datetime) -> TimestampMetadataValue:
    return MetadataValue.timestamp(at.timestamp())


def _span(span: timedelta) -> str:
    """A time span in words, to the second."""
    seconds = max(0, int(span.total_seconds()))
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "0 seconds"
