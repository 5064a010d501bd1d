"""Slots of pools: who has one, and who waits for one in which order."""

from __future__ import annotations

from dataclasses import replace

from watchbell.record.pool import PoolClaim
from watchbell.store.session import Row, Session


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
    """
    row = session.row("pool_limit", pool_now=wanted.pool)
    limit = default_limit if row is None else row[0]
    if limit is None:
        return True
    own = (wanted.run_id, wanted.step_key)
    rows = session.rows("claims_of_pool", pool_now=wanted.pool)
    mine = next((each for each in rows if (each[2], each[3]) == own), None)
    if mine is not None and mine[5]:
        return True
    if mine is None:
        number = session.take_numbers("claims", 1)
        mine = (number, wanted.pool, *own, wanted.priority, 0)
        session.run(
            "new_claim", id=number, pool=wanted.pool, run_id=own[0], step_key=own[1], priority=wanted.priority, held=0
        )
        rows.append(mine)
    free = limit - sum(1 for each in rows if each[5])
    before_me = sum(1 for each in rows if not each[5] and _order(each) < _order(mine))
    if before_me >= free:
        return False
    session.run("hold_claim", claim=mine[0], held=1)
    return True


def _order(row: Row) -> tuple[int, int]:
    return -row[4], row[0]


def free(session: Session, run_id: str, step_key: str) -> None:
    """Gives back the slots of a step, and its places in lines."""
    session.run("free_claims_of_step", run=run_id, step=step_key)


def claims(session: Session, pool: str | None) -> list[PoolClaim]:
    """Who has, or waits for, a slot of a pool (of all), those who have one first, then in the order of the line."""
    rows = session.rows("claims") if pool is None else session.rows("claims_of_pool", pool_now=pool)
    rows.sort(key=lambda row: (row[1], -row[5], *_order(row)))
    return [replace(PoolClaim(row[1], row[2], row[3], row[4]), is_held=bool(row[5])) for row in rows]
