"""Where the code of definitions stands, with paths as people know them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.shapes.code import CodePlace

Places = Callable[[str | None], CodePlace | None]
"""From ``file:line``, as snapshots tell it, to what is shown; None stays None."""


def places_in(locations: Sequence[LocationSnapshot], location_name: str) -> Places:
    """Tells where definitions of a code location stand.

    Args:
        locations: those in use.
        location_name: whose definitions they are.
    """
    found = next((each for each in locations if each.name == location_name), None)
    root = "" if found is None else _root(found.watched_files)

    def place(code: str | None) -> CodePlace | None:
        file, _, line = (code or "").rpartition(":")
        if not file or not line.isdigit():
            return None
        inside = bool(root) and file.startswith(f"{root}{os.sep}")
        return CodePlace(file=file, line=int(line), shown=file[len(root) + 1 :] if inside else file)

    return place


def _root(files: Sequence[str]) -> str:
    """The folder that all files are in; empty: there is none but the root of the disk."""
    folders = [each.rpartition(os.sep)[0] for each in files if each.startswith(os.sep)]
    found = os.path.commonpath(folders) if all(folders) and folders else ""
    return "" if found == os.sep else found
