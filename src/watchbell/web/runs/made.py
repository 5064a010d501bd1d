"""What a run made: assets, and what checks said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.ground.masking import masked_text
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
from watchbell.web.shapes.run import Fact, Made, MadeAsset, MadeCheck
from watchbell.web.view import View

EVENTS_MAX = 5_000
"""Events of a run that are looked at for what it made (count)."""
TEXT_CHARS_MAX = 4_000
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
    for entry in entries:
        event = entry.dagster_event
        if event is None:
            continue
        key = event.asset_key
        match event.event_specific_data:
            case StepMaterializationData(materialization):
                assets.append(_asset(entry, materialization, is_observation=False))
            case AssetObservationData(observation):
                assets.append(_asset(entry, observation, is_observation=True))
            case AssetCheckEvaluation() as check:
                checks.append(_check(entry, check))
            case _ if key is not None and event.event_type is _T.ASSET_MATERIALIZATION_PLANNED:
                planned[key.to_user_string()] = None
    made = {each.asset for each in assets}
    return Made(assets=assets, checks=checks, planned=[each for each in planned if each not in made], is_whole=is_whole)


def _asset(entry: EventLogEntry, made: Any, *, is_observation: bool) -> MadeAsset:
    return MadeAsset(
        event_id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        asset=made.asset_key.to_user_string(),
        partition=made.partition,
        step=entry.step_key,
        is_observation=is_observation,
        description=made.description,
        metadata=facts(made.metadata),
    )


def _check(entry: EventLogEntry, check: AssetCheckEvaluation) -> MadeCheck:
    return MadeCheck(
        event_id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        asset=check.asset_key.to_user_string(),
        check=check.check_name,
        is_passed=check.passed,
        severity=check.severity.value,
        description=check.description,
        metadata=facts(check.metadata),
    )


def facts(metadata: Mapping[str, Any]) -> list[Fact]:
    """Labelled facts as text."""
    return [Fact(label=label, kind=_kind(value), text=_text(value)) for label, value in metadata.items()]


def _kind(value: object) -> str:
    return type(value).__name__.removesuffix("MetadataValue").lower()


def _text(value: Any) -> str:
    plain = getattr(value, "value", value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=str)
    return masked_text(text[:TEXT_CHARS_MAX])
