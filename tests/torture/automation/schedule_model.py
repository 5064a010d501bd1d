"""Schedules with policies in the torture: what became of each minute, and which runs went on together.

While no service lives, once, all of them are told that they have been on for longer: so much they have to make up for.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.torture.automation.subject import (
    SCHEDULE_TAG,
    Report,
    check_failures,
    events_of,
    runs_of,
    states_of,
    ticks_of,
)
from watchbell.automate.due import jitter_offset
from watchbell.instance import DagsterInstance
from watchbell.record.automation_policy import AutomationPolicy
from watchbell.record.event import DagsterEventType
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKind, AutomationState, Tick, TickStatus

OWED_PER_KILL = 5
"""Times that schedules which make up for all of them owe, for each kill (count): they always have something to do."""
OWED_MAX = 60
"""Times that the others owe (count): each that is missed has a tick of its own."""
JITTER_SECONDS = 40.0
RUN_KEY_TTL = timedelta(seconds=5)
OVERLAPPING = ("overlap_skip", "overlap_buffer", "overlap_cancel")
CAUGHT_UP_MAX = {"catchup_default": 5, "catchup_none": 0, "catchup_latest": 1}
NAMES = (*OVERLAPPING, *CAUGHT_UP_MAX, "jittered", "keyed")
REQUESTS = {"overlap_buffer": 2}
TIME_TAG = ".dagster/scheduled_execution_time"
MINUTE = timedelta(minutes=1)
OLD = datetime(1970, 1, 1, tzinfo=UTC)
S, T = TickStatus, DagsterEventType
ENDS = (T.RUN_SUCCESS, T.RUN_FAILURE, T.RUN_CANCELED)


class ScheduleSubject:
    """See the module."""

    name = "schedules"
    begins: Sequence[str] = NAMES

    def __init__(self) -> None:
        self._prepared_at = OLD
        self._effective_at: dict[str, datetime] = {}

    def prepare(self, instance: DagsterInstance, kills: int) -> None:
        """Lets them owe some hours, those that do not make up for all of it less."""
        self._prepared_at = now = instance.clock.now()
        for name, state in states_of(instance, AutomationKind.SCHEDULE).items():
            owed = OWED_PER_KILL * kills if name not in CAUGHT_UP_MAX else OWED_MAX
            self._effective_at[name] = earlier = (state.effective_at or now) - owed * MINUTE
            instance.store.put_state(state, replace(state, effective_at=earlier, last_tick_at=None), now)

    def feed(self, instance: DagsterInstance, moments: random.Random, report: Report) -> None:
        """They go by the clock."""

    def is_quiet(self, instance: DagsterInstance) -> bool:
        """Whether nothing is owed."""
        now = instance.clock.now()
        for name, state in states_of(instance, AutomationKind.SCHEDULE).items():
            offset = _offset(state) if name == "jittered" else timedelta(0)
            minute = (now - offset).replace(second=0, microsecond=0)
            if minute > max(state.last_tick_at or OLD, state.effective_at or OLD):
                return False
        return True

    def check(self, instance: DagsterInstance, folder: Path, report: Report) -> None:
        """Writes every violation into the report."""
        states = states_of(instance, AutomationKind.SCHEDULE)
        if set(states) != set(NAMES):
            report.say("schedules", f"states of {sorted(states)}")
        for name, state in states.items():
            ticks = ticks_of(instance, state.key)
            runs = runs_of(instance, SCHEDULE_TAG, name)
            check_failures(name, ticks, report)
            if state.effective_at != self._effective_at[name]:
                report.say(name, f"has effect since {state.effective_at}, not {self._effective_at[name]}")
            check_times(name, self._effective_at[name], state.last_tick_at, ticks, report)
            check_runs(name, ticks, runs, report)
            if name in CAUGHT_UP_MAX:
                check_missed(name, ticks, self._prepared_at, report)
        check_jitter(_offset(states["jittered"]), ticks_of(instance, states["jittered"].key), report)
        check_run_keys(instance, ticks_of(instance, states["keyed"].key), report)
        places = places_in_log(instance)
        for name in OVERLAPPING:
            records = instance.get_run_records(RunsFilter(tags={SCHEDULE_TAG: name}))
            check_overlap(name, [each.dagster_run for each in records], places, report)
        if (folder / "broken").exists():
            report.say("schedules", f"two times at once: {Counter((folder / 'broken').read_text().split())}")


def _offset(state: AutomationState) -> timedelta:
    return jitter_offset(state.key, AutomationPolicy(jitter_seconds=JITTER_SECONDS))


def check_times(
    name: str, effective_at: datetime, last_tick_at: datetime | None, ticks: Sequence[Tick], report: Report
) -> None:
    """Each minute since it took effect has one tick."""
    due = effective_at.replace(second=0, microsecond=0) + MINUTE
    wanted: list[datetime] = []
    while last_tick_at is not None and due <= last_tick_at:
        wanted.append(due)
        due += MINUTE
    found = [tick.tick_at for tick in ticks]
    report.events[name] = len(wanted)
    if found != wanted:
        lost, surplus = set(wanted) - set(found), Counter(found) - Counter(wanted)
        report.say(
            name, f"{len(wanted)} times; without a tick: {sorted(lost)}, too many: {dict(surplus)}, or in disorder"
        )


def check_runs(name: str, ticks: Sequence[Tick], runs: Sequence[DagsterRun], report: Report) -> None:
    """A time that was taken has its runs, the others have none; a time that was not taken tells why."""
    number = REQUESTS.get(name, 1)
    taken = [tick for tick in ticks if tick.status is S.SUCCESS]
    report.effects[name] = len(taken)
    if name != "keyed" and any(len(tick.run_ids) != number for tick in taken):
        report.say(name, f"runs in a tick: {[len(tick.run_ids) for tick in taken]}")
    wanted = Counter({tick.tick_at.isoformat(): len(tick.run_ids) for tick in taken})
    found = Counter(run.tags[TIME_TAG] for run in runs)
    if found != wanted:
        report.say(name, f"runs lost {dict(wanted - found)}, doubled or invented {dict(found - wanted)}")
    if Counter(run_id for tick in ticks for run_id in tick.run_ids) != Counter(run.run_id for run in runs):
        report.say(name, "its ticks name other runs than those that are there")
    for tick in ticks:
        allowed = {S.SUCCESS, S.FAILURE}
        allowed |= {S.SKIPPED} if name in ("overlap_skip", "overlap_buffer", "keyed") else set()
        allowed |= {S.MISSED} if name in CAUGHT_UP_MAX else set()
        if tick.status not in allowed or (tick.status in (S.SKIPPED, S.MISSED) and not tick.skip_reason):
            report.say(name, f"{tick.tick_at} is {tick.status.value}: {tick.skip_reason}")


def check_missed(name: str, ticks: Sequence[Tick], prepared_at: datetime, report: Report) -> None:
    """Of the times that were owed the newest few are made up for, and no older ones."""
    owed = [tick for tick in ticks if tick.tick_at <= prepared_at]
    run = [tick for tick in owed if tick.status is not S.MISSED]
    first = run[0].tick_at if run else prepared_at
    # Times that lie up to a minute back count as on time; another may have passed until the service looked.
    if len(run) > CAUGHT_UP_MAX[name] + 2:
        report.say(name, f"{len(run)} of {len(owed)} owed times made up for")
    if name != "catchup_none" and any(tick.status is S.MISSED and tick.tick_at > first for tick in owed):
        report.say(name, "an older time was made up for, a newer one not")


def check_jitter(offset: timedelta, ticks: Sequence[Tick], report: Report) -> None:
    """No time ticked before its jitter was over."""
    early = [tick.tick_at for tick in ticks if tick.started_at < tick.tick_at + offset]
    if early:
        report.say("jittered", f"ticked before its time {early}")


def check_run_keys(instance: DagsterInstance, ticks: Sequence[Tick], report: Report) -> None:
    """Between two runs of a key lies its time; whoever asks in between is told of a run that is not older."""
    created: dict[str, datetime] = {}
    last: datetime | None = None
    for tick in ticks:
        for run_id in (*tick.run_ids, *tick.dropped_for):
            if run_id not in created:
                run = instance.get_run_by_id(run_id)
                assert run is not None
                assert run.created_at is not None
                created[run_id] = run.created_at
        for run_id in tick.run_ids:
            if last is not None and created[run_id] - last < RUN_KEY_TTL:
                report.say("keyed", f"runs of one key at {last} and {created[run_id]}")
            last = created[run_id]
        if any(tick.ended_at - created[run_id] > RUN_KEY_TTL for run_id in tick.dropped_for):
            report.say("keyed", f"{tick.tick_at} was refused although the key was free")
        if tick.status is not S.FAILURE and len(tick.run_ids) + len(tick.dropped_for) != 1:
            report.say("keyed", f"{tick.tick_at} has {len(tick.run_ids)} runs and {len(tick.dropped_for)} dropped keys")


# --------------------------------------------------------------------- overlap


def places_in_log(instance: DagsterInstance) -> Mapping[str, Mapping[DagsterEventType, int]]:
    """For each run: where in the log it was queued, handed out last, and ended."""
    found: dict[str, dict[DagsterEventType, int]] = defaultdict(dict)
    for entry in events_of(instance, [T.RUN_ENQUEUED, T.RUN_STARTING, *ENDS]):
        kind = entry.dagster_event_type
        assert kind is not None
        key = T.RUN_SUCCESS if kind in ENDS else kind  # any end
        if key is not T.RUN_ENQUEUED or key not in found[entry.run_id]:
            found[entry.run_id][key] = entry.storage_id or 0
    return found


def check_overlap(
    name: str, runs: Sequence[DagsterRun], places: Mapping[str, Mapping[DagsterEventType, int]], report: Report
) -> None:
    """Runs of two times never go on together, retries included; and none is queued where the rule forbids it."""
    spans = sorted(
        (places[run.run_id][T.RUN_STARTING], places[run.run_id][T.RUN_SUCCESS], run.tags[TIME_TAG])
        for run in runs
        if T.RUN_STARTING in places[run.run_id]
    )
    going: dict[str, int] = {}
    for begin, end, time in spans:
        others = [other for other, until in going.items() if other != time and until > begin]
        if others:
            report.say(name, f"runs of {time} and {others} go on together")
        going[time] = max(going.get(time, 0), end)
    if name == "overlap_cancel":
        return
    for run in runs:
        if run.parent_run_id is not None:
            continue
        queued = places[run.run_id][T.RUN_ENQUEUED]
        open_times = {
            other.tags[TIME_TAG]
            for other in runs
            if places[other.run_id][T.RUN_ENQUEUED] < queued < places[other.run_id][T.RUN_SUCCESS]
        } - {run.tags[TIME_TAG]}
        if len(open_times) > (1 if name == "overlap_buffer" else 0):
            report.say(name, f"{run.tags[TIME_TAG]} was queued while {sorted(open_times)} were not over")
