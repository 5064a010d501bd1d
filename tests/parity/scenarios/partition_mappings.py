"""Which partitions depend on which: every kind of mapping, both ways."""

from datetime import UTC, datetime

import dagster as dg
from tests.parity.scenario import Say, scenario

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LETTERS, OTHERS = dg.StaticPartitionsDefinition([*"abcd"]), dg.StaticPartitionsDefinition([*"bcde"])
DAYS = dg.DailyPartitionsDefinition("2026-01-01")
LATER = dg.DailyPartitionsDefinition("2026-01-05")
HOURS = dg.HourlyPartitionsDefinition("2026-01-01-00:00")
WEEKS = dg.WeeklyPartitionsDefinition("2025-12-28")
MONTHS = dg.MonthlyPartitionsDefinition("2025-11-01")
BOTH = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
OTHER_BOTH = dg.MultiPartitionsDefinition({"day": DAYS, "other": OTHERS})
Windows, Dimension = dg.TimeWindowPartitionMapping, dg.DimensionPartitionMapping


def up(mapping, keys, below, above):
    asked = None if below is None else below.subset_with_partition_keys(keys)
    result = mapping.get_upstream_mapped_partitions_result_for_partitions(asked, below, above, NOW)
    return sorted(result.partitions_subset.get_partition_keys()), sorted(result.required_but_nonexistent_partition_keys)


def down(mapping, keys, above, below):
    asked = above.subset_with_partition_keys(keys)
    return sorted(mapping.get_downstream_partitions_for_partitions(asked, above, below, NOW).get_partition_keys())


@scenario()
def the_same_key(say: Say) -> None:
    same = dg.IdentityPartitionMapping()
    say("up", up(same, ["b", "e"], OTHERS, LETTERS), "down", down(same, ["a", "b"], LETTERS, OTHERS))
    say("two dimensions", up(same, ["2026-01-02|a"], BOTH, BOTH))


@scenario()
def all_of_them(say: Say) -> None:
    mapping = dg.AllPartitionMapping()
    say("found", up(mapping, ["b"], OTHERS, LETTERS), up(mapping, None, None, LETTERS))
    say("found", down(mapping, ["a"], LETTERS, OTHERS), down(mapping, [], LETTERS, OTHERS))


@scenario()
def the_last_one(say: Say) -> None:
    mapping = dg.LastPartitionMapping()
    say("found", up(mapping, ["b"], OTHERS, DAYS), up(mapping, None, None, BOTH))
    say("found", down(mapping, ["2026-01-09"], DAYS, OTHERS), down(mapping, ["2026-01-08"], DAYS, OTHERS))


@scenario()
def some_by_name(say: Say) -> None:
    mapping = dg.SpecificPartitionsPartitionMapping(["a", "c"])
    say(
        "found",
        up(mapping, ["b"], OTHERS, LETTERS),
        down(mapping, ["b"], LETTERS, OTHERS),
        down(mapping, ["c"], LETTERS, OTHERS),
    )


@scenario()
def key_by_key(say: Say) -> None:
    mapping = dg.StaticPartitionMapping({"a": "b", "b": ["c", "d"], "c": {"d"}})
    say("found", up(mapping, ["b", "d"], OTHERS, LETTERS), up(mapping, ["e"], OTHERS, LETTERS))
    say("found", down(mapping, ["b", "c"], LETTERS, OTHERS))


@scenario()
def key_by_key_with_keys_that_are_not_there(say: Say) -> None:
    mapping = dg.StaticPartitionMapping({"zz": "b"})
    say.refused("upstream", lambda: mapping.validate_partition_mapping(LETTERS, OTHERS))
    say.refused("other kinds", lambda: mapping.validate_partition_mapping(DAYS, OTHERS))


@scenario()
def windows_of_the_same_length(say: Say) -> None:
    for offsets in ((0, 0), (-1, 0), (-1, -1), (0, 1), (-2, -1)):
        for keys in (["2026-01-01"], ["2026-01-03", "2026-01-08"], ["2026-01-05"]):
            say(f"{offsets}", keys, up(Windows(*offsets), keys, DAYS, LATER), down(Windows(*offsets), keys, DAYS, DAYS))


