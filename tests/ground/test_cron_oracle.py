"""The cron engine against brute force: every minute of a stretch of wall time, looked at one by one.

The oracle here shares nothing with the engine: it reads the fields its own way, walks minute by minute, and asks
``zoneinfo`` about each. It knows the rule for missing and repeated wall times as three sentences (see the top of
ground/cron.py), not as spans and patches.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.ground.cron import Cron
from watchbell.ground.zones import Transition, transitions

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = sorted(available_timezones())
SINCE, UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------- the oracle


@dataclass(frozen=True)
class Rule:
    """A cron rule as plain sets; ``None`` is a star."""

    minutes: frozenset[int] | None
    hours: frozenset[int] | None
    days: frozenset[int] | None
    months: frozenset[int] | None
    weekdays: frozenset[int] | None  # 0 is Sunday

    @property
    def text(self) -> str:
        fields = (self.minutes, self.hours, self.days, self.months, self.weekdays)
        return " ".join("*" if each is None else ",".join(map(str, sorted(each))) for each in fields)

    def names(self, wall: datetime) -> bool:
        """Whether a naive minute is named by the five fields."""
        if self.minutes is not None and wall.minute not in self.minutes:
            return False
        if self.hours is not None and wall.hour not in self.hours:
            return False
        if self.months is not None and wall.month not in self.months:
            return False
        by_day = self.days is not None and wall.day in self.days
        by_weekday = self.weekdays is not None and wall.isoweekday() % 7 in self.weekdays
        if self.days is None and self.weekdays is None:
            return True
        return by_day or by_weekday

    @property
    def is_every_hour(self) -> bool:
        return self.hours is None or len(self.hours) == 24

    @property
    def is_sub_hourly(self) -> bool:
        return self.minutes is None or len(self.minutes) > 1

    @property
    def is_plain(self) -> bool:
        if self.is_sub_hourly or self.hours is None or len(self.hours) > 1:
            return False
        if self.months is not None and len(self.months) < 12:
            return False
        if self.days is None:
            return True
        return self.weekdays is None and (len(self.days) == 31 or (len(self.days) == 1 and max(self.days) <= 28))


def utc_of(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def shows(zone: ZoneInfo, wall: datetime) -> list[datetime]:
    """The instants at which the clocks of a zone show a wall time."""
    guesses = sorted({utc_of(wall, zone, 0), utc_of(wall, zone, 1)})
    return [each for each in guesses if each.astimezone(zone).replace(tzinfo=None) == wall]


@lru_cache(maxsize=256)
def first_shift_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first instant in (low, high] at which the offset is no longer the one at ``low``, by halving."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def instants(rule: Rule, zone: ZoneInfo, wall: datetime) -> list[datetime]:
    """What one named wall time stands for."""
    shown = shows(zone, wall)
    small_hours = 1 <= wall.hour <= 3
    if len(shown) == 1:
        return shown
    if not shown:
        if rule.is_every_hour:
            return []
        late, early = utc_of(wall, zone, 0), utc_of(wall, zone, 1)
        if small_hours and late - early < DAY:
            return [first_shift_between(zone, early, late)]
        return [late]
    if rule.is_every_hour or rule.is_sub_hourly:
        return shown
    return [shown[0]] if rule.is_plain and not small_hours else [shown[-1]]


def brute_force(rule: Rule, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """All instants in (after, until], in UTC, by looking at every minute of the wall clock."""
    wall = after.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) - 2 * DAY
    end = until.astimezone(zone).replace(tzinfo=None) + 2 * DAY
    found: set[datetime] = set()
    while wall <= end:
        if rule.names(wall):
            found.update(instants(rule, zone, wall))
        wall += MINUTE
    return sorted(each for each in found if after < each <= until)


# ---------------------------------------------------------------- what is tried


@cache
def changes_of(name: str) -> list[Transition]:
    """Every change of a zone's offset, 1970 to 2040 (later years repeat the last rules)."""
    return list(transitions(ZoneInfo(name), after=SINCE, until=datetime(2040, 1, 1, tzinfo=UTC)))


def all_transitions() -> list[tuple[str, Transition]]:
    return [(name, each) for name in ZONES for each in changes_of(name)]


