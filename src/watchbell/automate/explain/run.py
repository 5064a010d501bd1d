"""Where a run stands, and why: why it waits, why it failed, who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from watchbell.automate.explain.entity_refs import entity_ref, refs_of_runs
from watchbell.automate.explain.explanation import Explanation, told
from watchbell.automate.explain.refs import Ref, distinct
from watchbell.automate.explain.words import (
    RUN_CHARS,
    at_text,
    counted,
    error_text,
    listed,
    run_text,
    sentence_of,
    short,
)
from watchbell.automate.queue_rules import priority_of
from watchbell.automate.retry_rules import RETRY_NUMBER_TAG
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.backfill import Backfill, BackfillStatus
from watchbell.record.event import DagsterEventType, EventLogEntry, JobFailureData, at_of
from watchbell.record.log_text import STEPS_FAILED, UNNAMED_JOB, made_for, target_of
from watchbell.record.overlap import waiting_text
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import (
    AUTO_RETRY_TAG,
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
    STOP_REASON_TAG,
    DagsterRun,
    DagsterRunStatus,
)
from watchbell.record.tick import AutomationKey, AutomationKind, Tick

CONDITION_TAG = "dagster/from_automation_condition"
_WISH = " asked for the run to stop"
PARTS_TOLD = 5
"""Parts of a selection that are named (count)."""


@dataclass(frozen=True)
class PoolWait:
    """A step that waits for a slot of a pool.

    Args:
        pool: the pool.
        step_key: the step; empty: the run as a whole.
        limit: its slots; None: no limit.
        holders: runs that have its slots.
    """

    pool: str
    step_key: str
    limit: int | None
    holders: tuple[str, ...]


@dataclass(frozen=True)
class QueueFacts:
    """What a queued run meets.

    Args:
        max_concurrent_runs: the setting.
        going: runs that go on now (count).
        ahead: queued runs that go first (count).
        is_read_whole: whether all queued runs were looked at; else there may be more ahead.
        blocker: a run of another time of its schedule that it waits for.
    """

    max_concurrent_runs: int
    going: int
    ahead: int = 0
    is_read_whole: bool = True
    blocker: DagsterRun | None = None


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run.

    Args:
        run: the run.
        now: the time of the question, aware.
        service: the service that works here, for people; None: none does.
        queue: of a run that waits, what it meets.
        events: its log without what was only logged: the kinds that say how far it is, oldest first.
        pools: what its steps wait for.
        tick: the tick that asked for it.
        backfill: the backfill it belongs to.
        related: other runs that are named, by id.
        worker_text: the process that executes it, for people.
        is_worker_alive: whether that process is there; None: it cannot be seen from here.
    """

    run: DagsterRun
    now: datetime
    service: str | None = None
    queue: QueueFacts | None = None
    events: tuple[EventLogEntry, ...] = ()
    pools: tuple[PoolWait, ...] = ()
    tick: Tick | None = None
    backfill: Backfill | None = None
    related: Mapping[str, DagsterRun] = field(default_factory=dict)
    worker_text: str = ""
    is_worker_alive: bool | None = None


def explain_run(facts: RunFacts) -> Explanation:
    """Where a run stands and why."""
    run = facts.run
    of = target_of(run) if run.job_name.startswith(UNNAMED_JOB) else f"job {run.job_name!r}"
    name = f"run {run.run_id[:RUN_CHARS]} of {of}"
    texts = {
        DagsterRunStatus.QUEUED: _queued,
        DagsterRunStatus.NOT_STARTED: _not_started,
        DagsterRunStatus.STARTING: _starting,
        DagsterRunStatus.STARTED: _started,
        DagsterRunStatus.CANCELING: _canceling,
        DagsterRunStatus.CANCELED: _canceled,
        DagsterRunStatus.FAILURE: _failed,
        DagsterRunStatus.SUCCESS: _succeeded,
    }
    text, changes = texts.get(run.status, _not_started)(facts)
    return Explanation(sentence_of([f"{name} {text}"]), told(_details(facts)), tuple(changes), refs=refs_of_run(facts))


Told = tuple[str, list[str]]


