"""The picture of partitions in two dimensions has a line for each key of the one."""

import pytest

from watchbell import DailyPartitionsDefinition, MultiPartitionsDefinition, StaticPartitionsDefinition
from watchbell.cli.partition_rows import ROWS_MAX, clipped, ends_of, rows_of
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView

VIEW = PartitionsView()
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")
MANY = StaticPartitionsDefinition([f"{number:02}" for number in range(ROWS_MAX + 1)])


def grid(keys: list[str]) -> MultiPartitionsDefinition:
    return MultiPartitionsDefinition({"day": DAYS, "country": StaticPartitionsDefinition(keys)})


def test_each_country_is_a_line_of_days() -> None:
    definition = grid(["fr", "it"])
    there = definition.ordinals(VIEW)

    rows = rows_of(definition, there, VIEW)

    assert [row.label for row in rows] == ["fr ", "it "]
    assert [definition.keys_of(row.there, VIEW) for row in rows] == [
        ["fr|2026-01-01", "fr|2026-01-02", "fr|2026-01-03"],
        ["it|2026-01-01", "it|2026-01-02", "it|2026-01-03"],
    ]
    assert ends_of(definition, there, VIEW) == ["2026-01-01", "2026-01-03"]


def test_days_by_days_are_lines_too() -> None:
    definition = MultiPartitionsDefinition({"one": DAYS, "two": DAYS})
    rows = rows_of(definition, definition.ordinals(VIEW), VIEW)

    assert [(row.label, len(row.there)) for row in rows] == [
        ("2026-01-01 ", 3),
        ("2026-01-02 ", 3),
        ("2026-01-03 ", 3),
    ]


@pytest.mark.parametrize("definition", [DAYS, MANY, grid(list(MANY.get_partition_keys()))])
def test_one_dimension_or_too_many_lines_are_one(definition: PartitionsDefinition) -> None:
    there = definition.ordinals(VIEW)
    (row,) = rows_of(definition, there, VIEW)

    assert (row.label, row.there) == ("", there)
    assert ends_of(definition, there, VIEW) == definition.keys_of([there.at(0), there.at(-1)], VIEW)


@pytest.mark.parametrize(("text", "expected"), [("short", "short"), ("much too long", "much t…")])
def test_what_is_too_long_is_cut(text: str, expected: str) -> None:
    assert clipped(text, 7) == expected
