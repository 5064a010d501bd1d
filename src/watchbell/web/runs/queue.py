"""The queue as a page shows it: who has a place, who waits and for what, the pools."""

from __future__ import annotations

from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun
from watchbell.web.runs.rows import lost_runs, run_rows
from watchbell.web.runs.waiting import QueueLook, deleted_ref, look_at_queue, run_ref, runs_by_id
from watchbell.web.shapes.run_actions import PoolPlace, PoolUse, QueueShape, Slot
from watchbell.web.view import View

LINE_SHOWN = 500
PLACES_SHOWN = 100


def queue(view: View) -> QueueShape:
    """The queue now."""
    look, now = look_at_queue(view), view.now()
    standing = sorted(look.line, key=lambda each: look.places.get(each.dagster_run.run_id, len(look.line) + 1))
    lost = lost_runs(view, look.going)
    return QueueShape(
        limit=look.limit,
        going_count=look.going_count,
        going=[
            Slot(
                run=run_ref(run),
                since=run.started_at or run.created_at,
                seconds=max(0.0, (now - (run.started_at or run.created_at or now)).total_seconds()),
                is_lost=run.run_id in lost,
            )
            for run in reversed(look.going)
        ],
        line=run_rows(view, [each.dagster_run for each in standing[:LINE_SHOWN]], queue=look),
        queued_count=len(look.line),
        is_exact=look.is_whole,
        pools=_pools(view),
        text=_text(look),
        at=now,
    )


def _text(look: QueueLook) -> str:
    waits = f"{len(look.line):,} {'run waits' if len(look.line) == 1 else 'runs wait'}"
    goes = f"{look.going_count:,} of {look.limit:,} places are taken"
    if not look.has_service:
        return f"{waits}; no service works, so nothing is started"
    return f"{waits}; {goes}" if look.line else f"nothing waits; {goes}"


def _pools(view: View) -> list[PoolUse]:
    claims = view.store.pool_claims()
    limits = view.store.pool_limits()
    default = view.instance.settings.pool_default_limit
    runs = runs_by_id(view, sorted({each.run_id for each in claims}))
    by_pool: dict[str, list[PoolClaim]] = {}
    for each in claims:
        by_pool.setdefault(each.pool, []).append(each)
    return [
        PoolUse(
            pool=pool,
            slots=limits.get(pool, default),
            held=[_place(each, runs) for each in of_pool if each.is_held][:PLACES_SHOWN],
            waiting=[_place(each, runs) for each in of_pool if not each.is_held][:PLACES_SHOWN],
        )
        for pool, of_pool in sorted(by_pool.items())
    ]


def _place(claim: PoolClaim, runs: dict[str, DagsterRun]) -> PoolPlace:
    run = runs.get(claim.run_id)
    ref = deleted_ref(claim.run_id) if run is None else run_ref(run)
    return PoolPlace(run=ref, step=claim.step_key, since=None if run is None else run.started_at)
