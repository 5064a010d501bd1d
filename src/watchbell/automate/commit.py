"""From an answer to everything it changes: tick, cursor, failure count, runs, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.automate.due import Missed
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.ids import IdSource
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.condition import DAY_SECONDS, KEEP_COUNT, KEEP_DAYS
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.request import CURSOR_BYTES_MAX, RUN_REQUESTS_MAX, RunRequest, check_text
from watchbell.record.run import (
    CODE_LOCATION_TAG,
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SCHEDULED_TIME_TAG,
    SENSOR_NAME_TAG,
    DagsterRun,
    DagsterRunStatus,
)
from watchbell.record.tick import AutomationKind, AutomationState, RunOrder, Tick, TickCommit, TickStatus
from watchbell.record.tick_effects import TickEffects, effects_of

REASON_CHARS_MAX = 20_000
"""Characters kept of a reason to skip; a sensor that gives a long one each time must not fill the store."""

_PROCESS_ENDED = (Outcome.TIMED_OUT, Outcome.KILLED)


@dataclass(frozen=True)
class Evaluated:
    """An evaluation that is over.

    Args:
        evaluation: the question.
        answer: what came of it.
        began_at: when it was asked.
        ended_at: when the answer came.
        missed: earlier times of the schedule that are written down as missed in the same commit.
        policy: the terms of its automation.
    """

    evaluation: Evaluation
    answer: Answer
    began_at: datetime
    ended_at: datetime
    missed: tuple[Missed, ...] = ()
    policy: AutomationPolicy = PLAIN_POLICY


@dataclass(frozen=True)
class CommitRules:
    """What the making of commits depends on besides the answer.

    Args:
        quarantine_after: evaluations in a row that end their process, until the automation is quarantined.
        new_id: gives ids to runs.
        keep_days: how long evaluations of conditions are kept.
        keep_count: how many of each asset and check.
    """

    quarantine_after: int
    new_id: IdSource
    keep_days: float = KEEP_DAYS
    keep_count: int = KEEP_COUNT


def tick_commit(state: AutomationState, done: Evaluated, rules: CommitRules) -> TickCommit:
    """Everything that ``done`` changes, on top of ``state``.

    A failure of any sort keeps a sensor's cursor. Only a run status sensor moves on when it raises: its
    cursor says which events it was called for, and an event is not handled a second time.
    """
    refusal = _refusal(done.answer)
    failed = refusal is not None or done.answer.outcome is not Outcome.ANSWERED
    if failed:
        tick, after = _failed(state, done, refusal, rules)
        orders: tuple[RunOrder, ...] = ()
    else:
        tick, after, orders = _answered(state, done, rules)
    if done.evaluation.event_ids and done.answer.outcome not in _PROCESS_ENDED:
        cursor = str(done.evaluation.event_ids[-1])
        tick, after = replace(tick, cursor=cursor), replace(after, cursor=cursor)
    if done.answer.attempt > 1:
        tick = replace(tick, attempt=done.answer.attempt, earlier=done.answer.earlier)
    ticks = (*missed_ticks(done.missed, done.ended_at), tick) if done.missed else (tick,)
    events = () if failed else done.answer.asset_events
    changes = () if failed else done.answer.dynamic_partitions_requests
    conditions = None if failed else done.answer.conditions
    if conditions is not None:
        keep_seconds = rules.keep_days * DAY_SECONDS
        conditions = replace(conditions, keep_seconds=keep_seconds, keep_count=rules.keep_count)
    return TickCommit(state, after, ticks, orders, events, changes, done.policy, conditions)


def missed_ticks(missed: Sequence[Missed], now: datetime) -> tuple[Tick, ...]:
    """Rows for times of a schedule that are not taken."""
    return tuple(
        Tick(tick_at=each.at, status=TickStatus.MISSED, started_at=now, ended_at=now, skip_reason=each.reason)
        for each in missed
    )


def missed_commit(
    before: AutomationState, after: AutomationState, missed: Sequence[Missed], now: datetime
) -> TickCommit:
    """A commit that runs nothing: times written down as missed, and a state that changes besides."""
    if missed:
        after = replace(after, last_tick_at=missed[-1].at)
    return TickCommit(before=before, after=after, ticks=missed_ticks(missed, now))


def _reason(given: str | None) -> str | None:
    """A reason to skip as it can be stored: not endless, without halves of characters and NUL."""
    if not given:
        return given
    text = given
    if len(text) > REASON_CHARS_MAX:
        text = f"{text[:REASON_CHARS_MAX]}… ({len(text):,} characters in all)"
    return text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")


def _answered(
    state: AutomationState, done: Evaluated, rules: CommitRules
) -> tuple[Tick, AutomationState, tuple[RunOrder, ...]]:
    answer, tick_at = done.answer, done.evaluation.scheduled_at or done.began_at
    orders, keys, dropped, holders = _ordered(state, done, rules)
    cursor = state.cursor if answer.cursor is None else answer.cursor
    handled_event = bool(done.evaluation.event_ids) and answer.skip_message is None
    tick = Tick(
        tick_at=tick_at,
        status=TickStatus.SUCCESS if orders or handled_event else TickStatus.SKIPPED,
        started_at=done.began_at,
        ended_at=done.ended_at,
        run_ids=tuple([order.run.run_id for order in orders]),
        run_keys=keys,
        dropped_run_keys=dropped,
        dropped_for=holders,
        skip_reason=None if orders or handled_event else (_reason(answer.skip_message) or _empty(done)),
        cursor=cursor,
        log=answer.log,
        cursor_before=done.evaluation.cursor,
        event_ids=done.evaluation.event_ids or answer.event_ids,
        effects=_effects(answer),
        noted=1 if answer.is_noted and not (orders or answer.log or state.failures_in_row) else 0,
    )
    after = replace(
        state,
        cursor=cursor,
        last_tick_at=tick_at,
        last_run_key=keys[-1] if keys else state.last_run_key,
        failures_in_row=0,
        settled_to=_settled_to(state, done) if done.evaluation.asked_to else state.settled_to,
    )
    return tick, after, orders


def _effects(answer: Answer) -> TickEffects | None:
    changes, events = answer.dynamic_partitions_requests, answer.asset_events
    return effects_of(changes, events) if changes or events else None


def _settled_to(state: AutomationState, done: Evaluated) -> int:
    """What a sensor of assets acted on and left its cursor before: asked again, it would do the same once more.

    It may have seen more than what it was asked for: what was made until it looked.
    """
    answer, asked = done.answer, done.evaluation
    acted = answer.run_requests or answer.asset_events or answer.dynamic_partitions_requests
    if not acted or answer.cursor not in (None, asked.cursor):
        return state.settled_to
    return max(asked.asked_to, answer.seen_to)


def _empty(done: Evaluated) -> str:
    what = f"the {done.evaluation.kind.value.lower()} asked for no run"
    if done.answer.asset_events or done.answer.dynamic_partitions_requests:
        return f"{what}; what it changed besides is stored"
    return f"{what} and gave no reason"


def _ordered(
    state: AutomationState, done: Evaluated, rules: CommitRules
) -> tuple[tuple[RunOrder, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The runs to store, their run keys, the keys that were asked for twice and dropped, and whose these are."""
    orders: list[RunOrder] = []
    keys: dict[str, str] = {}
    dropped: list[str] = []
    for request in done.answer.run_requests:
        if request.run_key in keys:
            dropped.append(request.run_key)
            continue
        order = _order(state, done.evaluation, request, rules)
        if request.run_key is not None:
            keys[request.run_key] = order.run.run_id
        orders.append(order)
    return tuple(orders), tuple(keys), tuple(dropped), tuple(map(keys.__getitem__, dropped))


