"""Ticks: an evaluation's outcome and everything it caused, written together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import dumps, loads
from watchbell.record.automation_policy import Overlap
from watchbell.record.request import RUN_REQUESTS_MAX, check_text
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    CommittedTick,
    RunOrder,
    Tick,
    TickCommit,
    TickStatus,
)
from watchbell.store import automations, conditions, dynamic_partitions, events, overlap, runs
from watchbell.store.session import Session

NOTED_SECONDS = 600.0
"""So long after one another evaluations of conditions that only noted something are told in one tick (seconds)."""
ALL_DROPPED = "every run key it asked for has its run already"


@dataclass(frozen=True)
class Dropped:
    """A request whose run key has its run already.

    Args:
        run_key: the key.
        holder_id: id of the run that has it.
    """

    run_key: str
    holder_id: str


def check(commits: Sequence[TickCommit]) -> None:
    """Refuses commits that must not be stored, before anything is.

    Raises:
        ParameterCheckError: too many runs, or a cursor, run key, name or tag that is no storable text.
    """
    for commit in commits:
        automations.check(commit.after)
        if len(commit.orders) > RUN_REQUESTS_MAX:
            raise ParameterCheckError(
                f"a tick of {commit.after.key} asks for {len(commit.orders):,} runs; at most {RUN_REQUESTS_MAX:,} are "
                "accepted. Ask for the rest at the next tick: keep a cursor",
                parameter="run_requests",
            )
        for order in commit.orders:
            if order.run_key is not None:
                check_text(order.run_key, f"a run key of {commit.after.key}")
        runs.check_runs([order.run for order in commit.orders])


def commit_all(session: Session, commits: Sequence[TickCommit], now: datetime) -> list[CommittedTick]:
    """Stores ticks with cursor, runs, run keys and events."""
    return [_commit(session, commit, now) for commit in commits]


def _commit(session: Session, commit: TickCommit, now: datetime) -> CommittedTick:
    key = commit.after.key
    ticks, orders = _without_recorded_slots(session, commit)
    kept, dropped = sift_run_keys(session, key, orders, commit.policy.run_key_ttl_seconds, now)
    met, takes_slot = None, True
    if kept and commit.policy.overlap is not Overlap.ALLOW:
        met = overlap.look(session, commit.policy.overlap, kept)
        if met is not None and met.skip_reason is not None:
            commit, ticks = overlap.skipped(commit, ticks, met.skip_reason)
            kept, dropped, met = [], {}, None
            takes_slot = False  # nothing came of the time: a backfill of the schedule may make up for it
    # Read first, then this guarded write, then the keys: whoever used a key meanwhile has moved the version as well.
    after = _with_kept_run_key(commit, kept, dropped) if dropped else commit.after
    state = automations.put(session, commit.before, after, now)
    if state is None:
        stored = automations.one(session, key)
        return CommittedTick(stored if stored is not None else AutomationState(key), conflict=True)
    if met is not None:
        kept = overlap.settle(session, met, kept, now)
    if dropped and commit.policy.run_key_ttl_seconds is not None:
        _end_the_future_of(session, key, [each.run_key for each in dropped.values()], now)
    keyed = [order for order in kept if order.run_key is not None]
    if keyed:
        keep_run_keys(session, key, keyed, now, may_be_known=commit.policy.run_key_ttl_seconds is not None)
    runs.add(session, [order.run for order in kept], now)
    if commit.conditions is not None:
        conditions.commit(session, key.id, commit.conditions, [order.run for order in kept])
    if commit.dynamic_partitions:
        dynamic_partitions.fulfil(session, commit.dynamic_partitions)
    for entry in commit.events:
        events.append(session, [entry], attempt=None, now=now)
    if dropped:
        ticks = [without_dropped(tick, dropped) for tick in ticks]
    folded = _folded(session, key, ticks)
    return CommittedTick(state, folded or tuple(write(session, key, ticks, takes_slot=takes_slot)))


def _without_recorded_slots(session: Session, commit: TickCommit) -> tuple[list[Tick], list[RunOrder]]:
    """Ticks and runs of the commit, those of a schedule's times left out that have their tick already."""
    if commit.after.key.kind != AutomationKind.SCHEDULE:
        return list(commit.ticks), list(commit.orders)
    automation = commit.after.key.id
    new, seen, recorded = [], set[float](), set[str]()
    for tick in commit.ticks:
        slot = tick.tick_at.timestamp()
        if slot in seen or session.row("tick_in_slot", automation=automation, slot_now=slot) is not None:
            recorded.update(tick.run_ids)
        else:
            new.append(tick)
        seen.add(slot)
    return new, [order for order in commit.orders if order.run.run_id not in recorded]


def sift_run_keys(
    session: Session,
    key: AutomationKey,
    orders: Sequence[RunOrder],
    ttl_seconds: float | None = None,
    now: datetime | None = None,
) -> tuple[list[RunOrder], dict[str, Dropped]]:
    """The orders whose run key is new, and by run id what became of the others.

    Args:
        session: inside a transaction.
        key: whose orders they are.
        orders: what was asked for.
        ttl_seconds: a key whose run was stored so long ago counts as new; None: never.
        now: the present instant; only needed for ``ttl_seconds``.
    """
    wanted = [order.run_key for order in orders if order.run_key is not None]
    if not wanted:
        return list(orders), {}
    rows = session.run_in("run_keys_known", "run_keys", wanted, automation=key.id)
    if ttl_seconds is not None and now is not None:
        rows = [row for row in rows if now.timestamp() - row[2] < ttl_seconds]
    holders: dict[str, str] = {row[0]: row[1] for row in rows}
    kept, dropped = [], {}
    for order in orders:
        if order.run_key is None:
            kept.append(order)
        elif order.run_key in holders:
            dropped[order.run.run_id] = Dropped(order.run_key, holders[order.run_key])
        else:
            holders[order.run_key] = order.run.run_id
            kept.append(order)
    return kept, dropped


