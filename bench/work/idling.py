"""Question: what does the service take while there is nothing to do?"""

from __future__ import annotations

import os
import sys
import time

from bench.work.process_tree import cpu_seconds_below, descendants, is_living, proportional_memory_mb
from bench.work.report import emit
from bench.work.serving import served, sleep_until, temporary_home

SETTLING_SECONDS = 12


def main() -> None:
    """Argument: how long to watch, in seconds."""
    seconds = float(sys.argv[1])
    with temporary_home() as home, served("idle", home, {}, web=True) as service:
        sleep_until(time.time() + SETTLING_SECONDS, service)
        own = os.getpid()
        before, begin = cpu_seconds_below(own), time.time()
        sleep_until(begin + seconds, service)
        spent, passed = cpu_seconds_below(own) - before, time.time() - begin
        living = [pid for pid in descendants(own) if is_living(pid)]
        emit("processes", len(living), "processes")
        emit("memory", sum(map(proportional_memory_mb, living)), "MB (PSS)")
        emit("cpu", spent / passed * 100, "% of a core")


if __name__ == "__main__":
    main()
