"""Lengths of time as people read them."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """A length of time in the unit that suits it, to about three figures.

    Args:
        seconds: 0 or more.

    Example:
        >>> from watchbell.ground.durations import duration_text
        >>> duration_text(0.00246), duration_text(3.01), duration_text(187)
        ('2.46 ms', '3.01 s', '3 min 7 s')
    """
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
