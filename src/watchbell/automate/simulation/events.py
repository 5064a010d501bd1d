"""What a simulation is told to happen from outside: files that land, checks that fail, partitions that appear.

An event is a value; files of them are CSV with a line of column names, or JSON, one object a line, with the same names.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from watchbell.ground.errors import DagsterError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

COLUMNS = ("time", "asset", "partition", "kind", "check", "name")
"""The columns of a file of events; ``name`` is that of dynamic partitions."""
_TIME_EXAMPLE = "write for example 2026-10-31T06:00, 2026-10-31T06:00+01:00 or 2026-10-31; without an offset it is UTC"


class EventFileError(DagsterError):
    """A file of events for a simulation has a mistake."""


class SimulatedEventKind(Enum):
    """What happens.

    MATERIALIZATION: an asset is made. OBSERVATION: it is looked at. CHECK_PASSED, CHECK_FAILED: a check is executed.
    PARTITION_ADDED, PARTITION_DELETED: a key of dynamic partitions appears or goes.
    """

    MATERIALIZATION = "materialization"
    OBSERVATION = "observation"
    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    PARTITION_ADDED = "partition_added"
    PARTITION_DELETED = "partition_deleted"


_CHECKS = (SimulatedEventKind.CHECK_PASSED, SimulatedEventKind.CHECK_FAILED)
_DYNAMIC = (SimulatedEventKind.PARTITION_ADDED, SimulatedEventKind.PARTITION_DELETED)


@dataclass(frozen=True, init=False)
class SimulatedEvent:
    """Something that happens from outside while a simulation goes on.

    Args:
        at: when; aware, or naive in UTC.
        asset: the asset that is made, looked at or checked.
        partition: its partition, or the key of dynamic partitions that appears or goes.
        kind: what happens: ``"materialization"``, ``"observation"``, ``"check_passed"``, ``"check_failed"``,
            ``"partition_added"`` or ``"partition_deleted"``.
        check: name of the check.
        name: name of the dynamic partitions.

    Raises:
        ParameterCheckError: something is missing for this kind, or of the wrong type; names the argument.

    Example:
        >>> SimulatedEvent("2026-10-31T06:00", "landing").kind
        <SimulatedEventKind.MATERIALIZATION: 'materialization'>
    """

    at: datetime
    asset: AssetKey | None
    partition: str | None
    kind: SimulatedEventKind
    check: str | None
    name: str | None

    def __init__(
        self,
        at: datetime | str,
        asset: CoercibleToAssetKey | None = None,
        partition: str | None = None,
        kind: SimulatedEventKind | str = SimulatedEventKind.MATERIALIZATION,
        check: str | None = None,
        name: str | None = None,
    ) -> None:
        known = _kind_of(kind)
        key = AssetKey.from_user_string(asset) if isinstance(asset, str) else asset
        values: Mapping[str, Any] = {
            "at": moment_of(at),
            "asset": None if key is None else AssetKey.from_coercible(key),
            "partition": partition,
            "kind": known,
            "check": check,
            "name": name,
        }
        needed = ("name", "partition") if known in _DYNAMIC else ("asset", "check") if known in _CHECKS else ("asset",)
        for each in needed:
            if not values[each]:
                raise ParameterCheckError(f"an event of kind {known.value!r} needs {each!r}", parameter=each)
        for each in ("partition", "check", "name"):
            if values[each] is not None and not isinstance(values[each], str):
                raise ParameterCheckError(f"{each} is text, not {values[each]!r}", parameter=each)
        for field, value in values.items():
            object.__setattr__(self, field, value)


def moment_of(given: object, what: str = "time") -> datetime:
    """A time as given, text or not, as an instant in UTC; a naive one is UTC.

    Raises:
        ParameterCheckError: it is none.
    """
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip())
        except ValueError:
            raise ParameterCheckError(f"{given!r} is no time; {_TIME_EXAMPLE}", parameter=what) from None
    if not isinstance(given, datetime):
        raise ParameterCheckError(f"{what} is a datetime or text, not {given!r}; {_TIME_EXAMPLE}", parameter=what)
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def events_of(given: Iterable[object] | str | Path) -> list[SimulatedEvent]:
    """Events as a simulation is given them, in the order of their times; those of one time as they stand.

    Args:
        given: events, mappings with the names of :data:`COLUMNS`, or the path of a file.

    Raises:
        EventFileError: the file has a mistake, or cannot be read.
        ParameterCheckError: one of the events is none.
    """
    if isinstance(given, str | Path):
        return read_event_file(Path(given))
    events = [_event_of(each, number) for number, each in enumerate(given)]
    return sorted(events, key=lambda each: each.at)


def read_event_file(path: Path) -> list[SimulatedEvent]:
    """The events of a file, in the order of their times.

    Args:
        path: a file ``*.csv``, or one with a JSON object in each line (``*.jsonl``, ``*.ndjson``, ``*.json``).

    Raises:
        EventFileError: names the file, the line and the column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not UTF-8: {error.reason}"
        raise EventFileError(f"{path} cannot be read: {reason}", path=str(path)) from error
    is_json = path.suffix.lower() in (".jsonl", ".ndjson", ".json") or text.lstrip()[:1] == "{"
    rows = _json_rows(path, text) if is_json else _csv_rows(path, text)
    return sorted((_event_in(path, line, row) for line, row in rows), key=lambda each: each.at)


