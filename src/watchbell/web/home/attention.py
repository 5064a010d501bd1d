"""What needs attention: the troubles that the store knows, and those of the service and its code, as one list.

The list is the same for everybody, so it is kept for a moment: however many pages are open, it is made once. What
somebody snoozed is taken out when it is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from watchbell.automate.catalog.freshness import freshness_of
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.attention_store import TROUBLES_MAX, FailingJob, Troubles
from watchbell.record.backfill import Backfill, BackfillStatus
from watchbell.record.change_store import StorePosition
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import UNNAMED_JOB, made_for, names_text, target_of
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKey
from watchbell.web.assets.memory import catalog_of
from watchbell.web.errors import error_line
from watchbell.web.home.delays import of_late, of_queue
from watchbell.web.home.failed_assets import of_failed_assets
from watchbell.web.runs.rows import failure_line, lost_runs
from watchbell.web.service_state import service_state
from watchbell.web.shapes.home import Attention, AttentionKind, AttentionRow
from watchbell.web.view import View

RECENT = timedelta(days=30)
"""What failed longer ago than this, and was not tried again, is not news."""
MISSED_RECENT = timedelta(days=1)
BEGIN_MINUTES_MAX = 5
"""A run that has been starting for longer is stuck (minutes)."""
CANCEL_MINUTES_MAX = 10
"""A run that has been stopping for longer is stuck (minutes)."""
QUEUE_HOURS_MAX = 6
"""A run that has waited for longer may be forgotten (hours)."""
KEPT_SECONDS = 10.0
_ORDER = {kind: place for place, kind in enumerate(AttentionKind)}


@dataclass(frozen=True)
class _Seen:
    """What the list was made from; while it is the same, and the list is young, so is the list."""

    position: StorePosition
    state: str
    names: tuple[str, ...]
    at: datetime


@dataclass(eq=False)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen: _Seen | None = None
    rows: tuple[AttentionRow, ...] = ()


_kept: WeakKeyDictionary[DagsterInstance, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def attention_of(view: View, owner: str) -> Attention:
    """All that needs attention, as somebody is to see it; a fixed number of queries.

    Args:
        view: what is looked at.
        owner: whose snoozes count, besides everybody's.
    """
    now = view.now()
    position = view.store.position()
    snoozed = {each.key: each.until_at for each in view.store.snoozes(owner, now)}
    rows = _rows(view, position, now)
    shown = [each.model_copy(update={"snoozed_until": snoozed.get(each.key)}) for each in rows]
    shown.sort(key=lambda each: each.snoozed_until is not None)
    return Attention(
        items=shown,
        open_count=sum(each.snoozed_until is None for each in shown),
        is_complete=all(len(list(group)) < TROUBLES_MAX for group in _by_kind(rows)),
        has_code=bool(view.locations() or view.errors()),
        has_runs=position.runs > 0,
        at=now,
    )


def open_count(view: View, owner: str) -> int:
    """How many things need attention and are not snoozed."""
    return attention_of(view, owner).open_count


def _by_kind(rows: Sequence[AttentionRow]) -> Iterator[list[AttentionRow]]:
    for kind in AttentionKind:
        yield [each for each in rows if each.kind is kind]


def _rows(view: View, position: StorePosition, now: datetime) -> tuple[AttentionRow, ...]:
    with _lock:
        kept = _kept.setdefault(view.instance, _Kept())
    names = tuple(each.name for each in view.locations()) + tuple(each.message for each in view.errors())
    seen = _Seen(position, service_state(view.link).text, names, now)
    with kept.lock:
        before = kept.seen
        if before is not None and before.state == seen.state and before.names == names:
            age_seconds = abs((now - before.at).total_seconds())
            if age_seconds < KEPT_SECONDS and before.position == position:
                return kept.rows
        kept.rows = tuple(sorted(_all(view, now), key=_place))
        kept.seen = seen
        return kept.rows


def _place(row: AttentionRow) -> tuple[int, float, str]:
    return _ORDER[row.kind], -(row.at.timestamp() if row.at is not None else 0.0), row.key


def _all(view: View, now: datetime) -> Iterator[AttentionRow]:
    troubles = view.store.troubles(now - RECENT)
    yield from _of_service(view)
    yield from _of_locations(view)
    yield from _of_jobs(view, troubles.jobs)
    yield from of_failed_assets(view, troubles.jobs, now - RECENT)
    yield from _of_automations(view, troubles, now)
    yield from of_late(view, now)
    yield from _of_runs(view, troubles, now)
    yield from of_queue(view, troubles, now)
    yield from _of_backfills(view, now)
    yield from _of_checks(view, troubles)
    yield from _of_assets(view, now)


def _of_service(view: View) -> Iterator[AttentionRow]:
    state = service_state(view.link)
    if state.state != "working":
        name = "the service"
        yield AttentionRow(key="service", kind=AttentionKind.SERVICE, name=name, text=state.text, since=state.since)


def _of_locations(view: View) -> Iterator[AttentionRow]:
    for error in view.errors():
        at = "" if error.file is None else f"{error.file}:{error.line}"
        place = f" ({at})" if at and at not in error.message else ""
        yield AttentionRow(
            key=f"location:{error.location_name}",
            kind=AttentionKind.LOCATION,
            name=error.location_name,
            location=error.location_name,
            text=f"{error.message}{place}",
            since=error.at,
            at=error.at,
        )


def _of_jobs(view: View, jobs: Iterable[FailingJob]) -> Iterator[AttentionRow]:
    defined = {(location.name, job.name) for location in view.locations() for job in location.jobs}
    wanted = [each for each in jobs if not defined or each.location_name is None or _is_defined(each, defined)]
    lines = view.store.first_failures([each.run_id for each in wanted])
    for each in wanted:
        name, entry = each.job_name, lines.get(each.run_id)
        if name.startswith(UNNAMED_JOB):
            record = view.store.run_record(each.run_id)
            if record is None or record.dagster_run.asset_selection:
                continue  # its runs have nothing in common; their assets are told if they stand as failed
            name = target_of(record.dagster_run)
        yield AttentionRow(
            key=f"job:{each.location_name or ''}:{each.job_name}",
            kind=AttentionKind.JOB,
            name=name,
            location=each.location_name,
            text="failed" if entry is None else failure_line(entry),
            since=each.since_at,
            at=each.failed_at,
            count=each.failures,
            run_id=each.run_id,
        )


def _is_defined(job: FailingJob, defined: set[tuple[str, str]]) -> bool:
    """Whether it is still there; of a location that cannot be loaded nobody knows."""
    is_known = any(location == job.location_name for location, _ in defined)
    return not is_known or (job.location_name or "", job.job_name) in defined


def _of_automations(view: View, troubles: Troubles, now: datetime) -> Iterator[AttentionRow]:
    stuck = {each.key for each in troubles.quarantined}
    for each in troubles.quarantined:
        yield _automation_row(AttentionKind.QUARANTINE, each.key, each.reason, since=each.since_at, at=each.since_at)
    for failing in troubles.automations:
        if failing.key not in stuck:
            error = failing.tick.error
            yield _automation_row(
                AttentionKind.AUTOMATION,
                failing.key,
                "failed" if error is None else error_line(error),
                since=failing.since_at,
                at=failing.tick.ended_at,
                count=failing.failures,
                tick_id=failing.tick.tick_id,
            )
    for missed in troubles.missed:
        if missed.tick.ended_at >= now - MISSED_RECENT:
            yield _automation_row(
                AttentionKind.MISSED,
                missed.key,
                missed.tick.skip_reason or "missed",
                since=missed.tick.tick_at,
                at=missed.tick.ended_at,
                count=missed.count,
                tick_id=missed.tick.tick_id,
            )


def _automation_row(
    kind: AttentionKind,
    key: AutomationKey,
    text: str,
    *,
    since: datetime,
    at: datetime,
    count: int = 1,
    tick_id: int | None = None,
) -> AttentionRow:
    automation = key.kind.value.lower()
    return AttentionRow(
        key=f"{kind.value}:{automation}:{key.location_name}:{key.name}",
        kind=kind,
        name=key.name,
        location=key.location_name,
        text=text,
        since=since,
        at=at,
        count=count,
        tick_id=tick_id,
        automation=automation,
    )


def _of_runs(view: View, troubles: Troubles, now: datetime) -> Iterator[AttentionRow]:
    lost = lost_runs(view, troubles.unfinished)
    for run in troubles.unfinished:
        if run.run_id in lost:
            yield _run_row(
                AttentionKind.LOST_RUN, run, "its process is gone, and nobody has ended it yet", run.started_at
            )
            continue
        began_at = run.started_at or run.created_at or now
        age = now - began_at
        if run.status is DagsterRunStatus.STARTING and age > timedelta(minutes=BEGIN_MINUTES_MAX):
            text = f"has been starting for {duration_text(age.total_seconds())}"
            yield _run_row(AttentionKind.STUCK_RUN, run, text, began_at)
        elif run.status is DagsterRunStatus.CANCELING and age > timedelta(minutes=CANCEL_MINUTES_MAX):
            text = f"was asked to stop, and goes on since {duration_text(age.total_seconds())}"
            yield _run_row(AttentionKind.STUCK_RUN, run, text, began_at)
    served = {each.name for each in view.locations()}
    for run in troubles.queued:
        created_at = run.created_at or now
        if run.location_name is not None and served and run.location_name not in served:
            text = f"waits for code location {run.location_name!r}, which is not loaded"
            yield _run_row(AttentionKind.STUCK_RUN, run, text, created_at)
        elif now - created_at > timedelta(hours=QUEUE_HOURS_MAX):
            text = f"has been queued for {duration_text((now - created_at).total_seconds())}"
            yield _run_row(AttentionKind.STUCK_RUN, run, text, created_at)


def _run_row(kind: AttentionKind, run: DagsterRun, text: str, since: datetime | None) -> AttentionRow:
    name = f"{target_of(run)} {made_for(run)}".strip()
    return AttentionRow(
        key=f"run:{run.run_id}",
        kind=kind,
        name=name,
        location=run.location_name,
        text=text,
        since=since,
        at=since,
        run_id=run.run_id,
    )


def _of_backfills(view: View, now: datetime) -> Iterator[AttentionRow]:
    """Backfills that ended with failed parts which nobody has tried again."""
    failed = view.store.backfills(statuses=[BackfillStatus.COMPLETED_FAILED], limit=TROUBLES_MAX, with_counts=False)
    for each in failed:
        ended_at = each.ended_at or each.created_at
        if ended_at >= now - RECENT:
            yield AttentionRow(
                key=f"backfill:{each.backfill_id}",
                kind=AttentionKind.BACKFILL,
                name=_backfill_name(each),
                text="ended with parts that failed; nobody has tried them again",
                since=ended_at,
                at=ended_at,
                backfill_id=each.backfill_id,
            )


def _backfill_name(backfill: Backfill) -> str:
    """What a backfill is called, or else what it was to make, and of which partitions."""
    keys = sorted({key.to_user_string() for each in backfill.targets for key in each.asset_keys or ()})
    what = names_text(keys, len(keys)) if keys else backfill.targets[0].job_name
    return backfill.title or (f"{backfill.asked} of {what}" if backfill.asked else what)


def _of_checks(view: View, troubles: Troubles) -> Iterator[AttentionRow]:
    catalog = catalog_of(view)
    for each in troubles.checks:
        if catalog.by_key and catalog.check(each.key) is None:
            continue  # it was taken out of the code
        yield AttentionRow(
            key=f"check:{each.key.asset_key.to_user_string()}:{each.key.name}",
            kind=AttentionKind.CHECK,
            name=each.key.asset_key.to_user_string(),
            check=each.key.name,
            text=f"check {each.key.name} does not pass",
            since=each.at,
            at=each.at,
            run_id=each.run_id or None,
        )


def _of_assets(view: View, now: datetime) -> Iterator[AttentionRow]:
    """Assets that are older than their policies allow; those without a policy are not looked at."""
    catalog = catalog_of(view)
    asked = {
        key: each.said.freshness_policy
        for key, each in catalog.by_key.items()
        if each.said.freshness_policy is not None
    }
    if not asked:
        return
    states = view.store.asset_states(asked)
    late: list[tuple[AssetKey, AttentionRow]] = []
    for key, policy in asked.items():
        state = states.get(key)
        made_at = None if state is None else state.materialized_at
        freshness = freshness_of(policy, made_at, now)
        if freshness is None or not freshness.is_late:
            continue
        name = key.to_user_string()
        row = AttentionRow(
            key=f"asset:{name}",
            kind=AttentionKind.STALE_ASSET,
            name=name,
            location=catalog.by_key[key].location_name,
            text=f"is to be {freshness.policy_text}",
            since=freshness.due_at,
            at=freshness.due_at,
        )
        late.append((key, row))
    for _, row in late[:TROUBLES_MAX]:
        yield row
