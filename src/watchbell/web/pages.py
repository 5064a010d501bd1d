"""The pages: one HTML for all of them, with the first data of the page that is asked for in it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from watchbell.web.first import first_addresses, first_data, match
from watchbell.web.problem import Problem

router = APIRouter(include_in_schema=False)

STATIC = Path(str(files("watchbell.web"))) / "static"
PLACE = "<!--first-->"
NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>watchbell</title></head><body>
<h1>watchbell works, without its pages</h1>
<p>They were left out of this installation. In a checkout, <code>make build-ui</code> builds them.</p>
<p>The same facts are under <a href="/api/openapi.json">/api</a> and in the command <code>watchbell</code>.</p>
</body></html>"""

PAGES = [
    "/",
    "/runs",
    "/settings",
]
"""The addresses that have a page, as patterns."""


@router.get("/{path:path}")
async def page(request: Request, path: str) -> HTMLResponse:
    """The page at any address; 404, with the page all the same, if there is none."""
    static: Path = request.app.state.static
    address = f"/{path}"
    if address.startswith("/api/") or address == "/api":
        raise Problem(404, "not-found", f"the API has no {address[:200]!r}; /api/openapi.json describes what it has")
    is_known = any(match(each, address) is not None for each in PAGES)
    status = 200 if is_known else 404
    try:
        html = (static / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return HTMLResponse(NOT_BUILT, status_code=status)
    addresses = first_addresses(address, request.query_params)
    data = await first_data(request.app, request.scope, addresses)
    return HTMLResponse(
        html.replace(PLACE, f'<script type="application/json" id="first">{data}</script>', 1), status_code=status
    )
