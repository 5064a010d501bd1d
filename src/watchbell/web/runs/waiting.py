"""Why runs wait, and for whom: the queue as it stands, read with a fixed number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.automate.queue_rules import class_of, priority_of
from watchbell.ground.value import dataclass
from watchbell.record.backfill import BackfillStatus
from watchbell.record.log_text import target_of
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.pool import PoolClaim
from watchbell.record.run import (
    IN_PROGRESS_RUN_STATUSES,
    SCHEDULE_NAME_TAG,
    SCHEDULED_TIME_TAG,
    DagsterRun,
    DagsterRunStatus,
    RunRecord,
    RunsFilter,
)
from watchbell.web.shapes.runs import RunRef, Waiting
from watchbell.web.view import View

QUEUE_READ = 5_000
"""Queued runs that are looked at (count); who stands behind them has no place yet."""
GOING_READ = 1_000
"""Runs that go on and are named (count)."""
NAMED = 5
"""Runs named in a row or on a page as those that are waited for (count)."""
_HELD = (BackfillStatus.PAUSED, BackfillStatus.CANCELING)


@dataclass(frozen=True)
class QueueLook:
    """The queue at a moment.

    Args:
        line: the queued runs in the order in which they are looked at.
        is_whole: whether these are all.
        going: the runs that go on, the newest first; not all, if they are very many.
        going_count: how many go on.
        held: ids of backfills of which nothing begins now, each with its state.
        blocked: by run, another one of its schedule that it waits for.
        places: by run its place in the line (from 1), of those that stand in it.
        limit: so many runs may go on at once.
        locations: the code that is served.
        has_service: whether a service works.
    """

    line: tuple[RunRecord, ...]
    is_whole: bool
    going: tuple[DagsterRun, ...]
    going_count: int
    held: Mapping[str, BackfillStatus]
    blocked: Mapping[str, DagsterRun]
    places: Mapping[str, int]
    limit: int
    locations: frozenset[str]
    has_service: bool

    def waiting(self, run: DagsterRun) -> Waiting:
        """What a queued run waits for, and for whom."""
        place = self.places.get(run.run_id)
        if not self.has_service:
            return Waiting(reason="service", text="no service works, so nothing is started", runs=[], place=place)
        backfill = run.tags.get(BACKFILL_TAG, "")
        if backfill in self.held:
            state = "paused" if self.held[backfill] is BackfillStatus.PAUSED else "being cancelled"
            return Waiting(reason="backfill", text=f"its backfill {backfill[:8]} is {state}", runs=[])
        if not self.is_served(run):
            where = f"code location {run.location_name}" if run.location_name else "the code of its job"
            return Waiting(reason="location", text=f"{where} is not loaded", runs=[])
        blocker = self.blocked.get(run.run_id)
        if blocker is not None:
            schedule = run.tags.get(SCHEDULE_NAME_TAG, "its schedule")
            text = f"{schedule} runs one time after the other (overlap={run.tags.get(OVERLAP_TAG, '')})"
            return Waiting(reason="overlap", text=text, runs=[run_ref(blocker)])
        if self.going_count >= self.limit:
            text = f"{self.going_count:,} of {self.limit:,} runs go on"
            ahead = "" if place is None or place == 1 else f", {place - 1:,} queued before it"
            runs = [run_ref(each) for each in self.going[-NAMED:]]
            return Waiting(reason="limit", text=f"{text}{ahead}", runs=runs, place=place)
        ahead = f"{place - 1:,} queued before it" if place is not None and place > 1 else "it is the next"
        return Waiting(reason="turn", text=f"about to begin; {ahead}", runs=[], place=place)

    def is_served(self, run: DagsterRun) -> bool:
        """Whether the code of a run's job is loaded."""
        if run.location_name is None:
            return len(self.locations) == 1
        return run.location_name in self.locations


def look_at_queue(view: View) -> QueueLook:
    """The queue now."""
    store = view.store
    records = store.run_records(RunsFilter(statuses=[DagsterRunStatus.QUEUED]), ascending=True, limit=QUEUE_READ + 1)
    line = tuple(sorted(records[:QUEUE_READ], key=_place))
    in_progress = RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES))
    going = tuple(each.dagster_run for each in store.run_records(in_progress, limit=GOING_READ))
    going_count = len(going) if len(going) < GOING_READ else store.count_runs(in_progress)
    held = {each.backfill_id: each.status for each in store.backfills(statuses=_HELD, with_counts=False)}
    blocked = overlap_blockers([each.dagster_run for each in line], going)
    look = QueueLook(
        line,
        len(records) <= QUEUE_READ,
        going,
        going_count,
        held,
        blocked,
        {},
        view.instance.settings.max_concurrent_runs,
        frozenset(each.name for each in view.locations()),
        view.link.is_open,
    )
    standing = [each.dagster_run for each in line if _stands(look, each.dagster_run)]
    return replace(look, places={run.run_id: number for number, run in enumerate(standing, 1)})


