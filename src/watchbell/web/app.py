"""The HTTP application: the API under ``/api`` and a page for everything else, behind a guard."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from watchbell import __version__
from watchbell.ground.ids import new_run_id
from watchbell.web import pages, problem
from watchbell.web.api import automations, health, runs, service
from watchbell.web.exposure import LOCAL, Exposure
from watchbell.web.guard import Guard
from watchbell.web.identity import Identity
from watchbell.web.view import View

ROUTERS = [health.router, service.router, runs.router, automations.router]


def create_app(view: View, static: Path = pages.STATIC, exposure: Exposure = LOCAL) -> ASGIApp:
    """The application over what ``view`` shows, behind its guard.

    Args:
        view: the instance, and the link to the service.
        static: folder of the built pages.
        exposure: the names that are answered, and who needs a login.
    """
    identity = Identity(view.store, view.instance.clock, exposure)
    inner = create_inner(view, static)
    inner.state.identity = identity
    return Guard(inner, identity, lambda: new_run_id()[:8], exposure)


def create_inner(view: View, static: Path = pages.STATIC) -> FastAPI:
    """The application without its guard; what describes the API is made from it.

    Args:
        view: the instance, and the link to the service.
        static: folder of the built pages.
    """
    app = FastAPI(
        title="watchbell",
        version=__version__,
        description="Starts pipelines when the clock or an event says so, runs them, and remembers what happened.",
        docs_url=None,  # those pages load scripts from elsewhere; the description is at /api/openapi.json
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.view, app.state.static = view, static
    for router in ROUTERS:
        app.include_router(router, prefix="/api")
    problem.install(app)
    app.include_router(pages.router)
    return app
