"""Being asked to stop: noted between pieces of user code, raised inside them."""

import os
import signal
import threading
from contextlib import suppress

import pytest

from watchbell.execute.interrupts import Interrupts
from watchbell.ground.errors import DagsterExecutionInterruptedError


def test_a_signal_raises_inside_user_code() -> None:
    with (
        Interrupts().installed() as interrupts,
        pytest.raises(DagsterExecutionInterruptedError, match="SIGTERM"),
        interrupts.in_user_code(),
    ):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_between_user_code_waits_until_it_begins_again() -> None:
    with Interrupts().installed() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        noted = interrupts.requested
        with pytest.raises(DagsterExecutionInterruptedError, match="SIGINT"):
            interrupts.enter_user_code()

    assert noted


def test_a_second_signal_while_things_are_closed_is_only_noted() -> None:
    with Interrupts().installed() as interrupts:
        with pytest.raises(DagsterExecutionInterruptedError), interrupts.in_user_code():
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

    assert interrupts.signal_name == "SIGTERM"


def test_the_handlers_from_before_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    with Interrupts().installed():
        during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    after = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    assert after == before
    assert during != before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def run() -> None:
        with Interrupts().installed():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert seen == [before]


def clean_up_after(first: int, second: int) -> list[str]:
    """User code that is stopped by the first signal, and gets the second while it cleans up."""
    cleaned = []
    with Interrupts().installed() as interrupts, suppress(DagsterExecutionInterruptedError), interrupts.in_user_code():
        try:
            os.kill(os.getpid(), first)
            cleaned.append("never")
        finally:
            os.kill(os.getpid(), second)
            cleaned.append("all of it")
    return cleaned


def test_a_second_signal_does_not_tear_the_clean_up_of_user_code() -> None:
    assert clean_up_after(signal.SIGINT, signal.SIGTERM) == ["all of it"]
    assert clean_up_after(signal.SIGTERM, signal.SIGTERM) == ["all of it"]


def test_who_presses_ctrl_c_again_means_it() -> None:
    assert clean_up_after(signal.SIGINT, signal.SIGINT) == []


def test_what_is_called_from_user_code_is_not_torn() -> None:
    written = []
    with Interrupts().installed() as interrupts, interrupts.in_user_code():
        with interrupts.between_user_code():
            os.kill(os.getpid(), signal.SIGTERM)
            written.append("whole")
        with pytest.raises(DagsterExecutionInterruptedError):
            interrupts.enter_user_code()

    assert written == ["whole"]
