"""An errand: what a schedule, a sensor or all of a code location would do between two instants. Nothing is run."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any

from watchbell.automate.fire_times import offset_text
from watchbell.automate.simulation.result import Simulation
from watchbell.automate.simulation.simulate import simulated
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, text_of, text_or_none

ROWS_SHOWN = 2_000
SPAN_MAX = timedelta(days=366)
RUNS_MAX = 200_000
"""Runs after which a simulation stops that a page asks for (count)."""
SAME_ERRORS_MAX = 20
"""Equal errors in a row after which it stops, too: what fails each minute says no more after a day."""
ERRORS_SHOWN = 20


def simulate(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What would run in a range of time.

    Args:
        desk: whose code.
        params: ``from`` and ``to`` (ISO with an offset); ``name``: of a schedule, sensor, or asset with a condition;
            null: everything of the location; ``is_sensor``: whether that is a sensor, whose function is then called.

    Returns:
        ``rows`` (the first 2,000; each: ``at`` in its own zone, ``offset``, ``by``, ``what``, ``partition``,
        ``begins``, ``ends``, ``status``, ``marks``), ``row_count``, ``run_count``, ``queue_depth_max``,
        ``left_out`` (each: ``kind``, ``name``, ``reason``), ``errors`` (equal ones once; each: ``at``, ``name``,
        ``reason``, ``count``, ``last_at``), ``cut_short`` (a sentence, or null).

    Raises:
        ErrandRefusedError: the times make no sense, or the name is not defined.
    """
    start, end = _instant(params, "from"), _instant(params, "to")
    is_told = MINYEAR < start.year <= end.year < MAXYEAR  # in other zones, too
    if not (is_told and start < end and end - start <= SPAN_MAX):
        raise ErrandRefusedError(
            "bad_request", f"the end has to lie after the beginning, at most {SPAN_MAX.days} days", "to"
        )
    name = text_or_none(params, "name")
    names = None if name is None else frozenset({name})
    terms = SimulationTerms(
        start=start,
        end=end,
        sensors=names if params.get("is_sensor") else None,
        only=names,
        runs_max=RUNS_MAX,
        same_errors_max=SAME_ERRORS_MAX,
    )
    try:
        found = simulated({desk.location_name: desk.repository}, terms, [])
    except DagsterInvalidInvocationError as error:
        raise ErrandRefusedError("bad_request", str(error), "name") from error
    return _told(found)


def _told(found: Simulation) -> dict[str, Any]:
    return {
        "rows": [_row(row) for row in found.rows(ROWS_SHOWN)],
        "row_count": found.row_count,
        "run_count": len(found.runs),
        "queue_depth_max": found.queue_depth_max,
        "left_out": [{"kind": each.kind, "name": each.name, "reason": each.reason} for each in found.left_out],
        "errors": _errors(found),
        "cut_short": found.cut_short,
    }


def _errors(found: Simulation) -> list[dict[str, Any]]:
    """What was raised, equal errors once: when first and last, and how often."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for each in found.errors:
        at, reason = each.at.isoformat(), each.reason or ""
        one = told.setdefault((each.name, reason), {"at": at, "name": each.name, "reason": reason, "count": 0})
        one |= {"count": one["count"] + 1, "last_at": at}
    return list(told.values())[:ERRORS_SHOWN]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": row["at"].isoformat(),
        "offset": offset_text(row["at"]),
        "by": row["by"],
        "what": str(row["what"]),
        "partition": row["partition"] or "",
        "begins": _text(row["begins"]),
        "ends": _text(row["ends"]),
        "status": str(row["status"]),
        "marks": str(row["marks"] or ""),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _instant(params: Params, name: str) -> datetime:
    text = text_of(params, name)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ErrandRefusedError("bad_request", f"{text[:100]!r} is no time; 2026-03-29T02:30Z is one", name) from error
    if found.tzinfo is None:
        raise ErrandRefusedError("bad_request", f"{text[:100]!r} has no offset; 2026-03-29T02:30Z has", name)
    return found.astimezone(UTC)
