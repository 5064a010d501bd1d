"""What the store tells of the newest runs of jobs: a part of the port ``Store``, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.run import DagsterRunStatus


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run without its config and tags, as lists of many jobs show it.

    Args:
        run_id: the run.
        job_name: its job.
        location_name: the job's code location, if it is known.
        status: how it is.
        created_at: when it was asked for, aware.
        started_at: when its user code began.
        ended_at: when it was over.
    """

    run_id: str
    job_name: str
    location_name: str | None
    status: DagsterRunStatus
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None: it is not over, or never began."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class JobStore(Protocol):
    """The newest runs of jobs."""

    def newest_runs_of_jobs(self, each: int) -> list[JobRun]:
        """The newest runs of every job that ever ran, newest first, in one look.

        Args:
            each: most runs of a job (count).
        """

    def newest_runs_of_job(self, job_name: str, limit: int) -> list[JobRun]:
        """The newest runs of one job, newest first.

        Args:
            job_name: its name, in whichever location.
            limit: most of them (count).
        """
