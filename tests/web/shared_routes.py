"""Applications that share their routes: FastAPI makes each route ready when it is first asked for, in each application
anew, and that is most of what a test with an application of its own would cost.
"""

from functools import cache
from pathlib import Path

from starlette.routing import Router
from starlette.types import ASGIApp

from watchbell.ground.upward import call_upward
from watchbell.web import pages
from watchbell.web.app import create_app, create_inner
from watchbell.web.exposure import LOCAL, Exposure
from watchbell.web.guard import Guard
from watchbell.web.link import StillLink
from watchbell.web.view import View


@cache
def routes() -> Router:
    """The routes of an application over nothing; they hold nothing of it."""
    with call_upward("open_instance", "ephemeral") as instance:
        return create_inner(View(instance, StillLink())).router


def app_over(view: View, static: Path = pages.STATIC, exposure: Exposure = LOCAL) -> ASGIApp:
    """As ``create_app``, with the routes that all have."""
    app = create_app(view, static, exposure)
    assert isinstance(app, Guard)
    app._app.router = routes()
    return app
