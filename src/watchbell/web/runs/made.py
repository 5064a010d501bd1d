"""What a run made: assets, and what checks said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.event import (
    AssetObservationData,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
    at_of,
)
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.web.shapes.metadata import MetadataShape, metadata_shapes
from watchbell.web.shapes.run import Made, MadeAsset, MadeCheck
from watchbell.web.view import View

EVENTS_MAX = 5_000
"""Events of a run that are looked at for what it made (count)."""
WHOLE_MAX = 50
"""Assets and checks of a run whose facts are told as long as on their own pages; of more only the beginnings."""
SHORT_CHARS_MAX = 1_000
_T = DagsterEventType
KINDS = frozenset({
    _T.ASSET_MATERIALIZATION, _T.ASSET_OBSERVATION, _T.ASSET_CHECK_EVALUATION, _T.ASSET_MATERIALIZATION_PLANNED,
})  # fmt: skip


def made_by(view: View, run: DagsterRun) -> Made:
    """What a run made, looked at and checked; and what it is still to make."""
    entries = view.store.events(EventQuery(run_id=run.run_id, types=KINDS, limit=EVENTS_MAX + 1))
    return made_of(entries[:EVENTS_MAX], is_whole=len(entries) <= EVENTS_MAX)


def made_of(entries: Sequence[EventLogEntry], *, is_whole: bool = True) -> Made:
    """The same of entries of the log."""
    assets: list[MadeAsset] = []
    checks: list[MadeCheck] = []
    planned: dict[str, None] = {}
    is_short = len(entries) > WHOLE_MAX
    for entry in entries:
        event = entry.dagster_event
        if event is None:
            continue
        key = event.asset_key
        match event.event_specific_data:
            case StepMaterializationData(materialization):
                assets.append(_asset(entry, materialization, is_observation=False, is_short=is_short))
            case AssetObservationData(observation):
                assets.append(_asset(entry, observation, is_observation=True, is_short=is_short))
            case AssetCheckEvaluation() as check:
                checks.append(_check(entry, check, is_short=is_short))
            case _ if key is not None and event.event_type is _T.ASSET_MATERIALIZATION_PLANNED:
                planned[key.to_escaped_user_string()] = None
    made = {each.asset for each in assets}
    return Made(assets=assets, checks=checks, planned=[each for each in planned if each not in made], is_whole=is_whole)


def _asset(entry: EventLogEntry, made: Any, *, is_observation: bool, is_short: bool) -> MadeAsset:
    return MadeAsset(
        event_id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        asset=made.asset_key.to_escaped_user_string(),
        partition=made.partition,
        step=entry.step_key,
        is_observation=is_observation,
        description=made.description,
        metadata=_facts(made.metadata, is_short),
    )


def _check(entry: EventLogEntry, check: AssetCheckEvaluation, *, is_short: bool) -> MadeCheck:
    return MadeCheck(
        event_id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        asset=check.asset_key.to_escaped_user_string(),
        check=check.check_name,
        is_passed=check.passed,
        severity=check.severity.value,
        description=check.description,
        metadata=_facts(check.metadata, is_short),
    )


def _facts(metadata: Mapping[str, Any], is_short: bool) -> list[MetadataShape]:
    return metadata_shapes(metadata, SHORT_CHARS_MAX) if is_short else metadata_shapes(metadata)