def _queued(facts: RunFacts) -> Told:
    run, queue = facts.run, facts.queue
    since = _since(facts, run.created_at)
    if facts.service is None:
        return f"waits in the queue{since}: no service is running here", [
            "`watchbell dev` or `watchbell daemon` starts one"
        ]
    backfill = facts.backfill
    if backfill is not None and backfill.status in {BackfillStatus.PAUSED, BackfillStatus.CANCELING}:
        state = "paused" if backfill.status is BackfillStatus.PAUSED else "being canceled"
        resume = (
            f"`watchbell backfill resume {backfill.backfill_id}`" if state == "paused" else "its backfill is canceled"
        )
        return f"waits in the queue{since}: its backfill {backfill.backfill_id[:RUN_CHARS]} is {state}", [resume]
    if queue is None:
        return f"waits in the queue{since}", ["the service hands it out"]
    if queue.blocker is not None:
        return f"waits in the queue{since}: it {waiting_text(run, queue.blocker)}", [
            f"the end of run {queue.blocker.run_id[:RUN_CHARS]}"
        ]
    if queue.going >= queue.max_concurrent_runs:
        many = (
            f"{queue.going:,} of {queue.max_concurrent_runs:,} runs that may go on at once go on (max_concurrent_runs)"
        )
        ahead = _ahead_text(facts, queue)
        return f"waits in the queue{since}: {many}{ahead}", [
            "the end of one of these runs",
            "a greater max_concurrent_runs",
        ]
    if queue.ahead:
        return f"waits in the queue{since}: there is room{_ahead_text(facts, queue)}", ["the service hands it out"]
    location = "no code location" if run.location_name is None else f"code location {run.location_name!r}"
    text = (
        f"waits in the queue{since}: there is room for it, so it is being handed out; or {location}, whose job it is, "
        "is not served, or did not load"
    )
    return text, ["the service hands it out", f"`watchbell definitions validate` tells whether {location} loads"]


def _ahead_text(facts: RunFacts, queue: QueueFacts) -> str:
    if not queue.ahead:
        return "; it is the next"
    more = "" if queue.is_read_whole else " at least"
    priority = priority_of(facts.run.tags)
    by = f" (its priority is {priority})" if priority else ""
    return f"; {counted(queue.ahead, 'run')}{more} go{'es' if queue.ahead == 1 else ''} before it{by}"


def _not_started(facts: RunFacts) -> Told:
    if facts.worker_text:
        return f"is to be executed by {facts.worker_text}, and has not begun", ["that process begins it"]
    return "was stored without being queued, so nothing executes it", ["whoever stored it submits it"]


def _starting(facts: RunFacts) -> Told:
    run = facts.run
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    if facts.worker_text:
        return f"is about to begin, in {facts.worker_text}{attempt}", ["its process begins its steps"]
    return f"was handed out and its process is being started{attempt}", [
        "its process begins; should none, the run goes back to the queue"
    ]


def _started(facts: RunFacts) -> Told:
    since = _since(facts, facts.run.started_at)
    if facts.is_worker_alive is False:
        fails = "a service sees it, and ends the run" if facts.service is None else "the service ends the run"
        return f"is STARTED{since}, but its process is gone ({facts.worker_text})", [fails]
    going, waiting = _steps_now(facts)
    waits = [_pool_text(facts, each) for each in facts.pools]
    if waits and not going:
        return f"goes on{since}, and waits: {listed(waits)}", ["a slot of the pool becomes free", *_slots(facts)]
    doing = f", in {counted(len(going), 'step')}: {listed(going)}" if going else ", between steps"
    also = f"; {listed(waits)}" if waits else f"; to be retried: {listed(waiting)}" if waiting else ""
    return f"goes on{since}{doing}{also}", [f"the end of {listed(going)}" if going else "its next step"]


def _pool_text(facts: RunFacts, wait: PoolWait) -> str:
    who = f"step {wait.step_key!r}" if wait.step_key else "it"
    limit = "has a limit" if wait.limit is None else f"has {counted(wait.limit, 'slot')}"
    held = listed(run_text(each, facts.related.get(each)) for each in wait.holders)
    return f"{who} waits for a slot of pool {wait.pool!r}, which {limit}" + (f", held by {held}" if held else "")


def _slots(facts: RunFacts) -> list[str]:
    pools = sorted({each.pool for each in facts.pools})
    return [f"`watchbell instance concurrency set {short(each)} SLOTS` gives it more" for each in pools[:1]]


def _canceling(facts: RunFacts) -> Told:
    rule = facts.run.tags.get(STOP_REASON_TAG)
    why = f", because {short(rule)}" if rule else ""
    asked = _first(facts, DagsterEventType.RUN_CANCELING)
    at = "" if asked is None else f" at {at_text(at_of(asked.timestamp))}"
    gone = facts.is_worker_alive is False
    return f"was asked to stop{at}{why}, and its process {'is gone' if gone else 'has not ended yet'}", [
        "a service notes its end" if gone else "its process ends; user code that ignores the wish is killed later"
    ]


