"""Windows of time: what does not move them, what is refused, single questions. The calendar: test_window_oracle.py."""

import pickle
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.declare.partitions.named_windows import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from watchbell.declare.partitions.schedule_type import ScheduleType
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView, partition_loading_context
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    PartitionFormatError,
    UnknownTimezoneError,
    UnreadablePartitionKeyError,
)
from watchbell.record.partition import PartitionKeyRange, TimeWindow

NOW = datetime(2026, 1, 10, 5, tzinfo=UTC)
VIEW = PartitionsView(current_time=NOW)
DAYS = DailyPartitionsDefinition("2026-01-01")


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    "other",
    [
        DailyPartitionsDefinition("1999-12-31"),
        DailyPartitionsDefinition("2026-01-01", end_date="2026-03-01"),
        DailyPartitionsDefinition("2026-01-01", end_offset=-3),
        DailyPartitionsDefinition("2026-01-01", exclusions=[datetime(2026, 1, 3)]),
        TimeWindowPartitionsDefinition("2026-01-01", "%Y-%m-%d", cron_schedule="@daily"),
    ],
)
def test_start_end_and_exclusions_move_no_ordinal(other: TimeWindowPartitionsDefinition) -> None:
    assert other.numbering == DAYS.numbering
    assert other.ordinal_of("2026-01-05", VIEW) == DAYS.ordinal_of("2026-01-05", VIEW)


def test_another_format_moves_no_ordinal() -> None:
    german = DailyPartitionsDefinition("01.01.2026", fmt="%d.%m.%Y")

    assert german.numbering == DAYS.numbering
    assert german.ordinal_of("05.01.2026", VIEW) == DAYS.ordinal_of("2026-01-05", VIEW)


def test_another_zone_or_cadence_is_another_numbering() -> None:
    others = [
        DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin"),
        DailyPartitionsDefinition("2026-01-01", hour_offset=1),
        HourlyPartitionsDefinition("2026-01-01-00:00"),
    ]

    assert DAYS.numbering not in {each.numbering for each in others}
    assert DAYS.continues(DAYS.numbering)
    assert not DAYS.continues(others[0].numbering)


@settings(max_examples=examples(60))
@given(
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    st.integers(0, 30_000),
    st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True),
    st.sampled_from(["*", "MON-FRI", "1", "0,6"]),
)
def test_keys_of_any_cron_lead_to_their_windows_and_back(
    zone: str, day: int, minutes: list[int], hours: list[int], weekdays: str
) -> None:
    cron = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * {weekdays}"
    start = datetime(1971, 1, 1) + timedelta(days=day)
    definition = TimeWindowPartitionsDefinition(
        start, "%Y-%m-%d-%H:%M", start + timedelta(days=9), timezone=zone, cron_schedule=cron
    )
    view = PartitionsView(current_time=at(2100, 1, 1))
    keys = definition.get_partition_keys(current_time=at(2100, 1, 1))
    ordinals = list(definition.ordinals(view))

    assert len(set(keys)) == len(keys)
    assert [definition.ordinal_of(key, view) for key in keys] == ordinals
    assert [definition.key_of(each, view) for each in ordinals] == keys
    assert [definition.time_window_for_partition_key(key) for key in keys] == list(map(definition.window_of, ordinals))
    windows = list(map(definition.window_of, ordinals))
    ends = [each.end.astimezone(UTC) for each in windows[:-1]]
    assert ends == [each.start.astimezone(UTC) for each in windows[1:]]


@given(st.text(max_size=20) | st.dates(date(1000, 1, 1)).map(str))
def test_text_is_a_key_just_when_it_is_among_the_keys(text: str) -> None:
    keys = DAYS.get_partition_keys(current_time=NOW)

    assert (DAYS.ordinal_of(text, VIEW) is not None) == (text in keys)


@given(st.integers(0, 2**32))
def test_sets_of_windows_are_as_those_of_python(seed: int) -> None:
    chance = random.Random(seed)
    hours = HourlyPartitionsDefinition("2026-03-25-00:00", end_date="2026-03-31-00:00", timezone="Europe/Berlin")
    with partition_loading_context(at(2027, 1, 1)):
        keys = hours.get_partition_keys()
        one, other = (set(chance.sample(keys, chance.randint(0, len(keys)))) for _ in range(2))
        first, second = (hours.subset_with_partition_keys(each) for each in (one, other))

        assert set((first | second).get_partition_keys()) == one | other
        assert set((first & second).get_partition_keys()) == one & other
        assert list((first - second).get_partition_keys()) == [key for key in keys if key in one - other]
        assert set(hours.filter_valid_partition_keys({*one, "x"})) == one


