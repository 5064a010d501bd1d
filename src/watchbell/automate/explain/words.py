"""Words that all explanations share: times, runs, errors, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from watchbell.automate.fire_times import offset_text
from watchbell.ground.zones import zone_named
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.run import DagsterRun

NAMED_MAX = 3
"""Things of a list that are named in a sentence (count); of more it says how many."""
TEXT_CHARS_MAX = 400
"""Characters of user code's text in a sentence."""
RUN_CHARS = 8


def at_text(moment: datetime, zone: str = "UTC") -> str:
    """A time for people: ``2026-11-21 02:14 Europe/Berlin``; with its offset where the wall time comes twice.

    Args:
        moment: aware.
        zone: IANA zone in which it is told.
    """
    local = moment.astimezone(UTC if zone == "UTC" else zone_named(zone))
    seconds = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    offset = f" ({offset_text(local)})" if is_twice else ""
    return f"{local:%Y-%m-%d} {seconds} {zone}{offset}"


def instant(seconds: float) -> datetime:
    """Seconds since the epoch as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def short(text: str) -> str:
    """The first line of a text, not endless."""
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= TEXT_CHARS_MAX else f"{line[:TEXT_CHARS_MAX]}…"


def listed(parts: Iterable[str], maximum: int = NAMED_MAX) -> str:
    """Some things in a row, and how many more there are: ``a, b and c``, ``a, b, c and 7 more``."""
    found = list(parts)
    shown, more = found[:maximum], len(found) - maximum
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def counted(number: int, what: str) -> str:
    """A number with its noun: ``1 run``, ``2 runs``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def run_text(run_id: str, run: DagsterRun | None) -> str:
    """A run with its state: ``run 3f2a91bc (SUCCESS)``."""
    state = "deleted since" if run is None else run.status.value
    return f"run {run_id[:RUN_CHARS]} ({state})"


def error_text(error: SerializableErrorInfo) -> str:
    """What was raised, and where: ``ValueError: no disk, in File "orders.py", line 3, in load``."""
    root = error.root
    place = f", in {root.place}" if root.place else ""
    return f"{short(root.message)}{place}"


def sentence_of(parts: Sequence[str]) -> str:
    """Parts of a sentence with the first letter and the stop that a sentence has."""
    text = " ".join(part for part in parts if part).strip()
    if not text:
        return ""
    return text if text[-1] in ".!?…" else f"{text}."
