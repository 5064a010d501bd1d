"""Why a schedule did or did not run at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watchbell.automate.due import MISSED_ROWS_MAX, jitter_offset, watermark
from watchbell.automate.explain.automation import (
    AutomationFacts,
    earlier_ticks,
    halt_of,
    last_text,
    log_text,
    outcome_text,
)
from watchbell.automate.explain.entity_refs import refs_of_automation
from watchbell.automate.explain.explanation import Explanation, told
from watchbell.automate.explain.words import at_text, sentence_of
from watchbell.automate.fire_times import FireTime, fire_times
from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup
from watchbell.record.tick import AutomationState, Tick, TickStatus

NEXT_TIMES = 3
"""Next times that are told (count)."""
GRACE_SECONDS = 5.0
"""A time that is younger may be under way."""


@dataclass(frozen=True)
class ScheduleFacts:
    """What is known of a schedule.

    Args:
        automation: what all automations have.
        cron: its times; None: its code is not known, and no state says them.
        policy: its terms.
        asked_at: the time that is asked about, aware; None: now.
        tick: the tick of the last time up to that one, or the one that covers it; None: it has none.
        max_catchup_runs: the setting for who says nothing of catching up.
    """

    automation: AutomationFacts
    cron: Cron | None
    policy: AutomationPolicy = PLAIN_POLICY
    asked_at: datetime | None = None
    tick: Tick | None = None
    max_catchup_runs: int = 5

    @property
    def zone(self) -> str:
        """In which its times are told."""
        return "UTC" if self.cron is None else self.cron.zone

    @property
    def offset(self) -> timedelta:
        """How much later than its nominal times it ticks."""
        return jitter_offset(self.automation.key, self.policy)


def last_time(cron: Cron, moment: datetime, offset: timedelta) -> datetime | None:
    """The newest nominal time whose tick is due by an instant, in UTC; None: there is none before."""
    try:
        return next((each.astimezone(UTC) for each in cron.fires_backward(until=moment - offset)), None)
    except OverflowError:
        return None


def covering(ticks: list[Tick], nominal: datetime) -> Tick | None:
    """The tick of a time, or the row of missed times that has it; None: neither is there.

    Args:
        ticks: of that time and later, in any order.
        nominal: the time.
    """
    exact = next((each for each in ticks if each.tick_at == nominal), None)
    if exact is not None:
        return exact
    later = sorted((each for each in ticks if each.tick_at > nominal), key=lambda each: each.tick_at)
    first = later[0] if later else None
    is_summary = first is not None and first.status is TickStatus.MISSED and " times from " in (first.skip_reason or "")
    return first if is_summary else None


def explain_schedule(facts: ScheduleFacts) -> Explanation:
    """Why a schedule ran or did not, at a time or the last time."""
    known, zone = facts.automation, facts.zone
    asked = facts.asked_at or known.now
    halt = halt_of(known, zone)
    fires = [] if facts.cron is None else _next_times(facts, max(asked, known.now))
    is_future = facts.asked_at is not None and facts.asked_at > known.now
    nominal = None if facts.cron is None else last_time(facts.cron, asked, facts.offset)
    if is_future:
        sentence = _future_sentence(facts, fires)
    elif facts.asked_at is None and halt is not None:
        sentence = f"{known.key} {halt.text}{last_text(known, zone)}"
    elif nominal is None:
        sentence = f"{known.key} has no time before {at_text(asked, zone)}"
    else:
        sentence = _time_sentence(facts, nominal)
        if halt is not None and facts.asked_at is not None:
            sentence = f"{sentence.rstrip('.')}. Now it {halt.text}"
    return Explanation(
        sentence_of([sentence]),
        told(_details(facts, nominal, fires)),
        _next_change(facts, halt.next_change if halt else None, fires),
        refs=refs_of_automation(known, facts.zone),
    )


def _time_sentence(facts: ScheduleFacts, nominal: datetime) -> str:
    known, zone, tick = facts.automation, facts.zone, facts.tick
    beginning = f"{known.key} at {at_text(nominal, zone)}"
    if tick is not None:
        return f"{beginning} {outcome_text(known, tick)}"
    return f"{beginning} {_no_tick_text(facts, nominal)}"


def _no_tick_text(facts: ScheduleFacts, nominal: datetime) -> str:
    known, zone = facts.automation, facts.zone
    state, due_at = known.state, nominal + facts.offset
    if state is None:
        return "did not run: no service has taken it up yet"
    late = (known.now - due_at).total_seconds()
    mark = watermark(state)
    if mark is None:
        return "did not run: it had not taken effect, so it owes nothing for that time"
    if nominal <= mark:
        return _before_effect(state, nominal, zone)
    if known.service is None:
        return f"did not run yet: no service is running here; the time is owed since {duration_text(max(0.0, late))}"
    if late <= GRACE_SECONDS:
        return "is due now, and is being evaluated"
    return (
        f"has no tick yet, {duration_text(late)} after it was due: its evaluation goes on, or waits for an earlier "
        "one; or the service could not load the code of its location"
    )


def _before_effect(state: AutomationState, nominal: datetime, zone: str) -> str:
    effective = state.effective_at
    if effective is not None and nominal <= effective:
        return (
            f"did not run: it took effect at {at_text(effective, zone)} (turned on, or other times in its code), "
            "and owes nothing for the time before"
        )
    return "has no tick any more, or the schedule had other times then"


def _future_sentence(facts: ScheduleFacts, fires: list[FireTime]) -> str:
    known, zone = facts.automation, facts.zone
    assert facts.asked_at is not None
    beginning = f"{at_text(facts.asked_at, zone)} has not come yet"
    if not fires:
        return f"{beginning}, and {known.key} has no time from then on"
    is_one = fires[0].at == facts.asked_at
    when = "it is one of its times" if is_one else f"its next time from then on is {at_text(fires[0].at, zone)}"
    return f"{beginning}; for {known.key} {when}"


def _next_times(facts: ScheduleFacts, after: datetime) -> list[FireTime]:
    assert facts.cron is not None
    if facts.asked_at is not None and after == facts.asked_at:  # a time of its own counts
        after -= timedelta(microseconds=1)
    seconds = facts.offset.total_seconds()
    try:
        return fire_times(facts.cron, after=after - facts.offset, count=NEXT_TIMES, jitter_seconds=seconds)
    except OverflowError:
        return []


def _details(facts: ScheduleFacts, nominal: datetime | None, fires: list[FireTime]) -> list[tuple[str, str]]:
    known, zone, cron = facts.automation, facts.zone, facts.cron
    tick = facts.tick
    asked = facts.asked_at
    note = ""
    if asked is not None and nominal is not None and asked <= known.now and nominal + facts.offset != asked:
        note = f"{at_text(asked, zone)} is none of its times; the one before it is {at_text(nominal, zone)}"
    fired = "\n".join(_fire_text(each, zone) for each in fires)
    return [
        ("note", note),
        ("times", "" if cron is None else f"{', '.join(repr(each) for each in cron.texts)} in {cron.zone}"),
        ("tick", _tick_text(tick, zone)),
        ("logged", "" if tick is None else log_text(tick)),
        ("before", earlier_ticks(known, [each for each in known.ticks if each != tick], zone)),
        ("next times", fired if known.is_on else ""),
        ("terms", _terms(facts.policy)),
        ("service", known.service or "none is running here"),
    ]


def _fire_text(fire: FireTime, zone: str) -> str:
    late = "" if fire.ticks_at == fire.at else f", ticks at {at_text(fire.ticks_at, zone)}"
    return f"{at_text(fire.at, zone)}{late}{''.join(f'; {mark}' for mark in fire.marks)}"


def _tick_text(tick: Tick | None, zone: str) -> str:
    if tick is None:
        return ""
    took = duration_text(max(0.0, (tick.ended_at - tick.started_at).total_seconds()))
    began = at_text(tick.started_at, zone)
    return f"{tick.tick_id}, evaluated at {began} for {took}; `watchbell tick show {tick.tick_id}`"


def _terms(policy: AutomationPolicy) -> str:
    if policy == PLAIN_POLICY:
        return ""
    parts = [f"overlap={policy.overlap.value!r}"]
    if policy.catchup is not Catchup.DEFAULT:
        parts.append(f"catchup={policy.catchup.value!r}")
    if policy.catchup_window_seconds is not None:
        parts.append(f"catchup_window is {duration_text(policy.catchup_window_seconds)}")
    if policy.jitter_seconds:
        parts.append(f"jitter is {duration_text(policy.jitter_seconds)}")
    return ", ".join(parts)


def _next_change(facts: ScheduleFacts, halted: str | None, fires: list[FireTime]) -> tuple[str, ...]:
    if halted is not None:
        return (halted, *_owed(facts))
    if not fires:
        return ("nothing: its cron strings name no time any more",)
    first = fires[0]
    return (f"its time at {_fire_text(first, facts.zone)}",)


def _owed(facts: ScheduleFacts) -> tuple[str, ...]:
    """What happens, when a service starts, to the times that have passed."""
    known, cron = facts.automation, facts.cron
    if not known.is_on or known.service is not None or known.state is None or cron is None:
        return ()
    mark = watermark(known.state)
    nominal = last_time(cron, known.now, facts.offset)
    if mark is None or nominal is None or nominal <= mark:
        return ()
    catchup = facts.policy.catchup
    count = {
        Catchup.ALL: "all",
        Catchup.NONE: "none",
        Catchup.LATEST: "the newest",
        Catchup.DEFAULT: f"the newest {min(facts.max_catchup_runs, MISSED_ROWS_MAX):,} at most",
    }[catchup]
    return (f"then, of its times since {at_text(mark, facts.zone)}, {count} will be run late",)
