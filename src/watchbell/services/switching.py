"""On, off, paused: what people ask of schedules and sensors, done, and told in words. Pages and bulk actions use it.

Whoever lets a schedule go on after a pause, or turns it on again, says what becomes of the times it missed. Of a pause
what is left out is written down as missed at once; what is left over is run by the schedules' loop, by the catch-up
policy, as after any downtime. A schedule that is turned on owes nothing of the time before, unless somebody says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Literal

from watchbell.automate.adopt import schedule_spec
from watchbell.automate.commit import missed_commit
from watchbell.automate.due import Missed, due_times, is_on, jitter_offset, missed_times, next_due, watermark
from watchbell.automate.switch import as_declared, paused, resumed, started, stopped
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.ports import Store
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus
from watchbell.services.switch import TRIES_MAX, change_state

Act = Literal["on", "off", "code", "pause", "resume"]
"""What is asked: turned on or off, as the code says, held until a time, the end of that."""
CatchUp = Literal["none", "latest", "policy"]
"""Which missed times run: none, the newest, or those that the catch-up policy says."""
COUNT_MAX = 1_000
"""Missed times that are counted one by one (count)."""
LEFT_OUT_WHILE_OFF = "missed while the schedule was off, and left out by whoever turned it on again"
LEFT_OUT = "missed while the schedule was paused, and left out by whoever let it go on"


@dataclass(frozen=True)
class Wish:
    """What somebody asks of automations.

    Args:
        act: what.
        until: of a pause, its end; aware.
        reason: why, for people.
        catch_up: what becomes of missed times; None: after a pause they follow the catch-up policy, and what was off
            owes none.
    """

    act: Act
    until: datetime | None = None
    reason: str = ""
    catch_up: CatchUp | None = None


@dataclass(frozen=True)
class Switched:
    """What came of a wish.

    Args:
        state: as it is stored now.
        is_changed: whether it is another than before.
        text: what was done, or why nothing, for people.
        missed: what the schedule missed until then; None: nothing, or it does not go on.
    """

    state: AutomationState
    is_changed: bool
    text: str
    missed: MissedTimes | None = None


@dataclass(frozen=True)
class MissedTimes:
    """What a schedule missed, being paused or off.

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
    """What a schedule that is paused, or off, missed so far; None: nothing, or it is another automation.

    Of one that is off, it is what came since it was turned off, or last ticked; one that was never on missed nothing.

    Args:
        snapshot: its definition.
        state: as stored.
        now: aware.
        max_catchup_runs: as in the settings.
    """
    after = held_since(snapshot, state)
    if not isinstance(snapshot, ScheduleSnapshot) or after is None:
        return None
    cron = Cron.of(list(snapshot.cron), snapshot.timezone)
    until = now - jitter_offset(state.key, snapshot.policy)
    times = list(islice(cron.fires_backward(until=until, after=after), COUNT_MAX + 1)) if until > after else []
    if not times:
        return None
    due = due_times(cron, after=after, until=until, max_catchup_runs=max_catchup_runs, policy=snapshot.policy)
    return MissedTimes(min(len(times), COUNT_MAX), len(times) > COUNT_MAX, times[0], len(due.run))


def held_since(snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState) -> datetime | None:
    """The instant after which times of a schedule that is paused, or off, were missed; None: it is neither."""
    if not isinstance(snapshot, ScheduleSnapshot):
        return None
    if state.paused_until is not None:
        return watermark(state)
    is_off = state.status is AutomationStatus.STOPPED and state.spec in {None, schedule_spec(snapshot)}
    known = [each for each in (state.last_tick_at, state.changed_at) if each is not None]
    return max(known) if is_off and known and state.quarantine_reason is None else None


def misses_times(
    snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState, cron: Cron, now: datetime
) -> bool:
    """Whether :func:`missed_of` would tell anything; quick.

    Args:
        snapshot: its definition.
        state: as stored.
        cron: the schedule's times.
        now: aware.
    """
    after = held_since(snapshot, state)
    due_at = None if after is None else next_due(cron, after, jitter_offset(state.key, snapshot.policy))
    return due_at is not None and due_at <= now


def switch(
    store: Store,
    snapshot: ScheduleSnapshot | SensorSnapshot,
    key: AutomationKey,
    wish: Wish,
    now: datetime,
    *,
    is_dry: bool = False,
    max_catchup_runs: int = 0,
) -> Switched:
    """Does what was asked of one automation.

    Args:
        store: where its state is.
        snapshot: its definition.
        key: which one.
        wish: what is asked.
        now: aware.
        is_dry: whether it is only told what would be done.
        max_catchup_runs: as in the settings; for what is told of missed times.

    Raises:
        ParameterCheckError: a pause that ends in the past, or a reason that cannot be stored.
        StoreLockedError: others kept changing the state.
    """
    state = store.automation_state(key) or AutomationState(key)
    why_not = _why_not(state, wish, snapshot.running_by_default)
    if why_not is not None:
        return Switched(state, False, why_not)
    text = _done_text(wish, snapshot.running_by_default)
    goes_on = wish.act in {"on", "resume"}
    missed = missed_of(snapshot, state, now, max_catchup_runs) if goes_on else None
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
        return Switched(state, True, f"would be {text}", missed)
    if missed is not None and isinstance(snapshot, ScheduleSnapshot):
        if wish.act == "on" and state.paused_until is None:
            if wish.catch_up in {"latest", "policy"}:
                _owe(store, snapshot, key, keeps_all=wish.catch_up == "policy", now=now)
        elif wish.catch_up in {"none", "latest"}:
            _leave_out(store, snapshot, key, wish.catch_up == "latest", now)
    after = change_state(store, key, change, now)
    return Switched(after, after.version != state.version, text, missed)


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
    after, found = held_since(snapshot, state), missed_of(snapshot, state, now, 0)
    if after is None or found is None:
        return
    missed = _left_out(snapshot, after, found.latest_at, keeps_latest)
    if missed:
        store.commit_ticks([missed_commit(state, state, missed, now)], None, now)


def _left_out(
    snapshot: ScheduleSnapshot, after: datetime, latest_at: datetime, keeps_latest: bool, reason: str = LEFT_OUT
) -> Sequence[Missed]:
    cron = Cron.of(list(snapshot.cron), snapshot.timezone)
    missed = missed_times(cron, after=after, until=latest_at, reason=reason)
    return [each for each in missed if each.at < latest_at] if keeps_latest else missed


def _owe(store: Store, snapshot: ScheduleSnapshot, key: AutomationKey, *, keeps_all: bool, now: datetime) -> None:
    """Turns a schedule on that owes what it missed while it was off: all, by its policy, or the newest time.

    In one transaction: else the schedules' loop could see it on before what is left out is written down.
    """
    for _ in range(TRIES_MAX):
        state = store.automation_state(key) or AutomationState(key)
        after, found = held_since(snapshot, state), missed_of(snapshot, state, now, 0)
        if after is None or found is None or state.status is not AutomationStatus.STOPPED:
            return
        on = replace(started(state, now), effective_at=after)
        missed = () if keeps_all else _left_out(snapshot, after, found.latest_at, True, LEFT_OUT_WHILE_OFF)
        [done] = store.commit_ticks([missed_commit(state, on, missed, now)], None, now)
        if not done.conflict:
            return


def is_running(snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState) -> bool:
    """Whether it is evaluated now: on, and neither paused nor in quarantine."""
    return is_on(state, snapshot.running_by_default)