def _end_the_future_of(session: Session, key: AutomationKey, run_keys: Sequence[str], now: datetime) -> None:
    """Keys that were used later than ``now``: the clock was set back. Their time begins now, or it would be longer."""
    at = now.timestamp()
    rows = session.run_in("run_keys_known", "run_keys", list(run_keys), automation=key.id)
    session.run_many("renew_run_key", [(row[1], at, key.id, row[0]) for row in rows if row[2] > at])


def keep_run_keys(
    session: Session, key: AutomationKey, keyed: Sequence[RunOrder], now: datetime, *, may_be_known: bool = False
) -> None:
    """Remembers which run has each run key; of a key that is used again, the newest.

    Args:
        session: inside a transaction.
        key: whose keys they are.
        keyed: runs that are stored and have a key.
        now: when they are stored.
        may_be_known: whether a key can be there from an earlier use.
    """
    at = now.timestamp()
    rows = {each.run_key: (key.id, each.run_key, each.run.run_id, at) for each in keyed}
    if may_be_known:
        known = [row[0] for row in session.run_in("run_keys_known", "run_keys", list(rows), automation=key.id)]
        again = [rows.pop(run_key) for run_key in known]
        session.run_many("renew_run_key", [(run_id, at, key.id, run_key) for _, run_key, run_id, _ in again])
    session.run_many("new_run_key", list(rows.values()))


def _with_kept_run_key(commit: TickCommit, kept: Sequence[RunOrder], dropped: dict[str, Dropped]) -> AutomationState:
    """The state to store: the last run key is that of a run that was made."""
    if commit.after.last_run_key == commit.before.last_run_key:
        return commit.after
    if all(each.run_key != commit.after.last_run_key for each in dropped.values()):
        return commit.after
    keys = [order.run_key for order in kept if order.run_key is not None]
    return replace(commit.after, last_run_key=keys[-1] if keys else commit.before.last_run_key)


def without_dropped(tick: Tick, dropped: dict[str, Dropped]) -> Tick:
    """A tick without the runs whose key had its run already (by run id)."""
    gone = [run_id for run_id in tick.run_ids if run_id in dropped]
    if not gone:
        return tick
    run_ids = tuple(run_id for run_id in tick.run_ids if run_id not in dropped)
    surplus = Counter(dropped[run_id].run_key for run_id in gone)

    def holder(run_id: str) -> str:
        return dropped[run_id].holder_id if run_id in dropped else run_id

    left = []
    for key in reversed(tick.run_keys):  # from the end: of one key asked for twice, the first has the run
        if surplus[key]:
            surplus[key] -= 1
        else:
            left.append(key)
    emptied = not run_ids and tick.status == TickStatus.SUCCESS
    return replace(
        tick,
        run_ids=run_ids,
        run_keys=tuple(reversed(left)),
        dropped_run_keys=(*tick.dropped_run_keys, *(dropped[run_id].run_key for run_id in gone)),
        dropped_for=(*map(holder, tick.dropped_for), *(dropped[run_id].holder_id for run_id in gone)),
        status=TickStatus.SKIPPED if emptied else tick.status,
        skip_reason=ALL_DROPPED if emptied and not tick.skip_reason else tick.skip_reason,
    )


def _folded(session: Session, key: AutomationKey, ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Tells a tick in which conditions only noted something in the row of the one before, if that is another such."""
    if len(ticks) != 1 or not ticks[0].noted:
        return ()
    new = ticks[0]
    row = session.row("nth_newest_tick", automation=key.id, place=0)
    before: Tick | None = None if row is None else loads(row[1])
    if row is None or before is None or not before.noted:
        return ()
    if abs(new.started_at - before.ended_at).total_seconds() > NOTED_SECONDS:
        return ()
    count = before.noted + new.noted
    reason = f"{new.skip_reason} (the last of {count:,} evaluations in a row that asked for nothing)"
    told = replace(new, noted=count, cursor_before=before.cursor_before, skip_reason=reason, tick_id=row[0])
    session.run("change_tick", id_now=row[0], ended_at=told.ended_at.timestamp(), body=dumps(told))
    return (told,)


def write(session: Session, key: AutomationKey, ticks: Sequence[Tick], *, takes_slot: bool = True) -> list[Tick]:
    """Stores ticks, those of a schedule in the places of their times, and answers them with their numbers.

    Args:
        session: inside a transaction.
        key: whose they are.
        ticks: oldest first.
        takes_slot: whether they may take those places; else the times stay open for others.
    """
    if not ticks:
        return []
    first = session.take_numbers("ticks", len(ticks))
    is_schedule = takes_slot and key.kind == AutomationKind.SCHEDULE
    stored = [replace(tick, tick_id=number) for number, tick in enumerate(ticks, first)]
    session.run_many(
        "new_tick",
        [
            (
                tick.tick_id,
                key.id,
                tick.tick_at.timestamp() if is_schedule else None,
                tick.status.value,
                tick.ended_at.timestamp(),
                len(tick.run_ids),
                dumps(tick),
            )
            for tick in stored
        ],
    )
    return stored
