"""Past times of a schedule: evaluated like ticks, a few at a time, each stored with its runs when it is answered."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from watchbell.automate.backfills.rules import part_tags
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.automate.retry_rules import reexecution_of
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTick
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.host_port import Host
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, RunOrder, TickStatus
from watchbell.services.backfill_work import BackfillWork
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

LANE = 1 << 62
"""Evaluation ids of backfills begin here; those of schedules and sensors count from zero."""
TOLD_AFTER_SECONDS = 30.0
"""So long a backfill waits for its code until people are told."""
EVALUATIONS_MAX = 16
"""Past times that are evaluated at once, of all backfills (count); schedules that are due now need room as well."""


@dataclass(frozen=True)
class _Asked:
    """A question on its way, or answered.

    Args:
        backfill_id: whose part it is about.
        number: that part.
        evaluation: what was asked.
        began_at: when.
    """

    backfill_id: str
    number: int
    evaluation: Evaluation
    began_at: datetime


class BackfillTicks:
    """The evaluations of all backfills of schedules.

    Args:
        desk: what to work with.
        hosts: by code location, who evaluates its schedules.
    """

    def __init__(self, desk: Desk, hosts: Mapping[str, Host]) -> None:
        self._desk = desk
        self._hosts = hosts
        self._rules = CommitRules(desk.settings.quarantine_after, desk.new_id)
        self._ids = count(LANE)
        self._ready: set[str] = set()
        self._policies: dict[tuple[str, str], AutomationPolicy] = {}
        self._waits_since: dict[str, datetime | None] = {}  # by backfill; None: people were told
        self._asked: dict[int, _Asked] = {}
        self._answers: dict[str, list[tuple[_Asked, Answer, datetime]]] = {}

    def ready(self, location_name: str) -> None:
        """The code of a location can be evaluated."""
        self._ready.add(location_name)

    def defined(self, snapshot: LocationSnapshot) -> None:
        """The definitions of a location that are in use: the terms of its schedules."""
        self._policies = {key: policy for key, policy in self._policies.items() if key[0] != snapshot.name}
        self._policies.update({(snapshot.name, each.name): each.policy for each in snapshot.schedules})

    def answered(self, answer: Answer, now: datetime) -> None:
        """Takes in an answer; a second one to the same question is dropped."""
        asked = self._asked.pop(answer.id, None)
        if asked is not None:
            self._answers.setdefault(asked.backfill_id, []).append((asked, answer, now))

    def advance(self, work: BackfillWork, now: datetime) -> None:
        """Gives a backfill the ticks that were answered, and asks for the next ones."""
        backfill = work.backfill
        for asked, answer, ended_at in self._answers.pop(backfill.backfill_id, ()):
            part = work.asked.pop(asked.number, None)
            if part is not None:  # else it was read anew since, and is asked again
                work.answer(self._tick(backfill, part, asked, answer, ended_at))
        location = backfill.targets[0].location_name
        if location not in self._ready or location not in self._hosts:
            self._tell_of(backfill, location, now)
            return
        on_its_way = {asked.number for asked in self._asked.values() if asked.backfill_id == backfill.backfill_id}
        orphans = len(on_its_way - work.asked.keys())  # asked for before it was read anew
        for part in work.take(max(0, EVALUATIONS_MAX - len(self._asked) + orphans)):
            if part.run_ids and self._run_again(work, part):
                continue
            work.asked[part.number] = part
            if part.number not in on_its_way:
                self._ask(backfill, part, location, now)

    def _tell_of(self, backfill: Backfill, location: str, now: datetime) -> None:
        """Says once that code is missing; not while it is only being loaded."""
        since = self._waits_since.setdefault(backfill.backfill_id, now)
        if since is not None and (now - since).total_seconds() >= TOLD_AFTER_SECONDS:
            self._waits_since[backfill.backfill_id] = None
            log.warning(
                "backfill %r of schedule %r waits until code location %r is served",
                backfill.title or backfill.backfill_id,
                backfill.schedule_name,
                location,
            )

    def _ask(self, backfill: Backfill, part: BackfillPart, location: str, now: datetime) -> None:
        assert backfill.schedule_name is not None
        policy = self._policies.get((location, backfill.schedule_name), PLAIN_POLICY)
        own_seconds = policy.timeout_seconds
        evaluation = Evaluation(
            next(self._ids),
            AutomationKind.SCHEDULE,
            backfill.schedule_name,
            scheduled_at=part.scheduled_at,
            timeout_seconds=own_seconds or self._desk.settings.evaluation_timeout_seconds,
            has_own_timeout=own_seconds is not None,
            memory_mb=self._desk.settings.evaluation_memory_mb,
        )
        self._asked[evaluation.id] = _Asked(backfill.backfill_id, part.number, evaluation, now)
        self._hosts[location].evaluate(evaluation)

    def _tick(
        self, backfill: Backfill, part: BackfillPart, asked: _Asked, answer: Answer, ended_at: datetime
    ) -> BackfillTick:
        assert backfill.schedule_name is not None
        key = AutomationKey(backfill.targets[0].location_name, AutomationKind.SCHEDULE, backfill.schedule_name)
        done = Evaluated(asked.evaluation, answer, asked.began_at, max(ended_at, asked.began_at))
        try:
            commit = tick_commit(AutomationState(key), done, self._rules)
        except Exception as error:  # a mistake of ours, or of who answered: no other part waits for it
            log.exception("the answer of %s makes no sense", key)
            failed = Answer(answer.id, Outcome.RAISED, error=error_info_from_exception(error))
            commit = tick_commit(AutomationState(key), replace(done, answer=failed), self._rules)
        own = {**backfill.tags, **part.tags, **part_tags(backfill, part.number)}
        orders = tuple(
            RunOrder(order.run.with_tags({**order.run.tags, **own}), order.run_key) for order in commit.orders
        )
        return BackfillTick(part.number, key, commit.ticks[-1], orders, part.attempt + 1)

    def _run_again(self, work: BackfillWork, part: BackfillPart) -> bool:
        """Runs again what its tick asked for and did not end well; False: nothing is left of that."""
        found = self._desk.store.run_records(RunsFilter(run_ids=part.run_ids), ascending=True)
        if not found:
            return False
        kept: list[str] = []
        again: list[DagsterRun] = []
        for run in (record.dagster_run for record in found):
            if run.status is DagsterRunStatus.SUCCESS:
                kept.append(run.run_id)
            else:
                again.append(reexecution_of(run, self._desk.new_id()))
        work.begin(part, again, kept)
        return True


def failed_ticks(ticks: Sequence[BackfillTick], error: Exception) -> tuple[BackfillTick, ...]:
    """The same ticks as failures, because what they asked for cannot be stored."""
    info = error_info_from_exception(error)
    return tuple(
        replace(
            each,
            orders=(),
            tick=replace(each.tick, status=TickStatus.FAILURE, run_ids=(), run_keys=(), skip_reason=None, error=info),
        )
        for each in ticks
    )
