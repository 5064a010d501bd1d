"""Partitions of random definitions: many small questions from seeds, the same on every side.

Left out is what docs/differences.md tells of: other clocks, ends within the first window, keys that are none.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

SEEDS = 25
ZONES = (None, "UTC", "Asia/Kolkata", "America/Phoenix")
MINUTES = "%Y-%m-%d-%H:%M"
CRONS = (
    "0 0 * * MON-FRI",
    "0 */6 * * *",
    "0 0 1,15 * *",
    "30 5 * * 1,3",
    "15 9-17 * * *",
    "0 9 * * MON#1",
)
LETTERS = ("p", "q", "r", "s")


def windows(dice: random.Random, start: datetime) -> Any:
    """Hours, days, weeks, months or windows of a cron string that begin near a moment."""
    common: dict[str, Any] = {"timezone": dice.choice(ZONES), "end_offset": dice.choice((0, 0, 1, -1))}
    begin = start + timedelta(days=dice.choice((0, 0, 1, -3)))
    kind = dice.choice(("hours", "days", "weeks", "months", "cron"))
    if kind == "cron":
        return dg.TimeWindowPartitionsDefinition(begin, MINUTES, cron_schedule=dice.choice(CRONS), **common)
    common["minute_offset"] = dice.choice((0, 0, 30))
    if kind == "hours":
        return dg.HourlyPartitionsDefinition(begin, **common)
    common["hour_offset"] = dice.choice((0, 0, 5))
    if kind == "days":
        return dg.DailyPartitionsDefinition(begin, **common)
    if kind == "weeks":
        return dg.WeeklyPartitionsDefinition(begin, day_offset=dice.randrange(7), **common)
    return dg.MonthlyPartitionsDefinition(begin, day_offset=dice.choice((1, 15, 31)), **common)


def letters(dice: random.Random) -> Any:
    return dg.StaticPartitionsDefinition(dice.sample(LETTERS, dice.randrange(1, 4)))


def grid(dice: random.Random, start: datetime) -> Any:
    names = dice.sample(("a", "b", "c"), 2)
    return dg.MultiPartitionsDefinition({names[0]: windows(dice, start), names[1]: letters(dice)})


def some(dice: random.Random, keys: Any) -> list[Any]:
    return [key for key in keys if dice.random() < 0.3]


def told(keys: Any) -> str:
    """How many, the first and the last few."""
    texts = sorted(map(str, keys))
    shown = texts if len(texts) <= 4 else [*texts[:2], "...", *texts[-2:]]
    return f"{len(texts)}: {' '.join(shown)}"


def moment(dice: random.Random) -> datetime:
    return datetime(2024, 1, 1) + timedelta(days=dice.randrange(900))


@scenario()
def keys_and_their_windows(say: Say) -> None:
    for seed in range(SEEDS):
        dice = random.Random(f"windows {seed}")
        start = moment(dice)
        found = windows(dice, start)
        with dg.partition_loading_context(effective_dt=(start + timedelta(days=45, hours=7)).replace(tzinfo=UTC)):
            keys = found.get_partition_keys()
            say(f"{seed} {found.cron_schedule}", told(keys), found.get_num_partitions())
            for key in dice.sample(list(keys), min(2, len(keys))):
                window = found.time_window_for_partition_key(key)
                say(f"{seed} {key}", *(each.astimezone(UTC).isoformat() for each in window))
                say(f"{seed} beside {key}", found.get_next_partition_key(key))
                at = (window.start + (window.end - window.start) * dice.random()).timestamp()
                say(f"{seed} within", found.get_partition_key_for_timestamp(at))


@scenario()
def sets_of_keys(say: Say) -> None:
    for seed in range(SEEDS):
        dice = random.Random(f"sets {seed}")
        start = moment(dice)
        found = dice.choice((windows, grid))(dice, start)
        with dg.partition_loading_context(effective_dt=(start + timedelta(days=40)).replace(tzinfo=UTC)):
            keys = found.get_partition_keys()
            one, other = (found.subset_with_partition_keys(some(dice, keys)) for _ in range(2))
            for name, each in {"or": one | other, "and": one & other, "less": one - other}.items():
                ranges = each.get_partition_key_ranges(found)
                say(f"{seed} {name}", told(each.get_partition_keys()), told(f"{two.start}~{two.end}" for two in ranges))
                say(f"{seed} not {name}", told(each.get_partition_keys_not_in_subset(found)))
                say(f"{seed} {name} again", found.deserialize_subset(each.serialize()) == each)


def mapped(say: Say, label: str, mapping: Any, up: Any, down: Any, dice: random.Random) -> None:
    """What some partitions of one definition depend on, and which depend on some of the other."""
    chosen = down.subset_with_partition_keys(some(dice, down.get_partition_keys()))
    result = mapping.get_upstream_mapped_partitions_result_for_partitions(chosen, down, up)
    missing = result.required_but_nonexistent_subset
    say(f"{label} needs", told(result.partitions_subset.get_partition_keys()), told(missing.get_partition_keys()))
    chosen = up.subset_with_partition_keys(some(dice, up.get_partition_keys()))
    found = mapping.get_downstream_partitions_for_partitions(chosen, up, down)
    say(f"{label} is needed by", told(found.get_partition_keys()))


@scenario()
def windows_that_depend_on_windows(say: Say) -> None:
    for seed in range(SEEDS):
        dice = random.Random(f"mapping {seed}")
        start = moment(dice)
        up, down = windows(dice, start - timedelta(days=100)), windows(dice, start)
        if up.timezone != down.timezone:
            continue
        offsets = dice.choice(((0, 0), (0, 0), (-1, 0), (-2, -1), (0, 1)))
        mapping = dg.TimeWindowPartitionMapping(*offsets)
        with dg.partition_loading_context(effective_dt=(start + timedelta(days=50)).replace(tzinfo=UTC)):
            mapped(say, f"{seed} {up.cron_schedule} to {down.cron_schedule} {offsets}", mapping, up, down, dice)


@scenario()
def dimensions_that_depend_on_each_other(say: Say) -> None:
    for seed in range(SEEDS):
        dice = random.Random(f"dimensions {seed}")
        start = moment(dice)
        both = grid(dice, start)
        name = dice.choice(both.partition_dimension_names)
        single = both.get_partitions_def_for_dimension(name)
        with dg.partition_loading_context(effective_dt=(start + timedelta(days=30)).replace(tzinfo=UTC)):
            mapping = dg.MultiToSingleDimensionPartitionMapping(name)
            mapped(say, f"{seed} {name}", mapping, both, single, dice)
            mapped(say, f"{seed} of {name}", mapping, single, both, dice)
            mapped(say, f"{seed} all", dg.AllPartitionMapping(), both, single, dice)
            mapped(say, f"{seed} last", dg.LastPartitionMapping(), single, both, dice)
