"""Why a schedule or sensor ticks or does not, and what came of a tick: what both have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from watchbell.automate.explain.words import at_text, counted, error_text, instant, listed, run_text, short
from watchbell.ground.value import dataclass
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus, Tick, TickStatus
from watchbell.record.tick_effects import effect_texts

TICKS_TOLD = 5
"""Earlier ticks that are told (count)."""
OVERLAP_WORDS = "overlap="
"""How the reasons of times begin that a schedule's own earlier runs kept back."""


@dataclass(frozen=True)
class AutomationFacts:
    """What is known of a schedule or sensor.

    Args:
        key: which one.
        now: the time of the question, aware.
        state: as stored; None: no service ever took it up.
        running_by_default: whether its code has it on; None: its code is not known.
        code_error: why its code cannot be loaded here; None: it can, or nobody tried.
        is_defined: whether the code has it (still).
        is_of_conditions: whether it evaluates conditions, instead of calling a function.
        service: the service that works here, for people; None: none does.
        ticks: its newest ticks up to the time asked about, the newest first.
        runs: runs that these ticks name, those that are still there.
    """

    key: AutomationKey
    now: datetime
    state: AutomationState | None = None
    running_by_default: bool | None = None
    code_error: str | None = None
    is_defined: bool = True
    is_of_conditions: bool = False
    service: str | None = None
    ticks: tuple[Tick, ...] = ()
    runs: Mapping[str, DagsterRun] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``schedule`` or ``sensor``."""
        return self.key.kind.value.lower()

    @property
    def is_on(self) -> bool:
        """Whether it is turned on; by the stored state alone where the code is not known."""
        state = self.state
        if state is None or state.status is AutomationStatus.DECLARED:
            if self.running_by_default is not None:
                return self.running_by_default
            # Schedules lose their effect when they are turned off; sensors of assets never had one.
            is_sensor = self.key.kind is AutomationKind.SENSOR
            return state is not None and (state.effective_at or (state.last_tick_at if is_sensor else None)) is not None
        return state.status is AutomationStatus.RUNNING and state.quarantine_reason is None


@dataclass(frozen=True)
class Halt:
    """Why an automation does not tick at all.

    Args:
        text: why, as the end of a sentence that begins with its name.
        next_change: what lets it tick.
    """

    text: str
    next_change: str


def halt_of(facts: AutomationFacts, zone: str) -> Halt | None:
    """Why it is not evaluated now, whatever the time; None: it is.

    Args:
        facts: what is known.
        zone: in which times are told.
    """
    state, name = facts.state, facts.key.name
    start = f"`watchbell {facts.kind} start {name}`"
    if not facts.is_defined:
        return Halt("does not tick: the code of its location does not define it any more", "its code defines it again")
    if state is not None and state.quarantine_reason is not None and state.status is not AutomationStatus.STOPPED:
        return Halt(
            f"does not tick{_since(state, zone)}: it was taken out of service because {short(state.quarantine_reason)}",
            f"{start}, once the cause is mended",
        )
    if not facts.is_on:
        return _turned_off(facts, zone, start)
    if state is not None and state.paused_until is not None:
        why = f" because {short(state.pause_reason)}" if state.pause_reason else ""
        until = at_text(state.paused_until, zone)
        text = f"does not tick{_since(state, zone)}: somebody paused it until {until}{why}"
        return Halt(text, f"{until}, or {start}")
    if facts.code_error is not None:
        return Halt(
            f"cannot be evaluated with the code as it is: {short(facts.code_error)}",
            "its code loads again; a service that loaded an earlier version goes on with that one",
        )
    if facts.service is None:
        return Halt("does not tick: no service is running here", "`watchbell dev` or `watchbell daemon` starts one")
    return None


def _since(state: AutomationState, zone: str) -> str:
    return "" if state.changed_at is None else f" since {at_text(state.changed_at, zone)}"


def _turned_off(facts: AutomationFacts, zone: str, start: str) -> Halt:
    state = facts.state
    if state is not None and state.status is AutomationStatus.STOPPED:
        at = "" if state.changed_at is None else f" at {at_text(state.changed_at, zone)}"
        return Halt(f"does not tick: somebody turned it off{at}", f"{start} turns it on")
    return Halt("does not tick: it was never turned on, and is not on by its definition", f"{start} turns it on")


# ------------------------------------------------------------------ outcomes


def outcome_text(facts: AutomationFacts, tick: Tick) -> str:
    """What came of a tick, as the end of a sentence that begins with the automation's name."""
    if tick.error is not None:
        return f"failed: {error_text(tick.error)}"
    if tick.status is TickStatus.MISSED:
        return f"was not evaluated: {short(tick.skip_reason or 'the time was missed')}"
    if tick.status is TickStatus.SUCCESS:
        return _success_text(facts, tick)
    reason = tick.skip_reason
    if tick.dropped_run_keys:
        return f"asked for nothing new: {dropped_text(facts, tick)}"
    if reason and reason.startswith(OVERLAP_WORDS):
        return f"asked for runs that were kept back: {short(reason)}"
    if reason and facts.is_of_conditions:
        return f"asked for no run: {short(reason)}"
    if reason:
        return f"asked for no run, its function skipped: {short(reason)}"
    changes = _changes(tick)
    if changes:
        return f"asked for no run; it {changes}"
    return "asked for no run, and its function gave no reason"


