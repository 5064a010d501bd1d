"""What has to hold of what is stored when a life of tortured conditions is over."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tests.torture.automation.subject import ticks_of
from tests.torture.conditions.asked import MINUTE_FORMAT, entities_of, partitions_of, records_of
from tests.torture.conditions.grip import REFUSAL
from tests.torture.conditions.life import REPOSITORY, Life
from watchbell.instance import DagsterInstance
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKind, AutomationState, TickStatus

MAY_FAIL = ("frail_made", "guard_made", "sturdy_made")
"""Assets that are made to fail, or whose runs are killed."""
JOINED = ("chain_pair_b",)
"""Assets that have no condition, and are made together with one that has."""
CRON = ("clock_cron", "clock_after", "clock_far")
"""Assets that the cron string of the script asks for, which fires every minute."""
EVERY_MINUTE = ("clock_minutes", "clock_range")
"""Assets of which each minute is asked for, once."""
IN_TIME_SECONDS = 40.0
"""A service that lives so long from the beginning of a minute on has asked for what is due then (seconds)."""
EVALUATIONS_MAX = 5_000
HAS_TAG = "dagster/asset_evaluation_id"
CANARY = "canary_"
SENSOR_TAG, LOCATION_TAG = "dagster/sensor_name", "dagster/code_location"


def check(life: Life) -> None:
    """Writes every violation into the report of the life."""
    report, file = life.report, life.folder / "at-once"
    if file.exists():
        life.say(f"made twice at once: {file.read_text().split()}")
    with DagsterInstance.from_home(life.folder / "home") as instance:
        runs = [record.dagster_run for record in records_of(instance)]
        report.runs = instance.get_runs_count()
        check_ends(life, runs)
        check_ticks(life, instance, runs)
        entities = sorted({entity for run in runs for entity in entities_of(run)} - set(JOINED))
        said = {entity: instance.store.condition_evaluations(entity, limit=EVALUATIONS_MAX) for entity in entities}
        report.evaluations = sum(map(len, said.values()))
        check_evaluations(life, runs, said)
        check_minutes(life, {name: said.get(name, []) for name in CRON})
        check_windows(life, runs)
    check_quiet(life)


def check_ends(life: Life, runs: Iterable[DagsterRun]) -> None:
    """All runs are over, and well, but for those that the script has fail."""
    for run in runs:
        if run.status is not DagsterRunStatus.SUCCESS:
            may_fail = run.status is DagsterRunStatus.FAILURE and not set(MAY_FAIL).isdisjoint(entities_of(run))
            if not may_fail:
                life.say(f"run {run.run_id} of {entities_of(run)} ended as {run.status.value}")


def check_ticks(life: Life, instance: DagsterInstance, runs: Sequence[DagsterRun]) -> None:
    """Each run belongs to one tick, each number of a tick to one; ticks fail only where one of us is the cause."""
    states = [each for each in instance.store.automation_states() if each.key.kind is AutomationKind.SENSOR]
    stood: Counter[str] = Counter()
    for state in states:
        ticks = ticks_of(instance, state.key)
        life.report.ticks += len(ticks)
        by_id = {run.run_id: run for run in runs if _is_of(run, state)}
        numbers: dict[str, int] = {}
        for place, tick in enumerate(ticks):
            stood.update(tick.run_ids)
            text = str(tick.error)
            if tick.status is TickStatus.FAILURE and "SIGKILL" not in text and REFUSAL not in text:
                life.say(f"{state.key}: a tick failed: {tick.error}")
            if unknown := [run_id for run_id in tick.run_ids if run_id not in by_id]:
                life.say(f"{state.key}: a tick names runs that are not there: {unknown}")
            found = {by_id[run_id].tags[HAS_TAG] for run_id in tick.run_ids if run_id in by_id}
            if len(found) > 1 or any(numbers.setdefault(number, place) != place for number in found):
                life.say(f"{state.key}: the runs of a tick have numbers {found}")
        if list(map(int, numbers)) != sorted(map(int, numbers)):
            life.say(f"{state.key}: its ticks have numbers {list(numbers)}")
    if stood != Counter(run.run_id for run in runs):
        life.say("not every run that a condition asked for stands in one tick")


def _is_of(run: DagsterRun, state: AutomationState) -> bool:
    tags = run.tags
    return (tags[SENSOR_TAG], tags[LOCATION_TAG]) == (state.key.name, state.key.location_name)


def check_evaluations(
    life: Life, runs: Sequence[DagsterRun], said: Mapping[str, Sequence[ConditionEvaluation]]
) -> None:
    """Of each asset, each of its runs stands in one evaluation, which asked for as many partitions as its runs make."""
    for entity, evaluations in said.items():
        own = {run.run_id: run for run in runs if entity in entities_of(run)}
        stood = Counter(run_id for each in evaluations for run_id in each.run_ids)
        # A canary may be made while a run makes the last one's: who is held back gets a run later, of no evaluation.
        may_be_held = entity.startswith(CANARY)
        if stood != Counter(own.keys()) and not (may_be_held and stood < Counter(own.keys())):
            unknown, twice = sorted(stood.keys() - own.keys()), [each for each, count in stood.items() if count > 1]
            life.say(f"{entity}: runs in no evaluation {sorted(own.keys() - stood.keys())}, {unknown=}, {twice=}")
        for each in evaluations:
            made = sum(len(partitions_of(own[run_id])) for run_id in each.run_ids if run_id in own)
            if made != each.requested:
                life.say(f"{entity}: evaluation {each.evaluation_id} asked for {each.requested}, its runs make {made}")


# ------------------------------------------------------------------- the clock


def check_minutes(life: Life, said: Mapping[str, Sequence[ConditionEvaluation]]) -> None:
    """What a cron string asks for is asked for once each time; and always, if somebody lived to see it."""
    due = [minute for minute in _minutes(life) if _is_seen(life, minute)]
    last = _minutes(life)[-1]
    for name, evaluations in said.items():
        times = Counter(_minute(each.at) for each in evaluations if each.run_ids)
        life.report.minutes[name] = len(times)
        twice = [str(minute) for minute, count in times.items() if count > 1]
        if twice:
            life.say(f"{name}: asked for twice at one time of its cron string: {twice}")
        wanted = [last] if name == "clock_far" else due  # which also needs a run of the other, in time
        if missed := [str(minute) for minute in wanted if minute not in times]:
            life.say(f"{name}: not asked for at {missed}")


def check_windows(life: Life, runs: Sequence[DagsterRun]) -> None:
    """Each minute that was over by the end is asked for once."""
    over = {minute.strftime(MINUTE_FORMAT) for minute in _minutes(life)[:-1]}
    for name in (*EVERY_MINUTE, "clock_newest"):
        asked = Counter(key for run in runs if name in entities_of(run) for key in partitions_of(run))
        life.report.minutes[name] = len(asked)
        twice = [key for key, count in asked.items() if count > 1]
        lost = sorted(over - asked.keys()) if name in EVERY_MINUTE else sorted({max(over)} - asked.keys())
        if twice or lost:
            life.say(f"{name}: minutes asked for twice {twice}, never {lost}")


def _minutes(life: Life) -> list[datetime]:
    """The minutes of the life, the one in which it began and the one in which it ended included."""
    end = _minute(life.lived[-1][1])
    return [
        life.began_at + timedelta(minutes=each) for each in range(round((end - life.began_at).total_seconds() / 60) + 1)
    ]


def _minute(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(second=0, microsecond=0)


def _is_seen(life: Life, minute: datetime) -> bool:
    """Whether a service lived through the beginning of a minute."""
    at = minute.timestamp()
    return any(begin <= at and end >= at + IN_TIME_SECONDS for begin, end in life.lived)


# ---------------------------------------------------------------------- states


def check_quiet(life: Life) -> None:
    """Whoever begins from what is stored asks for nothing."""
    command = [sys.executable, "-m", "tests.torture.conditions.reread"]
    done = subprocess.run(command, env=life.environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout:
        life.say(f"begun from what is stored: {done.stdout}{done.stderr[-2_000:]}")
