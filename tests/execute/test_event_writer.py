"""The group commit: batches, order, time, full stores, fenced writers."""

import threading
from collections.abc import Sequence

import pytest

from watchbell.execute.event_writer import BATCH_MAX, PATIENCE_SECONDS, RETRY_SECONDS, EventWriter
from watchbell.ground.errors import LeaseLostError, StoreDamagedError, StoreFullError
from watchbell.record.event import EventLogEntry


def entry(number: int) -> EventLogEntry:
    return EventLogEntry("run", float(number), user_message=str(number))


class Log:
    """Takes batches; refuses the first ``refusals`` of them."""

    def __init__(self, *refusals: Exception) -> None:
        self.batches: list[list[str]] = []
        self.refusals = list(refusals)
        self.stored = threading.Event()

    def append(self, entries: Sequence[EventLogEntry]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.batches.append([each.user_message for each in entries])
        self.stored.set()

    @property
    def lines(self) -> list[str]:
        return [line for batch in self.batches for line in batch]


def test_entries_wait_for_company_and_are_stored_together() -> None:
    log = Log()
    writer = EventWriter(log.append)

    for number in range(3):
        writer.write(entry(number))
    before = list(log.batches)
    writer.flush()

    assert before == []
    assert log.batches == [["0", "1", "2"]]


def test_a_full_batch_is_stored_at_once() -> None:
    log = Log()
    writer = EventWriter(log.append)

    for number in range(BATCH_MAX):
        writer.write(entry(number))

    assert [len(batch) for batch in log.batches] == [BATCH_MAX]
    assert writer.pending_count == 0


def test_closing_stores_what_is_left_in_order() -> None:
    log = Log()
    writer = EventWriter(log.append, with_thread=True)

    for number in range(2 * BATCH_MAX + 7):
        writer.write(entry(number))
    writer.close()
    writer.close()

    assert log.lines == [str(number) for number in range(2 * BATCH_MAX + 7)]


def test_the_thread_stores_what_waits_while_the_run_is_busy() -> None:
    log = Log()
    writer = EventWriter(log.append, with_thread=True)

    writer.write(entry(1))
    stored = log.stored.wait(timeout=20)
    lines = list(log.lines)
    writer.close()

    assert stored
    assert lines == ["1"]


def test_entries_of_several_threads_are_all_stored() -> None:
    log = Log()
    writer = EventWriter(log.append, with_thread=True)
    threads = [
        threading.Thread(target=lambda n=n: [writer.write(entry(n * 1000 + i)) for i in range(1000)]) for n in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()

    assert sorted(map(int, log.lines)) == list(range(4000))
    for number in range(4):
        own = [int(line) for line in log.lines if int(line) // 1000 == number]
        assert own == sorted(own)


def test_a_full_store_keeps_the_entries_waiting_and_loses_none() -> None:
    full = StoreFullError("the disk is full", location="here")
    log = Log(full, full)
    waits: list[float] = []
    writer = EventWriter(log.append, wait=waits.append)

    writer.write(entry(1))
    writer.flush()
    writer.write(entry(2))
    writer.close()

    assert log.lines == ["1", "2"]
    assert waits == [RETRY_SECONDS]


def test_a_store_that_stays_full_ends_the_wait_with_its_own_error() -> None:
    log = Log(*[StoreFullError("the disk is full", location="here")] * 10_000)
    waits: list[float] = []
    writer = EventWriter(log.append, wait=waits.append)
    writer.write(entry(1))

    with pytest.raises(StoreFullError):
        writer.close()

    assert sum(waits) == PATIENCE_SECONDS
    assert writer.pending_count == 1


def test_a_fenced_writer_stops_the_run_once_and_for_all() -> None:
    log = Log(LeaseLostError("attempt 2 has the run", lease="run"))
    told: list[bool] = []
    writer = EventWriter(log.append, on_fenced=lambda: told.append(True))
    writer.write(entry(1))

    with pytest.raises(LeaseLostError):
        writer.flush()
    with pytest.raises(LeaseLostError):
        writer.write(entry(2))
    with pytest.raises(LeaseLostError):
        writer.close()

    assert told == [True]
    assert log.batches == []


def test_a_store_that_fails_in_the_thread_is_heard_of_by_the_run() -> None:
    log = Log(StoreDamagedError("no database", location="here"))
    failed = threading.Event()

    def append(entries: Sequence[EventLogEntry]) -> None:
        try:
            log.append(entries)
        finally:
            failed.set()

    writer = EventWriter(append, with_thread=True)
    writer.write(entry(1))
    assert failed.wait(timeout=20)

    with pytest.raises(StoreDamagedError):
        writer.close()


def test_an_interrupt_while_writing_leaves_the_entries_to_be_written_again() -> None:
    stored: list[str] = []
    interrupts = [KeyboardInterrupt()]

    def append(entries: Sequence[EventLogEntry]) -> None:
        if interrupts:
            raise interrupts.pop()
        stored.extend(each.user_message for each in entries)

    writer = EventWriter(append)
    writer.write(entry(1))

    with pytest.raises(KeyboardInterrupt):
        writer.flush()
    writer.close()

    assert stored == ["1"]
