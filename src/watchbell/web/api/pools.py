"""``/api/pools``: slots that steps share, who has them, who waits."""

from __future__ import annotations

from watchbell.record.log_text import target_of
from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.web.routing import api_router
from watchbell.web.shapes.system import DoneShape, PoolClaimShape, PoolLimit, PoolShape, PoolsShape
from watchbell.web.view import ViewOf

router = api_router()

CLAIMS_MAX = 200
"""Claims of one pool that are told (count)."""


@router.get("/pools")
def list_pools(view: ViewOf) -> PoolsShape:
    """The pools that have a limit or are in use."""
    limits, claims = view.store.pool_limits(), view.store.pool_claims()
    by_pool: dict[str, list[PoolClaim]] = {name: [] for name in limits}
    for each in claims:
        by_pool.setdefault(each.pool, []).append(each)
    run_ids = {each.run_id for kept in by_pool.values() for each in kept[:CLAIMS_MAX]}
    records = view.store.run_records(RunsFilter(run_ids=sorted(run_ids))) if run_ids else []
    runs = {each.dagster_run.run_id: each.dagster_run for each in records}
    default = view.instance.settings.pool_default_limit
    items = [
        PoolShape(
            pool=name,
            slots=limits.get(name, default),
            is_default=name not in limits,
            held=[_claim(each, runs) for each in kept[:CLAIMS_MAX] if each.is_held],
            waiting=[_claim(each, runs) for each in kept[:CLAIMS_MAX] if not each.is_held],
        )
        for name, kept in sorted(by_pool.items())
    ]
    return PoolsShape(items=items, default_limit=default, at=view.now())


@router.put("/pools/{pool}")
def set_pool_limit(pool: str, change: PoolLimit, view: ViewOf) -> DoneShape:
    """Gives a pool so many slots, or takes its own limit away. Steps that have a slot keep it."""
    view.store.set_pool_limit(pool, change.slots)
    if change.slots is None:
        return DoneShape(text=f"pool {pool} has no limit of its own any more")
    return DoneShape(text=f"pool {pool} has {change.slots} {'slot' if change.slots == 1 else 'slots'}")


def _claim(claim: PoolClaim, runs: dict[str, DagsterRun]) -> PoolClaimShape:
    run = runs.get(claim.run_id)
    return PoolClaimShape(
        run_id=claim.run_id,
        step=claim.step_key,
        job="" if run is None else target_of(run),
        priority=claim.priority,
        since=None if run is None else run.started_at,
    )
