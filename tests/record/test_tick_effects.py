"""What a tick changed besides runs is kept in few words, however much it was."""

from __future__ import annotations

from watchbell.ground.wire import dumps, loads
from watchbell.record.event import EventLogEntry
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.request import AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest
from watchbell.record.runless_event import runless_event
from watchbell.record.tick_effects import (
    ENTRIES_MAX,
    KEYS_KEPT,
    PartitionsChange,
    StoredEvents,
    TickEffects,
    effect_texts,
    effects_of,
)


def made(name: str) -> EventLogEntry:
    return EventLogEntry(run_id="", timestamp=0.0, dagster_event=runless_event(AssetMaterialization(name)))


def test_changes_of_one_name_and_events_of_one_asset_are_counted_together() -> None:
    changes = [
        AddDynamicPartitionsRequest("a", ["1", "2"]),
        DeleteDynamicPartitionsRequest("a", ["3"]),
        AddDynamicPartitionsRequest("a", ["4"]),
    ]

    found = effects_of(changes, [made("x"), made("y"), made("x")])

    assert found == TickEffects(
        (PartitionsChange("a", True, 3, ("1", "2", "4")), PartitionsChange("a", False, 1, ("3",))),
        (StoredEvents("materialization", "x", 2), StoredEvents("materialization", "y", 1)),
    )
    assert loads(dumps(found)) == found


def test_nothing_is_none() -> None:
    assert effects_of([], []) is None
    assert effect_texts(None) == {}


def test_a_hundred_thousand_keys_are_a_few_and_a_number() -> None:
    found = effects_of([AddDynamicPartitionsRequest("a", [str(each) for each in range(100_000)])], [])

    assert found is not None
    assert len(found.partitions[0].first) == KEYS_KEPT
    assert effect_texts(found) == {"dynamic partitions 'a', added": "0, 1, 2, 3, 4 and 99,995 more"}


def test_many_names_and_assets_are_cut_and_counted() -> None:
    found = effects_of(
        [AddDynamicPartitionsRequest(f"n{each}", ["k"]) for each in range(50)], [made(f"a{each}") for each in range(30)]
    )

    assert found is not None
    assert (len(found.partitions), len(found.events), found.left_out) == (ENTRIES_MAX, ENTRIES_MAX, 40)
    assert effect_texts(found)["more changes"] == "40"
    assert len(dumps(found)) < 10_000


def test_a_request_without_keys_is_told_as_that() -> None:
    assert effect_texts(effects_of([AddDynamicPartitionsRequest("a", [])], [])) == {
        "dynamic partitions 'a', added": "no key"
    }
