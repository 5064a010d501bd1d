"""Who goes first, and how many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.queue_rules import RunLine, priority_of


def line(*priorities: int) -> RunLine:
    made = RunLine()
    for age, priority in enumerate(priorities):
        made.add(f"run-{age}", {"dagster/priority": str(priority)}, age)
    return made


@pytest.mark.parametrize(("text", "expected"), [("3", 3), ("-2", -2), ("high", 0), ("", 0), ("9" * 30, 1_000_000_000)])
def test_a_priority_is_a_whole_number_or_nothing(text: str, expected: int) -> None:
    assert priority_of({"dagster/priority": text}) == expected


def test_no_tag_is_priority_zero() -> None:
    assert priority_of({}) == 0


def test_higher_priority_goes_first_then_age() -> None:
    taken = line(0, 5, 0, 5, -1).next(going=0, max_concurrent_runs=10, batch_max=10)

    assert [each.run_id for each in taken] == ["run-1", "run-3", "run-0", "run-2", "run-4"]


def test_a_backfill_goes_after_all_else_of_its_priority_unless_it_asks_for_one() -> None:
    made, backfill = RunLine(), {"dagster/backfill": "b"}
    tags = [backfill, {}, {**backfill, "dagster/priority": "0"}, {"dagster/priority": "-1"}, {}]
    for age, each in enumerate(tags):
        made.add(f"run-{age}", each, age)

    taken = made.next(going=0, max_concurrent_runs=10, batch_max=10)

    assert [each.run_id for each in taken] == ["run-1", "run-2", "run-4", "run-0", "run-3"]


@pytest.mark.parametrize(("going", "expected"), [(0, 2), (1, 1), (2, 0), (5, 0)])
def test_no_more_start_than_there_is_room_for(going: int, expected: int) -> None:
    assert len(line(0, 0, 0).next(going, max_concurrent_runs=2, batch_max=10)) == expected


def test_no_more_start_at_once_than_a_batch() -> None:
    assert len(line(0, 0, 0).next(0, max_concurrent_runs=10, batch_max=2)) == 2


def test_a_run_stands_in_the_line_once() -> None:
    queue = line(0)
    queue.add("run-0", {}, 0)

    assert len(queue) == 1
    assert len(queue.next(0, 10, 10)) == 1
    assert len(queue) == 0


def test_what_could_not_be_started_returns_to_its_place() -> None:
    queue = line(0, 0, 0)
    taken = queue.next(0, 1, 10)

    queue.put_back(taken)

    assert [each.run_id for each in queue.next(0, 10, 10)] == ["run-0", "run-1", "run-2"]


@given(st.lists(st.integers(-3, 3), max_size=30), st.integers(1, 4))
def test_every_run_leaves_once_in_the_order_of_the_rule(priorities: list[int], room: int) -> None:
    queue = line(*priorities)
    left = []
    while taken := queue.next(0, room, 3):
        left += [each.run_id for each in taken]

    expected = sorted(range(len(priorities)), key=lambda age: (-priorities[age], age))
    assert left == [f"run-{age}" for age in expected]
