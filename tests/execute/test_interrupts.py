"""Being asked to stop: noted between pieces of user code, raised inside them."""

import os
import signal
import threading

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
