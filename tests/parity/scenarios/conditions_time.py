"""Conditions about time: cron ticks, zones whose clocks change, the latest windows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, HOURS, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario

NEW_YORK = "America/New_York"


def alone(
    say: Say, condition: Any, *, start: datetime = datetime(2024, 1, 10, 0, 30, tzinfo=UTC), **more: Any
) -> Bench:
    return Bench(say, asset("x", condition, **more), start=start)


def at_times(bench: Bench, *times: datetime, seconds: int = 7) -> None:
    """A tick some seconds after each of these times: at the very moment of a cron tick, Dagster fires twice."""
    for each in times:
        bench.now = each + timedelta(seconds=seconds, minutes=-1)
        bench.tick(f"{each:%d %H:%M}")


def on(day: int, hour: int = 0, minute: int = 0, second: int = 0, month: int = 1) -> datetime:
    return datetime(2024, month, day, hour, minute, second, tzinfo=UTC)


@scenario()
def a_cron_tick_passes_once(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 2 * * *"))
    at_times(bench, on(10, 1), on(10, 1, 59), on(10, 2), on(10, 2, 1), on(11, 1, 59), on(11, 2, 0, 1), on(11, 3))


@scenario()
def several_cron_ticks_between_two_evaluations(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 * * * *"), partitions_def=LETTERS)
    at_times(bench, on(10, 1), on(10, 5, 30), on(10, 5, 31))


@scenario(differs="An evaluation at the very moment of a cron tick")
def a_cron_tick_at_the_very_moment_of_an_evaluation(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 2 * * *"))
    at_times(bench, on(10, 1), on(10, 2), on(10, 2, 1), on(11, 2), on(11, 2, 1), seconds=0)


@scenario()
def a_cron_tick_before_the_first_evaluation(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 2 * * *"))
    at_times(bench, on(10, 2), on(10, 2, 1))


@scenario(differs="A clock that is set back over a cron time")
def a_time_that_goes_back(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 2 * * *"))
    at_times(bench, on(10, 1), on(10, 3), on(10, 1), on(10, 4))


@scenario()
def cron_ticks_of_a_zone(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 2 * * *", NEW_YORK))
    at_times(bench, on(10, 1), on(10, 2, 1), on(10, 6, 59), on(10, 7), on(10, 7, 1))


@scenario()
def cron_ticks_when_the_clocks_go_forward(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("30 2 * * *", NEW_YORK))
    march = [on(10, hour, minute, month=3) for hour in (5, 6, 7, 8) for minute in (0, 29, 31)]
    at_times(bench, *march, on(11, 6, 29, month=3), on(11, 6, 31, month=3))


@scenario()
def cron_ticks_when_the_clocks_go_back(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("30 1 * * *", NEW_YORK))
    november = [on(3, hour, minute, month=11) for hour in (4, 5, 6, 7) for minute in (0, 29, 31)]
    at_times(bench, *november, on(4, 6, 29, month=11), on(4, 6, 31, month=11))


@scenario()
def hourly_cron_ticks_when_the_clocks_go_back(say: Say) -> None:
    bench = alone(say, C.cron_tick_passed("0 * * * *", NEW_YORK))
    at_times(bench, *[on(3, hour, minute, month=11) for hour in (4, 5, 6, 7) for minute in (0, 10)])


@scenario()
def cron_ticks_of_dependencies(say: Say) -> None:
    bench = Bench(say, asset("up"), asset("x", C.any_deps_match(C.cron_tick_passed("0 2 * * *")), deps=["up"]))
    at_times(bench, on(10, 1), on(10, 2, 1), on(10, 2, 2))


@scenario()
def the_latest_window(say: Say) -> None:
    bench = alone(say, C.in_latest_time_window(), partitions_def=DAYS)
    at_times(bench, on(10, 1), on(10, 23, 59), on(11), on(12, 1))


@scenario()
def the_latest_windows(say: Say) -> None:
    for hours in (1, 24, 25, 36, 48, 24 * 30):
        bench = alone(say, C.in_latest_time_window(timedelta(hours=hours)), partitions_def=DAYS)
        bench.say(f"{hours} hours")
        at_times(bench, on(10), on(10, 12))


@scenario()
def the_latest_hours(say: Say) -> None:
    bench = alone(say, C.in_latest_time_window(timedelta(hours=3)), partitions_def=HOURS)
    at_times(bench, on(10, 1, 20), on(10, 2), on(10, 2, 1))


@scenario()
def the_latest_window_of_no_windows(say: Say) -> None:
    latest = C.in_latest_time_window()
    bench = Bench(
        say,
        asset("letters", latest, partitions_def=LETTERS),
        asset("whole", latest),
        asset("later", latest, partitions_def=dg.DailyPartitionsDefinition("2024-02-01")),
    )
    bench.tick()


@scenario()
def the_latest_window_of_what_has_two_dimensions(say: Say) -> None:
    grid = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
    letters = dg.MultiPartitionsDefinition({"one": LETTERS, "other": dg.StaticPartitionsDefinition(["p", "q"])})
    latest = C.in_latest_time_window()
    bench = Bench(
        say,
        asset("grid", latest, partitions_def=grid),
        asset("wide", C.in_latest_time_window(timedelta(hours=30)), partitions_def=grid),
        asset("letters", latest, partitions_def=letters),
    )
    bench.tick()


@scenario()
def the_latest_window_that_has_not_ended(say: Say) -> None:
    bench = alone(
        say, C.in_latest_time_window(), partitions_def=dg.DailyPartitionsDefinition("2024-01-05", end_offset=1)
    )
    at_times(bench, on(10, 1), on(11, 1))


@scenario()
def the_latest_window_after_the_end(say: Say) -> None:
    ended = dg.DailyPartitionsDefinition("2024-01-05", end_date="2024-01-08")
    bench = Bench(
        say,
        asset("x", C.in_latest_time_window(), partitions_def=ended),
        asset("y", C.in_latest_time_window(timedelta(days=4)), partitions_def=ended),
    )
    at_times(bench, on(7, 1), on(10, 1))


@scenario()
def the_latest_window_of_a_zone_on_the_day_its_clocks_change(say: Say) -> None:
    days = dg.DailyPartitionsDefinition("2024-03-05", timezone=NEW_YORK)
    bench = Bench(
        say,
        asset("x", C.in_latest_time_window(), partitions_def=days),
        asset("y", C.in_latest_time_window(timedelta(hours=47)), partitions_def=days),
        asset("z", C.in_latest_time_window(timedelta(hours=48)), partitions_def=days),
    )
    at_times(bench, on(10, 4, 59, month=3), on(10, 5, 1, month=3), on(11, 4, 1, month=3), on(12, 4, 1, month=3))


@scenario()
def the_latest_window_of_dependencies(say: Say) -> None:
    newest = C.any_deps_match(C.in_latest_time_window() & C.newly_updated())
    bench = Bench(say, asset("up", partitions_def=HOURS), asset("x", newest, deps=["up"], partitions_def=DAYS))
    bench.tick("first")
    bench.made("up:2024-01-09-03:00")
    bench.tick("an old one")
    bench.made("up:2024-01-09-23:00")
    bench.tick("the newest of the latest full day")


@scenario()
def on_cron(say: Say) -> None:
    bench = Bench(say, asset("up"), asset("x", C.on_cron("0 2 * * *"), deps=["up"]))
    bench.made("up")
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.made("up")
    bench.ticks(2, "up made")
    bench.made("x")
    at_times(bench, on(10, 9), on(11, 1))
    bench.made("up")
    at_times(bench, on(11, 1, 50), on(11, 2, 10))
    bench.made("up")
    bench.ticks(2, "up made")


@scenario()
def on_cron_of_a_root(say: Say) -> None:
    bench = alone(say, C.on_cron("0 * * * *"))
    at_times(bench, on(10, 1), on(10, 1, 30), on(10, 2), on(10, 2, 1), on(10, 7))


@scenario()
def on_cron_asks_for_the_latest_window_only(say: Say) -> None:
    daily = C.on_cron("0 2 * * *")
    bench = Bench(say, asset("up", partitions_def=DAYS), asset("x", daily, deps=["up"], partitions_def=DAYS))
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.made("up:2024-01-08", "up:2024-01-09")
    bench.ticks(2, "up made")
    at_times(bench, on(11, 2, 1))
    bench.made("up:2024-01-09")
    bench.tick("an old one")
    bench.made("up:2024-01-10")
    bench.tick("the newest")


@scenario()
def on_cron_with_letters(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", partitions_def=LETTERS),
        asset("x", C.on_cron("0 2 * * *"), deps=["up"], partitions_def=LETTERS),
    )
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.made("up:a")
    bench.tick("a")
    bench.made("up:b", "up:c")
    bench.ticks(2, "all")


@scenario()
def on_cron_below_on_cron(say: Say) -> None:
    daily = C.on_cron("0 2 * * *")
    bench = Bench(say, asset("up", daily), asset("x", daily, deps=["up"]), asset("y", daily, deps=["x"]))
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.run("up", "x", "y")
    at_times(bench, on(10, 3), on(11, 2, 1), on(11, 2, 2))


@scenario()
def on_cron_below_hours(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.on_cron("@hourly"), partitions_def=HOURS),
        asset("x", C.on_cron("@daily"), deps=["up"], partitions_def=DAYS),
    )
    at_times(bench, on(10, 0, 30))
    bench.made(*(f"up:2024-01-10-{hour:02}:00" for hour in range(20)))
    at_times(bench, on(11, 0, 1))
    bench.made(*(f"up:2024-01-10-{hour:02}:00" for hour in range(20, 24)))
    bench.ticks(2, "all hours made")


@scenario()
def on_cron_that_ignores(say: Say) -> None:
    condition = C.on_cron("0 2 * * *").ignore(dg.AssetSelection.assets("slow"))
    bench = Bench(say, asset("up"), asset("slow"), asset("x", condition, deps=["up", "slow"]))
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.made("up")
    bench.ticks(2, "up made")


@scenario()
def all_deps_updated_since_cron(say: Say) -> None:
    condition = C.all_deps_updated_since_cron("0 2 * * *")
    bench = Bench(say, asset("one"), asset("two"), asset("x", condition, deps=["one", "two"]))
    at_times(bench, on(10, 1), on(10, 2, 1))
    bench.made("one")
    bench.tick("one")
    bench.made("two")
    bench.ticks(2, "both")
    at_times(bench, on(11, 1), on(11, 2, 1))
    bench.made("two", "one")
    bench.tick("both")


@scenario()
def cron_strings_that_are_none(say: Say) -> None:
    for text in ("", "0 0 * *", "61 * * * *", "@never", "every day"):
        say.refused(repr(text), lambda text=text: bool(C.cron_tick_passed(text)))


@scenario()
def aliases_of_cron_strings(say: Say) -> None:
    for text in ("@hourly", "@daily", "@weekly", "@monthly"):
        bench = alone(say, C.cron_tick_passed(text))
        say(text)
        at_times(bench, on(6, 23, 30), on(7, 0, 30), on(7, 2), on(31, 23, 59), on(1, 0, 1, month=2))
