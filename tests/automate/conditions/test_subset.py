import pytest

from watchbell.automate.conditions.subset import Subset, both, either, minus, size_of
from watchbell.record.ordinal_set import OrdinalSet

SOME, OTHERS, NONE = OrdinalSet([1, 2, 3]), OrdinalSet([3, 4]), OrdinalSet()


@pytest.mark.parametrize(
    ("one", "other", "of_both", "of_either", "rest"),
    [
        (SOME, OTHERS, OrdinalSet([3]), OrdinalSet([1, 2, 3, 4]), OrdinalSet([1, 2])),
        (SOME, NONE, NONE, SOME, SOME),
        (NONE, SOME, NONE, SOME, NONE),
        (True, True, True, True, False),
        (True, False, False, True, True),
        (False, True, False, True, False),
        (False, False, False, False, False),
    ],
    ids=["sets", "empty", "empty first", "yes yes", "yes no", "no yes", "no no"],
)
def test_both_kinds_of_subsets_are_combined_alike(
    one: Subset, other: Subset, of_both: Subset, of_either: Subset, rest: Subset
) -> None:
    assert (both(one, other), either(one, other), minus(one, other)) == (of_both, of_either, rest)


def test_what_has_no_partitions_counts_one() -> None:
    assert [size_of(each) for each in (SOME, NONE, True, False)] == [3, 0, 1, 0]
