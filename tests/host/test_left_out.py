"""How long roots are left out whose conditions end their process, or take long, and when they are evaluated alone."""

from __future__ import annotations

from watchbell.host.left_out import (
    LOOK_SECONDS,
    PAUSE_SECONDS_MAX,
    SLOW_PAUSE_FACTOR,
    STRIKES_MAX,
    LeftOutRoots,
    slow_seconds,
)
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.tick import AutomationKind

FOUND = Answer(1, Outcome.ANSWERED)


def marks(roots: LeftOutRoots, now: float, sensor: str = "s") -> list[int]:
    return [each.number for each in roots.asked(sensor, now)]


def do_well(roots: LeftOutRoots, mark: int, now: float, *, is_slow: bool = False) -> None:
    """A root is evaluated by itself, and a question takes in what came of it."""
    assert roots.due("s", now) == [mark]
    roots.did_well("s", mark, FOUND, 1.0, now, is_slow=is_slow)
    assert roots.found("s") == (FOUND,)
    roots.answered("s")


def test_a_root_is_left_out_and_evaluated_alone_after_a_minute() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)

    [left_out] = roots.asked("s", 10.0)

    assert (left_out.number, left_out.seconds, left_out.reason) == (7, 50.0, "crashed")
    assert marks(roots, 10.0, "other") == []
    assert roots.due("s", 59.0) == []
    assert roots.due("s", 60.0) == [7]
    assert roots.due("s", 60.0) == []  # that goes on
    assert [each.seconds for each in roots.asked("s", 60.0)] == [LOOK_SECONDS]


def test_pauses_grow_while_it_goes_on_ending_its_process() -> None:
    roots = LeftOutRoots()
    now, pauses = 0.0, []
    for _ in range(8):
        roots.strike("s", 7, "crashed", now)
        [left_out] = roots.asked("s", now)
        pauses.append(left_out.seconds)
        now += left_out.seconds
        assert roots.due("s", now) == [7]

    assert pauses == [60.0, 120.0, 240.0, 480.0, 960.0, 1_920.0, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MAX]


def test_one_that_did_well_is_evaluated_with_the_others_when_that_is_stored() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)
    roots.strike("s", 8, "hung", 30.0)
    assert roots.due("s", 60.0) == [7]
    roots.did_well("s", 7, FOUND, 1.0, 60.0, is_slow=False)
    roots.answered("s")  # a question that was asked before
    assert marks(roots, 61.0) == [7, 8]

    assert roots.found("s") == (FOUND,)
    roots.answered("s")

    assert marks(roots, 62.0) == [8]
    assert roots.found("s") == ()


def test_one_that_only_took_long_is_evaluated_alone_at_once_and_stays_so_while_it_does() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "took long", 0.0, is_slow=True)

    do_well(roots, 7, 0.0, is_slow=True)

    assert marks(roots, 1.0) == [7]
    assert roots.due("s", 9.0) == []
    do_well(roots, 7, 10.0)
    assert marks(roots, 11.0) == []


def test_one_that_takes_long_leaves_the_processor_to_others_for_longer() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "took long", 0.0, is_slow=True)
    roots.due("s", 0.0)

    roots.did_well("s", 7, FOUND, 30.0, 30.0, is_slow=True)

    assert [each.seconds for each in roots.asked("s", 30.0)] == [30.0 * SLOW_PAUSE_FACTOR]


def test_one_that_is_left_out_again_and_again_stays_alone() -> None:
    roots = LeftOutRoots()
    now = 0.0
    for _ in range(STRIKES_MAX):
        assert marks(roots, now) == []
        roots.strike("s", 7, "took long", now, is_slow=True)
        do_well(roots, 7, now)
        now += 10.0

    assert marks(roots, now) == [7]
    do_well(roots, 7, now)
    assert marks(roots, now) == [7]


def test_what_was_long_ago_does_not_count() -> None:
    roots = LeftOutRoots()
    for now in range(0, 8 * 3_600, 3_600):
        roots.strike("s", 7, "took long", float(now), is_slow=True)
        do_well(roots, 7, float(now))

        assert marks(roots, float(now)) == []


def test_an_answer_that_left_it_out_says_nothing_of_it() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)
    roots.asked("s", 1.0)

    roots.answered("s")

    assert marks(roots, 2.0) == [7]


def test_what_could_not_be_evaluated_is_tried_again_later() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "took long", 0.0, is_slow=True)
    roots.due("s", 0.0)

    roots.could_not("s", 7, 1.0)

    assert roots.due("s", 60.0) == []
    assert roots.due("s", 61.0) == [7]


def test_what_was_found_under_another_cursor_is_of_no_use() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "took long", 0.0, is_slow=True)
    roots.due("s", 0.0)
    roots.did_well("s", 7, FOUND, 1.0, 1.0, is_slow=False)

    roots.forget_found("s")

    assert roots.found("s") == ()
    assert marks(roots, 2.0) == [7]
    assert roots.due("s", 20.0) == [7]


def test_what_takes_long_is_a_part_of_what_an_evaluation_may_take() -> None:
    def slow(timeout_seconds: float) -> float:
        return slow_seconds(Evaluation(1, AutomationKind.SENSOR, "s", timeout_seconds=timeout_seconds))

    assert [slow(each) for each in (1.0, 12.0, 60.0, 3_600.0)] == [0.25, 1.0, 5.0, 5.0]
