"""Question: what do ten thousand schedules and sensors cost that wait, and how late are those that are due?"""

from __future__ import annotations

import argparse
import os
import statistics
import time

from bench.work.process_tree import cpu_seconds_below, descendants, is_living, proportional_memory_mb
from bench.work.reading import instance_of, stored_ticks
from bench.work.report import emit
from bench.work.schedules import MINUTE, NARROW_QUEUE, next_boundary, start_instant
from bench.work.serving import Service, served, sleep_until, temporary_home

LOOK_SECONDS = 0.1


def last_stored_at(service: Service, until: float) -> float | None:
    """When the last run of those that come until an instant was there for others to see; None: none came."""
    count, changed_at = 0, None
    with instance_of(service.home) as instance:
        count = instance.get_runs_count()
        while time.time() < until:
            service.check()
            time.sleep(LOOK_SECONDS)
            before, count = count, instance.get_runs_count()
            changed_at = time.time() if count != before else changed_at
    return changed_at


def quiet_at(service: Service) -> float | None:
    """When it was ready and had nothing to do: it used less than a tenth of a core for a second."""
    around = zip(service.samples, service.samples[1:], service.samples[2:], strict=False)
    for (begin, cpu_before), _, (end, cpu_after) in around:
        if cpu_before > 0 and cpu_after - cpu_before < (end - begin) / 10:
            return begin
    return None


def watch_idle(seconds: float, service: Service) -> None:
    """CPU and memory while nothing happens."""
    own = os.getpid()
    before, begin = cpu_seconds_below(own), time.time()
    quiet = quiet_at(service)
    if quiet is not None:
        emit("start", quiet - service.started_at, "s until it is quiet")
        emit("start-cpu", service.cpu_between(service.started_at, quiet), "s cpu")
    sleep_until(begin + seconds, service)
    spent, passed = cpu_seconds_below(own) - before, time.time() - begin
    living = [pid for pid in descendants(own) if is_living(pid)]
    emit("idle-cpu", spent / passed * 100, "% of a core")
    emit("idle-memory", sum(map(proportional_memory_mb, living)), "MB (PSS)")


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schedules", type=int, required=True, help="schedules")
    parser.add_argument("--sensors", type=int, required=True, help="sensors of assets and of runs")
    parser.add_argument("--due", type=int, default=0, help="so many of the schedules ask for a run each minute")
    parser.add_argument("--policy", default="{}", help="further arguments of those schedules, as JSON")
    parser.add_argument("--minutes", type=int, default=1, help="full minutes to watch; the figures are of the last one")
    parser.add_argument("--settle", type=float, default=30, help="from the start until the watch begins, seconds")
    parser.add_argument("--seconds", type=float, default=60, help="how long to watch the idle service")
    given = parser.parse_args()
    environment = {
        "BENCH_SCHEDULES": str(given.schedules),
        "BENCH_SENSORS": str(given.sensors),
        "BENCH_DUE": str(given.due),
        "BENCH_POLICY": given.policy,
    }
    with temporary_home() as home:
        if given.due:
            sleep_until(start_instant(given.settle))
        with served("crowd", home, environment, settings=NARROW_QUEUE) as service:
            if not given.due:
                sleep_until(service.started_at + given.settle, service)
                watch_idle(given.seconds, service)
                return
            minute = next_boundary(service.started_at) + (given.minutes - 1) * MINUTE
            sleep_until(minute - 2, service)
            stored_at = last_stored_at(service, minute + MINUTE - 2)
            taken = [tick for tick in stored_ticks(home) if tick.due_at == minute]
            emit("ticks-stored", len(taken), f"of {given.due}")
            late = sorted(tick.ended_at - tick.due_at for tick in taken)
            emit("late-median", statistics.median(late), "s")
            emit("late-p99", late[round(0.99 * (len(late) - 1))], "s")
            emit("late-last", late[-1], "s")
            if stored_at is not None:
                emit("stored-last", stored_at - minute, "s")
            emit("tick", service.cpu_between(minute - 1, minute + late[-1] + 1) * 1000 / len(late), "ms cpu/tick")


if __name__ == "__main__":
    main()
