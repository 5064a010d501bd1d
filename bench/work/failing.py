"""Question: how long from the moment a run failed until the run failure sensor's function is called?"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from bench.work.reading import instance_of
from bench.work.report import emit
from bench.work.serving import served, temporary_home

WAIT_SECONDS = 60.0
"""How long the last call may take; the other side polls."""


def noted_at(notes: Path) -> dict[str, float]:
    """When the sensor was called first for each run, in seconds since the epoch."""
    found: dict[str, float] = {}
    for line in notes.read_text().splitlines() if notes.exists() else ():
        run_id, at = line.split()
        found.setdefault(run_id, float(at))
    return found


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="runs that fail")
    parser.add_argument("--interval", type=int, required=True, help="between two of them, seconds")
    given = parser.parse_args()
    with temporary_home() as home:
        notes = home.parent / "notes"
        environment = {
            "BENCH_COUNT": str(given.count),
            "BENCH_INTERVAL": str(given.interval),
            "BENCH_NOTES": str(notes),
        }
        with served("failures", home, environment) as service:
            ends_at = time.time() + given.count * given.interval + WAIT_SECONDS
            while len(noted_at(notes)) < given.count and time.time() < ends_at:
                service.check()
                time.sleep(0.5)
            with instance_of(home) as instance:
                failed_at = {
                    record.dagster_run.run_id: record.end_time
                    for record in instance.get_run_records()
                    if record.end_time
                }
        noted = noted_at(notes)
        waits_ms = sorted((at - failed_at[run_id]) * 1000 for run_id, at in noted.items() if run_id in failed_at)
        emit("called-median", statistics.median(waits_ms), "ms")
        emit("called-p99", waits_ms[round(0.99 * (len(waits_ms) - 1))], "ms")
        emit("called", len(waits_ms), f"of {given.count}")


if __name__ == "__main__":
    main()
