"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from watchbell.ground.clock import ManualClock, SystemClock, _source_of_time


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_manual_clock_stands_still_until_moved() -> None:
    clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
    clock.advance(90)

    assert (clock.now(), clock.monotonic()) == (datetime(2024, 1, 1, 0, 1, 30, tzinfo=UTC), 90.0)


def test_a_clock_set_back_keeps_its_monotonic_hand() -> None:
    clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
    clock.advance(10)
    clock.set(datetime(2023, 1, 1, tzinfo=UTC))

    assert clock.monotonic() == 10.0


def test_a_manual_clock_shows_utc_whatever_it_was_given() -> None:
    clock = ManualClock(datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))

    assert clock.now() == datetime(2024, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_the_clock_of_tests_stands_at_an_instant_or_is_shifted() -> None:
    still = _source_of_time("2026-05-12T09:12:30+02:00")
    shifted = _source_of_time("-86400.5")
    real = _source_of_time(None)

    assert still() == datetime(2026, 5, 12, 7, 12, 30, tzinfo=UTC)
    assert timedelta(seconds=86_400) < real() - shifted() < timedelta(seconds=86_401)