def _event_of(given: object, number: int) -> SimulatedEvent:
    if isinstance(given, SimulatedEvent):
        return given
    if isinstance(given, Mapping):
        try:
            return _from_row(given)
        except ParameterCheckError as error:
            raise ParameterCheckError(f"events[{number}]: {error}", parameter="events", value=given) from error
    raise ParameterCheckError(
        f"events[{number}] is a SimulatedEvent or a mapping with 'time' and 'asset', not {given!r}",
        parameter="events",
        value=given,
    )


def _from_row(row: Mapping[str, Any]) -> SimulatedEvent:
    for name in row:
        if name not in COLUMNS:
            raise ParameterCheckError(
                f"there is no column {name!r}{did_you_mean(str(name), COLUMNS)}",
                parameter=str(name),
            )
    if not row.get("time"):
        raise ParameterCheckError(f"an event needs a time; {_TIME_EXAMPLE}", parameter="time")
    kind = row.get("kind") or SimulatedEventKind.MATERIALIZATION
    values = {name: row.get(name) or None for name in ("asset", "partition", "check", "name")}
    return SimulatedEvent(row["time"], kind=kind, **values)


def _event_in(path: Path, line: int, row: Mapping[str, Any]) -> SimulatedEvent:
    try:
        return _from_row(row)
    except DagsterError as error:
        column = getattr(error, "parameter", None) or "asset"
        shown = {"at": "time", "asset_key": "asset"}.get(column, column)
        raise EventFileError(
            f"{path}, line {line}, column {shown!r}: {error}", path=str(path), line=line, column=shown
        ) from error


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        names: Sequence[str] | None = None
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _header(path, [cell.strip().lower() for cell in cells], reader.line_num)
                continue
            if len(cells) > len(names):
                raise EventFileError(
                    f"{path}, line {reader.line_num}: it has {len(cells)} cells for {len(names)} columns "
                    f"({', '.join(names)})",
                    path=str(path),
                    line=reader.line_num,
                )
            yield reader.line_num, dict(zip(names, [cell.strip() for cell in cells], strict=False))
    except csv.Error as error:
        raise EventFileError(
            f"{path}, line {reader.line_num}: {error}", path=str(path), line=reader.line_num
        ) from error


def _header(path: Path, names: list[str], line: int) -> Sequence[str]:
    for name in names:
        if name not in COLUMNS:
            raise EventFileError(
                f"{path}, line {line}: there is no column {name!r}{did_you_mean(name, COLUMNS)}; the first line names "
                f"some of {', '.join(COLUMNS)}",
                path=str(path),
                line=line,
                column=name,
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise EventFileError(
            f"{path}, line {line}: the column {twice!r} is there twice", path=str(path), line=line, column=twice
        )
    if "time" not in names:
        raise EventFileError(f"{path}, line {line}: the column 'time' is missing", path=str(path), line=line)
    return names


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise EventFileError(
                f"{path}, line {number}: it is no JSON: {error}; each line is an object of its own",
                path=str(path),
                line=number,
            ) from error
        if not isinstance(row, dict):
            raise EventFileError(
                f'{path}, line {number}: it is an object such as {{"time": …, "asset": …}}, not {row!r}',
                path=str(path),
                line=number,
            )
        yield number, row


def _kind_of(kind: SimulatedEventKind | str) -> SimulatedEventKind:
    if isinstance(kind, SimulatedEventKind):
        return kind
    names = [each.value for each in SimulatedEventKind]
    text = str(kind).strip().lower().replace(" ", "_")
    if text not in names:
        raise ParameterCheckError(f"there is no kind {kind!r}{did_you_mean(text, names)}", parameter="kind")
    return SimulatedEventKind(text)
