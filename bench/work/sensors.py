"""Question: how many sensor evaluations a second, what does each cost, and how punctual are they?"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from pathlib import Path

from bench.work.process_tree import descendants, own_seconds, stat_fields
from bench.work.reading import StoredTick, stored_ticks
from bench.work.report import emit
from bench.work.serving import Service, served, sleep_until, temporary_home

START_SECONDS_MAX = 60
LATE_SECONDS = 0.25  # an evaluation that ends no later than so long after its time is on time


def wait_for_sign(sign: Path, service: Service) -> None:
    """Waits until user code was evaluated for the first time.

    Raises:
        RuntimeError: the service ended, or nothing was evaluated in time.
    """
    while not sign.exists():
        service.check()
        if time.time() > service.started_at + START_SECONDS_MAX:
            raise RuntimeError(f"no sensor was evaluated within {START_SECONDS_MAX} s")
        time.sleep(0.05)


def intervals(ticks: list[StoredTick]) -> list[float]:
    """Seconds between the ends of successive evaluations of the same sensor."""
    ordered = sorted(ticks, key=lambda tick: (tick.automation, tick.ended_at))
    return [
        after.ended_at - before.ended_at
        for before, after in itertools.pairwise(ordered)
        if before.automation == after.automation
    ]


def cpu_by_role(service: Service) -> dict[str, float]:
    """CPU so far of the service, of its hosts, and of the evaluators that live."""
    top = service.process.pid
    spent = {"service": own_seconds(top), "host": 0.0, "evaluators": 0.0}
    for pid in descendants(top):
        fields = stat_fields(pid)
        spent["host" if fields and int(fields[1]) == top else "evaluators"] += own_seconds(pid)
    return spent


def tell_punctuality(gaps: list[float], interval: float) -> None:
    """How late evaluations ended, measured from the one before."""
    late = sorted(gap - interval for gap in gaps)
    emit("on-time", sum(each <= LATE_SECONDS for each in late) * 100 / len(late), "%")
    emit("late-p99", late[round(0.99 * (len(late) - 1))], "s")


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="sensors")
    parser.add_argument("--interval", type=int, required=True, help="their minimum interval, seconds")
    parser.add_argument("--seconds", type=float, required=True, help="how long to watch")
    parser.add_argument("--sleep", type=float, default=0, help="seconds that each evaluation sleeps")
    parser.add_argument("--asynchronous", action="store_true", help="they are async functions and await instead")
    given = parser.parse_args()
    with temporary_home() as home:
        sign = home.parent / "evaluated"
        environment = {
            "BENCH_COUNT": str(given.count),
            "BENCH_INTERVAL": str(given.interval),
            "BENCH_SLEEP": str(given.sleep),
            "BENCH_SIGN": str(sign),
            "BENCH_ASYNC": str(int(given.asynchronous)),
        }
        with served("sensors", home, environment) as service:
            wait_for_sign(sign, service)
            begin = time.time() + given.interval
            end = begin + given.seconds
            sleep_until(begin, service)
            before = cpu_by_role(service)
            sleep_until(end, service)
            after = cpu_by_role(service)
            sleep_until(end + 1, service)
            ticks = [tick for tick in stored_ticks(home) if begin <= tick.ended_at < end]
            emit("rate", len(ticks) / given.seconds, f"evaluations/s of {given.count / given.interval:.0f}")
            if ticks:
                emit("evaluation", service.cpu_between(begin, end) * 1000 / len(ticks), "ms cpu/evaluation")
            if gaps := intervals(ticks):
                emit("between-median", statistics.median(gaps), "s")
                emit("between-longest", max(gaps), "s")
                if given.asynchronous:
                    tell_punctuality(gaps, given.interval)
                    for role, seconds in after.items():
                        emit(f"cpu-{role}", (seconds - before[role]) / given.seconds * 100, "% of a core")


if __name__ == "__main__":
    main()