def some_change(name: str, pick: int) -> datetime:
    """An instant at which that zone's offset changes, or any instant if it never does."""
    changes = changes_of(name)
    return changes[pick % len(changes)].at if changes else SINCE + pick * 10 * HOUR


@lru_cache(maxsize=1)
def kinds_of_transition() -> dict[tuple[int, int, int], tuple[str, Transition]]:
    """One example of each kind: size, wall time of day at which it happens, offset within the hour."""
    kinds: dict[tuple[int, int, int], tuple[str, Transition]] = {}
    for name, each in all_transitions():
        kinds[each.size_seconds, (each.second + each.before) % 86_400, each.before % 3_600] = (name, each)
    return kinds


def field(low: int, high: int) -> st.SearchStrategy[frozenset[int] | None]:
    some = st.frozensets(st.integers(low, high), min_size=1, max_size=4)
    return st.one_of(st.none(), some, st.just(frozenset(range(low, high + 1))))


small_hours_or_any = st.one_of(
    field(0, 23), st.frozensets(st.sampled_from([0, 1, 2, 3, 22, 23]), min_size=1, max_size=4)
)
minutes = st.one_of(
    field(0, 59), st.frozensets(st.sampled_from([0, 15, 30, 45]), min_size=1, max_size=4), st.just(frozenset({0}))
)
rules = st.builds(
    Rule,
    minutes,
    small_hours_or_any,
    st.one_of(st.none(), st.none(), st.frozensets(st.integers(1, 28), min_size=1, max_size=4), field(1, 31)),
    st.one_of(st.none(), st.none(), field(1, 12)),
    st.one_of(st.none(), st.none(), field(0, 6)),
).filter(lambda rule: rule.days is None or min(rule.days) <= 28)
seconds = st.integers(int(SINCE.timestamp()), int(UNTIL.timestamp()))


def utc(times: list[datetime]) -> list[datetime]:
    return [each.astimezone(UTC) for each in times]


def check(rule: Rule, name: str, after: datetime, until: datetime) -> None:
    """The engine, forward and backward, against the oracle."""
    expected = brute_force(rule, ZoneInfo(name), after, until)
    cron = Cron.of(rule.text, name)

    assert expected == utc(list(cron.fires(after=after, until=until))), (rule.text, name, after)
    assert expected[::-1] == utc(list(cron.fires_backward(after=after, until=until))), (rule.text, name, after)


# ---------------------------------------------------------------- the tests


@settings(max_examples=examples(150))
@given(rules, st.sampled_from(ZONES), st.integers(0, 1_000), st.integers(-30 * 60, 30 * 60))
def test_around_any_change_of_any_zone_it_fires_as_brute_force_says(
    rule: Rule, name: str, pick: int, minutes_off: int
) -> None:
    middle = some_change(name, pick) + minutes_off * MINUTE

    check(rule, name, middle - 18 * HOUR, middle + 18 * HOUR)


@settings(max_examples=examples(40))
@given(rules, st.sampled_from(ZONES), seconds)
def test_at_any_time_in_any_zone_it_fires_as_brute_force_says(rule: Rule, name: str, second: int) -> None:
    start = datetime.fromtimestamp(second, UTC)

    check(rule, name, start, start + 2 * DAY)


@settings(max_examples=examples(300))
@given(rules, st.sampled_from(ZONES), seconds)
def test_next_and_previous_undo_each_other(rule: Rule, name: str, second: int) -> None:
    cron = Cron.of(rule.text, name)
    at = datetime.fromtimestamp(second, UTC)

    following = cron.next_after(at)
    before = cron.previous_before(following).astimezone(UTC)

    assert at < following
    assert before <= at
    assert following.astimezone(UTC) == cron.next_after(before).astimezone(UTC)
    assert following.astimezone(UTC) == cron.at_or_after(following).astimezone(UTC)


