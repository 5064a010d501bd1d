"""What windows of time are made of: the arguments of their definitions, checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from watchbell.declare.partitions.schedule_type import ScheduleType, cron_of
from watchbell.declare.partitions.window_keys import WindowKeys
from watchbell.ground.cron import Cron
from watchbell.ground.cron_expression import NICKNAMES, is_valid_cron_string
from watchbell.ground.errors import (
    CheckError,
    CronError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
    PartitionFormatError,
)
from watchbell.ground.value import dataclass
from watchbell.ground.zones import timeline_of

ORDINAL_BASE = 1 << 31
"""The ordinal of the first window that begins in 1970; earlier ones have smaller ordinals."""
Moment = datetime | str


@dataclass(frozen=True)
class WindowSpec:
    """Windows of time.

    Args:
        start: no window begins before; in the zone.
        end: no window ends after; None: time decides alone.
        timezone: IANA name.
        fmt: how keys are written.
        end_offset: how many windows more than are over (negative: fewer).
        cron_schedule: when windows begin.
        exclusions: cron strings and moments; a window that begins at such a time is none.
    """

    start: datetime
    end: datetime | None
    timezone: str
    fmt: str
    end_offset: int
    cron_schedule: str
    exclusions: tuple[datetime | str, ...]


def windows_cron(
    schedule_type: ScheduleType | None,
    cron_schedule: str | None,
    offsets: tuple[int | None, int | None, int | None],
) -> str:
    """The cron string of windows.

    Args:
        schedule_type: how long they are, instead of a cron string.
        cron_schedule: when they begin.
        offsets: minute, hour and day, with a ``schedule_type``.

    Raises:
        CheckError: neither of the two is given, or both.
        DagsterInvalidDefinitionError: that is no cron string.
    """
    if cron_schedule is not None:
        if schedule_type is not None or offsets != (None, None, None):
            raise CheckError(
                f"cron_schedule {cron_schedule!r} says when windows begin; leave out schedule_type, minute_offset, "
                "hour_offset and day_offset"
            )
        if not isinstance(cron_schedule, str):
            raise ParameterCheckError(
                f"cron_schedule is text, not {cron_schedule!r}", parameter="cron_schedule", value=cron_schedule
            )
        cron = cron_schedule
    elif schedule_type is None:
        raise CheckError("windows of time need a cron_schedule or a schedule_type")
    else:
        minute, hour, day = (0 if each is None else each for each in offsets)
        cron = cron_of(schedule_type, minute, hour, day)
    if not is_valid_cron_string(cron):
        try:
            Cron.of(cron)
        except CronError as error:
            raise DagsterInvalidDefinitionError(f"windows of time: {error}") from None
    return cron


def window_spec(
    start: Moment,
    end: Moment | None,
    timezone: str | None,
    fmt: str,
    end_offset: int,
    cron: str,
    exclusions: Sequence[Moment] | None,
) -> tuple[WindowSpec, WindowKeys]:
    """The checked windows, and how their keys are written.

    Raises:
        CheckError: an argument has the wrong type.
        PartitionFormatError: a moment is not written in the format, or keys so written cannot be told apart.
        UnknownTimezoneError: there is no such zone.
        DagsterInvalidDefinitionError: an exclusion is no cron string.
    """
    if not isinstance(fmt, str):
        raise ParameterCheckError(f"fmt is text such as '%Y-%m-%d', not {fmt!r}", parameter="fmt", value=fmt)
    if not isinstance(end_offset, int):
        raise ParameterCheckError(
            f"end_offset is a number, not {end_offset!r}", parameter="end_offset", value=end_offset
        )
    counted = Cron.of(cron, timezone)
    zone: tzinfo = UTC if counted.zone == "UTC" else timeline_of(counted.zone).zone
    keys = WindowKeys(counted, fmt, zone)
    spec = WindowSpec(
        _moment(start, "start", keys),
        None if end is None else _moment(end, "end", keys),
        counted.zone,
        fmt,
        end_offset,
        NICKNAMES.get(cron.lower(), cron),
        _exclusions(exclusions, keys),
    )
    _check_keys(spec, keys)
    return spec, keys


def _moment(value: Moment, what: str, keys: WindowKeys) -> datetime:
    if isinstance(value, datetime):
        at = value.replace(tzinfo=keys.zone)  # what its clock shows counts, whatever its zone
    elif isinstance(value, str):
        try:
            at = keys.read(value)
        except ValueError as error:
            raise PartitionFormatError(f"{what} of partitions: {error}") from None
    else:
        raise ParameterCheckError(
            f"{what} of partitions is a datetime, or text in the format {keys.fmt!r}; got {value!r}",
            parameter=what,
            value=value,
        )
    try:
        return at.astimezone(UTC).astimezone(keys.zone)  # a time that the clocks leave out becomes one they show
    except OverflowError:
        raise PartitionFormatError(f"{what} of partitions, {value!r}, lies at the rim of the calendar") from None


def _exclusions(exclusions: Sequence[Moment] | None, keys: WindowKeys) -> tuple[datetime | str, ...]:
    if exclusions is None:
        return ()
    if isinstance(exclusions, str) or not isinstance(exclusions, Sequence):
        raise ParameterCheckError(
            f"exclusions is a list of cron strings and datetimes, not {exclusions!r}",
            parameter="exclusions",
            value=exclusions,
        )
    found: list[datetime | str] = []
    for each in exclusions:
        if isinstance(each, str) and not is_valid_cron_string(each):
            raise DagsterInvalidDefinitionError(
                f"exclusion {each!r} is no cron string; single windows are excluded by the datetime of their start"
            )
        if not isinstance(each, str | datetime):
            raise CheckError(f"exclusions holds {each!r}; it takes cron strings and datetimes")
        found.append(each if isinstance(each, str) else _moment(each, "an exclusion", keys))
    return tuple(dict.fromkeys(found))


def _check_keys(spec: WindowSpec, keys: WindowKeys) -> None:
    """Keys must lead back to their windows; the first two tell whether the format does that."""
    try:
        first = keys.cron.at_or_after(spec.start)
        second = keys.cron.next_after(first)
    except OverflowError:
        return
    texts = [keys.text_at(int(at.timestamp())) for at in (first, second)]
    if texts[0] == texts[1]:
        raise PartitionFormatError(
            f"format {spec.fmt!r} writes the windows that begin {first} and {second} alike, as {texts[0]!r}; it must "
            f"show what tells windows of cron {spec.cron_schedule!r} apart"
        )
    for text, at in zip(texts, (first, second), strict=True):
        try:
            found = [keys.cron.at_or_after(each).astimezone(UTC) for each in keys.moments(text)]
        except (ValueError, OverflowError) as error:
            raise PartitionFormatError(f"key {text!r}, written as {spec.fmt!r}, cannot be read back: {error}") from None
        if at.astimezone(UTC) not in found:
            raise PartitionFormatError(
                f"key {text!r}, written as {spec.fmt!r}, is read back as {found[0]} instead of {at}; the format must "
                "show year, month and day (weeks are not read without a day)"
            )
