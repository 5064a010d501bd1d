"""What somebody reports of an asset outside any run, as an event."""

from __future__ import annotations

from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.event import (
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from watchbell.record.materialization import AssetMaterialization, AssetObservation

RunlessFact = AssetMaterialization | AssetObservation | AssetCheckEvaluation


def runless_event(fact: RunlessFact) -> DagsterEvent:
    """The event of a materialization, an observation or an evaluation of a check.

    Raises:
        ParameterCheckError: it is none of these.
    """
    if isinstance(fact, AssetMaterialization):
        data = StepMaterializationData(fact)
        return DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
    if isinstance(fact, AssetObservation):
        return DagsterEvent(DagsterEventType.ASSET_OBSERVATION, event_specific_data=AssetObservationData(fact))
    if isinstance(fact, AssetCheckEvaluation):
        return DagsterEvent(DagsterEventType.ASSET_CHECK_EVALUATION, event_specific_data=fact)
    raise ParameterCheckError(
        f"{fact!r} is no AssetMaterialization, AssetObservation or AssetCheckEvaluation; only these can be reported",
        parameter="asset_event",
        value=fact,
    )
