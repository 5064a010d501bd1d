"""Finding what an address speaks of: a run, a place in a list."""

from __future__ import annotations

from watchbell.record.run import DagsterRun, RunRecord
from watchbell.web.problem import Problem, missing
from watchbell.web.view import View


def found_record(view: View, run_id: str) -> RunRecord:
    """A run of the store, by its whole id.

    Raises:
        Problem: 404, there is none.
    """
    record = view.store.run_record(run_id)
    if record is None:
        raise missing("run", run_id, "it may have been deleted; /runs lists those there are")
    return record


def found_run(view: View, run_id: str) -> DagsterRun:
    """The same without what the store knows of it.

    Raises:
        Problem: 404, there is none.
    """
    return found_record(view, run_id).dagster_run


def stored_number(cursor: str | None) -> int:
    """The number in a cursor; 0 for none.

    Raises:
        Problem: 422, it is none that this server gave out.
    """
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return int(cursor)
