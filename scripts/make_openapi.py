"""Writes ui/openapi.json: the description of the HTTP API, from which the types of the UI are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from watchbell.ground.upward import call_upward
from watchbell.web.app import create_inner
from watchbell.web.link import StillLink
from watchbell.web.view import View

TARGET = Path(__file__).parents[1] / "ui" / "openapi.json"


def description() -> str:
    """The description as JSON text, its keys sorted."""
    with call_upward("open_instance", "ephemeral") as instance:
        app = create_inner(View(instance, StillLink()))
        return json.dumps(app.openapi(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(description(), "utf-8")
