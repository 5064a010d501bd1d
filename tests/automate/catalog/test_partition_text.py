"""Partitions as people write them."""

from datetime import UTC, datetime

import pytest

import watchbell as dg
from watchbell.automate.catalog.partition_text import read_partitions, write_partitions
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError, DagsterUnknownPartitionError

NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)
VIEW = PartitionsView(NOW, None)
DAYS = dg.DailyPartitionsDefinition("2026-05-01")
ODD = dg.StaticPartitionsDefinition(["a", "b,c", 'd"e', "f..g", " h", "*", "i"])
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "region": dg.StaticPartitionsDefinition(["n", "s", "w"])})


@pytest.mark.parametrize(
    "text",
    ["", "*", "2026-05-03", "2026-05-03..2026-05-09", "2026-05-01..2026-05-02, 2026-05-05, 2026-05-09..2026-05-11"],
)
def test_what_is_written_is_read_again(text: str) -> None:
    found = read_partitions(DAYS, text, VIEW)

    assert write_partitions(DAYS, found, VIEW) == text


def test_three_dots_and_blanks_are_read_as_well() -> None:
    assert read_partitions(DAYS, " 2026-05-03 ... 2026-05-05 ,2026-05-07,", VIEW) == read_partitions(
        DAYS, "2026-05-03..2026-05-05, 2026-05-07", VIEW
    )


def test_every_key_can_be_written_however_odd() -> None:
    for place, key in enumerate(ODD.get_partition_keys()):
        one = read_partitions(ODD, write_partitions(ODD, ODD.ordinals(VIEW) & _only(place), VIEW) or "", VIEW)

        assert ODD.keys_of(one, VIEW) == [key]


def test_a_rectangle_of_two_dimensions_is_one_range() -> None:
    found = read_partitions(GRID, "2026-05-02|n..2026-05-04|s", VIEW)

    assert (len(found), write_partitions(GRID, found, VIEW)) == (6, "2026-05-02|n..2026-05-04|s")


@pytest.mark.parametrize("text", ["2026-05-05..2026-05-03", '"2026-05-01', "2026-05-01,,2026-05-02"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(DagsterInvalidInvocationError):
        read_partitions(DAYS, text, VIEW)


def test_a_key_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(DagsterUnknownPartitionError, match="2026-05-0"):
        read_partitions(DAYS, "2026-05-0", VIEW)


def _only(place: int):
    there = ODD.ordinals(VIEW)
    return type(there)([there.at(place)])
