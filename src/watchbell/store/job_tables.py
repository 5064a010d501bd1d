"""The part of the store that tells of the newest runs of jobs; fulfils ``record.job_store.JobStore``."""

from __future__ import annotations

from datetime import UTC, datetime

from watchbell.record.job_store import JobRun
from watchbell.record.ports import Notifier
from watchbell.record.run import DagsterRunStatus
from watchbell.store.session import Database, Row


class JobTables:
    """The newest runs of jobs.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def newest_runs_of_jobs(self, each: int) -> list[JobRun]:
        """The newest runs of every job that ever ran, newest first, in one look."""
        with self._database.read() as session:
            return [_run(row) for row in session.rows("runs_of_all_jobs", most=each)]

    def newest_runs_of_job(self, job_name: str, limit: int) -> list[JobRun]:
        """The newest runs of one job, newest first."""
        with self._database.read() as session:
            return [_run(row) for row in session.rows("runs_of_job", job_name=job_name, most=limit)]


def _run(row: Row) -> JobRun:
    _, run_id, job_name, location_name, status, created, started, ended = row
    return JobRun(
        run_id,
        job_name,
        location_name,
        DagsterRunStatus(status),
        datetime.fromtimestamp(created, UTC),
        _moment(started),
        _moment(ended),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
