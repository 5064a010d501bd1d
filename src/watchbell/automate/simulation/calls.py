"""User code called at a simulated time: functions of schedules and sensors, and what they answer.

They are given what the daemon would give them, but an instance that remembers only the simulation. What they raise is
an answer as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watchbell.automate.simulation.columns import Order, instant_at
from watchbell.automate.simulation.memory import Memory, SimulatedKeys
from watchbell.automate.simulation.place import Asked, Place
from watchbell.declare.automation.evaluation import in_one_go, own_error
from watchbell.declare.automation.schedule import ScheduleDefinition, ScheduleEvaluationContext
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.automation.sensor_answer import AssetEvent, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.partitions.view import looking_from
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import Overlap
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.request import DynamicPartitionsRequest, RunRequest

NOTHING_STALE = "no run: all assets asked for are up to date (stale_assets_only)"
REACTED = "its function was called and asked for no run"


@dataclass(eq=False)
class SensorState:
    """Where a sensor stands.

    Args:
        cursor: text its last evaluation left.
        last_at: when that was; None: there was none.
        last_run_key: run key of the last run it caused.
    """

    cursor: str | None = None
    last_at: datetime | None = None
    last_run_key: str | None = None


@dataclass(frozen=True)
class SensorAsked:
    """What an evaluation of a sensor asks for.

    Args:
        asked: runs, or why not.
        asset_events: what it reports of assets.
        changes: of dynamic partitions.
    """

    asked: Asked
    asset_events: Sequence[AssetEvent] = ()
    changes: Sequence[DynamicPartitionsRequest] = ()


class Caller:
    """Calls the functions of schedules and sensors.

    Args:
        memory: the past that they may ask for.
        keys: the dynamic partitions.
    """

    def __init__(self, memory: Memory, keys: SimulatedKeys) -> None:
        self._memory = memory
        self._keys = keys

    def schedule(self, place: Place, definition: ScheduleDefinition, nominal_at: datetime, now: float) -> Asked:
        """What a schedule asks for.

        Args:
            place: its code location.
            definition: it.
            nominal_at: for which of its times, in its zone.
            now: when it is evaluated, seconds since the epoch.
        """
        self._memory.move_to(now)
        try:
            with (
                looking_from(instant_at(now), self._keys),
                ScheduleEvaluationContext(
                    definition.name,
                    scheduled_execution_time=nominal_at,
                    open_instance=self._memory.open_past,
                    repository_def=place.repository,
                    log=EvaluationLogger(definition.name),
                    location_name=place.name,
                ) as context,
            ):
                data = in_one_go(definition.steps(context))
                orders = self._orders(place, definition, data.run_requests, definition.policy.overlap)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also sys.exit() in a schedule
            return _raised(error)
        return Asked(orders, NOTHING_STALE if data.run_requests and not orders else data.skip_message)

    def sensor(self, place: Place, definition: SensorDefinition, state: SensorState, now: float) -> SensorAsked:
        """What a sensor asks for; its state moves on unless it raises.

        Args:
            place: its code location.
            definition: it.
            state: where it stands; changed.
            now: when it is evaluated, seconds since the epoch.
        """
        self._memory.move_to(now)
        at = instant_at(now)
        before, state.last_at = state.last_at, at
        try:
            with (
                looking_from(at, self._keys),
                SensorEvaluationContext(
                    definition.name,
                    cursor=state.cursor,
                    last_tick_at=before,
                    last_run_key=state.last_run_key,
                    open_instance=self._memory.open,
                    repository_def=place.repository,
                    log=EvaluationLogger(definition.name),
                    location_name=place.name,
                ) as context,
            ):
                data: SensorExecutionData = in_one_go(definition.steps(context))
                orders = self._orders(place, definition, data.run_requests)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return SensorAsked(_raised(error))
        state.cursor = data.cursor
        state.last_run_key = next((each.run_key for each in reversed(orders) if each.run_key), state.last_run_key)
        raised = data.error or next((each.error for each in data.dagster_run_reactions if each.error), None)
        if raised is not None:
            return SensorAsked(Asked(orders, raised.to_string().rstrip(), is_failure=True))
        reason = NOTHING_STALE if data.run_requests and not orders else data.skip_message
        if data.dagster_run_reactions:
            reason = REACTED
        return SensorAsked(Asked(orders, reason), data.asset_events, data.dynamic_partitions_requests)

    def _orders(
        self,
        place: Place,
        definition: ScheduleDefinition | SensorDefinition,
        requests: Sequence[RunRequest],
        overlap: Overlap = Overlap.ALLOW,
    ) -> tuple[Order, ...]:
        orders = []
        for request in requests:
            known = place.repository.resolve_request(definition, request)
            if known.stale_assets_only:
                known = call_upward("only_stale", place.repository, self._memory.open(), known)
            if known is not None:
                orders.append(place.order(known, overlap))
        return tuple(orders)


def _raised(error: BaseException) -> Asked:
    return Asked(reason=error_info_from_exception(own_error(error)).to_string().rstrip(), is_failure=True)
