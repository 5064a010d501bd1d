"""Keys of partitions and the windows they stand for: which there are, in which order, and what is asked of one."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from tests.parity.scenario import Say, scenario

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 1, 10, 5, tzinfo=UTC)
Daily, Hourly = dg.DailyPartitionsDefinition, dg.HourlyPartitionsDefinition
Weekly, Monthly = dg.WeeklyPartitionsDefinition, dg.MonthlyPartitionsDefinition
Windows, Static = dg.TimeWindowPartitionsDefinition, dg.StaticPartitionsDefinition


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def window(found: Any) -> list[str] | None:
    return None if found is None else [each.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") for each in found]


def told(say: Say, label: str, definition: Any, now: datetime = NOW) -> None:
    """The keys, and the window of each."""
    keys = definition.get_partition_keys(current_time=now)
    say(f"{label}, keys", ", ".join(keys))
    say(f"{label}, windows", *(window(definition.time_window_for_partition_key(key)) for key in keys))


@scenario()
def listed_keys(say: Say) -> None:
    letters = Static(["b", "a", "c"])
    say("keys", letters.get_partition_keys())
    say("ends", letters.get_first_partition_key(), letters.get_last_partition_key(), letters.get_num_partitions())
    say("has", [letters.has_partition_key(key) for key in ("a", "x", "")])
    say("equal", letters == Static(["b", "a", "c"]), letters == Static(["a", "b", "c"]))
    say("none", Static([]).get_partition_keys(), Static([]).get_first_partition_key())
    say("tags", letters.get_tags_for_partition_key("a"))
    say("as text", str(letters))


@scenario()
def keys_that_are_refused(say: Say) -> None:
    for key in ("a...b", "a\nb", "a\x00b"):
        say.refusal(repr(key), partial(Static, [key]))
    say.refusal("twice", lambda: Static(["a", "b", "a"]).get_partition_keys(), "'a'")
    say.refusal("a number", lambda: Static([1]).get_partition_keys())  # type: ignore[list-item]
    say.refusal("nothing", lambda: Static(None).get_partition_keys())  # type: ignore[arg-type]
    say("taken", Static(["", " a ", "a/b", "a|b", 'a"b', "é漢", "a,b", "[x]", "..", "%s"]).get_partition_keys())


@scenario()
def ranges_of_keys(say: Say) -> None:
    span = dg.PartitionKeyRange
    letters, days = Static(["b", "a", "c"]), Daily("2026-01-01", end_date="2026-01-06")
    say("letters", letters.get_partition_keys_in_range(span("b", "a")))
    say("letters, wrong way", letters.get_partition_keys_in_range(span("a", "b")))
    say.refusal("no such letter", lambda: letters.get_partition_keys_in_range(span("a", "z")), "z")
    say("days", days.get_partition_keys_in_range(span("2026-01-02", "2026-01-04")))
    say("days, wrong way", days.get_partition_keys_in_range(span("2026-01-04", "2026-01-02")))
    say("one day", days.get_partition_keys_in_range(span("2026-01-05", "2026-01-05")))
    say.refused("before the start", lambda: days.get_partition_keys_in_range(span("2025-12-31", "2026-01-02")))
    say("equal", span("a", "b") == span(start="a", end="b"), span("a", "b").end)


@scenario()
def windows_of_the_usual_lengths(say: Say) -> None:
    told(say, "hourly", Hourly("2026-01-10-01:00"))
    told(say, "hourly, offset", Hourly("2026-01-10-01:00", minute_offset=15))
    told(say, "daily", Daily("2026-01-07"))
    told(say, "daily, offset", Daily("2026-01-07", hour_offset=6, minute_offset=30))
    told(say, "weekly", Weekly("2025-12-01"))
    told(say, "weekly, offset", Weekly("2025-12-01", day_offset=3, hour_offset=2))
    told(say, "monthly", Monthly("2025-09-15"))
    told(say, "monthly, offset", Monthly("2025-09-01", day_offset=31, hour_offset=3))
    told(say, "from a moment", Daily(datetime(2026, 1, 6, 5)))
    told(say, "until a moment", Daily("2026-01-05", end_date=datetime(2026, 1, 8, 5)))


@scenario()
def windows_of_any_cron(say: Say) -> None:
    told(say, "weekdays", Windows(start="2026-01-01", fmt="%Y-%m-%d", cron_schedule="0 0 * * MON-FRI"))
    told(say, "quarters of a day", Windows("2026-01-09-00", "%Y-%m-%d-%H", cron_schedule="0 */6 * * *"))
    told(say, "five minutes", Windows("2026-01-10-04:42", "%Y-%m-%d-%H:%M", cron_schedule="*/5 * * * *"))
    told(say, "nickname", Windows("2025-10-01", "%Y-%m-%d", cron_schedule="@monthly"))
    told(say, "leap days", Windows("2016", "%Y", cron_schedule="0 0 29 2 *"))
    told(say, "years", Windows("2022", "%Y", cron_schedule="0 0 1 7 *"))
    told(say, "twice a month", Windows("2025-11-20", "%Y-%m-%d", cron_schedule="0 12 1,15 * *"))


@scenario()
def wrong_windows(say: Say) -> None:
    say.refusal("neither cron nor kind", lambda: Windows(start="2026-01-01", fmt="%Y-%m-%d"))
    say.refusal("no cron", lambda: Windows(start="2026-01-01", fmt="%Y-%m-%d", cron_schedule="foo"))
    say.refusal("cron and offset", lambda: Windows("2026-01-01", "%Y-%m-%d", cron_schedule="@daily", hour_offset=1))
    say.refusal("minute 60", lambda: Hourly("2026-01-01-00:00", minute_offset=60))
    say.refusal("hour 24", lambda: Daily("2026-01-01", hour_offset=24))
    say.refusal("day 32", lambda: Monthly("2026-01-01", day_offset=32))
    say.refused("start in another format", lambda: Daily("01/02/2026"), "%Y-%m-%d")
    say.refusal("start is a number", lambda: Daily(5))  # type: ignore[arg-type]
    say.refused("no such zone", lambda: Daily("2026-01-01", timezone="Europe/Bärlin"), "Europe/B")
    say.refusal("exclusion is no cron", lambda: Daily("2026-01-01", exclusions=["2026-01-02"]), "2026-01-02")
    say.refusal("exclusions are text", lambda: Daily("2026-01-01", exclusions="0 0 * * SUN"))
    say.refused("no key", lambda: Daily("2026-01-01").time_window_for_partition_key("foo"), "foo", "%Y-%m-%d")


@scenario()
def which_windows_are_over(say: Say) -> None:
    for offset in (0, 1, 2, -1, -2, -20):
        say(f"offset {offset}", Daily("2026-01-05", end_offset=offset).get_partition_keys(current_time=NOW))
    say("at midnight", Daily("2026-01-05").get_partition_keys(current_time=at(2026, 1, 10)))
    say("just before", Daily("2026-01-05").get_partition_keys(current_time=at(2026, 1, 10) - timedelta(seconds=1)))
    new_york = Daily("2026-01-05", timezone="America/New_York")
    say("in the zone", new_york.get_partition_keys(current_time=at(2026, 1, 10, 4, 59)))
    say("in the zone, later", new_york.get_partition_keys(current_time=at(2026, 1, 10, 5)))
    say("no zone given", new_york.get_partition_keys(current_time=datetime(2026, 1, 10, 0, 30)))
    say("begins later", Daily("2026-02-01").get_partition_keys(current_time=NOW))
    say("begins soon", Daily("2026-01-12", end_offset=3).get_partition_keys(current_time=NOW))
    say("has ended", Daily("2026-01-01", end_date="2026-01-03", end_offset=5).get_partition_keys(current_time=NOW))
    say("ends soon", Daily("2026-01-07", end_date="2026-01-11", end_offset=5).get_partition_keys(current_time=NOW))
    say("ends at once", Daily("2026-01-05", end_date="2026-01-05").get_partition_keys(current_time=NOW))


@scenario()
def a_moment_for_all_questions(say: Say) -> None:
    days = Daily("2026-01-05")
    with dg.partition_loading_context(effective_dt=NOW):
        say("keys", days.get_partition_keys())
        say("last", days.get_last_partition_key(), days.get_num_partitions())
        say("has", [days.has_partition_key(f"2026-01-{day:02d}") for day in (4, 5, 9, 10)])
        say("has no such text", [days.has_partition_key(key) for key in ("2026-1-5", "foo", "2026-01-05 ", "")])
        with dg.partition_loading_context(effective_dt=at(2026, 1, 7)):
            say("inside", days.get_partition_keys())
        say("behind", days.get_last_partition_key())


@scenario()
def neighbours_of_windows(say: Say) -> None:
    days = Daily("2026-01-05")
    with dg.partition_loading_context(effective_dt=NOW):
        for moment in (at(2026, 1, 6), at(2026, 1, 6, 5), at(2026, 1, 9), at(2026, 1, 10), at(2027, 1, 1)):
            say(f"next of {moment}", window(days.get_next_partition_window(moment)))
            say(f"next of {moment}, anywhere", window(days.get_next_partition_window(moment, respect_bounds=False)))
        for moment in (at(2026, 1, 6), at(2026, 1, 6, 5), at(2026, 1, 10), at(2025, 1, 1)):
            say(f"previous of {moment}", window(days.get_prev_partition_window(moment)))
            say(f"previous of {moment}, anywhere", window(days.get_prev_partition_window(moment, respect_bounds=False)))
        say("next keys", [days.get_next_partition_key(key) for key in ("2026-01-05", "2026-01-04", "2026-01-09")])
        say("ends", window(days.get_first_partition_window()), window(days.get_last_partition_window()))


@scenario()
def keys_of_moments(say: Say) -> None:
    days, months = Daily("2026-01-05"), Monthly("2025-01-01", day_offset=5)
    for moment in (at(2026, 1, 6), at(2026, 1, 6, 5), at(2020, 2, 29, 23)):
        say(f"day of {moment}", days.get_partition_key_for_timestamp(moment.timestamp()))
        say(f"day that ends at {moment}", days.get_partition_key_for_timestamp(moment.timestamp(), end_closed=True))
        say(f"month of {moment}", months.get_partition_key_for_timestamp(moment.timestamp()))
    span = dg.TimeWindow
    with dg.partition_loading_context(effective_dt=NOW):
        for name, start, end in (
            ("whole days", at(2026, 1, 6), at(2026, 1, 9)),
            ("parts of days", at(2026, 1, 6, 5), at(2026, 1, 8, 5)),
            ("one day", at(2026, 1, 6), at(2026, 1, 7)),
        ):
            say(f"keys in {name}", days.get_partition_keys_in_time_window(span(start, end)))
            found = days.get_partition_key_range_for_time_window(span(start, end))
            say(f"range of {name}", found.start, found.end)
        say("keys in nothing", days.get_partition_keys_in_time_window(span(at(2026, 1, 6), at(2026, 1, 6))))
        say("before the start", days.get_partition_keys_in_time_window(span(at(2026, 1, 2), at(2026, 1, 6))))


@scenario()
def cron_strings_of_schedules(say: Say) -> None:
    kinds = {
        "hourly": Hourly("2026-01-01-00:00", minute_offset=15),
        "daily": Daily("2026-01-01", hour_offset=7, minute_offset=9),
        "weekly": Weekly("2026-01-01", day_offset=2, hour_offset=2),
        "monthly": Monthly("2026-01-01", day_offset=5),
        "odd": Windows("2026-01-01-00:00", "%Y-%m-%d-%H:%M", cron_schedule="*/5 * * * *"),
    }
    wishes: list[dict[str, int]] = [
        {},
        {"minute_of_hour": 5},
        {"hour_of_day": 5},
        {"day_of_week": 3},
        {"day_of_month": 3},
        {"hour_of_day": 5, "minute_of_hour": 3},
    ]
    for name, kind in kinds.items():
        for wish in wishes:
            say.refusal(f"{name} {wish}", partial(kind.get_cron_schedule, **wish))


@scenario()
def what_windows_are_made_of(say: Say) -> None:
    for name, kind in {
        "daily": Daily("2026-01-01", end_date="2026-02-01", timezone=BERLIN, end_offset=1),
        "weekly": Weekly("2026-01-01", day_offset=3, hour_offset=4, minute_offset=5),
        "monthly": Monthly("2026-01-01"),
    }.items():
        say(f"{name}, bounds", kind.start.isoformat(), None if kind.end is None else kind.end.isoformat())
        say(f"{name}, rest", kind.timezone, kind.fmt, kind.end_offset, kind.cron_schedule)
        say(f"{name}, offsets", kind.minute_offset, kind.hour_offset)
        say(f"{name}, text", str(kind))
    say("days", Weekly("2026-01-01", day_offset=3).day_offset, Monthly("2026-01-01").day_offset)
    say("equal", Daily("2026-01-01") == Daily(datetime(2026, 1, 1)), Daily("2026-01-01") == Daily("2026-01-02"))
    say("equal kinds", Daily("2026-01-01") == Windows("2026-01-01", "%Y-%m-%d", cron_schedule="0 0 * * *"))
    say("odd text", str(Windows("2026-01-01", "%Y-%m-%d", cron_schedule="0 9 * * MON#1")))


@scenario()
def hours_when_clocks_change(say: Say) -> None:
    told(say, "back", Hourly("2026-10-25-00:00", end_date="2026-10-25-05:00", timezone=BERLIN), at(2026, 11, 1))
    told(say, "forward", Hourly("2026-03-29-00:00", end_date="2026-03-29-05:00", timezone=BERLIN), at(2026, 11, 1))
    with_zone = Hourly(
        "2026-10-25-00:00+0200", end_date="2026-10-25-05:00+0100", timezone=BERLIN, fmt="%Y-%m-%d-%H:%M%z"
    )
    told(say, "format with offset", with_zone, at(2026, 11, 1))
    halves = Windows(
        "2026-10-25-01:00", "%Y-%m-%d-%H:%M", "2026-10-25-04:00", cron_schedule="*/30 * * * *", timezone=BERLIN
    )
    told(say, "half hours", halves, at(2026, 11, 1))
    hours = Hourly("2026-10-25-00:00", timezone=BERLIN)
    moments = [at(2026, 10, 25, hour).timestamp() for hour in (0, 1, 2)]
    say("of moments", [hours.get_partition_key_for_timestamp(moment) for moment in moments])
    say("half-hour zone", Hourly("2026-01-10-06:00", timezone="Asia/Kolkata").get_partition_keys(current_time=NOW))


@scenario()
def days_when_clocks_change(say: Say) -> None:
    for zone, start, end in (
        (BERLIN, "2026-03-28", "2026-03-31"),
        (BERLIN, "2026-10-24", "2026-10-27"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-06"),
        ("America/Sao_Paulo", "2018-02-16", "2018-02-20"),
        ("America/Havana", "2025-11-01", "2025-11-04"),
        ("Australia/Lord_Howe", "2026-10-03", "2026-10-06"),
    ):
        told(say, f"{zone} {start}", Daily(start, end_date=end, timezone=zone), at(2026, 11, 1))
    half_past_two = Daily("2026-03-28", end_date="2026-04-01", timezone=BERLIN, hour_offset=2, minute_offset=30)
    told(say, "half past two in spring", half_past_two, at(2026, 11, 1))
    half_past_two = Daily("2026-10-24", end_date="2026-10-28", timezone=BERLIN, hour_offset=2, minute_offset=30)
    told(say, "half past two in autumn", half_past_two, at(2026, 11, 1))


@scenario()
def formats(say: Say) -> None:
    told(say, "day first", Daily("05/01/2026", fmt="%d/%m/%Y"))
    told(say, "months", Monthly("2025-10", fmt="%Y-%m"))
    told(say, "months from the 15th", Monthly("2025-10", fmt="%Y-%m", day_offset=15))
    told(say, "ISO", Daily("2026-01-07T00:00:00", fmt="%Y-%m-%dT%H:%M:%S"))
    told(say, "words", Daily("07 Jan 2026", fmt="%d %b %Y"))
    told(say, "ISO weeks", Weekly("2026-W01-1", fmt="%G-W%V-%u", day_offset=1))
    told(say, "with an offset", Daily("2026-01-07+0000", fmt="%Y-%m-%d%z"))
    told(say, "before 1970", Daily("1965-01-01", end_date="1965-01-03"))
    told(say, "two centuries ago", Daily("1804-02-28", end_date="1804-03-02"))


@scenario()
def starts_with_a_zone(say: Say) -> None:
    new_york = ZoneInfo("America/New_York")
    moment = datetime(2026, 1, 1, 5, tzinfo=new_york)
    for name, definition in {
        "aware": Daily(moment),
        "aware, another zone": Daily(moment, timezone=BERLIN),
        "naive, a zone": Daily(datetime(2026, 1, 1, 5), timezone=BERLIN),
        "left out": Daily(datetime(2026, 3, 29, 2, 30), timezone=BERLIN),
        "repeated": Daily(datetime(2026, 10, 25, 2, 30), timezone=BERLIN),
    }.items():
        say(name, definition.start.isoformat(), definition.timezone)


@scenario()
def excluded_windows(say: Say) -> None:
    days = [datetime(2026, 1, day) for day in (1, 3, 7)]
    some = Daily("2026-01-01", end_date="2026-01-08", exclusions=days)
    say("keys", some.get_partition_keys())
    say("ends", some.get_first_partition_key(), some.get_last_partition_key(), some.get_num_partitions())
    say("has", [some.has_partition_key(f"2026-01-0{day}") for day in (1, 2, 3, 7)])
    say("window before", window(some.time_window_for_partition_key("2026-01-02")))
    say("next", some.get_next_partition_key("2026-01-02"), window(some.get_next_partition_window(at(2026, 1, 3))))
    say("previous", window(some.get_prev_partition_window(at(2026, 1, 4))))
    say("range", some.get_partition_keys_in_range(dg.PartitionKeyRange("2026-01-02", "2026-01-05")))
    say("stretch", some.get_partition_keys_in_time_window(dg.TimeWindow(at(2026, 1, 2), at(2026, 1, 5))))
    say("of a moment", some.get_partition_key_for_timestamp(at(2026, 1, 3, 5).timestamp()))
    sundays = Daily("2026-01-01", end_date="2026-01-13", exclusions=["0 0 * * SUN", datetime(2026, 1, 6)])
    say("by cron", sundays.get_partition_keys())
    say(
        "by part of a day",
        Daily("2026-01-01", end_date="2026-01-04", exclusions=[datetime(2026, 1, 2, 5)]).get_partition_keys(),
    )
    ends = [datetime(2026, 1, day) for day in (9, 10)]
    for offset in (0, 1, 2, -1):
        found = Daily("2026-01-05", exclusions=ends, end_offset=offset).get_partition_keys(current_time=NOW)
        say(f"offset {offset}", found)


@scenario()
def keys_in_two_dimensions(say: Say) -> None:
    both = dg.MultiPartitionsDefinition({"day": Daily("2026-01-01", end_date="2026-01-03"), "abc": Static(["x", "y"])})
    say("keys", both.get_partition_keys())
    say("ends", both.get_first_partition_key(), both.get_last_partition_key(), both.get_num_partitions())
    say("names", both.partition_dimension_names, both.primary_dimension.name, both.secondary_dimension.name)
    say("time", both.time_window_dimension.name, both.has_time_window_dimension)
    keys = ("x|2026-01-01", "2026-01-01|x", "x", "x|y|z", "z|2026-01-01")
    say("has", [both.has_partition_key(key) for key in keys])
    say("has by dimension", both.has_partition_key(dg.MultiPartitionKey({"day": "2026-01-01", "abc": "x"})))
    say("has by strange one", both.has_partition_key(dg.MultiPartitionKey({"day": "2026-01-01", "xyz": "x"})))
    say("tags", sorted(both.get_tags_for_partition_key("x|2026-01-01").items()))
    say("with", both.get_multipartition_keys_with_dimension_value("abc", "x"))
    say("window", window(both.time_window_for_partition_key("x|2026-01-02")))
    say("as text", str(both))
    last = dg.MultiPartitionsDefinition({"a": Daily("2026-01-01", end_date="2026-01-03"), "b": Static(["x", "y"])})
    say("time first", last.get_partition_keys())
    span = dg.PartitionKeyRange("x|2026-01-01", "y|2026-01-01")
    say("range", both.get_partition_keys_in_range(span))
    letters = dg.MultiPartitionsDefinition({"one": Static(["1", "2", "3"]), "two": Static(["p", "q", "r"])})
    say("square", letters.get_partition_keys_in_range(dg.PartitionKeyRange("1|q", "2|r")))
    say("wrong way", letters.get_partition_keys_in_range(dg.PartitionKeyRange("1|r", "2|q")))


@scenario()
def wrong_dimensions(say: Say) -> None:
    several, one = dg.MultiPartitionsDefinition, Static(["a"])
    both = several({"one": Static(["1", "2"]), "two": Static(["p", "q"])})
    say.refusal("one", lambda: several({"a": one}))
    say.refusal("three", lambda: several({"a": one, "b": one, "c": one}))
    say.refusal("of dimensions", lambda: several({"a": both, "b": one}))
    say.refusal("no name", lambda: several({"a": dg.DynamicPartitionsDefinition(lambda _: ["a"]), "b": one}))
    say.refusal("no definition", lambda: several({"a": "b", "c": one}))  # type: ignore[dict-item]
    for key in ("x|y", "x,y", "[x", "x]"):
        say.refusal(f"key {key}", partial(several, {"a": Static([key]), "b": one}))
    say.refusal("no such dimension", lambda: both.get_partitions_def_for_dimension("three"))
    say.refusal("no dimension of time", lambda: both.time_window_dimension)
    say.refusal("tags of half a key", lambda: both.get_tags_for_partition_key("1"))


@scenario()
def a_key_in_two_dimensions(say: Say) -> None:
    key = dg.MultiPartitionKey({"b": "1", "a": "2"})
    say("text", key, str(key), key == "2|1", hash(key) == hash("2|1"))
    say("by dimension", list(key.keys_by_dimension.items()))
    say.refusal("no mapping", lambda: dg.MultiPartitionKey("a|b"))  # type: ignore[arg-type]
    say.refusal("a number", lambda: dg.MultiPartitionKey({"a": 1, "b": 2}))  # type: ignore[dict-item]
    by_date = dg.MultiPartitionsDefinition({"a": Static(["2"]), "b": Static(["1"])})
    say("read", by_date.get_partition_keys()[0].keys_by_dimension)


@scenario()
def keys_that_are_added(say: Say) -> None:
    cities = dg.DynamicPartitionsDefinition(name="cities")
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cities", ["bonn", "aachen", "celle"])
    say("keys", cities.get_partition_keys(dynamic_partitions_store=instance))
    say("has", [cities.has_partition_key(key, dynamic_partitions_store=instance) for key in ("bonn", "rom")])
    with dg.partition_loading_context(dynamic_partitions_store=instance):
        say("ends", cities.get_first_partition_key(), cities.get_last_partition_key(), cities.get_num_partitions())
        say("range", cities.get_partition_keys_in_range(dg.PartitionKeyRange("bonn", "aachen")))
        both = dg.MultiPartitionsDefinition({"city": cities, "size": Static(["big"])})
        say("dimension", both.get_partition_keys())
        instance.delete_dynamic_partition("cities", "bonn")
        instance.add_dynamic_partitions("cities", ["bonn", "celle"])
        say("again", cities.get_partition_keys())
    say.refusal("no instance", cities.get_partition_keys)
    say.refusal("neither", dg.DynamicPartitionsDefinition)
    say.refusal("both", lambda: dg.DynamicPartitionsDefinition(lambda _: ["a"], name="x"))
    asked = cities.build_add_request(["ulm"])
    say("request", asked.partitions_def_name, asked.partition_keys)
    say("delete", cities.build_delete_request(["ulm"]).partition_keys)
    given = dg.DynamicPartitionsDefinition(lambda now: ["a", "b"])
    say("function", given.get_partition_keys(), given.has_partition_key("b"), given.name)
    say("values", dg.DynamicPartitionsDefinition(lambda _: [dg.Partition(7, "seven")]).get_partition_keys())
    say("equal", cities == dg.DynamicPartitionsDefinition(name="cities"), str(cities))


@scenario()
def pages_of_keys(say: Say) -> None:
    letters = Static(["a", "b", "c", "d", "e"])
    days = Daily("2026-01-01", end_date="2026-01-06")
    with dg.partition_loading_context(effective_dt=NOW) as context:

        def pages(definition: Any, ascending: bool) -> list[Any]:
            found, cursor, more = [], None, True
            while more:
                page = definition.get_paginated_partition_keys(context, 2, ascending, cursor)
                found.append(list(page.results))
                cursor, more = page.cursor, page.has_more
            return found

        say("up", pages(letters, True))
        say("down", pages(letters, False))
        say("days", pages(days, True))
