"""A process and all that it started: ended together, so that a command's own commands do not outlive it."""

from __future__ import annotations

from typing import Any


class ProcessTree:
    """The processes below one, as they are when this is made; later ones with the same numbers are never meant.

    Args:
        pid: the process whose descendants these are; it is not one of them itself.
    """

    def __init__(self, pid: int) -> None:
        import psutil

        self._psutil: Any = psutil
        try:
            self._below: list[Any] = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            self._below = []

    def terminate(self) -> None:
        """Asks them all to end (SIGTERM)."""
        for each in self._below:
            try:
                each.terminate()
            except self._psutil.Error:
                continue  # over, or not ours to end

    def kill(self, after_seconds: float = 0.0) -> None:
        """Ends (SIGKILL) those that are still there.

        Args:
            after_seconds: time they have to end by themselves.
        """
        _, left = self._psutil.wait_procs(self._below, timeout=after_seconds)
        for each in left:
            try:
                each.kill()
            except self._psutil.Error:
                continue