def _success_text(facts: AutomationFacts, tick: Tick) -> str:
    runs, changes = tick.run_ids, _changes(tick)
    more = f"; {changes}" if changes else ""
    if not runs:
        events = f" about {counted(len(tick.event_ids), 'event')}" if tick.event_ids else ""
        return f"was called{events}, and asked for no run{more}"
    kept = f"; not again {dropped_text(facts, tick)}" if tick.dropped_run_keys else ""
    if len(runs) <= 3:
        return f"asked for {listed(run_text(each, facts.runs.get(each)) for each in runs)}{kept}{more}"
    found = [facts.runs.get(each) for each in runs]
    states = Counter("deleted since" if run is None else run.status.value for run in found)
    told = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
    return f"asked for {counted(len(runs), 'run')} ({told}){kept}{more}"


def _changes(tick: Tick) -> str:
    texts = [f"{what}: {text}" for what, text in effect_texts(tick.effects).items()]
    return f"changed {listed(texts)}" if texts else ""


def dropped_text(facts: AutomationFacts, tick: Tick) -> str:
    """The run keys that made no run, each with the run that has it."""
    parts = []
    for key, holder in tick.key_holders.items():
        name = f"run key {short(key)!r}"
        if holder is None:
            parts.append(f"{name} was used before")
        elif holder in tick.run_ids:
            parts.append(f"{name} was asked for twice")
        else:
            parts.append(f"{name} has its run, {holder_text(holder, facts.runs.get(holder))}")
    return listed(parts)


def holder_text(run_id: str, run: DagsterRun | None) -> str:
    """A run that has a run key, with when it was asked for."""
    made = "" if run is None or run.created_at is None else f", asked for at {at_text(run.created_at)}"
    return f"{run_text(run_id, run)}{made}"


def last_text(facts: AutomationFacts, zone: str = "UTC") -> str:
    """What came of the last tick, as a sentence that follows one; empty: there was none."""
    if not facts.ticks:
        return ""
    tick = facts.ticks[0]
    return f". Its last tick, at {at_text(tick.tick_at, zone)}, {outcome_text(facts, tick)}"


def earlier_ticks(facts: AutomationFacts, ticks: Sequence[Tick], zone: str) -> str:
    """Ticks in lines, equal ones in a row folded into one."""
    lines: list[tuple[str, list[Tick]]] = []
    for tick in ticks:
        text = outcome_text(facts, tick)
        if lines and lines[-1][0] == text:
            lines[-1][1].append(tick)
        else:
            lines.append((text, [tick]))
    return "\n".join(_line(text, found, zone) for text, found in lines[:TICKS_TOLD])


def _line(text: str, found: Sequence[Tick], zone: str) -> str:
    first, last = at_text(found[-1].tick_at, zone), at_text(found[0].tick_at, zone)
    return f"{last}: {text}" if len(found) == 1 else f"{first} to {last}, {len(found):,} times: {text}"


def log_text(tick: Tick) -> str:
    """The newest lines that a tick logged."""
    lines = [f"{at_text(instant(line.timestamp))}: {short(line.message)}" for line in tick.log[-TICKS_TOLD:]]
    return "\n".join(lines)
