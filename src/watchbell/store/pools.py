"""Slots of pools: who has one, and who waits for one in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from watchbell.ground.errors import LeaseLostError
from watchbell.record.pool import PoolClaim
from watchbell.record.run import FINISHED_STATUSES, DagsterRunStatus
from watchbell.store.session import Row, Session

WAITS, HOLDS, LETS_PASS = 0, 1, 2
_FINISHED = {status.value for status in FINISHED_STATUSES}


def limits(session: Session) -> dict[str, int]:
    """Slots by pool, for those with a limit of their own."""
    return {row[0]: row[1] for row in session.rows("pools")}


def set_limit(session: Session, pool: str, limit: int | None) -> None:
    """Gives a pool so many slots; None: its limit is taken away."""
    session.run("forget_pool", pool_now=pool)
    if limit is not None:
        session.run("new_pool", pool=pool, slot_limit=limit)


def claim(session: Session, wanted: PoolClaim, default_limit: int | None) -> bool:
    """Takes a slot if one is free, else a place in the line; whether the slot is taken.

    The line is ordered by priority, then by who came first; a slot goes to nobody who stands behind more than are free.

    Raises:
        LeaseLostError: the run is over, or deleted; nobody would ever free the slot.
    """
    _require_run(session, wanted.run_id)
    row = session.row("pool_limit", pool_now=wanted.pool)
    limit = default_limit if row is None else row[0]
    own = (wanted.run_id, wanted.step_key)
    rows = session.rows("claims_of_pool", pool_now=wanted.pool)
    mine = next((each for each in rows if (each[2], each[3]) == own), None)
    if mine is not None and mine[5] == HOLDS:
        return True
    if limit is None:
        if mine is not None:  # it waited until the limit was taken away; should there be one again, it counts
            session.run("hold_claim", claim=mine[0], held=HOLDS)
        return True
    if mine is None:
        mine = _stand_in_line(session, wanted)
        rows.append(mine)
    elif mine[5] == LETS_PASS:
        session.run("wake_claims_of_run", run=wanted.run_id, pool_now=wanted.pool, held=WAITS)
        rows = [(*each[:5], WAITS) if each[2] == own[0] and each[5] == LETS_PASS else each for each in rows]
    free = limit - sum(1 for each in rows if each[5] == HOLDS)
    before_me = sum(1 for each in rows if each[5] == WAITS and _order(each) < _order(mine))
    if before_me >= free:
        return False
    session.run("hold_claim", claim=mine[0], held=HOLDS)
    return True


def _require_run(session: Session, run_id: str) -> None:
    row = session.row("run_fence", run=run_id)
    if row is None or row[1] in _FINISHED:
        how = "was deleted" if row is None else f"is {row[1]}"
        raise LeaseLostError(f"run {run_id} {how}; its process has to stop", lease=f"run {run_id}")


def _stand_in_line(session: Session, wanted: PoolClaim) -> tuple[Any, ...]:
    number = session.take_numbers("claims", 1)
    place = {"id": number, "pool": wanted.pool, "run_id": wanted.run_id, "step_key": wanted.step_key}
    session.run("new_claim", **place, priority=wanted.priority, held=WAITS)
    return (*place.values(), wanted.priority, WAITS)


def _order(row: Row) -> tuple[int, int]:
    return -row[4], row[0]


def let_pass(session: Session, run_id: str) -> bool:
    """Lets others pass whatever the run waits for; whether it waited for anything."""
    return session.run("rest_claims_of_run", run=run_id, held=LETS_PASS) > 0


def owners(session: Session, pool: str) -> dict[str, tuple[DagsterRunStatus | None, str | None]]:
    """Status (None: deleted) and worker, as stored, of the runs that have or want slots of a pool."""
    found: dict[str, tuple[DagsterRunStatus | None, str | None]] = {}
    for row in session.rows("claims_of_pool", pool_now=pool):
        if row[2] not in found:
            run = session.row("run_fence", run=row[2])
            found[row[2]] = (None, None) if run is None else (DagsterRunStatus(run[1]), run[3])
    return found


def free(session: Session, run_id: str, step_key: str | None) -> None:
    """Gives back the slots of a step (of the whole run), and its places in lines."""
    if step_key is None:
        session.run("free_claims_of_run", run=run_id)
    else:
        session.run("free_claims_of_step", run=run_id, step=step_key)


def claims(session: Session, pool: str | None) -> list[PoolClaim]:
    """Who has, or waits for, a slot of a pool (of all), those who have one first, then in the order of the line."""
    rows = session.rows("claims") if pool is None else session.rows("claims_of_pool", pool_now=pool)
    rows.sort(key=lambda row: (row[1], row[5] != HOLDS, *_order(row)))
    return [replace(PoolClaim(row[1], row[2], row[3], row[4]), is_held=row[5] == HOLDS) for row in rows]
