"""The nearest valid name, for messages about a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CANDIDATES_MAX = 10_000  # comparing against more names than this costs longer than a reader waits


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that looks most like ``name``, or None if none is close.

    Args:
        name: what was written.
        names: what is there; at most the first 10,000 are compared.

    Example:
        >>> nearest("dayly", ["daily", "hourly"])
        'daily'
    """
    candidates = [str(candidate) for _, candidate in zip(range(CANDIDATES_MAX), names, strict=False)]
    by_folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    if name.casefold() in by_folded:
        return by_folded[name.casefold()]
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(name: str, names: Iterable[str], listed_max: int = 8) -> str:
    """The end of a sentence about an unknown name: a suggestion, or what there is.

    Args:
        name: what was written.
        names: what is there.
        listed_max: with no close name, up to so many valid ones are listed.

    Returns:
        ``"; did you mean 'daily'?"``, ``"; there are: a, b, c"``, or ``"; there are none"``.
    """
    known = sorted({str(each) for each in names})
    close = nearest(name, known)
    if close is not None:
        return f"; did you mean {close!r}?"
    if not known:
        return "; there are none"
    shown = ", ".join(known[:listed_max])
    more = f" and {len(known) - listed_max} more" if len(known) > listed_max else ""
    return f"; there are: {shown}{more}"
