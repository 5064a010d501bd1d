"""Why a sensor did or did not ask for a run."""

from __future__ import annotations

from datetime import datetime

from watchbell.automate.due import sensor_due_at
from watchbell.automate.explain.automation import (
    AutomationFacts,
    earlier_ticks,
    halt_of,
    holder_text,
    last_text,
    log_text,
    outcome_text,
)
from watchbell.automate.explain.entity_refs import entity_ref, refs_of_automation
from watchbell.automate.explain.explanation import Explanation, told
from watchbell.automate.explain.refs import Ref, distinct
from watchbell.automate.explain.words import at_text, sentence_of, short
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.tick import Tick, TickStatus

ZONE = "UTC"
DROPPED_TOLD = 10
"""Run keys that made no run which are told (count)."""
CURSOR_CHARS_MAX = 200


@dataclass(frozen=True)
class SensorFacts:
    """What is known of a sensor.

    Args:
        automation: what all automations have.
        asked_at: the time that is asked about, aware; None: now.
        interval_seconds: least time between two evaluations; None: its code is not known.
        woken_by: what it waits for besides time: ``"runs"``, ``"materializations"``, ``"changes of assets"``; empty:
            time alone.
        lag: what waits for it, for people; empty: nothing.
        cursor_meaning: what its cursor says, a sentence each; of those whose cursor we know how to read.
        looks_after: of a condition sensor whose code is known, whose conditions it evaluates.
        entities: these, as their user strings.
    """

    automation: AutomationFacts
    asked_at: datetime | None = None
    interval_seconds: float | None = None
    woken_by: str = ""
    lag: str = ""
    cursor_meaning: tuple[str, ...] = ()
    looks_after: str = ""
    entities: tuple[str, ...] = ()

    @property
    def tick(self) -> Tick | None:
        """Its newest tick up to the time that is asked about."""
        ticks = self.automation.ticks
        return ticks[0] if ticks else None


def explain_sensor(facts: SensorFacts) -> Explanation:
    """Why a sensor asked for runs or did not, at a time or the last time it was evaluated."""
    known, tick = facts.automation, facts.tick
    halt = halt_of(known, ZONE)
    if facts.asked_at is None and halt is not None:
        sentence = f"{known.key} {halt.text}{last_text(known)}"
    elif tick is None:
        sentence = f"{known.key} {_never_text(facts)}"
    else:
        sentence = f"{known.key}, evaluated at {at_text(tick.tick_at)}, {outcome_text(known, tick)}"
        if halt is not None:
            sentence = f"{sentence.rstrip('.')}. Now it {halt.text}"
    changes = (halt.next_change,) if halt is not None else _next_change(facts)
    if known.is_of_conditions:
        changes = (*changes, "of one asset: `watchbell explain asset KEY`")
    return Explanation(sentence_of([sentence]), told(_details(facts)), changes, refs=refs_of_sensor(facts))


def refs_of_sensor(facts: SensorFacts) -> tuple[Ref, ...]:
    """What an explanation of a sensor names: its ticks, their runs, and whose conditions it evaluates."""
    return distinct([*refs_of_automation(facts.automation, ZONE), *(entity_ref(each) for each in facts.entities)])


def _never_text(facts: SensorFacts) -> str:
    if facts.asked_at is not None:
        return f"had not been evaluated by {at_text(facts.asked_at)}, as far as its ticks go back"
    if facts.woken_by:
        return f"has not been evaluated yet: nothing it waits for has happened ({facts.woken_by} wake it)"
    return "has not been evaluated yet"


def _details(facts: SensorFacts) -> list[tuple[str, str]]:
    known, tick, state = facts.automation, facts.tick, facts.automation.state
    cursor = None if state is None else state.cursor
    failures = 0 if state is None else state.failures_in_row
    return [
        ("tick", _tick_text(tick)),
        ("logged", "" if tick is None else log_text(tick)),
        ("not run again", _dropped(facts)),
        ("before", earlier_ticks(known, known.ticks[1:], ZONE)),
        ("cursor", "" if known.is_of_conditions else "none" if cursor is None else _cursor_text(cursor)),
        ("stands at" if known.is_of_conditions else "which means", "\n".join(facts.cursor_meaning)),
        ("looks after", facts.looks_after),
        ("waiting", facts.lag),
        ("in a row", f"{failures} evaluations ended or outlasted their process" if failures else ""),
        ("evaluated", _how_often(facts)),
        ("service", known.service or "none is running here"),
    ]


def _tick_text(tick: Tick | None) -> str:
    if tick is None:
        return ""
    took = duration_text(max(0.0, (tick.ended_at - tick.started_at).total_seconds()))
    return f"{tick.tick_id}, took {took}; `watchbell tick show {tick.tick_id}`"


def _dropped(facts: SensorFacts) -> str:
    """Every run key of its newest ticks that made no run, with the run that has it."""
    known = facts.automation
    found: dict[str, tuple[str, datetime]] = {}
    for tick in known.ticks:
        for key, holder in tick.key_holders.items():
            if holder is not None and holder not in tick.run_ids:
                found.setdefault(key, (holder, tick.tick_at))
    lines = [
        f"{short(key)}: {holder_text(holder, known.runs.get(holder))}; asked again at {at_text(at)}"
        for key, (holder, at) in list(found.items())[:DROPPED_TOLD]
    ]
    more = len(found) - DROPPED_TOLD
    return "\n".join([*lines, *([f"and {more:,} more"] if more > 0 else [])])


def _cursor_text(cursor: str) -> str:
    if len(cursor) <= CURSOR_CHARS_MAX:
        return cursor
    return f"{cursor[:CURSOR_CHARS_MAX]}… ({len(cursor):,} characters)"


def _how_often(facts: SensorFacts) -> str:
    if facts.interval_seconds is None:
        return ""
    often = f"every {duration_text(facts.interval_seconds)} at most" if facts.interval_seconds else "at once"
    return f"when {facts.woken_by} wake it, {often}" if facts.woken_by else often


def _next_change(facts: SensorFacts) -> tuple[str, ...]:
    changes = []
    tick, interval = facts.tick, facts.interval_seconds
    if facts.woken_by:
        what = {"runs": "run it watches", "materializations": "materialization it watches"}
        often = f", {duration_text(interval)} after its last evaluation at the earliest" if interval else ""
        changes.append(f"the next {what.get(facts.woken_by, 'change of what it watches')}{often}")
    elif tick is None or interval is None or facts.automation.now >= sensor_due_at(tick.started_at, interval):
        changes.append("its next evaluation, which is due")
    else:
        changes.append(f"its next evaluation, at {at_text(sensor_due_at(tick.started_at, interval))}")
    if tick is not None and tick.status is TickStatus.SKIPPED and tick.dropped_run_keys:
        changes.append("a request with another run key, or without one")
    if tick is not None and tick.error is not None and facts.woken_by == "materializations":
        changes.append(
            "while its function raises, pauses between evaluations grow up to ten minutes; mended code ends them"
        )
    return tuple(changes)
