"""Mappings against a key-by-key mapping written here, and what must hold of them whatever they map."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.multi_mapping import (
    DimensionPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
)
from watchbell.declare.partitions.plain_mapping import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.static_mapping import StaticPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.ordinal_set import OrdinalSet

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
CRONS = [
    "0 * * * *",
    "0 0 * * *",
    "30 2 * * *",
    "0 0 * * 0",
    "0 0 1 * *",
    "0 0 * * 1-5",
    "0 */6 * * *",
    "15,45 * * * *",
]
NOW = datetime(2026, 4, 12, 7, 30, tzinfo=UTC)
VIEW = PartitionsView(NOW, None)


@st.composite
def windows(draw: st.DrawFn, *, has_exclusions: bool = True) -> TimeWindowPartitionsDefinition:
    """Windows around the changes of clocks in spring 2026."""
    start = datetime(2026, 3, 1) + timedelta(days=draw(st.integers(0, 36)))
    cron = draw(st.sampled_from(CRONS))
    # Without Saturdays and Sundays no window of the weeks would remain.
    has_exclusions = has_exclusions and cron != "0 0 * * 0"
    exclusions: list[list[str] | None] = [None, ["0 0 * * 6,0"], ["0 5 * * *"]] if has_exclusions else [None]
    return TimeWindowPartitionsDefinition(
        start=start,
        fmt="%Y-%m-%d-%H:%M",
        cron_schedule=cron,
        timezone=draw(st.sampled_from(ZONES)),
        end_offset=draw(st.integers(-1, 2)),
        exclusions=draw(st.sampled_from(exclusions)),
    )


def some_of(definition: PartitionsDefinition, seed: int, step: int) -> OrdinalSet:
    """Every so many partitions, from one on."""
    members = list(definition.ordinals(VIEW))
    return OrdinalSet(members[seed % 7 :: step])


def moved(definition: TimeWindowPartitionsDefinition, ordinal: int, by: int) -> int:
    """The window so many windows on; those that are left out do not count."""
    step = 1 if by > 0 else -1
    for _ in range(abs(by)):
        ordinal += step
        while not definition.without_excluded(OrdinalSet([ordinal])):
            ordinal += step
    return ordinal


def brute_up(
    mapping: TimeWindowPartitionMapping,
    downstream: OrdinalSet,
    below: TimeWindowPartitionsDefinition,
    above: TimeWindowPartitionsDefinition,
) -> set[int]:
    """Upstream partitions by comparing the window of each with that of each, moved."""
    theirs = [(each, above.window_of(each)) for each in above.ordinals(VIEW)]
    found = set()
    for each in downstream:
        start = below.window_of(moved(below, each, mapping.start_offset)).start
        end = below.window_of(moved(below, each, mapping.end_offset)).end
        found |= {other for other, window in theirs if window.start < end and start < window.end}
    return found


OFFSETS = st.sampled_from([(0, 0), (-1, 0), (-1, -1), (0, 1), (1, 1), (-3, 2), (-2, -1)])


@given(windows(), windows(), OFFSETS, st.integers(0, 6), st.sampled_from([1, 2, 5, 40]))
def test_windows_depend_on_those_that_overlap_when_each_is_compared_with_each(
    below: TimeWindowPartitionsDefinition,
    above: TimeWindowPartitionsDefinition,
    offsets: tuple[int, int],
    seed: int,
    step: int,
) -> None:
    mapping = TimeWindowPartitionMapping(*offsets)
    downstream = OrdinalSet(some_of(below, seed, step).page(0, 30))

    assert set(mapping.upstream_of(downstream, below, above, VIEW).existing) == brute_up(
        mapping, downstream, below, above
    )


@given(windows(), windows(), OFFSETS, st.integers(0, 6), st.sampled_from([2, 5, 40]))
def test_what_depends_on_windows_is_what_they_are_needed_by(
    below: TimeWindowPartitionsDefinition,
    above: TimeWindowPartitionsDefinition,
    offsets: tuple[int, int],
    seed: int,
    step: int,
) -> None:
    mapping = TimeWindowPartitionMapping(*offsets)
    upstream = OrdinalSet(some_of(above, seed, step).page(0, 30))
    candidates = OrdinalSet(below.ordinals(VIEW).page(seed * 3, 40))

    needed_by = {each for each in candidates if brute_up(mapping, OrdinalSet([each]), below, above) & set(upstream)}
    assert set(mapping.downstream_of(upstream, above, below, VIEW) & candidates) == needed_by


@given(windows(has_exclusions=False), windows(has_exclusions=False), OFFSETS, st.booleans())
def test_what_is_missing_does_not_exist_and_is_not_missed_beyond_the_ends_that_offsets_reach(
    below: TimeWindowPartitionsDefinition,
    above: TimeWindowPartitionsDefinition,
    offsets: tuple[int, int],
    is_lenient: bool,
) -> None:
    mapping = TimeWindowPartitionMapping(*offsets, allow_nonexistent_upstream_partitions=is_lenient)
    there = above.ordinals(VIEW)

    missing = mapping.upstream_of(below.ordinals(VIEW), below, above, VIEW).missing
    assert missing.isdisjoint(there)
    if is_lenient:
        assert not missing
    if offsets[0] < 0:
        assert all(each >= above.first_ordinal for each in missing)
    if offsets[1] > 0 and there:
        assert all(each <= (there.last() or 0) for each in missing)


# ------------------------------------------------------- laws of all kinds

LETTERS = StaticPartitionsDefinition([*"abcdef"])
OTHERS = StaticPartitionsDefinition([*"cdefgh"])
DAYS = TimeWindowPartitionsDefinition("2026-03-20", "%Y-%m-%d", cron_schedule="0 0 * * *", timezone="Europe/Berlin")
HOURS = TimeWindowPartitionsDefinition(
    "2026-03-27-00:00", "%Y-%m-%d-%H:%M", cron_schedule="0 * * * *", timezone="Europe/Berlin"
)
BOTH = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
OTHER_BOTH = MultiPartitionsDefinition({"day": HOURS, "other": OTHERS})
PAIRS = StaticPartitionMapping({"a": ["c", "d"], "b": "c", "f": ["h"]})
OVERLAP = TimeWindowPartitionMapping()

CASES: list[tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition]] = [  # mapping, upstream, downstream
    (IdentityPartitionMapping(), LETTERS, LETTERS),
    (IdentityPartitionMapping(), LETTERS, OTHERS),
    (IdentityPartitionMapping(), BOTH, BOTH),
    (AllPartitionMapping(), LETTERS, DAYS),
    (LastPartitionMapping(), DAYS, OTHERS),
    (SpecificPartitionsPartitionMapping(["a", "e", "zz"]), LETTERS, DAYS),
    (PAIRS, LETTERS, OTHERS),
    (OVERLAP, DAYS, HOURS),
    (OVERLAP, HOURS, DAYS),
    (TimeWindowPartitionMapping(-2, -1), DAYS, HOURS),
    (MultiToSingleDimensionPartitionMapping(), BOTH, LETTERS),
    (MultiToSingleDimensionPartitionMapping(), LETTERS, BOTH),
    (MultiToSingleDimensionPartitionMapping(), HOURS, BOTH),
    (MultiToSingleDimensionPartitionMapping("day"), BOTH, HOURS),
    (
        MultiPartitionMapping(
            {"day": DimensionPartitionMapping("day", OVERLAP), "letter": DimensionPartitionMapping("other", PAIRS)}
        ),
        BOTH,
        OTHER_BOTH,
    ),
    (MultiPartitionMapping({"day": DimensionPartitionMapping("day", OVERLAP)}), BOTH, OTHER_BOTH),
    (MultiPartitionMapping({}), BOTH, OTHER_BOTH),
]


def up(case: tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition], downstream: OrdinalSet) -> OrdinalSet:
    mapping, above, below = case
    return mapping.upstream_of(downstream, below, above, VIEW).existing


def down(case: tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition], upstream: OrdinalSet) -> OrdinalSet:
    mapping, above, below = case
    return mapping.downstream_of(upstream, above, below, VIEW)


@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_a_mapping_of_a_union_is_the_union_of_the_mappings_both_ways(
    case: tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition], chance: object
) -> None:
    for side, mapped in ((case[2], up), (case[1], down)):
        members = list(side.ordinals(VIEW))
        one, other = (OrdinalSet(chance.sample(members, chance.randint(1, min(9, len(members))))) for _ in range(2))  # type: ignore[attr-defined]

        assert mapped(case, one | other) == mapped(case, one) | mapped(case, other)
        assert mapped(case, one).issubset(mapped(case, one | other))


@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_up_and_down_tell_of_the_same_pairs(
    case: tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition], chance: object
) -> None:
    _, above, below = case
    member = chance.choice(list(below.ordinals(VIEW)))  # type: ignore[attr-defined]
    parent = chance.choice(list(above.ordinals(VIEW)))  # type: ignore[attr-defined]

    assert (parent in up(case, OrdinalSet([member]))) == (member in down(case, OrdinalSet([parent])))


@given(st.sampled_from(CASES), st.integers(1, 30))
def test_what_partitions_depend_on_leads_back_to_them(
    case: tuple[PartitionMapping, PartitionsDefinition, PartitionsDefinition], step: int
) -> None:
    some = some_of(case[2], 0, step)
    with_parents = OrdinalSet(each for each in some.page(0, 20) if up(case, OrdinalSet([each])))

    assert with_parents.issubset(down(case, up(case, some)))


@pytest.mark.parametrize("way", [up, down])
def test_a_set_is_mapped_as_its_members_are(way: Callable[..., OrdinalSet]) -> None:
    for case in CASES:
        side = case[2] if way is up else case[1]
        some = OrdinalSet(some_of(side, 1, 3).page(0, 25))

        assert way(case, some) == OrdinalSet.union(way(case, OrdinalSet([each])) for each in some)