def _canceled(facts: RunFacts) -> Told:
    run = facts.run
    entry = _last(facts, DagsterEventType.RUN_CANCELED)
    began = "after it had begun" if run.started_at is not None else "before it began"
    at = _at(run.ended_at)
    # "The run was canceled: <why>." is what the monitor writes; what was canceled in the queue has no more to say.
    message = short(entry.message).removeprefix("The run was canceled") if entry is not None else ""
    by = _backfill_cancel(facts)
    why = f": {message.removeprefix(':').strip()}" if message.startswith(":") else ""
    asked = _first(facts, DagsterEventType.RUN_CANCELING)
    wish = _first(facts, DagsterEventType.RUN_CANCELED) if asked is None else asked
    said = "" if wish is None else wish.message.removeprefix("The run was canceled before it began.").strip()
    who = f"; {short(said.removesuffix('.'))}" if _WISH in said and not said.startswith("Somebody") else ""
    return f"was canceled{at}, {began}{by}{why}{who}", _again(facts)


def _backfill_cancel(facts: RunFacts) -> str:
    if facts.backfill is not None and facts.backfill.status in {BackfillStatus.CANCELED, BackfillStatus.CANCELING}:
        return f", with its backfill {facts.backfill.backfill_id[:RUN_CHARS]}"
    return ""


def _failed(facts: RunFacts) -> Told:
    at = _at(facts.run.ended_at)
    rule = facts.run.tags.get(STOP_REASON_TAG)
    if rule:
        return f"failed{at}: it was stopped because {short(rule)}", _again(facts)
    step = next((each for each in facts.events if each.dagster_event_type is DagsterEventType.STEP_FAILURE), None)
    if step is not None:
        error = getattr(step.dagster_event.event_specific_data if step.dagster_event else None, "error", None)
        what = error_text(error) if error is not None else short(step.message)
        return f"failed{at}: step {step.step_key!r} raised {what}", _again(facts)
    entry = _last(facts, DagsterEventType.RUN_FAILURE)
    data = None if entry is None or entry.dagster_event is None else entry.dagster_event.event_specific_data
    if isinstance(data, JobFailureData) and data.error is not None and data.failure_reason != STEPS_FAILED:
        return f"failed{at}: {error_text(data.error)}", _again(facts)
    message = "" if entry is None else short(entry.message)
    return f"failed{at}" + (f": {message}" if message else ", and its log does not say why"), _again(facts)


def _again(facts: RunFacts) -> list[str]:
    run = facts.run
    retry = run.tags.get(AUTO_RETRY_TAG)
    if retry is not None:
        return [f"nothing here: {run_text(retry, facts.related.get(retry))} executes it again"]
    return [f"nothing by itself; `watchbell run reexecute {run.run_id[:RUN_CHARS]}` puts it into the queue once more"]


def _succeeded(facts: RunFacts) -> Told:
    run = facts.run
    took = ""
    if run.started_at is not None and run.ended_at is not None:
        took = f" after {duration_text(max(0.0, (run.ended_at - run.started_at).total_seconds()))}"
    retries = sum(1 for each in facts.events if each.dagster_event_type is DagsterEventType.STEP_UP_FOR_RETRY)
    more = f"; {counted(retries, 'attempt')} of steps failed on the way" if retries else ""
    return f"succeeded{_at(run.ended_at)}{took}{more}", []


# ------------------------------------------------------------------- details


def _details(facts: RunFacts) -> list[tuple[str, str]]:
    run = facts.run
    chosen = [key.to_user_string() for key in sorted(run.asset_selection or ())]
    failed = [each.step_key or "?" for each in facts.events if each.dagster_event_type is DagsterEventType.STEP_FAILURE]
    return [
        ("run", run.run_id),
        ("asked for by", asked_by(facts)),
        ("partition", made_for(run)),
        ("assets", listed(chosen, PARTS_TOLD)),
        ("failed steps", listed(failed, PARTS_TOLD) if len(failed) > 1 else ""),
        ("stored", "" if run.created_at is None else at_text(run.created_at)),
        ("began", "" if run.started_at is None else at_text(run.started_at)),
        ("ended", "" if run.ended_at is None else at_text(run.ended_at)),
        ("attempt", str(run.attempt) if run.attempt > 1 else ""),
        ("process", facts.worker_text if not run.is_finished else ""),
        ("log", f"`watchbell run logs {run.run_id[:RUN_CHARS]}`" if run.status is DagsterRunStatus.FAILURE else ""),
    ]