@settings(max_examples=examples(50))
@given(st.integers(0, 2**32), st.booleans())
def test_exclusions_leave_out_what_python_leaves_out(seed: int, with_cron: bool) -> None:
    chance = random.Random(seed)
    start = datetime(2026, 1, 1)
    moments = [start + timedelta(hours=chance.randint(-30, 300)) for _ in range(chance.randint(0, 20))]
    crons = ["0 */3 * * *", "0 * * * SUN", "30 * * * *"][: chance.randint(0, 3)] if with_cron else []
    hours = HourlyPartitionsDefinition(start, exclusions=[*moments, *crons])
    plain = HourlyPartitionsDefinition(start)
    expected = [
        key
        for key in plain.get_partition_keys(current_time=NOW)
        for begin in [datetime.strptime(key, "%Y-%m-%d-%H:%M")]
        if begin not in moments
        and not ("0 */3 * * *" in crons and begin.hour % 3 == 0)
        and not ("0 * * * SUN" in crons and begin.isoweekday() == 7)
    ]

    assert hours.get_partition_keys(current_time=NOW) == expected
    assert [key for key in plain.get_partition_keys(current_time=NOW) if hours.ordinal_of(key, VIEW)] == expected
    with partition_loading_context(NOW):
        assert hours.get_num_partitions() == len(expected)
        assert [hours.get_first_partition_key(), hours.get_last_partition_key()] == [expected[0], expected[-1]]


@pytest.mark.parametrize("exclusions", [[], [datetime(2026, 1, 3)], ["0 0 * * SUN"]])
def test_many_keys_read_at_once_have_the_ordinals_of_each(exclusions: list[datetime | str]) -> None:
    days = DailyPartitionsDefinition("2025-01-01", exclusions=exclusions)
    keys = [f"2026-01-{day:02d}" for day in range(1, 32)] + ["x", "2024-12-31", "2026-1-5"]

    for asked in (keys, keys[:5], []):
        assert days.ordinals_of(asked, VIEW) == [days.ordinal_of(key, VIEW) for key in asked]


def test_exclusions_that_leave_out_everything_are_an_error_and_no_endless_search() -> None:
    nothing = DailyPartitionsDefinition("2026-01-01", exclusions=["0 0 * * *"])

    assert nothing.get_partition_keys(current_time=NOW) == []
    with pytest.raises(DagsterInvalidDefinitionError, match="windows in a row"):
        nothing.get_first_partition_key()


@pytest.mark.filterwarnings("ignore:Parsing dates involving a day of month:DeprecationWarning")  # of Python 3.13
@pytest.mark.parametrize(
    ("fmt", "says"),
    [
        ("%Y-%m", "writes the windows .* alike"),
        ("%Y-W%W", "writes the windows .* alike|is read back as"),
        ("day", "writes the windows .* alike"),
        ("%d.%m.", "is read back as"),
        ("%Y-%m-%d %Z %A!%", "cannot be read back|is read back|alike"),
    ],
)
def test_a_format_from_which_days_cannot_be_read_is_refused(fmt: str, says: str) -> None:
    with pytest.raises(PartitionFormatError, match=says):
        DailyPartitionsDefinition(datetime(2026, 1, 1), fmt=fmt)


def test_arguments_that_mean_nothing_are_refused() -> None:
    with pytest.raises(CheckError, match="cron_schedule or a schedule_type"):
        TimeWindowPartitionsDefinition("2026-01-01", "%Y-%m-%d")
    with pytest.raises(CheckError, match="leave out schedule_type"):
        TimeWindowPartitionsDefinition(
            "2026-01-01", "%Y-%m-%d", schedule_type=ScheduleType.DAILY, cron_schedule="@daily"
        )
    with pytest.raises(DagsterInvalidDefinitionError, match="hour"):
        DailyPartitionsDefinition("2026-01-01", hour_offset=24)
    with pytest.raises(PartitionFormatError, match=r"start of partitions: '1\.1\.26' is not written as '%Y-%m-%d'"):
        DailyPartitionsDefinition("1.1.26")
    with pytest.raises(CheckError, match="datetime"):
        DailyPartitionsDefinition(date(2026, 1, 1))  # type: ignore[arg-type]
    with pytest.raises(UnknownTimezoneError, match="Europe/Berlin"):
        DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berln")
    with pytest.raises(CheckError, match="end_offset"):
        DailyPartitionsDefinition("2026-01-01", end_offset="1")  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="fmt"):
        TimeWindowPartitionsDefinition("2026-01-01", 5, cron_schedule="@daily")  # type: ignore[arg-type]


