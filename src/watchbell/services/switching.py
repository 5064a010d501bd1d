"""On, off, paused: what people ask of schedules and sensors, done, and told in words. Pages and bulk actions use it.

Whoever lets a schedule go on after a pause says what becomes of the times it missed. What is left out is written down
as missed at once; what is left over is run by the schedules' loop, by the catch-up policy, as after any downtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

from watchbell.automate.commit import missed_commit
from watchbell.automate.due import Missed, due_times, is_on, jitter_offset, missed_times, watermark
from watchbell.automate.switch import as_declared, paused, resumed, started, stopped
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.ports import Store
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus
from watchbell.services.switch import change_state

Act = Literal["on", "off", "code", "pause", "resume"]
"""What is asked: turned on or off, as the code says, held until a time, the end of that."""
CatchUp = Literal["none", "latest", "policy"]
"""Which missed times run: none, the newest, or those that the catch-up policy says."""
COUNT_MAX = 1_000
"""Missed times that are counted one by one (count)."""
LEFT_OUT = "missed while the schedule was paused, and left out by whoever let it go on"


@dataclass(frozen=True)
class Wish:
    """What somebody asks of automations.

    Args:
        act: what.
        until: of a pause, its end; aware.
        reason: why, for people.
        catch_up: of the end of a pause, what becomes of missed times.
    """

    act: Act
    until: datetime | None = None
    reason: str = ""
    catch_up: CatchUp = "policy"


@dataclass(frozen=True)
class Switched:
    """What came of a wish.

    Args:
        state: as it is stored now.
        is_changed: whether it is another than before.
        text: what was done, or why nothing, for people.
    """

    state: AutomationState
    is_changed: bool
    text: str


@dataclass(frozen=True)
class MissedTimes:
    """What a paused schedule missed.

    Args:
        count: how many times, up to a thousand.
        is_more: whether there are more.
        latest_at: the newest of them.
        by_policy: how many of them its catch-up policy runs (count).
    """

    count: int
    is_more: bool
    latest_at: datetime
    by_policy: int


def missed_of(
    snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState, now: datetime, max_catchup_runs: int
) -> MissedTimes | None:
    """What a schedule that is paused missed so far; None: nothing, or it is no paused schedule.

    Args:
        snapshot: its definition.
        state: as stored.
        now: aware.
        max_catchup_runs: as in the settings.
    """
    after = watermark(state)
    if not isinstance(snapshot, ScheduleSnapshot) or state.paused_until is None or after is None:
        return None
    cron = Cron.of(list(snapshot.cron), snapshot.timezone)
    until = now - jitter_offset(state.key, snapshot.policy)
    times = list(islice(cron.fires_backward(until=until, after=after), COUNT_MAX + 1)) if until > after else []
    if not times:
        return None
    due = due_times(cron, after=after, until=until, max_catchup_runs=max_catchup_runs, policy=snapshot.policy)
    return MissedTimes(min(len(times), COUNT_MAX), len(times) > COUNT_MAX, times[0], len(due.run))


def switch(
    store: Store,
    snapshot: ScheduleSnapshot | SensorSnapshot,
    key: AutomationKey,
    wish: Wish,
    now: datetime,
    *,
    is_dry: bool = False,
) -> Switched:
    """Does what was asked of one automation.

    Args:
        store: where its state is.
        snapshot: its definition.
        key: which one.
        wish: what is asked.
        now: aware.
        is_dry: whether it is only told what would be done.

    Raises:
        ParameterCheckError: a pause that ends in the past, or a reason that cannot be stored.
        StoreLockedError: others kept changing the state.
    """
    state = store.automation_state(key) or AutomationState(key)
    why_not = _why_not(state, wish, snapshot.running_by_default)
    if why_not is not None:
        return Switched(state, False, why_not)
    text = _done_text(wish, snapshot.running_by_default)
    last_event_id = store.last_event_id() if key.kind is AutomationKind.SENSOR and wish.act in {"on", "code"} else 0

    def change(before: AutomationState) -> AutomationState:
        if _why_not(before, wish, snapshot.running_by_default) is not None:
            return before
        match wish.act:
            case "on" if before.paused_until is not None and before.quarantine_reason is None:
                return resumed(before)
            case "on":
                return started(before, now, last_event_id)
            case "off":
                return stopped(before)
            case "code":
                return as_declared(before, now, last_event_id, running_by_default=snapshot.running_by_default)
            case "pause":
                return paused(before, wish.until or now, wish.reason, now)
        return resumed(before)

    if is_dry:
        change(state)  # refuses what cannot be
        return Switched(state, True, f"would be {text}")
    if wish.act == "resume" and wish.catch_up != "policy" and isinstance(snapshot, ScheduleSnapshot):
        _leave_out(store, snapshot, key, wish.catch_up == "latest", now)
    after = change_state(store, key, change, now)
    return Switched(after, after.version != state.version, text)


def _why_not(state: AutomationState, wish: Wish, by_default: bool) -> str | None:
    """Why a wish changes nothing; None: it changes something."""
    on = by_default if state.status is AutomationStatus.DECLARED else state.status is AutomationStatus.RUNNING
    match wish.act:
        case "on" if on and not state.is_held:
            return "it is on already"
        case "off" if not on and not state.is_held:
            return "it is off already"
        case "code" if state.status is AutomationStatus.DECLARED and not state.is_held:
            return "it is as the code says already"
        case "pause" if not on:
            return "it is off, so that there is nothing to pause"
        case "pause" if state.quarantine_reason is not None:
            return "it is in quarantine, so that there is nothing to pause"
        case "resume" if state.paused_until is None:
            return "it is not paused"
    return None


def _done_text(wish: Wish, by_default: bool) -> str:
    match wish.act:
        case "on":
            return "turned on"
        case "off":
            return "turned off"
        case "code":
            return f"reset to its code, by which it is {'on' if by_default else 'off'}"
        case "pause":
            return "paused"
    return "let go on"


def _leave_out(store: Store, snapshot: ScheduleSnapshot, key: AutomationKey, keeps_latest: bool, now: datetime) -> None:
    """Writes missed times of a paused schedule down as missed; all, or all but the newest."""
    state = store.automation_state(key) or AutomationState(key)
    after, found = watermark(state), missed_of(snapshot, state, now, 0)
    if after is None or found is None:
        return
    cron = Cron.of(list(snapshot.cron), snapshot.timezone)
    missed: Sequence[Missed] = missed_times(cron, after=after, until=found.latest_at, reason=LEFT_OUT)
    if keeps_latest:
        missed = [each for each in missed if each.at < found.latest_at]
    if missed:
        store.commit_ticks([missed_commit(state, state, missed, now)], None, now)


def is_running(snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState) -> bool:
    """Whether it is evaluated now: on, and neither paused nor in quarantine."""
    return is_on(state, snapshot.running_by_default)