def asked_by(facts: RunFacts) -> str:
    """What asked for a run, in words."""
    run, tick = facts.run, facts.tick
    if run.parent_run_id is not None:
        parent = run_text(run.parent_run_id, facts.related.get(run.parent_run_id))
        number = run.tags.get(RETRY_NUMBER_TAG)
        return f"automatic retry {number} of {parent}" if number is not None else f"re-execution of {parent}"
    backfill = run.tags.get(BACKFILL_TAG)
    if backfill:
        who = "" if facts.backfill is None or not facts.backfill.created_by else f", by {facts.backfill.created_by}"
        return f"backfill {short(backfill)}{who}"
    at = "" if tick is None else f", tick {tick.tick_id} of {at_text(tick.tick_at)}"
    key = run.tags.get(RUN_KEY_TAG)
    with_key = f", run key {short(key)!r}" if key else ""
    name = run.tags.get(SCHEDULE_NAME_TAG)
    if name:
        return f"schedule {name!r}{at}{with_key}"
    name = run.tags.get(SENSOR_NAME_TAG)
    if CONDITION_TAG in run.tags:
        assets = [each.to_user_string() for each in sorted(run.asset_selection or ())]
        assets = assets or [f"job {run.job_name}"]
        of = f" of {listed(assets)}" if assets and not run.asset_check_selection else ""
        return f"automation conditions{of}" + (f" (sensor {name!r}{at})" if name else "")
    if name:
        return f"sensor {name!r}{at}{with_key}"
    return "somebody, by hand or from a program"


# --------------------------------------------------------------------- words


def _steps_now(facts: RunFacts) -> tuple[list[str], list[str]]:
    """The steps that go on, and those that wait for another attempt."""
    going: dict[str, bool] = {}
    for each in facts.events:
        kind, key = each.dagster_event_type, each.step_key
        if key is None:
            continue
        if kind in {DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED}:
            going[key] = True
        elif kind is DagsterEventType.STEP_UP_FOR_RETRY:
            going[key] = False
        elif kind in {DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_SKIPPED}:
            going.pop(key, None)
    return [key for key, is_on in going.items() if is_on], [key for key, is_on in going.items() if not is_on]


def _first(facts: RunFacts, kind: DagsterEventType) -> EventLogEntry | None:
    return next((each for each in facts.events if each.dagster_event_type is kind), None)


def _last(facts: RunFacts, kind: DagsterEventType) -> EventLogEntry | None:
    return next((each for each in reversed(facts.events) if each.dagster_event_type is kind), None)


def _since(facts: RunFacts, moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f" since {at_text(moment)} ({duration_text(max(0.0, (facts.now - moment).total_seconds()))})"


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f" at {at_text(moment)}"


def asking_of(run: DagsterRun) -> AutomationKey | None:
    """The schedule or sensor that asked for a run; None: none did, or its location is not known."""
    for kind, tag in ((AutomationKind.SCHEDULE, SCHEDULE_NAME_TAG), (AutomationKind.SENSOR, SENSOR_NAME_TAG)):
        if run.tags.get(tag) and run.location_name is not None:
            return AutomationKey(run.location_name, kind, run.tags[tag])
    return None


def refs_of_run(facts: RunFacts) -> tuple[Ref, ...]:
    """What an explanation of a run names: other runs, what asked for it, what it makes."""
    run, location = facts.run, facts.run.location_name or ""
    refs = refs_of_runs(facts.related)
    if facts.queue is not None and facts.queue.blocker is not None:
        refs += refs_of_runs([facts.queue.blocker.run_id])
    asking = asking_of(run)
    if asking is not None:
        refs.append(Ref(asking.kind.value.lower(), asking.name, repr(asking.name), location))
    if facts.tick is not None and facts.tick.tick_id is not None:
        number, at = str(facts.tick.tick_id), facts.tick.tick_at
        refs.append(Ref("tick", number, f"tick {number}", location, at))
    backfill = run.tags.get(BACKFILL_TAG)
    if backfill:
        refs.append(Ref("backfill", backfill, backfill[:RUN_CHARS]))
        refs.append(Ref("backfill", backfill, backfill))
    refs += [entity_ref(each.to_user_string()) for each in sorted(run.asset_selection or ())]
    return distinct(refs)
