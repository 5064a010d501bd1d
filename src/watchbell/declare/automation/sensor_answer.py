"""What the evaluation of a sensor answers, and how what its function returned adds up to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.shown import shown
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.request import DynamicPartitionsRequest, RunRequest, SensorResult, SkipReason
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import TickLogLine

EMPTY_RESULT = "Sensor function returned an empty result"
AssetEvent = AssetMaterialization | AssetObservation | AssetCheckEvaluation


@dataclass(frozen=True)
class DagsterRunReaction:
    """That a run status sensor was called for a run.

    Args:
        dagster_run: the run.
        run_status: the state it had come to.
        error: what the sensor's function raised; None: nothing.
    """

    dagster_run: DagsterRun
    run_status: DagsterRunStatus | None = None
    error: SerializableErrorInfo | None = None


@dataclass(frozen=True)
class SensorExecutionData:
    """What an evaluation of a sensor asks for.

    Args:
        run_requests: the runs, in order.
        skip_message: why there are none.
        cursor: the cursor after it, changed or not.
        dagster_run_reactions: for a run status sensor, the runs for which its function returned nothing or raised.
        asset_events: asset events to store.
        log: lines that were logged.
        dynamic_partitions_requests: keys to add to dynamic partitions, or to delete, in order.
        seen_to: of a sensor of several assets, storage id of the newest event there was when it looked; 0: it did not.
    """

    run_requests: list[RunRequest] = field(default_factory=list)
    skip_message: str | None = None
    cursor: str | None = None
    dagster_run_reactions: list[DagsterRunReaction] = field(default_factory=list)
    asset_events: list[AssetEvent] = field(default_factory=list)
    log: tuple[TickLogLine, ...] = ()
    dynamic_partitions_requests: list[DynamicPartitionsRequest] = field(default_factory=list)
    seen_to: int = 0

    @property
    def error(self) -> SerializableErrorInfo | None:
        """The first error among the reactions; None: nothing was raised."""
        return next((each.error for each in self.dagster_run_reactions if each.error is not None), None)


@dataclass
class Reading:
    """What the items that a sensor's function returned add up to; ``has_result``: a SensorResult was among them."""

    run_requests: list[RunRequest] = field(default_factory=list)
    skip_message: str | None = None
    is_skip: bool = False
    cursor: str | None = None
    asset_events: list[AssetEvent] = field(default_factory=list)
    dynamic_partitions_requests: list[DynamicPartitionsRequest] = field(default_factory=list)
    has_result: bool = False

    @staticmethod
    def of(items: Sequence[Any], what: str) -> Reading:
        """Adds the items up.

        Raises:
            DagsterInvariantViolationError: a reason to skip or a SensorResult that is not alone, something else in the
                list, or a wrong asset event.
        """
        reading = Reading()
        for item in items:
            reading._add(item, what)
        if len(items) > 1:
            _check_several(items, what)
        return reading

    def _add(self, item: Any, what: str) -> None:
        match item:
            case RunRequest():
                self.run_requests.append(item)
            case SkipReason(message):
                self.is_skip, self.skip_message = True, message
            case SensorResult():
                self.has_result = True
                self.run_requests.extend(item.run_requests or ())
                self.asset_events.extend(_checked_event(each, what) for each in item.asset_events)
                self.dynamic_partitions_requests.extend(item.dynamic_partitions_requests)
                self.cursor = item.cursor if item.cursor is not None else self.cursor
                if item.skip_reason is not None:
                    self._add(item.skip_reason, what)
            case _:
                raise DagsterInvariantViolationError(
                    f"{what} returned {shown(item)} ({type(item).__name__}) among other things; expected RunRequests, "
                    "one SkipReason, or one SensorResult"
                )


def _check_several(items: Sequence[Any], what: str) -> None:
    """Several things are all requests: a reason to skip, or a result, says everything by itself."""
    kinds = {type(item) for item in items}
    if SkipReason in kinds:
        said = "asked for runs and gave a reason to skip" if len(kinds) > 1 else "gave several reasons to skip"
        raise DagsterInvariantViolationError(f"{what} {said}; return RunRequests, or one SkipReason")
    if SensorResult in kinds:
        raise DagsterInvariantViolationError(
            f"{what} returned a SensorResult and {len(items) - 1} more; return one SensorResult with all run_requests"
        )


def _checked_event(event: object, what: str) -> AssetEvent:
    if isinstance(event, AssetMaterialization | AssetObservation | AssetCheckEvaluation):
        return event
    raise DagsterInvariantViolationError(
        f"{what} returned a SensorResult with the asset event {shown(event)} ({type(event).__name__}); expected "
        "AssetMaterialization, AssetObservation or AssetCheckEvaluation"
    )
