"""Events about assets as they are written down: with the numbers by which the store keeps sets of partitions."""

from __future__ import annotations

from collections.abc import Iterator

from watchbell.execute.journal import Journal
from watchbell.execute.step_partitions import StepPartitions
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.event import DagsterEventType, StepExpectationResultData
from watchbell.record.event_data import AssetObservationData, StepMaterializationData
from watchbell.record.expectation import ExpectationResult
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation

NO_NUMBER = (None, None)


def log_asset_event(
    journal: Journal,
    step_key: str | None,
    event: AssetMaterialization | AssetObservation | ExpectationResult,
    partitions: StepPartitions | None = None,
) -> None:
    """Writes down that an asset was made or looked at, or whether an expectation held.

    Args:
        journal: of the run.
        step_key: the step.
        event: what happened.
        partitions: those of the step, which know the numbers of partitions.

    Raises:
        ParameterCheckError: ``event`` is none of them.
    """
    if isinstance(event, AssetMaterialization):
        text = f"materialized {event.asset_key.to_user_string()}"
        journal.event(DagsterEventType.ASSET_MATERIALIZATION, text, step_key, materialization_data(event, partitions))
    elif isinstance(event, AssetObservation):
        text = f"observed {event.asset_key.to_user_string()}"
        journal.event(DagsterEventType.ASSET_OBSERVATION, text, step_key, observation_data(event, partitions))
    elif isinstance(event, ExpectationResult):
        data = StepExpectationResultData(event)
        journal.event(DagsterEventType.STEP_EXPECTATION_RESULT, event.message, step_key, data)
    else:
        raise ParameterCheckError(
            f"log_event takes an AssetMaterialization, AssetObservation or ExpectationResult, not {event!r}",
            parameter="event",
            value=event,
        )


def numbered_partitions(
    partitions: StepPartitions | None, key: AssetKey
) -> Iterator[tuple[str | None, tuple[str | None, int | None]]]:
    """The partitions of an asset that a step makes, with numbering and number; None alone: it has none.

    Args:
        partitions: those of the step.
        key: the asset.
    """
    made = None if partitions is None else partitions.made(key)
    if made is None or made.definition is None:
        yield None, NO_NUMBER
        return
    numbering = made.definition.numbering
    for partition, number in zip(made.keys, made.numbers, strict=True):
        yield partition, NO_NUMBER if number is None else (numbering, number)


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
        return NO_NUMBER
    definition = partitions.definition_of(fact.asset_key)
    ordinal = None if definition is None else definition.ordinal_of(fact.partition, partitions.run.view)
    return NO_NUMBER if definition is None or ordinal is None else (definition.numbering, ordinal)
