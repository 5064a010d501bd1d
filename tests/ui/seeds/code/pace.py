"""How long something takes, and whether it breaks. Here: no time at all, and never; the seeds say otherwise."""

from collections.abc import Callable

broken: set[str] = set()


def _at_once(seconds: float) -> None:
    """No time passes."""


pass_time: Callable[[float], None] = _at_once


def takes(seconds: float) -> None:
    """Goes on for so long."""
    pass_time(seconds)
