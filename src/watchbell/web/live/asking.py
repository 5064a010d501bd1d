"""How an operation gets the hub of the live streams."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from watchbell.web.live.hub import Hub


async def hub_of(request: Request) -> Hub:
    """The hub of the application that a request is for; a coroutine, which is asked without a hop to a thread."""
    hub: Hub = request.app.state.hub
    return hub


HubOf = Annotated[Hub, Depends(hub_of)]
"""In the signature of an operation: what knows of changes."""
