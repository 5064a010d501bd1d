"""The HTTP application: the API under ``/api`` and a page for everything else, behind a guard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from watchbell import __version__
from watchbell.ground.ids import new_run_id
from watchbell.web import pages, problem
from watchbell.web.api import (
    accounts,
    asset,
    asset_changes,
    asset_graph,
    assets,
    audit,
    automations,
    backfills,
    checks,
    conditions,
    cursors,
    dynamic_partitions,
    explain,
    health,
    home,
    jobs,
    live,
    partitions,
    pools,
    rehearsals,
    run,
    run_actions,
    runs,
    search,
    service,
    session,
    system,
    ticks,
    views,
)
from watchbell.web.description import DescribedApi
from watchbell.web.exposure import LOCAL, Exposure
from watchbell.web.guard import Guard
from watchbell.web.identity import Identity
from watchbell.web.kept_answers import KeptAnswers
from watchbell.web.live.hub import Hub
from watchbell.web.service_state import service_state
from watchbell.web.throttle import Throttle
from watchbell.web.view import View

ROUTERS = [  # what is asked for most stands first: a request is compared with one after the other
    runs.router,
    run.router,
    live.router,
    service.router,
    home.router,
    automations.router,
    ticks.router,
    assets.router,
    asset.router,
    jobs.router,
    system.router,
    pools.router,
    health.router,
    backfills.router,
    asset_graph.router,
    asset_changes.router,
    partitions.router,
    dynamic_partitions.router,
    checks.router,
    run_actions.router,
    cursors.router,
    rehearsals.router,
    explain.router,
    conditions.router,
    search.router,
    session.router,
    accounts.router,
    audit.router,
    views.router,
]


def create_app(
    view: View,
    static: Path = pages.STATIC,
    exposure: Exposure = LOCAL,
    hub: Hub | None = None,
    seconds: Callable[[], float] | None = None,
) -> ASGIApp:
    """The application over what ``view`` shows, behind its guard.

    Args:
        view: the instance, and the link to the service.
        static: folder of the built pages.
        exposure: the names that are answered, and who needs a login.
        hub: of the live streams; None: one of its own.
        seconds: gives the time that passes, for answers that are given again; None: each is made anew.
    """
    identity = Identity(view.store, view.instance.clock, exposure)
    inner = create_inner(view, static, hub)
    inner.state.identity, inner.state.throttle = identity, Throttle()
    kept = inner if seconds is None else KeptAnswers(inner, view, seconds)
    return Guard(kept, identity, lambda: new_run_id()[:8], exposure)


def create_inner(view: View, static: Path = pages.STATIC, hub: Hub | None = None) -> FastAPI:
    """The application without its guard; what describes the API is made from it.

    Args:
        view: the instance, and the link to the service.
        static: folder of the built pages.
        hub: of the live streams; None: one of its own.
    """
    app = DescribedApi(
        title="watchbell",
        version=__version__,
        description="Starts pipelines when the clock or an event says so, runs them, and remembers what happened.",
        docs_url=None,  # those pages load scripts from elsewhere; the description is at /api/openapi.json
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.view, app.state.static = view, static
    app.state.hub = hub or Hub(view, lambda: service_state(view.link).state)
    for router in ROUTERS:
        app.include_router(router, prefix="/api")
    problem.install(app)
    app.include_router(pages.router)
    return app
