"""What only the transaction that writes an event can know: the storage ids of events that it speaks of.

An evaluation of a check says which materialization it looked at, a materialization says which ones it was made from.
Both are told here, where no other writer can come between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from watchbell.record.event import DagsterEventType, EventLogEntry, StepMaterializationData
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
_EVALUATED = DagsterEventType.ASSET_CHECK_EVALUATION

Numbered = tuple[int, EventLogEntry]


def completed(session: Session, numbers: Sequence[int], entries: Sequence[EventLogEntry]) -> Sequence[EventLogEntry]:
    """The entries with these facts put in; the same object where none is missing.

    Args:
        session: inside the transaction that writes them.
        numbers: their storage ids.
        entries: in order.
    """
    made: list[Numbered] = []
    changed: dict[int, EventLogEntry] = {}
    for place, entry in enumerate(entries):
        event = entry.dagster_event
        if event is None:
            continue
        told = entry
        if event.event_type is _MATERIALIZED:
            told = _with_pointers(session, entry, made)
            made.append((numbers[place], told))
        elif event.event_type is _EVALUATED:
            told = checks.with_target(session, entry, made)
        if told is not entry:
            changed[place] = told
    return [changed.get(place, entry) for place, entry in enumerate(entries)] if changed else entries


def _with_pointers(session: Session, entry: EventLogEntry, made: Sequence[Numbered]) -> EventLogEntry:
    fact = entry.asset_materialization
    if fact is None or not fact.tags:
        return entry
    missing = {}
    for tag in fact.tags:
        if tag.startswith(INPUT_DATA_VERSION_TAG_PREFIX):
            key = AssetKey.from_user_string(tag[len(INPUT_DATA_VERSION_TAG_PREFIX) + 1 :])
            pointer = get_input_event_pointer_tag(key)
            if pointer not in fact.tags:
                missing[pointer] = _made_in_run(session, key, entry.run_id, made)
    if not missing:
        return entry
    event = entry.dagster_event
    assert event is not None
    told = fact.with_tags({**fact.tags, **missing})
    return replace(entry, dagster_event=replace(event, event_specific_data=StepMaterializationData(told)))


def _made_in_run(session: Session, key: AssetKey, run_id: str, made: Sequence[Numbered]) -> str:
    """Storage id of the newest materialization of an asset by a run."""
    for number, other in reversed(made):
        if other.asset_key == key:
            return str(number)
    text = key.to_string()
    row = session.row("asset_made", asset=text)
    if row is None or row[0] is None:
        return NULL_EVENT_POINTER
    if row[2] == run_id:
        return str(row[0])
    conditions: list[tuple[str, Params]] = [
        ("event_run_is", {"run_id": run_id}),
        ("event_asset_is", {"asset_key": text}),
        ("event_type_in", {"types": [_MATERIALIZED.value]}),
    ]
    found = session.select(Pieces("select_events", conditions, "event_id_order", descending=True, limit=1))
    return str(found[0][0]) if found else NULL_EVENT_POINTER
