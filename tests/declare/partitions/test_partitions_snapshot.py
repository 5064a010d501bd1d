"""Partitions as processes see them that never load user code."""

from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.collect import Definitions
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.partitions_snapshot import partitions_snapshot
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.wire import from_plain, to_plain

LETTERS, FILES = StaticPartitionsDefinition(["a", "b"]), DynamicPartitionsDefinition(name="files")
DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-11")
LISTED = DynamicPartitionsDefinition(lambda at: 1 / 0)  # type: ignore[arg-type, return-value]  # is never called


@pytest.mark.parametrize(
    ("definition", "kind", "count", "dynamic_name"),
    [
        (LETTERS, "static", 2, None),
        (DAYS, "time_window", 10, None),
        (FILES, "dynamic", None, "files"),
        (LISTED, "dynamic", None, None),
        (MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS}), "multi", 20, None),
        (MultiPartitionsDefinition({"day": DAYS, "file": FILES}), "multi", None, "files"),
    ],
)
def test_what_is_told_of_each_kind(definition: Any, kind: str, count: int | None, dynamic_name: str | None) -> None:
    told = partitions_snapshot(definition)

    assert told is not None
    assert (kind, count, dynamic_name) == (told.kind, told.count, told.dynamic_name)
    assert told == from_plain(to_plain(told))
    assert (None if definition is LISTED else definition.numbering) == told.numbering


def test_a_location_tells_the_partitions_of_assets_and_jobs() -> None:
    made = asset(name="made", partitions_def=LETTERS)(lambda: None)
    plain = asset(name="plain")(lambda: None)

    snapshot = Definitions(assets=[made, plain]).get_repository_def().snapshot("here")

    assert [partitions_snapshot(LETTERS), None] == [each.partitions for each in snapshot.assets]
    assert [partitions_snapshot(LETTERS)] == [each.partitions for each in snapshot.jobs]
