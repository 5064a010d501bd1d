"""Runs that print: of what goes straight to files no event tells, so their files of times are looked at."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.execute.output_times import FILE_NAME
from watchbell.web.runs.output import folder_of
from watchbell.web.view import View

RECENT_SECONDS = 15.0
"""Of a run that nobody followed until now it is told that it printed, if it did so at most so long ago: whoever opens
its page may have asked for its log just before that."""


class PrintWatch:
    """Knows how far the runs that somebody follows have printed.

    Args:
        view: whose home holds the output.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._sizes: dict[str, int] = {}

    def grown(self, run_ids: Iterable[str]) -> set[str]:
        """Which of these runs have printed since the last look; the others are forgotten."""
        before, self._sizes = self._sizes, {}
        found = set()
        for run_id in run_ids:
            folder = folder_of(self._view.instance.home, run_id)
            try:
                stat = None if folder is None else (folder / FILE_NAME).stat()
            except OSError:
                stat = None  # it has printed nothing yet
            size = 0 if stat is None else stat.st_size
            self._sizes[run_id] = size
            if stat is not None and run_id not in before:
                has_grown = self._view.now().timestamp() - stat.st_mtime <= RECENT_SECONDS
            else:
                has_grown = size != before.get(run_id, 0)
            if has_grown:
                found.add(run_id)
        return found
