"""Cron strings: what is accepted, what is refused and how, and when they fire around changes of the clocks.

`cron_observed.json` was recorded by asking Dagster 1.13 from outside. Its times are UTC; its "clock changes" leave out
the rows in which we differ on purpose, which have tests of their own below (and stand in docs/differences.md).
"""

import json
import pickle
import warnings
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.cron import Cron, CronWarning, is_valid_cron_string, parse_cron
from watchbell.ground.errors import CronError, DagsterInvalidDefinitionError, NaiveTimeError, UnknownTimezoneError

OBSERVED: dict[str, Any] = json.loads((Path(__file__).parent / "cron_observed.json").read_text(encoding="utf-8"))
DIALECT = OBSERVED["dialect"]
SECOND = timedelta(seconds=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
AUTUMN_NEW_YORK = ("2026-11-01T00:30-04:00", "2026-11-01T02:59-05:00")


def quiet(texts: str | list[str], zone: str | None = None) -> Cron:
    """A cron whose warnings are not the matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CronWarning)
        return Cron.of(texts, zone)


def observed(compact: str) -> list[datetime]:
    """The times behind "2026-01-01 00:00,00:30 2026-01-02 00:00"."""
    words = compact.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return [datetime.fromisoformat(f"{day}T{time}+00:00") for day, times in pairs for time in times.split(",")]


def between(text: str | list[str], zone: str, first: str, last: str) -> list[str]:
    """When it fires from ``first`` to ``last``, both included, as "01T02:30-0500"."""
    cron = quiet(text, zone)
    fires = cron.fires(after=datetime.fromisoformat(first) - SECOND, until=datetime.fromisoformat(last))
    return [each.strftime("%dT%H:%M%z") for each in fires]


# ---------------------------------------------------------------- the dialect


@pytest.mark.parametrize("text", DIALECT["accepted"])
def test_an_accepted_string_fires_when_dagster_fires(text: str) -> None:
    expected = observed(DIALECT["accepted"][text])

    fires = quiet(text).fires(after=NEW_YEAR - SECOND)

    assert expected == [next(fires) for _ in expected]


@pytest.mark.parametrize("text", DIALECT["refused"])
def test_what_dagster_refuses_is_refused(text: str) -> None:
    assert not is_valid_cron_string(text)

    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert text == caught.value.expression
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", DIALECT["accepted but never computed"])
def test_what_dagster_accepts_and_then_cannot_compute_is_refused_at_once(text: str) -> None:
    with pytest.raises(CronError, match="never"):
        parse_cron(text)


@pytest.mark.parametrize("text", DIALECT["random"])
def test_a_random_field_is_drawn_once_and_for_all(text: str) -> None:
    with pytest.warns(CronWarning, match="once and for all"):
        first = parse_cron(text)
    again = quiet(text.lower()).expressions[0]

    assert (first.minutes, first.hours, first.days, first.months, first.weekdays) == (
        again.minutes,
        again.hours,
        again.days,
        again.months,
        again.weekdays,
    )


def test_random_minutes_of_many_schedules_are_spread() -> None:
    minutes = {next(quiet(f"R {hour} * * *").fires(after=NEW_YEAR)).minute for hour in range(24)}

    assert len(minutes) > 12


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("61 * * * *", "minute", "61 is not in 0-59"),
        ("0 24 * * *", "hour", "24 is not in 0-23"),
        ("0 0 32 * *", "day of month", "32 is not in 1-31"),
        ("0 0 LW * *", "day of month", "(W) is not supported"),
        ("0 0 15W * *", "day of month", "(W) is not supported"),
        ("0 0 * JANUARY *", "month", "names have three letters, JAN"),
        ("0 0 * fbe *", "month", "did you mean FEB?"),
        ("0 0 * * 5L", "day of week", "written L5"),
        ("0 0 * * 8", "day of week", "8 is not in 0-7"),
        ("0 0 * * MON#6", "day of week", "1 to 5"),
        ("0 0 * * MON,TUE#2", "day of week", "two cron strings"),
        ("H * * * *", "minute", "Jenkins"),
        ("*/0 * * * *", "minute", "a whole number from 1"),
        ("1,,2 * * * *", "minute", "a value is missing"),
        ("? * * * *", "minute", "for the two day fields only"),
        ("0 0 31 2 *", "day of month", "never comes in month '2'"),
        ("0 0 31 2 MON", "day of month", "for the weekdays alone"),
        ("0 0 15 * MON#1", "day of month", "never falls on 'MON#1'"),
        ("0 0 * * * *", None, "6 fields instead of five"),
        ("0 0 * *", None, "4 fields instead of five"),
        ("@reboot", None, "@daily"),
        ("@dayly", None, "did you mean '@daily'?"),
        ("@daily ", None, "no blanks"),
        ("", None, "is empty"),
        ("9" * 5_000 + " * * * *", "minute", "is no value"),
    ],
)
def test_a_refusal_names_the_field_and_the_way_out(text: str, field: str | None, says: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError) as caught:
        parse_cron(text)

    assert isinstance(caught.value, CronError)
    assert field == caught.value.field
    assert says in str(caught.value)


def test_an_out_of_range_value_says_what_is_accepted_there() -> None:
    with pytest.raises(CronError) as caught:
        parse_cron("0 0 * * 9")

    assert "Accepted there: *, ?, 0-7 (0 and 7 are Sunday), SUN-SAT, L5 for the last Friday" in str(caught.value)


def test_a_value_that_is_no_text_is_refused() -> None:
    assert not is_valid_cron_string(5)  # type: ignore[arg-type]
    assert not is_valid_cron_string(["0 2 * * *"])  # type: ignore[arg-type]

    with pytest.raises(CronError, match="a cron schedule is a text"):
        parse_cron(None)  # type: ignore[arg-type]


def test_a_range_of_one_value_is_the_whole_field_and_warns() -> None:
    with pytest.warns(CronWarning, match="the whole field"):
        expression = parse_cron("0 0 * * MON-MON")

    assert expression.weekdays == 0b1111111


def test_a_day_of_month_beside_an_ordinal_weekday_has_no_effect_and_warns() -> None:
    with pytest.warns(CronWarning, match="no effect"):
        cron = Cron.of("0 0 1-10 * MON#2")

    assert datetime(2026, 1, 12, tzinfo=UTC) == cron.next_after(NEW_YEAR)


def test_expressions_and_crons_are_values() -> None:
    daily = Cron.of("0 2 * * *", "Europe/Berlin")

    assert parse_cron("0 2 * * *") == parse_cron("0 2 * * *")
    assert len({daily, Cron.of(["0 2 * * *", "0 2 * * *"], "Europe/Berlin")}) == 1
    assert daily != Cron.of("0 2 * * *", "Europe/Paris")
    assert daily != Cron.of("0 3 * * *", "Europe/Berlin")


def test_a_cron_survives_pickling() -> None:
    cron = quiet(["R * * * *", "0 2 * * *"], "Europe/Berlin")

    copy = pickle.loads(pickle.dumps(cron))

    assert cron == copy
    assert cron.next_after(NEW_YEAR) == copy.next_after(NEW_YEAR)


# ---------------------------------------------------------------- instants


def test_next_and_previous_exclude_the_instant_and_at_or_after_includes_it() -> None:
    hourly = Cron.of("@hourly")
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)

    assert noon + timedelta(hours=1) == hourly.next_after(noon)
    assert noon - timedelta(hours=1) == hourly.previous_before(noon)
    assert noon == hourly.at_or_after(noon)


def test_fractions_of_a_second_count() -> None:
    hourly = Cron.of("@hourly")
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    just_before, just_after = noon - timedelta(microseconds=1), noon + timedelta(microseconds=1)

    assert noon == hourly.next_after(just_before)
    assert noon == hourly.previous_before(just_after)
    assert noon == hourly.at_or_after(just_before)
    assert noon + timedelta(hours=1) == hourly.at_or_after(just_after)


def test_times_come_back_in_the_crons_own_zone() -> None:
    cron = Cron.of("0 9 * * *", "Asia/Kolkata")

    fired = cron.next_after(datetime(2026, 5, 4, 12, tzinfo=ZoneInfo("America/New_York")))

    assert fired.isoformat() == "2026-05-05T09:00:00+05:30"
    assert ZoneInfo("Asia/Kolkata") is fired.tzinfo


def test_without_a_zone_it_is_utc() -> None:
    assert Cron.of("0 9 * * *").zone == "UTC"
    assert ZoneInfo("UTC") is Cron.of("0 9 * * *").next_after(NEW_YEAR).tzinfo


def test_fires_excludes_its_start_and_includes_its_end_in_both_directions() -> None:
    cron = Cron.of("0 */6 * * *")
    until = NEW_YEAR + timedelta(hours=12)

    forward = list(cron.fires(after=NEW_YEAR, until=until))
    backward = list(cron.fires_backward(after=NEW_YEAR, until=until))

    assert [each.hour for each in forward] == [6, 12]
    assert forward[::-1] == backward


@given(
    text=st.builds(
        "{} {} {} {} {}".format,
        st.sampled_from(["0", "30", "*/15", "5,59", "*"]),
        st.sampled_from(["*", "0", "2", "1-3", "23", "*/6"]),
        st.sampled_from(["*", "1", "29", "L", "*/7"]),
        st.sampled_from(["*", "2", "3,10", "11"]),
        st.sampled_from(["*", "SUN", "MON-FRI"]),
    ),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Monrovia"]),
    start=st.datetimes(datetime(1971, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    days=st.integers(0, 500),
)
def test_seconds_are_the_times_at_which_it_fires(text: str, zone: str, start: datetime, days: int) -> None:
    cron = quiet(text, zone)
    until = start + timedelta(days=days)

    seconds = list(islice(cron.seconds(after=start, until=until), 3_000))

    assert [each.timestamp() for each in islice(cron.fires(after=start, until=until), 3_000)] == seconds


def test_several_strings_fire_as_one_without_repetitions() -> None:
    cron = Cron.of(["0 0 * * *", "*/30 0 * * *", "0 12 * * *"])

    fired = list(cron.fires(after=NEW_YEAR - SECOND, until=NEW_YEAR + timedelta(days=1) - SECOND))

    assert [each.strftime("%H:%M") for each in fired] == ["00:00", "00:30", "12:00"]


@pytest.mark.parametrize("call", ["next_after", "previous_before", "at_or_after"])
def test_a_naive_time_is_refused(call: str) -> None:
    with pytest.raises(NaiveTimeError, match="no time zone"):
        getattr(Cron.of("@daily"), call)(datetime(2026, 1, 1))


def test_a_naive_bound_is_refused_before_the_first_time_is_asked_for() -> None:
    with pytest.raises(NaiveTimeError):
        Cron.of("@daily").fires(after=datetime(2026, 1, 1))


def test_an_empty_list_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(CronError, match="at least one cron string"):
        Cron.of([])
    with pytest.raises(UnknownTimezoneError, match="did you mean 'Europe/Berlin'"):
        Cron.of("@daily", "Europe/Berln")


def test_rare_dates_are_found_however_far_away() -> None:
    leap_mondays = quiet("0 0 29 2 MON#5", "America/New_York")
    start = datetime(2044, 3, 1, tzinfo=UTC)

    assert leap_mondays.next_after(start).year == 2072
    assert leap_mondays.previous_before(start).year == 2044
    assert Cron.of("0 0 29 2 *").next_after(datetime(2096, 3, 1, tzinfo=UTC)).year == 2104


def test_the_ends_of_the_calendar_are_an_error_of_one_call_and_the_end_of_an_iteration() -> None:
    yearly = Cron.of("@yearly")
    last, first = datetime(9999, 6, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)

    with pytest.raises(OverflowError, match="year 10000"):
        yearly.next_after(last)
    with pytest.raises(OverflowError):
        yearly.previous_before(first)
    assert list(yearly.fires(after=last)) == []


# ---------------------------------------------------------------- changes of the clocks


@pytest.mark.parametrize("window", OBSERVED["clock changes"], ids=lambda each: f"{each['zone']} {each['from'][:10]}")
def test_around_a_change_of_the_clocks_it_fires_when_dagster_fires(window: dict[str, Any]) -> None:
    start = datetime.fromisoformat(window["from"])
    until = start + timedelta(hours=window["hours"])

    # In UTC: Python holds a repeated wall time equal to no time of another zone, not even to its own instant.
    fired = {
        text: [each.astimezone(UTC) for each in quiet(text, window["zone"]).fires(after=start - SECOND, until=until)]
        for text in window["utc"]
    }

    assert {text: observed(compact) for text, compact in window["utc"].items()} == fired


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 1 * * *", ["01T01:30-0500"]),
        ("0 1-3 * * *", ["01T01:00-0500", "01T02:00-0500"]),
        (
            "*/30 1-2 * * *",
            ["01T01:00-0400", "01T01:30-0400", "01T01:00-0500", "01T01:30-0500", "01T02:00-0500", "01T02:30-0500"],
        ),
        ("0,30 1 * * *", ["01T01:00-0400", "01T01:30-0400", "01T01:00-0500", "01T01:30-0500"]),
        ("30 * * * *", ["01T00:30-0400", "01T01:30-0400", "01T01:30-0500", "01T02:30-0500"]),
    ],
)
def test_a_sub_hourly_rule_keeps_its_autumn_hour(text: str, expected: list[str]) -> None:
    assert expected == between(text, "America/New_York", *AUTUMN_NEW_YORK)


def test_a_skipped_time_fires_once_as_the_clocks_go_forward() -> None:
    spring = ("America/New_York", "2026-03-08T00:00-05:00", "2026-03-08T04:00-04:00")

    assert between("30 2 * * *", *spring) == ["08T03:00-0400"]
    assert between(["15,45 2 * * *", "0 3 * * *"], *spring) == ["08T03:00-0400"]
    assert between("*/30 1-2 * * *", *spring) == ["08T01:00-0500", "08T01:30-0500", "08T03:00-0400"]


def test_an_hourly_rule_stays_on_its_minute_where_the_clocks_move_by_half_an_hour() -> None:
    spring = ("Australia/Lord_Howe", "2026-10-04T00:30+10:30", "2026-10-04T05:00+11:00")

    assert between("0 * * * *", *spring) == ["04T01:00+1030", "04T03:00+1100", "04T04:00+1100", "04T05:00+1100"]
    assert between("10 2 * * *", *spring) == ["04T02:30+1100"]


def test_where_summer_time_is_the_legal_standard_a_skipped_time_does_not_fire_an_hour_early() -> None:
    assert between("30 1 * * *", "Europe/Dublin", "2026-03-29T00:00Z", "2026-03-29T12:00Z") == ["29T02:00+0100"]
    ramadan = ("Africa/Casablanca", "2026-03-22T00:00Z", "2026-03-22T12:00Z")
    assert between("0 2 * * *", *ramadan) == ["22T03:00+0100"]


def test_a_skipped_midnight_fires_as_the_day_begins_and_later_times_keep_their_distance() -> None:
    spring = ("America/Sao_Paulo", "2018-11-03T12:00-03:00", "2018-11-04T06:00-02:00")

    assert between("0 0 * * *", *spring) == ["04T01:00-0200"]
    assert between("30 0 * * *", *spring) == ["04T01:30-0200"]


def test_a_skipped_day_adds_no_second_run_on_the_day_after() -> None:
    week = ("Pacific/Apia", "2011-12-28T20:00Z", "2012-01-01T00:00Z")

    assert between("0 9 * * *", *week) == ["29T09:00-1000", "31T09:00+1400", "01T09:00+1400"]
    assert between("30 2 * * *", *week) == ["29T02:30-1000", "31T02:30+1400", "01T02:30+1400"]
    assert between("0 9 30 12 *", *week) == ["31T09:00+1400"]


def test_a_daily_midnight_that_comes_twice_fires_the_first_time() -> None:
    autumn = ("America/Havana", "2026-10-31T12:00-04:00", "2026-11-01T06:00-05:00")

    assert between("@daily", *autumn) == ["01T00:00-0400"]
    assert (between("*/20 0 * * *", *autumn)) == [
        "01T00:00-0400",
        "01T00:20-0400",
        "01T00:40-0400",
        "01T00:00-0500",
        "01T00:20-0500",
        "01T00:40-0500",
    ]
    assert between("0 0 1 11 *", *autumn) == ["01T00:00-0500"]


def test_an_offset_with_odd_seconds_is_kept() -> None:
    fired = Cron.of("0 12 * * *", "Africa/Monrovia").next_after(datetime(1971, 6, 1, tzinfo=UTC))

    assert fired.isoformat() == "1971-06-01T12:00:00-00:44:30"
