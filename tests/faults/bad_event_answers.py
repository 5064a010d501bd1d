"""Wrong answers of sensors of events: the table of ``bad_answers.py`` for each kind, also as ``async`` functions.

Those of assets are told of one materialization. Those of runs are told of two runs; for the second all answer as they
should, whatever they did for the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent

from tests.faults import bad_answers
from tests.faults.bad_answers import ROWS, SENSORS, Row

OF_ASSETS = {
    "asset": "asset_sensor(asset_key=AssetKey('trigger'), job={job}, ",
    "every": "asset_sensor(asset_key=AssetKey('trigger'), job={job}, every_event=True, ",
    "several": "multi_asset_sensor(monitored_assets=[AssetKey('trigger')], job={job}, ",
}
OF_RUNS = {
    "status": "run_status_sensor(run_status=DagsterRunStatus.SUCCESS, request_job={job}, ",
    "failure": "run_failure_sensor(request_job={job}, ",
}
NOT_FOR_EVENTS = ("result_cursor_", "result_moved_", "result_no_job_said")
"""Rows about cursors, which sensors of events have no say in, or in ways of their own; and one that names two jobs."""
NO_MISTAKE_OF_RUNS = frozenset(
    f"returned_{name}" for name in ("text", "number", "true", "object", "mute", "endless", "class", "mapping", "set")
)
"""What a sensor of runs may return: it says nothing."""
NOT_ASYNC = frozenset({"returned_too_many", "returned_too_many_yielded", "raised_cancelled", "raised_generator_exit"})
"""The first keeps hundreds of others waiting, which is another mistake; ``yield from`` is no async syntax; the last two
mean something else in a task."""
OWN = {
    "own_cursor": Row("return SensorResult([RunRequest('k')], cursor='x')", ("cursor", "returned a SensorResult")),
}
OWN_OF_SEVERAL = {"own_update": Row("context.update_cursor('x')\nreturn RunRequest('k')", ("cursor", "advance"))}


@dataclass(frozen=True)
class EventCase:
    """A sensor of events and its wrong answer.

    Args:
        kind: of :data:`OF_ASSETS` or :data:`OF_RUNS`.
        row: what it does, and what its tick says.
        is_async: whether its function is ``async def``.
    """

    kind: str
    row: Row
    is_async: bool

    @property
    def is_of_runs(self) -> bool:
        """Whether runs wake it."""
        return self.kind in OF_RUNS


def _rows_of(kind: str) -> dict[str, Row]:
    found = {name: row for name, row in ROWS.items() if SENSORS in row.kinds and not name.startswith(NOT_FOR_EVENTS)}
    found |= OWN if kind != "several" else OWN | OWN_OF_SEVERAL
    if kind in OF_RUNS:
        found = {name: row for name, row in found.items() if (row.job, row.more) == ("quick", "")}
        found = {name: row for name, row in found.items() if name not in NO_MISTAKE_OF_RUNS}
        found = {name: replace(row, cls_name=None) for name, row in found.items()}  # wrapped, with the run's name
    return found


CASES: dict[str, EventCase] = {
    f"{'async_' if is_async else ''}{kind}_{name}": EventCase(kind, row, is_async)
    for kind in (*OF_ASSETS, *OF_RUNS)
    for is_async in (False, True)
    for name, row in _rows_of(kind).items()
    if not (is_async and name in NOT_ASYNC)
}
"""Every case by its sensor's name."""

_IMPORTS = """
from watchbell import DagsterRunStatus, asset_sensor, multi_asset_sensor, run_failure_sensor, run_status_sensor
"""
_TAIL = """
defs = Definitions(
    assets=[a, b],
    jobs=[quick, other, coloured, of_tenants, made],
    sensors=[value for name, value in list(globals().items()) if name in NAMES],
    resources={"broken": broken, "leaking": leaking},
)
"""


def definitions(flag: Path) -> str:
    """A file with a sensor for each case; when ``flag`` is there, they all answer as they should."""
    head = bad_answers.head(flag) + _IMPORTS
    return head + "".join(_text(*each) for each in CASES.items()) + f"\nNAMES = {list(CASES)!r}\n" + _TAIL


def _text(name: str, case: EventCase) -> str:
    row, word = case.row, "async def" if case.is_async else "def"
    kind = {**OF_ASSETS, **OF_RUNS}[case.kind].format(job=row.job)
    parameters = "context, event" if case.kind in ("asset", "every") else "context"
    good = "'green'" if row.job == "coloured" else "'zenith'" if row.job == "of_tenants" else "None"
    answer = f"RunRequest('k', partition_key={good})"
    if row.job == "of_tenants":
        wish = "dynamic_partitions_requests=[TENANTS.build_add_request(['zenith'])]"
        answer = f"SensorResult([{answer}], {wish})"
    is_good = "MENDED.exists()"
    if case.is_of_runs:
        is_good += " or 'good' in context.dagster_run.tags"
    moved = "        context.advance_all_cursors()\n" if case.kind == "several" else ""
    waits = "await " if case.is_async and "yield" not in row.body else ""
    return f"""
{word} body_of_{name}(context):
{indent(row.body, "    ")}


@{kind}default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=300, {row.more})
{word} {name}({parameters}):
    if {is_good}:
{moved}        return {answer}
    return {waits}body_of_{name}(context)

"""
