"""What ran in stretches of time; fulfils ``record.timeline_store.TimelineStore``."""

from __future__ import annotations

import json
from collections.abc import Iterable

from watchbell.ground.wire import loads
from watchbell.record.keys import AssetKey
from watchbell.record.run import SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRunStatus
from watchbell.record.timeline_store import RunBin
from watchbell.store.session import Database, Row

_Key = tuple[int, str, str | None, str, str, frozenset[AssetKey]]


class TimelineTables:
    """A base of ``SqlStore``, which has the database."""

    _database: Database

    def over_bins(self, first: int, last: int, bin_seconds: float, *, with_origin: bool) -> list[RunBin]:
        """The runs that are over, of some stretches of time."""
        asked = {"start": first * bin_seconds, "end": (last + 1) * bin_seconds, "bin_seconds": bin_seconds}
        with self._database.read() as session:
            rows = session.rows("list_over_bins" if with_origin else "count_over_bins", **asked)
        # A run at the very edge may be counted to the stretch beside by the rounding of the division.
        inside = [(min(max(row[0], first), last), *row[1:]) for row in rows]
        return _gathered(inside) if with_origin else [_bin(row) for row in inside]

    def open_bins(self, bin_seconds: float, *, with_origin: bool) -> list[RunBin]:
        """The runs that are not over, of all times."""
        with self._database.read() as session:
            rows = session.rows("list_open_bins" if with_origin else "count_open_bins", bin_seconds=bin_seconds)
        return _gathered(rows) if with_origin else [_bin(row) for row in rows]


def _bin(row: Row) -> RunBin:
    number, job, location, status, count, began_at, ended_at = row
    return RunBin(number, job, location, DagsterRunStatus(status), count, began_at, ended_at)


def _gathered(rows: Iterable[Row]) -> list[RunBin]:
    """Runs one by one, counted by what is not a column: what asked for them, which assets they make."""
    found: dict[_Key, tuple[int, float, float | None]] = {}
    for number, job, location, status, began_at, ended_at, tags, body in rows:
        key = (number, job, location, status, _automation(tags), _assets(body))
        count, first_at, last_at = found.get(key, (0, began_at, ended_at))
        if last_at is not None and ended_at is not None:
            last_at = max(last_at, ended_at)
        found[key] = (count + 1, min(first_at, began_at), last_at)
    return [
        RunBin(number, job, location, DagsterRunStatus(status), count, first_at, last_at, automation, assets)
        for (number, job, location, status, automation, assets), (count, first_at, last_at) in found.items()
    ]


def _automation(tags: str) -> str:
    if SCHEDULE_NAME_TAG not in tags and SENSOR_NAME_TAG not in tags:
        return ""
    held = json.loads(tags)
    return str(held.get(SCHEDULE_NAME_TAG) or held.get(SENSOR_NAME_TAG) or "")


def _assets(body: str) -> frozenset[AssetKey]:
    if "asset_selection" not in body:
        return frozenset()
    return frozenset(loads(body).get("asset_selection") or ())
