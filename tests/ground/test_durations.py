"""Lengths of time in words."""

import pytest

from watchbell.ground.durations import duration_text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 ms"),
        (0.00246, "2.46 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (3.014, "3.01 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (187, "3 min 7 s"),
        (7_260, "2 h 1 min"),
    ],
)
def test_a_length_of_time_is_told_in_the_unit_that_suits_it(seconds: float, expected: str) -> None:
    assert expected == duration_text(seconds)
