"""What user code of the torture leaves in files: lines that are there or not, whatever kills its process."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ["TORTURE_FOLDER"])
STOP_FILE = FOLDER / "stop"


def write_down(name: str, line: str) -> None:
    """Adds a line to a file, with one call, so that processes that write together do not mix."""
    with (FOLDER / name).open("a") as lines:
        lines.write(f"{line}\n")


def evaluated(kind: str) -> None:
    """Notes which process evaluates, so that it can be killed.

    Args:
        kind: ``"plain"`` or ``"async"``.
    """
    write_down(f"evaluators-{kind}", str(os.getpid()))
