"""What only the transaction that writes an event can know: the storage ids of events that it speaks of.

An evaluation of a check says which materialization it looked at, a materialization says which ones it was made from.
Both are told here, where no other writer can come between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.provenance import (
    INPUT_DATA_VERSION_TAG_PREFIX,
    NULL_EVENT_POINTER,
    get_input_event_pointer_tag,
)
from watchbell.store import checks
from watchbell.store.session import Session
from watchbell.store.statements import Params, Pieces

_MATERIALIZED = DagsterEventType.ASSET_MATERIALIZATION
_OBSERVED = DagsterEventType.ASSET_OBSERVATION
_EVALUATED = DagsterEventType.ASSET_CHECK_EVALUATION

Numbered = tuple[int, EventLogEntry]
ByAsset = dict[AssetKey, Numbered]


def completed(session: Session, numbers: Sequence[int], entries: Sequence[EventLogEntry]) -> Sequence[EventLogEntry]:
    """The entries with these facts put in; the same object where none is missing.

    Args:
        session: inside the transaction that writes them.
        numbers: their storage ids.
        entries: in order.
    """
    made: ByAsset = {}
    seen: ByAsset = {}
    changed: dict[int, EventLogEntry] = {}
    for place, entry in enumerate(entries):
        event = entry.dagster_event
        if event is None:
            continue
        told = entry
        if event.event_type is _MATERIALIZED:
            told = _with_pointers(session, entry, made, seen)
            if told.asset_key is not None:
                made[told.asset_key] = numbers[place], told
        elif event.event_type is _OBSERVED:
            if entry.asset_key is not None:
                seen[entry.asset_key] = numbers[place], entry
        elif event.event_type is _EVALUATED:
            told = checks.with_target(session, entry, made)
        if told is not entry:
            changed[place] = told
    return [changed.get(place, entry) for place, entry in enumerate(entries)] if changed else entries


def _with_pointers(
    session: Session, entry: EventLogEntry, made: Mapping[AssetKey, Numbered], seen: Mapping[AssetKey, Numbered]
) -> EventLogEntry:
    fact = entry.asset_materialization
    if fact is None or not fact.tags:
        return entry
    missing = {}
    for tag in fact.tags:
        if tag.startswith(INPUT_DATA_VERSION_TAG_PREFIX):
            key = AssetKey.from_user_string(tag[len(INPUT_DATA_VERSION_TAG_PREFIX) + 1 :])
            pointer = get_input_event_pointer_tag(key)
            if pointer not in fact.tags:
                missing[pointer] = _known_in_run(session, key, entry.run_id, made.get(key) or seen.get(key))
    if not missing:
        return entry
    event = entry.dagster_event
    assert event is not None
    data = event.step_materialization_data
    told = fact.with_tags({**fact.tags, **missing})
    return replace(entry, dagster_event=replace(event, event_specific_data=replace(data, materialization=told)))


def _known_in_run(session: Session, key: AssetKey, run_id: str, now: Numbered | None) -> str:
    """Storage id of the newest event by which a run knows an asset: it made it, or looked at it.

    Args:
        session: inside the transaction.
        key: the asset.
        run_id: the run.
        now: that event, if this transaction writes it.
    """
    if now is not None:
        return str(now[0])
    text = key.to_string()
    row = session.row("asset_made", asset=text)
    if row is not None and row[0] is not None and row[2] == run_id:
        return str(row[0])
    for kind in (_MATERIALIZED, _OBSERVED):
        conditions: list[tuple[str, Params]] = [
            ("event_run_is", {"run_id": run_id}),
            ("event_asset_is", {"asset_key": text}),
            ("event_type_in", {"types": [kind.value]}),
        ]
        found = session.select(Pieces("select_events", conditions, "event_id_order", descending=True, limit=1))
        if found:
            return str(found[0][0])
    return NULL_EVENT_POINTER
