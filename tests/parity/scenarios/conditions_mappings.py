"""Conditions over dependencies whose partitions are mapped in every way there is."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, DYNAMIC, GRID, HOURS, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario

OTHERS = dg.StaticPartitionsDefinition(["p", "q"])
WEEKS = dg.WeeklyPartitionsDefinition("2023-12-31")


def mapped(say: Say, up: Any, down: Any, mapping: Any = None) -> Bench:
    """Assets below ``up``, each with one condition over it."""
    above = [dg.AssetDep("up", partition_mapping=mapping)]
    conditions = {
        "any_new": C.any_deps_match(C.newly_updated()),
        "all_there": C.all_deps_match(~C.missing()),
        "any_missing": C.any_deps_match(C.missing()),
    }
    found = [asset(name, each, above, partitions_def=down) for name, each in conditions.items()]
    return Bench(say, asset("up", partitions_def=up), *found)


def lived(bench: Bench, *made: str) -> None:
    """First, then each of these made, one after the other."""
    bench.tick("first")
    for name in made:
        bench.made(f"up:{name}" if name else "up")
        bench.tick(f"up {name}")


@scenario()
def same_partitions(say: Say) -> None:
    lived(mapped(say, LETTERS, LETTERS), "a", "c")


@scenario()
def other_static_partitions(say: Say) -> None:
    some = dg.StaticPartitionsDefinition(["b", "c", "d"])
    lived(mapped(say, LETTERS, some, dg.IdentityPartitionMapping()), "a", "c")


@scenario()
def static_mapping(say: Say) -> None:
    lived(mapped(say, LETTERS, OTHERS, dg.StaticPartitionMapping({"a": "p", "b": ["p", "q"]})), "a", "b", "c")


@scenario()
def all_partitions(say: Say) -> None:
    lived(mapped(say, LETTERS, OTHERS, dg.AllPartitionMapping()), "a", "b", "c")


@scenario()
def all_days(say: Say) -> None:
    lived(mapped(say, DAYS, None, dg.AllPartitionMapping()), *(f"2024-01-{day:02}" for day in range(5, 10)))


@scenario()
def last_partition(say: Say) -> None:
    bench = mapped(say, DAYS, LETTERS, dg.LastPartitionMapping())
    lived(bench, "2024-01-05", "2024-01-09")
    bench.wait(days=1)
    bench.tick("next day")


@scenario(differs="`LastPartitionMapping` of an asset without partitions")
def last_partition_of_something_whole(say: Say) -> None:
    lived(mapped(say, DAYS, None, dg.LastPartitionMapping()), "2024-01-05", "2024-01-09")


@scenario()
def specific_partitions(say: Say) -> None:
    lived(mapped(say, LETTERS, OTHERS, dg.SpecificPartitionsPartitionMapping(["b"])), "a", "b")


@scenario(differs="`SpecificPartitionsPartitionMapping` of a key that is none")
def specific_partitions_that_are_none(say: Say) -> None:
    lived(mapped(say, LETTERS, OTHERS, dg.SpecificPartitionsPartitionMapping(["b", "z"])), "a", "b")


@scenario()
def windows_with_an_offset(say: Say) -> None:
    lived(mapped(say, DAYS, DAYS, dg.TimeWindowPartitionMapping(start_offset=-2)), "2024-01-05", "2024-01-09")


@scenario()
def windows_before_the_first(say: Say) -> None:
    late = dg.DailyPartitionsDefinition("2024-01-07")
    lived(mapped(say, late, DAYS), "2024-01-08")
    lenient = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    lived(mapped(say, late, DAYS, lenient), "2024-01-08")


@scenario()
def hours_below_days(say: Say) -> None:
    bench = mapped(say, DAYS, HOURS)
    bench.tick("first")
    say("asked", bench.evaluate().get_num_requested(dg.AssetKey("any_missing")))
    bench.made("up:2024-01-09")
    bench.tick("made")


@scenario()
def days_below_hours(say: Say) -> None:
    bench = mapped(say, HOURS, DAYS)
    lived(bench, "2024-01-09-05:00")
    bench.made(*(f"up:2024-01-09-{hour:02}:00" for hour in range(24)))
    bench.tick("the whole day")


@scenario()
def weeks_below_days(say: Say) -> None:
    bench = mapped(say, DAYS, WEEKS)
    lived(bench, "2024-01-05", "2024-01-06")
    bench.wait(days=5)
    bench.tick("a week is over")


@scenario()
def something_whole_below_days(say: Say) -> None:
    lived(mapped(say, DAYS, None), *(f"2024-01-{day:02}" for day in range(5, 10)))


@scenario()
def days_below_something_whole(say: Say) -> None:
    lived(mapped(say, None, DAYS), "")


@scenario()
def letters_below_days(say: Say) -> None:
    lived(mapped(say, DAYS, LETTERS), "2024-01-05")


@scenario()
def dimensions_below_one_of_them(say: Say) -> None:
    lived(mapped(say, LETTERS, GRID), "a")


@scenario()
def one_dimension_below_both(say: Say) -> None:
    bench = mapped(say, GRID, LETTERS)
    lived(bench, "2024-01-08|a", "2024-01-09|a")
    other = mapped(say, GRID, dg.DailyPartitionsDefinition("2024-01-08"))
    lived(other, "2024-01-08|a", "2024-01-08|b", "2024-01-08|c")


@scenario()
def dimensions_below_dimensions(say: Say) -> None:
    lived(mapped(say, GRID, GRID), "2024-01-08|a")


@scenario()
def dimensions_with_a_mapping_each(say: Say) -> None:
    mapping = dg.MultiPartitionMapping(
        {
            "day": dg.DimensionPartitionMapping("day", dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)),
            "letter": dg.DimensionPartitionMapping("letter", dg.AllPartitionMapping()),
        }
    )
    lived(mapped(say, GRID, GRID, mapping), "2024-01-08|a", "2024-01-08|b", "2024-01-08|c")


@scenario(differs="`all_deps_match` for partitions that have none in a dep of two dimensions")
def days_before_the_first_of_a_dimension(say: Say) -> None:
    conditions = {"cron": C.all_deps_match(C.cron_tick_passed("*/2 * * * *")), "there": C.all_deps_match(~C.missing())}
    bench = Bench(
        say,
        asset("up", partitions_def=GRID),
        *(asset(name, each, ["up"], partitions_def=DAYS) for name, each in conditions.items()),
    )
    bench.tick("first")
    bench.made(*(f"up:2024-01-0{day}|{letter}" for day in (8, 9) for letter in "abc"))
    bench.tick("all of it")


@scenario()
def dynamic_partitions(say: Say) -> None:
    bench = mapped(say, DYNAMIC, DYNAMIC)
    bench.tick("none")
    bench.added("p", "q")
    lived(bench, "p")
    bench.added("r")
    bench.tick("r")


@scenario()
def something_whole_below_dynamic(say: Say) -> None:
    bench = mapped(say, DYNAMIC, None)
    bench.tick("none")
    bench.added("p", "q")
    lived(bench, "p", "q")


@scenario()
def two_dependencies_with_different_mappings(say: Say) -> None:
    yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    bench = Bench(
        say,
        asset("one", partitions_def=DAYS),
        asset("two", partitions_def=DAYS),
        asset(
            "x",
            C.all_deps_match(~C.missing()) & C.missing(),
            ["one", dg.AssetDep("two", partition_mapping=yesterday)],
            partitions_def=DAYS,
        ),
    )
    bench.made("one:2024-01-08", "two:2024-01-07", "one:2024-01-07")
    bench.tick("the eighth")
    bench.made("one:2024-01-05")
    bench.tick("the first")


@scenario()
def eager_through_mappings(say: Say) -> None:
    bench = Bench(
        say,
        asset("letters", C.eager(), partitions_def=LETTERS),
        asset("grid", C.eager(), ["letters"], partitions_def=GRID),
        asset("days", C.eager(), ["grid"], partitions_def=dg.DailyPartitionsDefinition("2024-01-08")),
        asset("whole", C.eager(), ["days"]),
    )
    bench.ticks(2, "first")
    bench.made("letters:a", "letters:b", "letters:c")
    bench.ticks(2, "letters")
    for letter in "abc":
        bench.made(f"grid:2024-01-08|{letter}", f"grid:2024-01-09|{letter}")
    bench.ticks(2, "grid")
    bench.made("days:2024-01-08", "days:2024-01-09")
    bench.ticks(2, "days")
    bench.wait(days=1)
    bench.tick("next day")


@scenario()
def any_downstream_conditions_through_a_mapping(say: Say) -> None:
    yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    bench = Bench(
        say,
        asset("root", C.any_downstream_conditions(), partitions_def=DAYS),
        asset("x", C.newly_updated(), [dg.AssetDep("root", partition_mapping=yesterday)], partitions_def=DAYS),
    )
    bench.tick("first")
    bench.made("x:2024-01-08")
    bench.tick("made")


@scenario()
def days_of_two_zones(say: Say) -> None:
    east = dg.DailyPartitionsDefinition("2024-01-05", timezone="Asia/Tokyo")
    west = dg.DailyPartitionsDefinition("2024-01-05", timezone="America/New_York")
    bench = Bench(
        say,
        asset("one", C.missing(), partitions_def=east),
        asset("two", C.missing(), partitions_def=west),
        start=datetime(2024, 1, 7, 14, 30, tzinfo=UTC),
    )
    bench.tick("before midnight in Tokyo")
    bench.wait(hours=1)
    bench.tick("after midnight in Tokyo")
    bench.wait(hours=14)
    bench.tick("after midnight in New York")
