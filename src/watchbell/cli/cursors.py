"""What the cursors of sensors mean, told of definitions; the sentences are those of ``services/cursor_meaning.py``."""

from __future__ import annotations

from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.instance import DagsterInstance
from watchbell.record.snapshot import SensorSnapshot
from watchbell.services import cursor_meaning as sentences


def cursor_meaning(instance: DagsterInstance, definition: SensorDefinition, cursor: str | None) -> list[str]:
    """What a cursor of this sensor says, in sentences for people; none for a sensor that makes up its own."""
    sensor = SensorSnapshot(
        definition.name,
        run_statuses=definition.run_statuses,
        asset_keys=(definition.asset_key,) if isinstance(definition, AssetSensorDefinition) else None,
        sensor_type=definition.sensor_type.value,
    )
    return sentences.cursor_meaning(instance.store, sensor, cursor, instance.clock.now())
