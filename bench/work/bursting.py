"""Question: thousands of runs failed while the service was away: how soon is each of them handled, at what cost?"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from bench.work.process_tree import cpu_seconds_below
from bench.work.reading import instance_of, stored_ticks
from bench.work.report import emit
from bench.work.serving import Service, served, sleep_until, temporary_home
from dagster import job, op

LOOK_SECONDS = 0.02
WARM_UP_SECONDS_MAX = 180.0
WARM_UP_GAP_SECONDS = 5.0
SETTLE_SECONDS = 1.0  # from the last call until its tick is stored


@op
def work() -> None:
    """Never done."""


@job
def one() -> None:
    """The job whose runs have failed."""
    work()


def store_failures(home: Path, count: int) -> None:
    """Stores runs that have failed."""
    with instance_of(home) as instance:
        for _ in range(count):
            instance.report_run_failed(instance.create_run_for_job(one))


def calls(notes: Path) -> list[float]:
    """When the sensor was called, in seconds since the epoch."""
    return [float(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def called(notes: Path, count: int, until: float, service: Service) -> list[float]:
    """The calls, as soon as there are so many; those there are, when time is up."""
    while len(found := calls(notes)) < count and time.time() < until:
        service.check()
        time.sleep(LOOK_SECONDS)
    return found


def warm_up(home: Path, notes: Path, environment: dict[str, str]) -> None:
    """Lets the service take the sensor in: what failed before that does not concern it.

    Raises:
        RuntimeError: no failure reached the sensor.
    """
    with served("burst", home, environment) as service:
        until = time.time() + WARM_UP_SECONDS_MAX
        while not calls(notes):
            if time.time() > until:
                raise RuntimeError(f"the sensor was not called within {WARM_UP_SECONDS_MAX:.0f} s")
            store_failures(home, 1)
            called(notes, 1, time.time() + WARM_UP_GAP_SECONDS, service)
        sleep_until(time.time() + 2 * WARM_UP_GAP_SECONDS, service)  # those that came meanwhile are handled as well


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="runs that failed")
    parser.add_argument("--seconds", type=float, default=120, help="how long to wait until all are handled")
    given = parser.parse_args()
    own = os.getpid()
    with temporary_home() as home:
        notes = home.parent / "notes"
        environment = {"BENCH_NOTES": str(notes)}
        warm_up(home, notes, environment)
        ticks_before = len(stored_ticks(home, "noting"))
        notes.write_text("")
        store_failures(home, given.count)
        with served("burst", home, environment) as service:
            until = service.started_at + given.seconds
            first = called(notes, 1, until, service)
            cpu_first = cpu_seconds_below(own)
            found = called(notes, given.count, until, service)
            sleep_until(time.time() + SETTLE_SECONDS, service)
            emit("called", len(found), f"of {given.count}")
            if len(found) > len(first):
                spent = cpu_seconds_below(own) - cpu_first
                emit("first-call", found[0] - service.started_at, "s after the start of the service")
                emit("rate", (len(found) - 1) / (found[-1] - found[0]), "events/s")
                emit("event", spent * 1000 / (len(found) - len(first)), "ms cpu/event")
                emit("ticks", len(stored_ticks(home, "noting")) - ticks_before, f"for {len(found)} events")


if __name__ == "__main__":
    main()
