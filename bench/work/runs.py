"""Question: what does a run that a sensor asked for cost, how soon is it done, and how many go through in a minute?"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from bench.work.reading import instance_of
from bench.work.report import IS_WATCHBELL, emit
from bench.work.serving import Service, served, temporary_home
from dagster import DagsterEventType, DagsterRunStatus, RunsFilter

# Far enough apart that one run is over before the next is asked for.
INTERVAL_SECONDS = 2 if IS_WATCHBELL else 8
SECONDS_MAX = 240


def finished(instance: Any, phase: str) -> list[Any]:
    """Records of the runs of a phase that are over."""
    over = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    return list(instance.get_run_records(filters=RunsFilter(tags={"phase": phase}, statuses=over)))


def wait_for(instance: Any, phase: str, count: int, service: Service) -> list[Any]:
    """The records of a phase's runs, when so many are over.

    Raises:
        RuntimeError: the service ended, or they are not over in time.
    """
    while len(records := finished(instance, phase)) < count:
        service.check()
        if time.time() > service.started_at + SECONDS_MAX:
            raise RuntimeError(f"{len(records)} of {count} {phase} runs are over after {SECONDS_MAX} s")
        time.sleep(0.5)
    assert all(record.dagster_run.is_success for record in records), "a run failed"
    return records


def first_step_at(instance: Any, run_id: str) -> float:
    """When the first step of a run began, seconds since the epoch."""
    return min(
        float(entry.timestamp)
        for entry in instance.all_logs(run_id)
        if entry.dagster_event and entry.dagster_event.event_type == DagsterEventType.STEP_START
    )


def report_singles(instance: Any, records: list[Any], service: Service) -> None:
    """CPU of a run alone, and how long it took from its creation."""
    records = sorted(records, key=lambda record: record.create_timestamp)[1:]  # the first one falls into the start
    created = {record.dagster_run.run_id: record.create_timestamp.timestamp() for record in records}
    spans = [(created[record.dagster_run.run_id] - 0.5, record.end_time + 0.5) for record in records]
    emit("run-cpu", sum(service.cpu_between(*span) for span in spans) / len(records), "s cpu/run")
    to_step = [first_step_at(instance, run_id) - at for run_id, at in created.items()]
    to_end = [record.end_time - created[record.dagster_run.run_id] for record in records]
    emit("created-to-first-step", statistics.median(to_step), "s")
    emit("created-to-finished", statistics.median(to_end), "s")
    emit("created-to-finished-longest", max(to_end), "s")


def report_batch(records: list[Any], service: Service) -> None:
    """CPU of a run among many, and how many are done in a minute."""
    begin = min(record.create_timestamp.timestamp() for record in records)
    end = max(record.end_time for record in records)
    emit("batch-rate", len(records) / (end - begin) * 60, "runs/min")
    emit("batch-run-cpu", service.cpu_between(begin - 0.5, end + 0.5) / len(records), "s cpu/run")


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--singles", type=int, required=True, help="runs asked for one at a time")
    parser.add_argument("--batch", type=int, required=True, help="runs asked for at once, after them")
    given = parser.parse_args()
    environment = {
        "BENCH_SINGLES": str(given.singles),
        "BENCH_BATCH": str(given.batch),
        "BENCH_INTERVAL": str(INTERVAL_SECONDS),
    }
    with temporary_home() as home, served("requests", home, environment) as service:
        while not service.samples:  # the service makes the database, not we
            time.sleep(0.1)
        time.sleep(INTERVAL_SECONDS)
        with instance_of(home) as instance:
            singles = wait_for(instance, "single", given.singles, service)
            batch = wait_for(instance, "batch", given.batch, service)
            time.sleep(1)
            report_singles(instance, singles, service)
            report_batch(batch, service)


if __name__ == "__main__":
    main()