def test_a_key_that_is_not_written_so_says_how_keys_look() -> None:
    with pytest.raises(UnreadablePartitionKeyError, match="Keys look like '2026-01-01'"):
        DAYS.time_window_for_partition_key("yesterday")
    hours = HourlyPartitionsDefinition("2026-01-01-00:00")
    for definition, key in ((DAYS, "2026-W01-1"), (hours, "2026-W01-1-05:00"), (hours, "2026-01-01-5:30")):
        if key != "2026-01-01-5:30":
            with pytest.raises(UnreadablePartitionKeyError, match="Keys look like"):
                definition.time_window_for_partition_key(key)
        assert not definition.has_partition_key(key)
    with pytest.raises(ValueError, match="no partition '1999-01-01'"):
        DAYS.get_partition_key("1999-01-01")


def test_a_range_with_an_end_that_does_not_exist_is_refused() -> None:
    with partition_loading_context(NOW):
        for ends in (("2025-12-31", "2026-01-02"), ("2026-01-02", "2026-01-10"), ("x", "2026-01-02")):
            with pytest.raises(DagsterInvalidInvocationError, match="is none"):
                DAYS.get_partition_keys_in_range(PartitionKeyRange(*ends))


def test_neighbours_stay_inside_the_bounds() -> None:
    with partition_loading_context(NOW):
        first, last = DAYS.get_first_partition_window(), DAYS.get_last_partition_window()

        assert DAYS.get_next_partition_window(at(2020, 1, 1)) == first
        assert DAYS.get_prev_partition_window(at(2030, 1, 1)) == last
        assert DAYS.get_next_partition_key("2025-06-01") == "2026-01-01"
        assert DAYS.get_partition_key_range_for_time_window(
            TimeWindow(at(2026, 1, 3), at(2026, 1, 5))
        ) == PartitionKeyRange("2026-01-03", "2026-01-04")
        with pytest.raises(DagsterInvalidInvocationError, match="ends before"):
            DAYS.get_partition_key_range_for_time_window(TimeWindow(at(2020, 1, 3), at(2020, 1, 5)))


def test_questions_about_stretches_of_time() -> None:
    stretch = TimeWindow(at(2026, 1, 2), at(2026, 1, 5))
    some = DailyPartitionsDefinition("2026-01-01", exclusions=[datetime(2026, 1, 3)])

    assert DAYS.get_num_partitions_in_window(stretch) == 3
    assert some.get_num_partitions_in_window(stretch) == 2
    assert some.has_any_partitions_in_window(stretch)
    assert not some.has_any_partitions_in_window(TimeWindow(at(2026, 1, 3), at(2026, 1, 4)))
    assert some.is_window_start_excluded(at(2026, 1, 3))
    assert not some.is_window_start_excluded(at(2026, 1, 3, 1))
    with partition_loading_context(NOW):
        assert some.get_partition_keys_between_indexes(1, 3) == ["2026-01-02", "2026-01-04"]
        assert [each.start.day for each in some.time_windows_for_partition_keys(["2026-01-04", "2026-01-02"])] == [2, 4]


def test_dates_and_moments_become_keys() -> None:
    with partition_loading_context(NOW):
        for each in ("2026-01-06", date(2026, 1, 6), datetime(2026, 1, 6, 5), at(2026, 1, 6, 5)):
            assert DAYS.get_partition_key(each) == "2026-01-06"
    assert DAYS.less_than("2026-01-06", "2026-01-07")


def test_definitions_are_values() -> None:
    same = TimeWindowPartitionsDefinition(datetime(2026, 1, 1), "%Y-%m-%d", cron_schedule="0 0 * * *")
    excluded = [datetime(2026, 1, 3), datetime(2026, 1, 4)]

    assert same == DAYS
    assert hash(same) == hash(DAYS)
    assert DailyPartitionsDefinition("2026-01-01", exclusions=excluded) == DailyPartitionsDefinition(
        "2026-01-01", exclusions=excluded[::-1]
    )
    assert DailyPartitionsDefinition("2026-01-02") != DAYS
    assert DAYS.equal_except_for_start_or_end(DailyPartitionsDefinition("2020-01-01"))
    DAYS.get_partition_keys()
    assert pickle.loads(pickle.dumps(DAYS)) == DAYS
    assert same.get_serializable_unique_identifier() == DAYS.get_serializable_unique_identifier()


