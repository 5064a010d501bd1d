"""Executions of asset checks, as they are remembered."""

from __future__ import annotations

from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckKey
from watchbell.record.event import EventLogEntry


class AssetCheckExecutionRecordStatus(Enum):
    """How far an execution of a check is.

    PLANNED: a run is to make it, or ended without having made it. SUCCEEDED: it passed. FAILED: it did not pass.
    """

    PLANNED = "PLANNED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class AssetCheckExecutionRecord:
    """One execution of a check.

    Args:
        key: the check.
        id: grows with time; what pages of the history go on after.
        run_id: the run; empty for an evaluation that was reported without one.
        status: how far it is.
        create_timestamp: when it was planned, in seconds since the epoch.
        event: the evaluation as it stands in the log; None while it is only planned.
    """

    key: AssetCheckKey
    id: int
    run_id: str
    status: AssetCheckExecutionRecordStatus
    create_timestamp: float
    event: EventLogEntry | None = None

    @property
    def evaluation(self) -> AssetCheckEvaluation | None:
        """What the check found; None while it is only planned."""
        return None if self.event is None else self.event.asset_check_evaluation

    @property
    def evaluation_event(self) -> EventLogEntry | None:
        """The same as ``event``."""
        return self.event
