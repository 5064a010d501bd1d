"""The garbage collector, paused and as it was before."""

from __future__ import annotations

import gc

import pytest

from watchbell.ground.collector import collector_paused


def test_the_collector_is_off_inside_and_on_again_after_an_error() -> None:
    def fails() -> None:
        with collector_paused():
            assert not gc.isenabled()
            raise ValueError

    with pytest.raises(ValueError):
        fails()

    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()
