"""What events of partitions carry besides their keys: the numbers by which the store keeps sets."""

from __future__ import annotations

from watchbell.execute.step_partitions import StepPartitions
from watchbell.record.event_data import AssetObservationData, StepMaterializationData
from watchbell.record.materialization import AssetMaterialization, AssetObservation


def materialization_data(made: AssetMaterialization, partitions: StepPartitions | None) -> StepMaterializationData:
    """What the event of a materialization carries: with the number of its partition, where that is known."""
    return StepMaterializationData(made, *_number(made, partitions))


def observation_data(seen: AssetObservation, partitions: StepPartitions | None) -> AssetObservationData:
    """What the event of an observation carries: with the number of its partition, where that is known."""
    return AssetObservationData(seen, *_number(seen, partitions))


def _number(
    fact: AssetMaterialization | AssetObservation, partitions: StepPartitions | None
) -> tuple[str | None, int | None]:
    if fact.partition is None or partitions is None:
        return None, None
    definition = partitions.definition_of(fact.asset_key)
    ordinal = None if definition is None else definition.ordinal_of(fact.partition, partitions.run.view)
    return (None, None) if definition is None or ordinal is None else (definition.numbering, ordinal)
