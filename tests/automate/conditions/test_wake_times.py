from datetime import UTC, datetime, timedelta

import pytest

from watchbell.automate.conditions.wake_times import WakeTimes, windows_in
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
HOURS = HourlyPartitionsDefinition("2026-01-14-00:00")
DAYS = DailyPartitionsDefinition("2026-01-14", timezone="Europe/Berlin")
LETTERS = StaticPartitionsDefinition(["a"])


def test_what_fires_wakes_those_who_speak_of_it_once() -> None:
    times = WakeTimes({("0 * * * *", "UTC"): [1, 2], ("0 13 * * *", "UTC"): [3]}, [(HOURS, lambda: [4])])
    times.begin(NOON)

    assert times.next_at == NOON + timedelta(hours=1)
    assert times.due(NOON + timedelta(minutes=59)) == set()
    assert times.due(NOON + timedelta(hours=1)) == {1, 2, 3, 4}
    assert times.due(NOON + timedelta(hours=1)) == set()
    assert times.due(NOON + timedelta(hours=9)) == {1, 2, 4}
    assert times.next_at == NOON + timedelta(hours=10)


def test_windows_end_by_the_clock_of_their_zone() -> None:
    times = WakeTimes({}, [(DAYS, lambda: [1])])
    times.begin(NOON)

    assert times.next_at == datetime(2026, 1, 14, 23, tzinfo=UTC)


def test_a_root_has_one_time_of_its_own_the_newest() -> None:
    times = WakeTimes({}, [])
    times.begin(NOON)
    times.wake(7, (NOON + timedelta(minutes=5)).timestamp())
    times.wake(7, (NOON + timedelta(minutes=9)).timestamp())
    times.wake(8, (NOON + timedelta(minutes=7)).timestamp())

    assert times.due(NOON + timedelta(minutes=6)) == set()
    assert times.next_at == NOON + timedelta(minutes=7)
    assert times.due(NOON + timedelta(minutes=9)) == {7, 8}
    assert times.next_at is None


def test_what_never_fires_again_wakes_nobody() -> None:
    times = WakeTimes({("0 0 1 1 *", "UTC"): [1]}, [])
    times.begin(NOON.replace(year=9999))

    assert times.next_at is None


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (DAYS, DAYS),
        (MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS}), DAYS),
        (LETTERS, None),
        (None, None),
    ],
    ids=["days", "both", "letters", "none"],
)
def test_windows_are_found_also_in_a_dimension(
    definition: PartitionsDefinition | None, expected: PartitionsDefinition | None
) -> None:
    assert windows_in(definition) == expected