def _order(state: AutomationState, evaluation: Evaluation, request: RunRequest, rules: CommitRules) -> RunOrder:
    assert request.job_name is not None  # `_refusal` saw to it
    tags = dict(request.tags)
    if evaluation.kind is AutomationKind.SCHEDULE:
        tags[SCHEDULE_NAME_TAG] = evaluation.name
        if evaluation.scheduled_at is not None:
            tags[SCHEDULED_TIME_TAG] = evaluation.scheduled_at.isoformat()
    else:
        tags[SENSOR_NAME_TAG] = evaluation.name
    tags[CODE_LOCATION_TAG] = state.key.location_name
    if request.run_key is not None:
        tags[RUN_KEY_TAG] = request.run_key
    if request.partition_key is not None:
        tags[PARTITION_TAG] = request.partition_key
    assets, checks = request.asset_selection, request.asset_check_keys
    run = DagsterRun(
        job_name=request.job_name,
        run_id=rules.new_id(),
        run_config=request.run_config,
        status=DagsterRunStatus.QUEUED,
        tags=tags,
        asset_selection=None if assets is None else frozenset(assets),
        location_name=state.key.location_name,
        asset_check_selection=None if checks is None else frozenset(checks),
    )
    return RunOrder(run, request.run_key)


# ------------------------------------------------------------------ failures