@settings(max_examples=examples(100))
@given(st.lists(rules, min_size=1, max_size=4), st.sampled_from(ZONES), st.integers(0, 1_000))
def test_a_list_of_strings_is_the_union_of_its_members(several: list[Rule], name: str, pick: int) -> None:
    middle = some_change(name, pick)
    after, until = middle - 12 * HOUR, middle + 12 * HOUR
    texts = [rule.text for rule in several]

    singles = {each for text in texts for each in utc(list(Cron.of(text, name).fires(after=after, until=until)))}

    assert sorted(singles) == utc(list(Cron.of(texts, name).fires(after=after, until=until)))


@settings(max_examples=examples(100))
@given(rules, st.sampled_from(ZONES), seconds)
def test_times_strictly_increase(rule: Rule, name: str, second: int) -> None:
    fires = Cron.of(rule.text, name).fires(after=datetime.fromtimestamp(second, UTC))

    times = [next(fires).astimezone(UTC) for _ in range(50)]

    assert sorted(set(times)) == times


@settings(max_examples=examples(200))
@given(rules, seconds)
def test_rare_dates_are_the_next_ones_by_the_calendar(rule: Rule, second: int) -> None:
    """Whole days looked at one by one, for up to nine years: far jumps in UTC."""
    start = datetime.fromtimestamp(second, UTC)
    found = Cron.of(rule.text).next_after(start)
    hours = rule.hours or frozenset(range(24))
    some_minutes = rule.minutes or frozenset(range(60))
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)

    assume(found - start < timedelta(days=9 * 366))
    for _ in range(9 * 366):
        probe = day.replace(hour=min(hours), minute=min(some_minutes), tzinfo=None)
        times = [day.replace(hour=h, minute=m) for h in sorted(hours) for m in sorted(some_minutes)]
        later = [each for each in times if each > start] if rule.names(probe) else []
        if later:
            break
        day += DAY
    else:
        pytest.fail("the oracle found no day at all")

    assert later[0] == found


def test_the_last_day_of_the_month_and_counted_weekdays_agree_with_the_calendar() -> None:
    start, until = SINCE - MINUTE, UNTIL
    last_days, last_fridays, third_mondays = [], [], []
    for year in range(1970, 2100):
        for month in range(1, 13):
            weeks = calendar.monthcalendar(year, month)
            last_days.append((year, month, calendar.monthrange(year, month)[1]))
            last_fridays.append((year, month, max(week[4] for week in weeks)))
            third_mondays.append((year, month, [week[0] for week in weeks if week[0]][2]))

    def dates(text: str) -> list[tuple[int, int, int]]:
        return [(t.year, t.month, t.day) for t in Cron.of(text).fires(after=start, until=until)][: len(last_days)]

    assert last_days == dates("0 0 L * *")
    assert last_fridays == dates("0 0 * * L5")
    assert third_mondays == dates("0 0 * * MON#3")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_kind_of_transition_against_brute_force() -> None:
    some = frozenset
    tried = [
        Rule(some({0}), some({0}), None, None, None),
        Rule(some({30}), some({2}), None, None, None),
        Rule(some({30}), some({1, 23}), None, None, None),
        Rule(some({0, 30}), some({0, 1, 2, 3}), None, None, None),
        Rule(some({0}), None, None, None, None),
        Rule(some({7, 37}), None, None, None, None),
        Rule(some({15}), some({0, 1, 2, 3, 4, 22, 23}), None, some({1, 3, 4, 5, 9, 10, 11, 12}), None),
        Rule(some({45}), some({23}), None, None, some({0, 4, 5, 6})),
        Rule(None, some({1, 2}), None, None, None),
    ]
    for name, change in kinds_of_transition().values():
        reach = 6 * HOUR + abs(timedelta(seconds=change.size_seconds))
        for rule in tried:
            check(rule, name, change.at - reach, change.at + reach)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_transition_of_every_zone_keeps_next_and_previous_inverse() -> None:
    for name, change in all_transitions():
        for text in ("*/30 * * * *", "30 2 * * *", "*/20 0-3,23 * * *"):
            cron = Cron.of(text, name)
            after, until = change.at - 3 * HOUR, change.at + 3 * HOUR
            forward = utc(list(cron.fires(after=after, until=until)))

            assert forward == utc(list(cron.fires_backward(after=after, until=until)))[::-1], (name, change, text)
            assert sorted(set(forward)) == forward