def test_kinds_tell_what_they_are() -> None:
    kinds = {
        ScheduleType.HOURLY: HourlyPartitionsDefinition("2026-01-01-00:00", minute_offset=7),
        ScheduleType.DAILY: DailyPartitionsDefinition("2026-01-01", minute_offset=7),
        ScheduleType.WEEKLY: WeeklyPartitionsDefinition("2026-01-01", minute_offset=7, day_offset=2),
        ScheduleType.MONTHLY: MonthlyPartitionsDefinition("2026-01-01", minute_offset=7, day_offset=2),
    }

    assert [each.schedule_type for each in kinds.values()] == list(kinds)
    assert {each.minute_offset for each in kinds.values()} == {7}
    assert [kinds[each].day_offset for each in (ScheduleType.WEEKLY, ScheduleType.MONTHLY)] == [2, 2]
    assert max(ScheduleType) is ScheduleType.MONTHLY
    with pytest.raises(CheckError, match="no day offset"):
        _ = kinds[ScheduleType.DAILY].day_offset
    assert TimeWindowPartitionsDefinition("2026-01-01", "%Y-%m-%d", cron_schedule="0 0 L * *").schedule_type is None
    assert (DAYS.is_basic_daily, kinds[ScheduleType.HOURLY].is_basic_hourly) == (True, False)


def test_pages_go_through_all_keys_in_both_directions() -> None:
    expected = list(DAYS.get_partition_keys(current_time=NOW))
    for ascending in (True, False):
        found: list[str] = []
        cursor, more = None, True
        while more:
            page = DAYS.get_paginated_partition_keys(VIEW, 4, ascending, cursor)
            found += page.results
            cursor, more = page.cursor, page.has_more

        assert found == (expected if ascending else expected[::-1])
    with pytest.raises(DagsterInvalidInvocationError, match="no cursor"):
        DAYS.get_paginated_partition_keys(VIEW, 4, True, "x")


@pytest.mark.parametrize("key", ["", "foo", "2026-01-02", "2026-01-02+1", "2026-01-02+0000+0000"])
def test_text_that_a_format_with_an_offset_does_not_write_is_no_key(key: str) -> None:
    days = DailyPartitionsDefinition("2026-01-01+0000", fmt="%Y-%m-%d%z")

    assert not days.has_partition_key(key)
    with pytest.raises(UnreadablePartitionKeyError, match="not written as"):
        days.time_window_for_partition_key(key)


def test_days_of_which_some_are_left_out_are_not_basic() -> None:
    assert not DailyPartitionsDefinition("2026-01-01", exclusions=["0 0 * * SUN"]).is_basic_daily
    assert not HourlyPartitionsDefinition("2026-01-01-00:00", exclusions=["0 3 * * *"]).is_basic_hourly


def test_where_a_partition_begins_and_ends() -> None:
    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06", exclusions=["0 0 5 * *"])

    assert days.start_time_for_partition_key("2026-01-02") == datetime(2026, 1, 2, tzinfo=UTC)
    assert days.end_time_for_partition_key("2026-01-04") == datetime(2026, 1, 5, tzinfo=UTC)


def test_the_last_window_with_and_without_those_left_out() -> None:
    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06", exclusions=["0 0 5 * *"])

    found = [days.get_last_partition_window(), days.get_last_partition_window_ignoring_exclusions()]

    assert [each.start.day for each in found if each is not None] == [4, 5]
    assert DailyPartitionsDefinition("2999-01-01").get_last_partition_window_ignoring_exclusions() is None


def test_what_was_read_before_answers_for_its_own_key_and_moment_alone() -> None:
    today, later = PartitionsView(current_time=at(2026, 1, 10)), PartitionsView(current_time=at(2026, 1, 11))

    asked = [DAYS.ordinal_of(key, view) for key in ("2026-01-10", "2026-01-09") for view in (today, later, today)]

    last = asked[3]
    assert last is not None
    assert [None, last + 1, None, last, last, last] == asked
    assert [DAYS.key_of(each, today) for each in (last, last + 1)] == ["2026-01-09", "2026-01-10"]
