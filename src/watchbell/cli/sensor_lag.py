"""What ``sensor list`` tells of sensors: how soon they are called, and what wakes them."""

from __future__ import annotations

from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import SensorDefinition

AT_ONCE = "at once"


def interval_text(definition: SensorDefinition) -> str:
    """The least time between two evaluations, e.g. ``"30 s"``."""
    seconds = definition.minimum_interval_seconds
    if isinstance(definition, RunStatusSensorDefinition):
        seconds = definition.pause_seconds
    return f"{seconds:g} s" if seconds else AT_ONCE


def wake_text(definition: SensorDefinition) -> str:
    """What has it evaluated, and how often, e.g. ``"runs wake it at once"``."""
    interval = interval_text(definition)
    often = f"every {interval} at most" if interval != AT_ONCE else interval
    if isinstance(definition, RunStatusSensorDefinition):
        return f"runs wake it {often}"
    if isinstance(definition, AssetSensorDefinition | MultiAssetSensorDefinition):
        return f"materializations wake it {often}"
    return f"it is evaluated {often}"
