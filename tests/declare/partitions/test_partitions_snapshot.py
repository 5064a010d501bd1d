"""Partitions as processes see them that never load user code."""

import subprocess
import sys
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


def test_of_very_many_listed_keys_only_a_few_are_told() -> None:
    many = StaticPartitionsDefinition([f"key-{number}" for number in range(2_000)])
    told = [partitions_snapshot(each) for each in (many, MultiPartitionsDefinition({"day": DAYS, "key": many}))]

    assert all("2,000 keys" in each.description and "key-1000" not in each.description for each in told)


def test_a_repository_knows_whether_anything_in_it_has_partitions() -> None:
    made = asset(name="made", partitions_def=LETTERS)(lambda: None)
    plain = asset(name="plain")(lambda: None)

    assert [Definitions(assets=[each]).get_repository_def().has_partitions for each in (made, plain)] == [True, False]


def test_code_without_partitions_loads_no_kind_of_them() -> None:
    words = (
        "import sys, watchbell as wb; made = wb.asset(name='made')(lambda: 1);"
        "repository = wb.Definitions(assets=[made]).get_repository_def(); repository.snapshot('here');"
        "assert wb.materialize([made]).success;"
        "print([each for each in sys.modules if each.endswith(('.time_window', '.multi', '.inference', 'pyroaring'))])"
    )

    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
