"""The next times of a schedule, with what summer time does to them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.fire_times import fire_times, fires_at, offset_text
from watchbell.ground.cron import Cron

BERLIN = "Europe/Berlin"


def marks(cron: str | list[str], zone: str, after: str, count: int = 3) -> list[tuple[str, tuple[str, ...]]]:
    found = fire_times(Cron.of(cron, zone), after=datetime.fromisoformat(after), count=count)
    return [(f"{each.at:%d %H:%M%z}", each.marks) for each in found]


def test_ordinary_times_have_no_marks() -> None:
    assert marks("30 2 * * *", BERLIN, "2026-05-01T12:00Z", 2) == [("02 02:30+0200", ()), ("03 02:30+0200", ())]


def test_a_time_that_does_not_exist_is_told_where_it_moved() -> None:
    expected = ("moved: 02:30 does not exist that day", "the offset was UTC+01:00 on the line before")

    assert marks("30 2 * * *", BERLIN, "2026-03-27T12:00Z")[1] == ("29 03:00+0200", expected)


def test_several_times_that_do_not_exist_are_named_up_to_a_limit() -> None:
    [(_, found)] = marks("5,10,15,20 2 * * *", BERLIN, "2026-03-28T12:00Z", 1)

    assert found == ("moved: 02:05, 02:10, 02:15 … do not exist that day",)


def test_a_time_that_another_cron_string_names_is_not_moved() -> None:
    found = marks(["30 2 * * *", "0 3 * * *"], BERLIN, "2026-03-28T12:00Z", 1)

    assert found == [("29 03:00+0200", ())]


def test_times_of_an_hour_that_comes_twice_say_which_it_is() -> None:
    found = marks("*/30 * * * *", BERLIN, "2026-10-24T23:30Z", 5)

    assert found == [
        ("25 02:00+0200", ("02:00 comes twice that day, this is the first",)),
        ("25 02:30+0200", ("02:30 comes twice that day, this is the first",)),
        (
            "25 02:00+0100",
            ("02:00 comes twice that day, this is the second", "the offset was UTC+02:00 on the line before"),
        ),
        ("25 02:30+0100", ("02:30 comes twice that day, this is the second",)),
        ("25 03:00+0100", ()),
    ]


def test_a_change_at_midnight_is_told() -> None:
    [(_, found)] = marks("30 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", 1)

    assert found == ("moved: 00:30 does not exist that day",)


def test_several_strings_are_one_line_of_times() -> None:
    found = fire_times(Cron.of(["0 6 * * *", "0 18 * * *"], "UTC"), after=datetime(2026, 5, 1, tzinfo=UTC), count=3)

    assert [each.at.hour for each in found] == [6, 18, 6]


def test_jitter_moves_the_tick_and_not_its_time() -> None:
    after = datetime(2026, 5, 1, tzinfo=UTC)

    [fire] = fire_times(Cron.of("0 6 * * *", BERLIN), after=after, count=1, jitter_seconds=90.5)

    assert (fire.at.hour, fire.ticks_at - fire.at) == (6, timedelta(seconds=90.5))


def test_the_calendar_ends() -> None:
    assert fire_times(Cron.of("0 0 1 1 *", "UTC"), after=datetime(9998, 6, 1, tzinfo=UTC), count=5) != []
    assert len(fire_times(Cron.of("0 0 1 1 *", "UTC"), after=datetime(9998, 6, 1, tzinfo=UTC), count=5)) < 5


@pytest.mark.parametrize(("at", "expected"), [("2026-05-01T06:00Z", True), ("2026-05-01T06:00:01Z", False)])
def test_whether_it_fires_at_an_instant(at: str, expected: bool) -> None:
    assert fires_at(Cron.of("0 6 * * *", "UTC"), datetime.fromisoformat(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-05-01T06:00Z", "UTC"), ("2026-05-01T06:00+05:30", "UTC+05:30"), ("2026-05-01T06:00-09:30", "UTC-09:30"),
     ("1890-05-01T06:00+00:53:28", "UTC+00:53:28")],
)  # fmt: skip
def test_offsets_are_written_as_people_write_them(at: str, expected: str) -> None:
    assert offset_text(datetime.fromisoformat(at)) == expected


@given(
    st.sampled_from(["30 2 * * *", "*/20 1-3 * * *", "15 0 * * *", "0 * * * *", "45 2 * * 0"]),
    st.sampled_from([BERLIN, "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),
)
def test_a_time_is_moved_exactly_when_its_cron_string_does_not_name_it(cron: str, zone: str, after: datetime) -> None:
    rule = Cron.of(cron, zone)

    for each in fire_times(rule, after=after.replace(tzinfo=UTC), count=5):
        wall = each.at.replace(tzinfo=UTC)
        is_named = Cron.of(cron, "UTC").at_or_after(wall) == wall
        assert any(mark.startswith("moved") for mark in each.marks) is not is_named