@scenario()
def hours_and_days(say: Say) -> None:
    say("found", up(Windows(), ["2026-01-02"], DAYS, HOURS), down(Windows(), ["2026-01-02-05:00"], HOURS, DAYS))
    say("found", up(Windows(), ["2026-01-10-05:00"], HOURS, DAYS), down(Windows(), ["2026-01-09"], DAYS, HOURS))
    say("found", up(Windows(start_offset=-1), ["2026-01-03-00:00"], HOURS, DAYS))


@scenario()
def weeks_and_months(say: Say) -> None:
    say("found", up(Windows(), ["2025-12-28"], WEEKS, DAYS), down(Windows(), ["2026-01-03"], DAYS, WEEKS))
    say("found", up(Windows(), ["2025-12-28"], WEEKS, MONTHS), down(Windows(), ["2025-12-01"], MONTHS, WEEKS))


@scenario()
def windows_that_need_not_exist(say: Say) -> None:
    for is_lenient in (False, True):
        mapping = Windows(allow_nonexistent_upstream_partitions=is_lenient)
        say(f"{is_lenient}", up(mapping, ["2026-01-04", "2026-01-06"], DAYS, LATER))


@scenario()
def windows_beyond_now(say: Say) -> None:
    ahead = dg.DailyPartitionsDefinition("2026-01-01", end_offset=2)
    say("found", up(Windows(), ["2026-01-10"], ahead, DAYS), up(Windows(end_offset=1), ["2026-01-10"], ahead, DAYS))
    say("found", down(Windows(-1, -1), ["2026-01-09"], DAYS, ahead))


@scenario()
def windows_and_what_is_none(say: Say) -> None:
    say.refused("static", lambda: Windows().validate_partition_mapping(LETTERS, DAYS))
    say.refused("none", lambda: Windows().validate_partition_mapping(DAYS, None))


@scenario()
def one_dimension_of_two(say: Say) -> None:
    mapping = dg.MultiToSingleDimensionPartitionMapping()
    say(
        "found",
        down(mapping, ["2026-01-02|a", "2026-01-01|a"], BOTH, LETTERS),
        up(mapping, ["2026-01-02|a"], BOTH, LETTERS),
    )
    say("found", len(up(mapping, ["a", "c"], LETTERS, BOTH)[0]), len(down(mapping, ["a"], LETTERS, BOTH)))
    say("found", up(mapping, ["2026-01-02-05:00"], HOURS, BOTH), len(down(mapping, ["2026-01-02|a"], BOTH, HOURS)))


@scenario()
def dimensions_of_dimensions(say: Say) -> None:
    letters = dg.StaticPartitionMapping({"a": "b", "b": ["c", "d"]})
    mapping = dg.MultiPartitionMapping(
        {"day": Dimension("day", Windows(-1, -1)), "letter": Dimension("other", letters)}
    )
    say("found", up(mapping, ["2026-01-02|d", "2026-01-03|b", "2026-01-03|e"], OTHER_BOTH, BOTH))
    say("found", down(mapping, ["2026-01-02|b", "2026-01-02|d"], BOTH, OTHER_BOTH))


@scenario()
def one_dimension_that_matters(say: Say) -> None:
    mapping = dg.MultiPartitionMapping({"day": Dimension("day", Windows())})
    say("found", up(mapping, ["2026-01-02|b"], OTHER_BOTH, BOTH), down(mapping, ["2026-01-02|b"], BOTH, OTHER_BOTH))


@scenario()
def dimensions_that_are_not_there(say: Say) -> None:
    mapping = dg.MultiPartitionMapping({"dya": Dimension("day", Windows())})
    say.refused("name", lambda: up(mapping, ["2026-01-02|b"], OTHER_BOTH, BOTH))
    say.refused("one", lambda: up(mapping, ["a"], LETTERS, BOTH))