def overlap_blockers(line: Sequence[DagsterRun], going: Sequence[DagsterRun]) -> dict[str, DagsterRun]:
    """By queued run another time of its schedule that it waits for; the rule is that of ``OverlapStore.overlap_waits``.

    Args:
        line: the queued runs.
        going: the runs that go on.
    """
    by_schedule: dict[tuple[str, str | None], list[tuple[float, bool, DagsterRun]]] = {}
    for runs, is_going in ((line, False), (going, True)):
        for run in runs:
            if SCHEDULE_NAME_TAG in run.tags and BACKFILL_TAG not in run.tags:
                place = (run.tags[SCHEDULE_NAME_TAG], run.location_name)
                by_schedule.setdefault(place, []).append((_time_of(run), is_going, run))
    found: dict[str, DagsterRun] = {}
    for others in by_schedule.values():
        earliest = min(others, key=lambda each: each[0])
        later = max((each for each in others if each[1] and OVERLAP_TAG in each[2].tags), key=lambda each: each[0],
                    default=None)  # fmt: skip
        for at, is_going, run in others:
            if is_going or OVERLAP_TAG not in run.tags:
                continue
            if earliest[0] < at:
                found[run.run_id] = earliest[2]
            elif later is not None and later[0] > at:
                found[run.run_id] = later[2]
    return found


def _time_of(run: DagsterRun) -> float:
    """The time of its schedule that a run is for; 0: none is known."""
    try:
        return datetime.fromisoformat(run.tags[SCHEDULED_TIME_TAG]).timestamp()
    except (KeyError, ValueError):
        return 0.0


def _stands(look: QueueLook, run: DagsterRun) -> bool:
    return run.run_id not in look.blocked and run.tags.get(BACKFILL_TAG) not in look.held and look.is_served(run)


def _place(record: RunRecord) -> tuple[int, int, int]:
    tags = record.dagster_run.tags
    return -priority_of(tags), class_of(tags), record.storage_id


def pool_waits(view: View, runs: Sequence[DagsterRun]) -> dict[str, Waiting]:
    """Of those of these runs that wait for a slot of a pool, for which one, and who has it."""
    wanted = {run.run_id for run in runs}
    claims = view.store.pool_claims() if wanted else []
    mine = [each for each in claims if each.run_id in wanted and not each.is_held]
    if not mine:
        return {}
    limits = view.store.pool_limits()
    default = view.instance.settings.pool_default_limit
    holders = {each.pool: _holders(claims, each.pool) for each in mine}
    named = sorted({run_id for ids in holders.values() for run_id in ids})
    known = runs_by_id(view, named)
    found: dict[str, Waiting] = {}
    for claim in mine:
        found.setdefault(claim.run_id, _pool_waiting(claim, limits.get(claim.pool, default), holders, known))
    return found


def _holders(claims: Iterable[PoolClaim], pool: str) -> list[str]:
    return list(dict.fromkeys(each.run_id for each in claims if each.pool == pool and each.is_held))[:NAMED]


def _pool_waiting(
    claim: PoolClaim, limit: int | None, holders: Mapping[str, Sequence[str]], known: Mapping[str, DagsterRun]
) -> Waiting:
    who = f"step {claim.step_key}" if claim.step_key else "the run"
    slots = "" if limit is None else f" ({limit:,} slot{'' if limit == 1 else 's'})"
    runs = [run_ref(known[each]) if each in known else deleted_ref(each) for each in holders[claim.pool]]
    return Waiting(reason="pool", text=f"{who} waits for pool {claim.pool}{slots}", runs=runs, pool=claim.pool)


def runs_by_id(view: View, run_ids: Sequence[str]) -> dict[str, DagsterRun]:
    """These runs by their ids, those that were deleted left out."""
    records = view.store.run_records(RunsFilter(run_ids=list(run_ids))) if run_ids else []
    return {each.dagster_run.run_id: each.dagster_run for each in records}


def run_ref(run: DagsterRun) -> RunRef:
    """A run that is spoken of."""
    return RunRef(run_id=run.run_id, job=target_of(run), status=run.status)


def deleted_ref(run_id: str) -> RunRef:
    """A run that is spoken of, and was deleted."""
    return RunRef(run_id=run_id, job="", status=None)
