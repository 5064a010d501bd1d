"""The HTTP application: JSON under ``/api``, one page at ``/``, guarded against foreign pages.

It reads and never changes anything, listens on loopback only (``server.py``), answers only to names that mean
this machine, and shows no file paths or stacks in errors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from watchbell import __version__
from watchbell.ground.errors import DagsterError, StoreError
from watchbell.web import automation_page, page
from watchbell.web.api import automations, health, runs
from watchbell.web.view import View

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(view: View) -> FastAPI:
    """The application over what ``view`` shows.

    Args:
        view: the instance and the definitions in use.
    """
    app = FastAPI(
        title="watchbell",
        version=__version__,
        docs_url=None,  # its page would load scripts from elsewhere; the description is at /api/openapi.json
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.view = view
    for router in (health.router, runs.router, automations.router):
        app.include_router(router, prefix="/api")
    app.include_router(page.router)
    app.include_router(automation_page.router)
    app.middleware("http")(_guard)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(DagsterError, _our_error)
    app.add_exception_handler(Exception, _unforeseen)
    return app


async def _guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuses hosts that are not this machine (a foreign page whose name was made to point here)."""
    name = _without_port(request.headers.get("host", ""))
    if name not in LOOPBACK_NAMES:
        error = f"this server does not answer to the name {name[:200]!r}"
        return JSONResponse({"error": error}, status_code=421, headers=HEADERS)
    response = await go_on(request)
    response.headers.update(HEADERS)
    return response


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, status_code=error.status_code)


async def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"error": "; ".join(mistakes)}, status_code=422)


async def _our_error(request: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, StoreError) else 400
    text = f"the database cannot be read ({type(error).__name__})" if status == 503 else str(error)
    return JSONResponse({"error": text}, status_code=status)


async def _unforeseen(request: Request, error: Exception) -> Response:
    # Raised again by the framework once this is sent, so that the server's log has the stack.
    text = "the server made a mistake; its log says which"
    return JSONResponse({"error": text}, status_code=500, headers=HEADERS)
