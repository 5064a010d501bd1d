"""A tick evaluated once more: the recorded time, cursor and events, the code as it is now, and no effects.

Events that came after the tick are not seen, and the instance's clock stands where it stood. What else the function
reads (runs, partitions, dynamic partitions, files, other services) is as it is now; of the first three it is told.
"""

from __future__ import annotations

import pdb  # noqa: T100  # what users stop with, not what we left behind
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.automate.tick_difference import Asked, Decision, Difference, decision_of, differences
from watchbell.cli.code import open_instance
from watchbell.cli.rehearsal import rehearse
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.sensor import SensorType
from watchbell.ground.errors import DagsterError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.places import Place
from watchbell.instance import DagsterInstance
from watchbell.record.asset_cursor import read_cursor
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickStatus
from watchbell.record.tick_store import TickOf
from watchbell.store.look_only import Look

EARLIER_TICKS_MAX = 200
"""Earlier ticks that are looked at for the last run key (count)."""
KEPT_BACK = "overlap="
"""So begins the reason of a tick whose runs were not stored because an earlier time was not over."""
COUNTS_EVENTS = frozenset({SensorType.RUN_STATUS, SensorType.ASSET, SensorType.MULTI_ASSET})


class NoReplayError(DagsterError):
    """A tick cannot be evaluated once more."""


@dataclass(frozen=True)
class Replayed:
    """What came of a tick when it was evaluated once more.

    Args:
        found: the tick as recorded.
        then: what it decided.
        now: what today's code decides.
        answer: of today's code, with what it logged.
        notes: what may differ without anybody having changed the code.
    """

    found: TickOf
    then: Decision
    now: Decision
    answer: Answer
    notes: tuple[str, ...] = ()

    @property
    def differences(self) -> list[Difference]:
        """What is not as it was."""
        return differences(self.then, self.now)


def recorded(tick_id: int) -> TickOf:
    """The tick of that number.

    Raises:
        NoReplayError: there is none, or it was never evaluated.
    """
    found = find_tick(tick_id)
    tick, key = found.tick, found.key
    if tick.status is TickStatus.MISSED:
        raise NoReplayError(
            f"tick {tick_id} of {key} was never evaluated: {tick.skip_reason}. `watchbell schedule preview {key.name} "
            f"--at {tick.tick_at.isoformat()}` shows what it would ask for"
        )
    return found


def find_tick(tick_id: int) -> TickOf:
    """The tick of that number.

    Raises:
        NoReplayError: there is none.
    """
    with open_instance() as instance:
        found, newest = instance.store.tick(tick_id), instance.store.last_tick_id()
    if found is None:
        known = f"the newest is {newest}" if newest else "there is none at all yet"
        raise NoReplayError(f"there is no tick {tick_id}; {known}. `watchbell tick list` shows them")
    return found


def replay(found: TickOf, locations: Sequence[Place], *, debugs: bool, keeps_stdout: bool) -> Replayed:
    """Evaluates a tick once more.

    Args:
        found: the tick.
        locations: the code.
        debugs: whether the debugger opens where the function raises.
        keeps_stdout: what the function prints goes to stderr.

    Raises:
        NoReplayError: the code is not there any more, or an event that the tick was about.
    """
    location = _location_of(found.key, locations)
    with open_instance() as instance:
        evaluation = _evaluation(instance, found)
        look = Look(horizon=_horizon(instance, found, location), now=found.tick.started_at)
        stored = {run_id: instance.get_run_by_id(run_id) for run_id in found.tick.run_ids}
    runs = {run_id: run for run_id, run in stored.items() if run is not None}
    on_error = _post_mortem if debugs else None
    answer = _answer_to(location, evaluation, look, on_error, keeps_stdout=keeps_stdout)
    notes = []
    if len(runs) < len(stored):
        gone = len(stored) - len(runs)
        notes.append(f"{gone} of its runs {'is' if gone == 1 else 'are'} deleted: what was asked for is not known")
    if look.read_as_now:
        notes.append(f"read as they are now, not as they were: {', '.join(sorted(look.read_as_now))}")
    if not _is_of_runs(found, location):
        evaluation = replace(evaluation, event_ids=())  # the cursor of a sensor of assets is part of its answer
    then, now = decision_of(found.tick, runs), _decision(found, evaluation, answer)
    if (found.tick.skip_reason or "").startswith(KEPT_BACK):
        notes.append(
            f"it asked for runs that were kept back, so which these were is not known: {found.tick.skip_reason}"
        )
        then = replace(then, asked=now.asked or (Asked("its runs", {}, is_known=False),), skip_reason=None)
    return Replayed(found, then, now, answer, tuple(notes))


