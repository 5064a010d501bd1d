"""Schedules, sensors and condition sensors, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from watchbell.record.tick import TickStatus
from watchbell.web.shapes.code import CodePlace
from watchbell.web.shapes.shape import Flag, Moment, Page, Shape

Kind = Literal["schedule", "sensor"]
SensorType = Literal["schedule", "sensor", "run_status", "asset", "multi_asset", "condition"]
StateName = Literal["quarantined", "failing", "late", "paused", "on", "off"]
"""Off, paused, in quarantine; or on, and then failing (its last tick failed), late (it should have ticked), or well."""
REASON_CHARS_MAX = 1_000
Reason = Annotated[str, Field(max_length=REASON_CHARS_MAX)]


class TickMarkShape(Shape):
    """A tick in a few words.

    Args:
        tick_id: its number.
        status: how it ended.
        at: when it ended.
        run_count: runs it caused.
        text: why there was no run, or the first line of the error; None where that is not told.
    """

    tick_id: int
    status: TickStatus
    at: datetime
    run_count: int
    text: str | None


class LagShape(Shape):
    """How far an automation is behind.

    Args:
        waiting: events that it has still to handle; null: it handles none, or they were not counted.
        is_more: whether there may be more.
        oldest_at: since when the oldest of them waits.
        late_seconds: since when it should have ticked; null: it is on time.
    """

    waiting: int | None
    is_more: bool
    oldest_at: datetime | None
    late_seconds: float | None


class AutomationRow(Shape):
    """A schedule or sensor in a list.

    Args:
        kind: ``"schedule"`` or ``"sensor"``, as in its address.
        type: what sort it is.
        location: its code location.
        name: its name there.
        state: how it is, in a word.
        is_on: whether it is turned on, be it paused or in quarantine.
        is_by_code: whether it is on or off because its code says so, and nobody said otherwise.
        target: what it starts or looks after, in few words.
        jobs: the jobs it may start.
        when: its cron strings, its interval, or what wakes it, in few words.
        timezone: of a schedule, the zone of its times.
        jitter_seconds: of a schedule, how much later than its times it ticks.
        last_tick: its newest tick.
        next_at: when a schedule ticks next, in its own zone's offset.
        lag: how far it is behind; null: it is not.
        strip: its last thirty ticks, the oldest first.
        runs_24h: runs it caused in the last 24 hours.
        description: free text.
        owners: who answers for it.
        tags: labels.
        quarantine: why it is no longer evaluated.
        paused_until: when its pause ends.
        pause_reason: why it is paused.
        has_missed: whether it is a schedule that missed times, being paused or off.
    """

    kind: Kind
    type: SensorType
    location: str
    name: str
    state: StateName
    is_on: bool
    is_by_code: bool
    target: str
    jobs: list[str]
    when: str
    timezone: str | None
    jitter_seconds: float
    last_tick: TickMarkShape | None
    next_at: datetime | None
    lag: LagShape | None
    strip: list[TickMarkShape]
    runs_24h: int
    description: str | None
    owners: list[str]
    tags: dict[str, str]
    quarantine: str | None
    paused_until: datetime | None
    pause_reason: str | None
    has_missed: bool


class AutomationPage(Page[AutomationRow]):
    """A page of the list.

    Args:
        counts: how many automations there are in each state, whatever the filter on states.
        locations: names of the code locations there are.
    """

    counts: dict[StateName, int]
    locations: list[str]


class AutomationGroup(Shape):
    """Automations that have something in common.

    Args:
        name: what they have; empty: those that have nothing of the sort.
        query: the filter that has them.
        count: how many.
        states: how many in each state.
    """

    name: str
    query: str
    count: int
    states: dict[StateName, int]


class AutomationGroups(Shape):
    """The groups, those with failing ones first.

    Args:
        items: the groups.
        at: when the answer was made.
    """

    items: list[AutomationGroup]
    at: datetime


class PolicyShape(Shape):
    """The terms of an automation.

    Args:
        catchup: which missed times are run late.
        catchup_window_seconds: missed times older than this are not.
        overlap: what happens while runs of an earlier time are not over.
        jitter_seconds: a schedule ticks up to so much later than its times.
        timeout_seconds: time one evaluation may take; null: as the settings say.
        run_key_ttl_seconds: after this a run key may be used again; null: never.
    """

    catchup: str
    catchup_window_seconds: float | None
    overlap: str
    jitter_seconds: float
    timeout_seconds: float | None
    run_key_ttl_seconds: float | None


class FireShape(Shape):
    """A time of a schedule to come.

    Args:
        at: the nominal time, in the schedule's zone.
        ticks_at: when it is evaluated.
        marks: what is unusual about it: summer time begins or ends.
    """

    at: datetime
    ticks_at: datetime
    marks: list[str]


class MissedShape(Shape):
    """What a schedule that is paused, or was turned off, missed so far.

    Args:
        count: times, up to a thousand.
        is_more: whether there are more.
        latest_at: the newest.
        by_policy: so many of them its catch-up policy runs.
    """

    count: int
    is_more: bool
    latest_at: datetime
    by_policy: int


class CursorShape(Shape):
    """The cursor of a sensor.

    Args:
        text: it, whole; null: there is none.
        meaning: what it says, in sentences; none of a sensor that makes up its own.
        why_fixed: why nobody may set it; null: it may be set.
    """

    text: str | None
    meaning: list[str]
    why_fixed: str | None


class CronShape(Shape):
    """A cron string.

    Args:
        text: as it is written.
        words: what it means.
    """

    text: str
    words: str


class AutomationDetail(Shape):
    """One schedule or sensor.

    Args:
        row: as in the list.
        cron: of a schedule, its cron strings.
        interval_seconds: of a sensor, the least time between two evaluations.
        policy: its terms.
        watches: of a sensor, what wakes it, line by line.
        looks_after: of a condition sensor, whose conditions it evaluates; the first hundred.
        looks_after_count: how many these are.
        makes: the assets that it has made, where no job of theirs has a name; the first hundred.
        makes_count: how many these are.
        metadata: labelled facts.
        cursor: of a sensor.
        next: the next ten times of a schedule.
        missed: what it missed, being paused or turned off.
        effective_at: since when it counts as on.
        changed_at: when its state was stored last.
        failures_in_row: evaluations that ended their process, one after the other.
        last_run_key: run key of the last run it caused.
        is_simulated: whether it takes part in simulations unless told otherwise.
        code_place: where its code stands; null: not known.
        at: when the answer was made.
    """

    row: AutomationRow
    cron: list[CronShape]
    interval_seconds: float | None
    policy: PolicyShape
    watches: list[str]
    looks_after: list[str]
    looks_after_count: int
    makes: list[str]
    makes_count: int
    metadata: dict[str, Any]
    cursor: CursorShape | None
    next: list[FireShape]
    missed: MissedShape | None
    effective_at: datetime | None
    changed_at: datetime | None
    failures_in_row: int
    last_run_key: str | None
    is_simulated: bool
    code_place: CodePlace | None
    at: datetime


class AutomationRef(Shape):
    """Which schedule or sensor.

    Args:
        kind: of its address.
        location: its code location.
        name: its name.
    """

    kind: Kind
    location: str
    name: str


class SwitchAsk(Shape):
    """What is asked of an automation.

    Args:
        act: ``"on"``, ``"off"``, ``"code"`` (as its code says), ``"pause"``, ``"resume"``.
        until: of a pause, its end.
        reason: why.
        catch_up: which of the times run that a schedule missed; null: after a pause those of the catch-up policy, of
            one that was off none.
    """

    act: Literal["on", "off", "code", "pause", "resume"]
    until: Moment | None = None
    reason: Reason = ""
    catch_up: Literal["none", "latest", "policy"] | None = None


class SwitchManyAsk(SwitchAsk):
    """The same of several.

    Args:
        items: which; null: all that fit ``q``.
        q: a filter.
        dry_run: whether it is only told what would be done.
    """

    items: Annotated[list[AutomationRef], Field(max_length=10_000)] | None = None
    q: Annotated[str, Field(max_length=2_000)] = ""
    dry_run: Flag = False


class SwitchOutcome(AutomationRef):
    """What came of it for one automation.

    Args:
        outcome: whether it was changed, was so already, or could not be.
        text: in words.
        was_on: whether it was on before.
        is_on: whether it is on now.
        missed: what it missed until then; null: nothing, or it does not go on.
    """

    outcome: Literal["changed", "unchanged", "failed"]
    text: str
    was_on: bool
    is_on: bool
    missed: MissedShape | None


class SwitchManyAnswer(Shape):
    """What came of it for each.

    Args:
        items: one by one.
        changed: how many were changed.
        unchanged: how many were so already.
        failed: how many could not be.
    """

    items: list[SwitchOutcome]
    changed: int
    unchanged: int
    failed: int


class CursorAsk(Shape):
    """A cursor that is to be stored.

    Args:
        cursor: the text; null: none.
        expected: the cursor that the caller has seen; another one in the store is not overwritten.
        reason: why.
    """

    cursor: Annotated[str, Field(max_length=1_000_000)] | None
    expected: Annotated[str, Field(max_length=1_000_000)] | None
    reason: Reason = ""
