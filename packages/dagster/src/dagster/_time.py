"""Times under their old names; every one of them is aware."""

from datetime import UTC, datetime, timedelta, tzinfo

from watchbell.ground.clock import SystemClock
from watchbell.ground.zones import zone_named

_CLOCK = SystemClock()


def get_timezone(timezone_name: str) -> tzinfo:
    """The time zone of that name."""
    return UTC if timezone_name == "UTC" else zone_named(timezone_name)


def _zone(tz: str | tzinfo) -> tzinfo:
    return get_timezone(tz) if isinstance(tz, str) else tz


def get_current_timestamp() -> float:
    """Seconds since 1970."""
    return _CLOCK.now().timestamp()


def get_current_datetime(tz: str | tzinfo = "UTC") -> datetime:
    """The present moment, in that zone."""
    return _CLOCK.now().astimezone(_zone(tz))


def get_current_datetime_midnight(tz: str | tzinfo = "UTC") -> datetime:
    """The beginning of the present day, in that zone."""
    return get_current_datetime(tz).replace(hour=0, minute=0, second=0, microsecond=0)


def datetime_from_timestamp(timestamp: float, tz: str | tzinfo = UTC) -> datetime:
    """The moment so many seconds after 1970 began, in that zone."""
    return datetime.fromtimestamp(timestamp, _zone(tz))


def create_datetime(
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    microsecond: int = 0,
    *,
    tz: str | tzinfo = "UTC",
    fold: int = 0,
) -> datetime:
    """The moment that clocks of that zone show so; ``fold=1``: the later one, where they show it twice."""
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(tz), fold=fold)


def utc_datetime_from_naive(dt: datetime) -> datetime:
    """A time without a zone, taken as UTC."""
    return dt.replace(tzinfo=UTC)


def parse_time_string(datetime_str: str) -> datetime:
    """The time that an ISO 8601 text says; without a zone in it, UTC."""
    moment = datetime.fromisoformat(datetime_str)
    return moment if moment.tzinfo is not None else utc_datetime_from_naive(moment)


def add_absolute_time(
    dt: datetime,
    *,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    milliseconds: float = 0,
    microseconds: float = 0,
) -> datetime:
    """The moment that long after, by real time: clocks that were put forward in between show more."""
    step = timedelta(
        hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds, microseconds=microseconds
    )
    return (dt.astimezone(UTC) + step).astimezone(dt.tzinfo)