def _location_of(key: AutomationKey, locations: Sequence[Place]) -> Place:
    place = next((each for each in locations if each.name == key.location_name), None)
    if place is None:
        loaded = ", ".join(each.name for each in locations)
        raise NoReplayError(
            f"the tick is one of {key} of the code location {key.location_name!r}, which is not loaded here "
            f"(but {loaded}); name its code with -f, -m or -w"
        )
    defined = place.repository.schedules if key.kind is AutomationKind.SCHEDULE else place.repository.sensors
    if key.name not in defined:
        raise NoReplayError(f"there is no {key} in {key.location_name} any more{did_you_mean(key.name, defined)}")
    if key.kind is AutomationKind.SENSOR and place.repository.sensors[key.name].sensor_type is SensorType.AUTOMATION:
        raise NoReplayError(
            f"a tick of the condition {key} cannot be evaluated once more: what its conditions remembered then is not "
            "kept. `watchbell explain asset KEY --at TIME` tells what they saw, `sensor preview` what they ask for now"
        )
    return place


def _evaluation(instance: DagsterInstance, found: TickOf) -> Evaluation:
    key, tick = found.key, found.tick
    if tick.event_ids:
        there = {each.storage_id for each in instance.events(EventQuery(storage_ids=list(tick.event_ids)))}
        gone = [number for number in tick.event_ids if number not in there]
        if gone:
            raise NoReplayError(f"the tick reacted to event {gone[0]}, which is not there any more")
    earlier = instance.store.ticks(key, before_id=tick.tick_id, limit=EARLIER_TICKS_MAX)
    return Evaluation(
        0,
        key.kind,
        key.name,
        scheduled_at=tick.tick_at if key.kind is AutomationKind.SCHEDULE else None,
        cursor=tick.cursor_before,
        last_run_key=next((each.run_keys[-1] for each in earlier if each.run_keys), None),
        last_tick_at=earlier[0].tick_at if earlier else None,
        event_ids=tick.event_ids,
    )


def _horizon(instance: DagsterInstance, found: TickOf, location: Place) -> int:
    """The newest event there was: stored before the evaluation began, or dealt with by it.

    A sensor of every materialization stopped where its cursor stands, maybe in the middle of those there were.
    """
    tick, sensor = found.tick, location.repository.sensors.get(found.key.name)
    dealt_with = list(tick.event_ids)
    if found.key.kind is AutomationKind.SENSOR and sensor is not None and sensor.sensor_type in COUNTS_EVENTS:
        dealt_with += _numbers_in(tick.cursor)
        moved = tick.cursor != tick.cursor_before
        if isinstance(sensor, AssetSensorDefinition) and sensor.every_event and moved and dealt_with:
            return max(dealt_with)
    return max(_last_event_before(instance, tick.started_at), *dealt_with, 0)


def _is_of_runs(found: TickOf, location: Place) -> bool:
    sensor = location.repository.sensors.get(found.key.name) if found.key.kind is AutomationKind.SENSOR else None
    return sensor is not None and sensor.sensor_type is SensorType.RUN_STATUS


def _numbers_in(cursor: str | None) -> list[int]:
    """The numbers of events that the cursor of a sensor of runs or assets holds."""
    if cursor is None:
        return []
    if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        return [int(cursor)]
    try:
        return [each.storage_id for each in read_cursor(cursor).values()]
    except DagsterError:
        return []


def _last_event_before(instance: DagsterInstance, moment: datetime) -> int:
    """Number of the last event of before an instant, found by halving: numbers follow the clock."""
    low, high, limit = 1, instance.last_event_id() + 1, moment.timestamp()
    while low < high:
        middle = (low + high) // 2
        entry = next(iter(instance.events(EventQuery(after_id=middle - 1, before_id=high, limit=1))), None)
        if entry is None or entry.timestamp >= limit:
            high = middle
        else:
            low = (entry.storage_id or middle) + 1
    return low - 1


def _answer_to(
    location: Place,
    evaluation: Evaluation,
    look: Look,
    on_error: Callable[[BaseException], None] | None,
    *,
    keeps_stdout: bool,
) -> Answer:
    answer = rehearse(location, evaluation, look, keeps_stdout=keeps_stdout, on_error=on_error)
    return answer.parts[0] if answer.parts else answer


def _decision(found: TickOf, evaluation: Evaluation, answer: Answer) -> Decision:
    """What a daemon would make of the answer now, run keys left aside."""
    tick, numbers = found.tick, count(1)
    state = AutomationState(found.key, cursor=tick.cursor_before, last_tick_at=evaluation.last_tick_at)
    rules = CommitRules(quarantine_after=2, new_id=lambda: str(next(numbers)))
    commit = tick_commit(state, Evaluated(evaluation, answer, tick.started_at, tick.ended_at), rules)
    runs: dict[str, DagsterRun] = {order.run.run_id: order.run for order in commit.orders}
    return decision_of(commit.ticks[-1], runs)


def _post_mortem(error: BaseException) -> None:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    pdb.post_mortem(cause.__traceback__)
