"""Question: what does a tick cost, how late are many schedules due at once, and how soon is the service back?"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from bench.work.reading import StoredTick, stored_ticks
from bench.work.report import emit
from bench.work.serving import Service, served, sleep_until, temporary_home

MINUTE = 60
# The first run sleeps and blocks the queue, so that the cost of later ticks is not mixed with their runs'.
NARROW_QUEUE = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
"""


def next_boundary(at: float) -> float:
    """The next full minute after an instant."""
    return (at // MINUTE + 1) * MINUTE


def start_instant(lead_seconds: float) -> float:
    """When to start so that a minute begins this much later."""
    boundary = next_boundary(time.time())
    return boundary - lead_seconds if boundary - lead_seconds > time.time() else boundary + MINUTE - lead_seconds


def report_ticks(ticks: list[StoredTick], service: Service, count: int, minutes: list[float]) -> None:
    """Lateness over all minutes, and CPU a tick over the last minute (the first one warms up)."""
    taken = [tick for tick in ticks if tick.due_at in minutes]
    emit("ticks-stored", len(taken), f"of {count * len(minutes)}")
    if not taken:
        return
    late = sorted(tick.ended_at - tick.due_at for tick in taken)
    emit("late-first", late[0], "s")
    emit("late-median", statistics.median(late), "s")
    emit("late-last", late[-1], "s")
    last = [tick for tick in taken if tick.due_at == minutes[-1]]
    if last:
        end = max(tick.ended_at for tick in last)
        emit("tick", service.cpu_between(minutes[-1] - 1, end + 0.5) * 1000 / len(last), "ms cpu/tick")


def first_tick_after(home: Path, instant: float, service: Service, timeout_seconds: float) -> float | None:
    """When the first schedule's first tick after an instant was over; None: not in time."""
    while time.time() < instant + timeout_seconds:
        service.check()
        ended = [tick.ended_at for tick in stored_ticks(home, "schedule_0") if tick.ended_at >= instant]
        if ended:
            return min(ended)
        time.sleep(1)
    return None


def restart(home: Path, environment: dict[str, str], settings: str, timeout_seconds: float) -> None:
    """Lets a minute pass while the service is down, then times its first ticks."""
    sleep_until(next_boundary(time.time()) + 1)
    with served("schedules", home, environment, settings=settings) as service:
        begun = service.started_at
        if first_tick_after(home, begun, service, timeout_seconds) is not None:
            sleep_until(time.time() + 3, service)
            ended = [tick.ended_at for tick in stored_ticks(home) if tick.ended_at >= begun]
            emit("restart-first-tick", min(ended) - begun, "s")


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="schedules")
    parser.add_argument("--minutes", type=int, default=2, help="full minutes to watch")
    parser.add_argument("--lead", type=float, default=10, help="seconds from the start to the first of them")
    parser.add_argument("--request", action="store_true", help="each tick asks for a run")
    parser.add_argument("--restart", action="store_true", help="then stop, miss a minute, start again")
    given = parser.parse_args()
    environment = {"BENCH_COUNT": str(given.count), "BENCH_REQUEST": "1" if given.request else ""}
    settings = NARROW_QUEUE if given.request else ""
    with temporary_home() as home:
        sleep_until(start_instant(given.lead))
        with served("schedules", home, environment, settings=settings) as service:
            begun = service.started_at
            first = next_boundary(begun)
            minutes = [first + MINUTE * number for number in range(given.minutes)]
            sleep_until(minutes[-1] + MINUTE - 2, service)
            ticks = stored_ticks(home)
            if ticks:
                took = min(tick.ended_at for tick in ticks) - begun
                emit("first-tick", took, f"s, started {first - begun:.0f} s before the minute")
            report_ticks(ticks, service, given.count, minutes)
        if given.restart:
            restart(home, environment, settings, timeout_seconds=300)


if __name__ == "__main__":
    main()