def _refusal(answer: Answer) -> SerializableErrorInfo | None:
    """Why an answer cannot be stored as it is; None: it can."""
    if answer.outcome is not Outcome.ANSWERED:
        return None
    if len(answer.run_requests) > RUN_REQUESTS_MAX:
        return SerializableErrorInfo(
            f"{len(answer.run_requests):,} run requests in one tick; at most {RUN_REQUESTS_MAX:,} are accepted: "
            "return the first of them with a cursor, and the rest at the next tick\n",
            cls_name="DagsterInvariantViolationError",
        )
    for request in answer.run_requests:
        if request.job_name is None:
            return SerializableErrorInfo(
                f"a run request names no job and there is none to take for it: {request.run_key or request.tags!r}\n",
                cls_name="DagsterInvariantViolationError",
            )
    if answer.cursor is not None:
        try:
            check_text(answer.cursor, "cursor", CURSOR_BYTES_MAX)
        except ParameterCheckError as error:
            return SerializableErrorInfo(f"ParameterCheckError: {error}\n", cls_name="ParameterCheckError")
    return None


def _failed(
    state: AutomationState, done: Evaluated, refusal: SerializableErrorInfo | None, rules: CommitRules
) -> tuple[Tick, AutomationState]:
    error = refusal or done.answer.error or _unexplained(done)
    failures = state.failures_in_row + 1 if done.answer.outcome in _PROCESS_ENDED else 0
    reason = state.quarantine_reason
    if failures >= rules.quarantine_after:
        reason = (
            f"{failures} evaluations in a row ended or outlasted their process; the last one: "
            f"{error.message.strip().rstrip('.')}. Mend it, then start the {state.key} again."
        )
    tick = Tick(
        tick_at=done.evaluation.scheduled_at or done.began_at,
        status=TickStatus.FAILURE,
        started_at=done.began_at,
        ended_at=done.ended_at,
        error=error,
        cursor=state.cursor,
        log=done.answer.log,
        cursor_before=done.evaluation.cursor,
        event_ids=done.evaluation.event_ids or done.answer.event_ids,
    )
    after = replace(state, last_tick_at=tick.tick_at, failures_in_row=failures, quarantine_reason=reason)
    return tick, after


def _unexplained(done: Evaluated) -> SerializableErrorInfo:
    evaluation = done.evaluation
    automation = f"{evaluation.kind.value.lower()} {evaluation.name!r}"
    match done.answer.outcome:
        case Outcome.TIMED_OUT:
            text = f"the {automation} was still being evaluated after {evaluation.timeout_text} and was ended."
        case Outcome.KILLED:
            text = f"the process that evaluated the {automation} ended before it answered."
        case Outcome.UNKNOWN:
            text = f"the code in use has no {automation}."
        case _:
            text = f"the {automation} raised an error that could not be recorded."
    return SerializableErrorInfo(text + "\n", cls_name="HostError")
