"""How long roots are left out whose conditions end their process."""

from __future__ import annotations

from watchbell.host.left_out import PAUSE_SECONDS_MAX, LeftOutRoots


def marks(roots: LeftOutRoots, now: float, sensor: str = "s") -> list[int]:
    return [each.number for each in roots.asked(sensor, now)]


def test_a_root_is_left_out_for_a_minute() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)

    [left_out] = roots.asked("s", 10.0)

    assert (left_out.number, left_out.seconds, left_out.reason) == (7, 50.0, "crashed")
    assert marks(roots, 10.0, "other") == []
    assert marks(roots, 60.0) == []


def test_pauses_grow_while_it_goes_on_ending_its_process() -> None:
    roots = LeftOutRoots()
    now, pauses = 0.0, []
    for _ in range(8):
        roots.asked("s", now)
        roots.strike("s", 7, "crashed", now)
        [left_out] = roots.asked("s", now)
        pauses.append(left_out.seconds)
        now += left_out.seconds

    assert pauses == [60.0, 120.0, 240.0, 480.0, 960.0, 1_920.0, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MAX]


def test_one_that_did_well_begins_anew() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)
    roots.strike("s", 8, "hung", 30.0)
    assert marks(roots, 60.0) == [8]
    roots.answered("s")

    roots.strike("s", 7, "crashed", 100.0)

    assert {each.number: each.seconds for each in roots.asked("s", 89.0)} == {7: 71.0, 8: 1.0}


def test_an_answer_that_left_it_out_says_nothing_of_it() -> None:
    roots = LeftOutRoots()
    roots.strike("s", 7, "crashed", 0.0)
    roots.asked("s", 1.0)

    roots.answered("s")

    assert marks(roots, 2.0) == [7]
