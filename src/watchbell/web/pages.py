"""The pages: one HTML for all of them, with the first data of the page that is asked for in it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from watchbell.web.first import first_addresses, first_data, match
from watchbell.web.problem import Problem
from watchbell.web.static_files import StaticFiles, folder_of_pages

router = APIRouter(include_in_schema=False)

STATIC = folder_of_pages()
NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>watchbell</title></head><body><main>
<h1>watchbell works, without its pages</h1>
<p>They were left out of this installation. In a checkout, <code>make build-ui</code> builds them; an installed
<code>watchbell</code> has them unless it was built with <code>WATCHBELL_SKIP_UI=1</code>.</p>
<p>The same facts are under <a href="/api/openapi.json">/api</a> and in the command <code>watchbell</code>.</p>
</main></body></html>"""

PAGES = [
    "/",
    "/account",
    "/login",
    "/runs",
    "/assets",
    "/assets/{key*}",
    "/checks",
    "/runs/{run_id}",
    "/asset-graph",
    "/automation",
    "/automation/{kind}/{location}/{name}",
    "/backfills",
    "/backfills/{id}",
    "/docs",
    "/jobs",
    "/jobs/{location}/{name}",
    "/jobs/{location}/{name}/launch",
    "/settings",
    "/system",
]
"""The addresses that have a page, as patterns."""


@lru_cache(maxsize=8)
def files_in(folder: Path) -> StaticFiles:
    """The built files of a folder."""
    return StaticFiles(folder)


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
async def page(request: Request, path: str) -> Response:
    """A built file, or the page at any other address; 404, with the page all the same, if there is none."""
    address = f"/{path}"
    if address.startswith("/api/") or address == "/api":
        raise Problem(404, "not-found", f"the API has no {address[:200]!r}; /api/openapi.json describes what it has")
    static = files_in(request.app.state.static)
    found = static.answer(address, request.method, request.headers)
    if found is not None:
        return found
    if address.startswith("/static/"):
        raise Problem(404, "not-found", f"this version of the pages has no {address[:200]!r}; load the page again")
    status = 200 if any(match(each, address) is not None for each in PAGES) else 404
    if static.build is None:
        return HTMLResponse(NOT_BUILT, status_code=status)
    data = await first_data(request.app, request.scope, first_addresses(address, request.query_params))
    first = f'<script type="application/json" id="first">{data}</script>'
    answer = static.page(first, screens_of(path), request.method, request.headers, status)
    return answer or HTMLResponse(NOT_BUILT, status_code=status)


def screens_of(path: str) -> list[str]:
    """Folders in which the screen of a page may be: that of ``runs`` in ``runs``, of ``runs/1`` in ``run``.

    Example:
        >>> screens_of("runs/1"), screens_of("")
        (['run', 'runs'], ['home'])
    """
    first, _, rest = path.partition("/")
    if first == "jobs" and rest.endswith("/launch"):
        return ["launchpad"]
    return [first.removesuffix("s"), first] if rest else [first or "home"]
