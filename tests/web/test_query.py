"""The query language: what is typed over a list, and what is wrong with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.record.run_query import RunFact, RunTerm
from watchbell.web.problem import Problem
from watchbell.web.query.language import Around
from watchbell.web.query.moments import moment_of, seconds_of
from watchbell.web.query.runs import RUNS
from watchbell.web.query.text import QUERY_CHARS_MAX, terms_of
from watchbell.web.query.text import quoted as as_value

NOW = datetime(2026, 5, 12, 9, 12, 30, tzinfo=UTC)


def parts(text: str) -> list[tuple[str, tuple[str, ...], bool]]:
    terms, mistakes = terms_of(text)
    assert mistakes == []
    return [(each.field, each.values, each.is_negated) for each in terms]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \t ", []),
        ("orders", [("", ("orders",), False)]),
        ("status:failed", [("status", ("failed",), False)]),
        ("STATUS:failed", [("status", ("failed",), False)]),
        ("-job:feed_*", [("job", ("feed_*",), True)]),
        ("job:a,b,c", [("job", ("a", "b", "c"), False)]),
        ('tag:team="data platform"', [("tag", ("team=data platform",), False)]),
        ('tag:"a,b:c"', [("tag", ("a,b:c",), False)]),
        (r'job:"say \"hi\""', [("job", ('say "hi"',), False)]),
        ("after:2026-05-03T02:00", [("after", ("2026-05-03T02:00",), False)]),
        ('"status:failed"', [("", ("status:failed",), False)]),
        ("- x", [("", ("-",), False), ("", ("x",), False)]),
        ("after:-1d", [("after", ("-1d",), False)]),
    ],
)
def test_text_is_cut_into_terms(text: str, expected: object) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [('job:"x', 4, "quote"), ("a status:", 2, "has no value"), ('""', 0, "nothing here"), ("job:,,", 0, "no value")],
)
def test_a_mistake_is_told_with_its_place(text: str, place: int, said: str) -> None:
    _, [mistake] = terms_of(text)

    assert mistake.place == place
    assert said in mistake.text


def test_a_query_that_is_too_long_is_refused_at_once() -> None:
    terms, [mistake] = terms_of("x " * QUERY_CHARS_MAX)

    assert terms == []
    assert "4,000" in mistake.text


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    problem = None
    try:
        RUNS.read(text, Around(NOW))
    except Problem as refused:
        problem = refused

    mistakes = [] if problem is None else problem.extra["mistakes"]
    assert problem is None or (problem.status == 422 and mistakes)
    assert all(0 <= each["place"] <= len(text) for each in mistakes)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_a_quoted_value_comes_back_as_it_was(value: str) -> None:
    [term] = terms_of(f"job:{as_value(value)}")[0]

    assert term.values == (value,)


@given(st.lists(st.sampled_from(["status:failed", "-job:a*", "orders", 'tag:k="v w"', "took:>5m"]), max_size=8))
def test_each_term_stands_for_itself(terms: list[str]) -> None:
    together = RUNS.read(" ".join(terms), Around(NOW))

    assert [RUNS.read(each, Around(NOW))[0] for each in terms] == together


@given(st.integers(0, 10**6), st.sampled_from(["s", "m", "min", "h", "d", "w"]))
def test_lengths_of_time_are_read_in_every_unit(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}[unit]

    assert number * seconds == seconds_of(f"{number}{unit}")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_time_with_its_offset_is_that_instant_in_any_zone(at: datetime) -> None:
    assert moment_of(at.isoformat(), NOW, "Asia/Tokyo") == at


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("-1d", None, NOW - timedelta(days=1)),
        ("1h30m", None, NOW - timedelta(minutes=90)),
        ("+2h", None, NOW + timedelta(hours=2)),
        ("now", None, NOW),
        ("today", "Europe/Berlin", datetime(2026, 5, 11, 22, tzinfo=UTC)),
        ("yesterday", "UTC", datetime(2026, 5, 11, tzinfo=UTC)),
        ("2026-05-03", "Europe/Berlin", datetime(2026, 5, 2, 22, tzinfo=UTC)),
        ("2026-05-03T02:00", None, datetime(2026, 5, 3, 2, tzinfo=UTC)),
        ("2026-05-03T02:00+02:00", "Asia/Tokyo", datetime(2026, 5, 3, 0, tzinfo=UTC)),
        ("soon", None, None),
        ("9999999999d", None, None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, zone: str | None, expected: datetime | None) -> None:
    assert moment_of(text, NOW, zone) == expected


def mistakes_in(text: str) -> list[dict[str, object]]:
    with pytest.raises(Problem) as caught:
        RUNS.read(text, Around(NOW))
    return list(caught.value.extra["mistakes"])


def test_every_mistake_is_told_with_the_nearest_name() -> None:
    first, second, third = mistakes_in("statsu:failed status:faild after:soon job:ok")

    assert first == {
        "place": 0,
        "length": 13,
        "text": "there is no field 'statsu'; did you mean 'status'?",
    }
    assert "did you mean 'failed'" in str(second["text"])
    assert "'soon' is no time" in str(third["text"])


@pytest.mark.parametrize("text", ["took:long", "took:1m,2m", "after:-1d,-2d", "tag:=x", "status:x"])
def test_a_value_that_a_field_cannot_have_is_refused(text: str) -> None:
    assert len(mistakes_in(text)) == 1


def test_runs_are_asked_for_by_what_their_fields_mean() -> None:
    around = Around(NOW)

    assert RUNS.read("status:running", around) == [RunTerm(RunFact.STATUS, ("STARTING", "STARTED", "CANCELING"))]
    assert RUNS.read("-job:a,b", around) == [RunTerm(RunFact.JOB, ("a", "b"), is_negated=True)]
    assert RUNS.read("took:<90s", around) == [RunTerm(RunFact.TOOK_UNDER, number=90.0)]
    [term] = RUNS.read("trigger:schedule,nightly", around)
    assert [(each.tag, each.values) for each in term.parts] == [
        ("dagster/schedule_name", ()),
        ("dagster/schedule_name", ("nightly",)),
        ("dagster/sensor_name", ("nightly",)),
        ("watchbell/launched_by", ("nightly",)),
    ]
