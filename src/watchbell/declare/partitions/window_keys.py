"""Keys of windows of time: what a moment is written as, and read from.

A key is the window's start on the wall clock of its zone, written with ``fmt``. When clocks go back and a wall time
comes twice, the second one has the offset at its end (``2026-10-25-02:00+0100``), unless ``fmt`` shows it anyway.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.ground.zones import EPOCH_AT, EPOCH_DAY

DAY_FORMAT = "%Y-%m-%d"
MINUTE_FORMAT = "%Y-%m-%d-%H:%M"
_DAY_MINUTES = 1440
_TEXTS = tuple(f"{number:02d}" for number in range(60))


@dataclass(frozen=True, eq=False)
class WindowKeys:
    """How the windows of a cron string are written.

    Args:
        cron: their starts.
        fmt: format of ``strftime``.
        zone: the zone of the cron string.
    """

    cron: Cron
    fmt: str
    zone: tzinfo

    def text_at(self, second: int) -> str:
        """The key of the window that begins at an instant (seconds since 1970 UTC)."""
        at = (EPOCH_AT + timedelta(seconds=second)).astimezone(self.zone)
        text = at.strftime(self.fmt) if at.year >= 1000 else _early(at, self.fmt)
        if at.fold and "%z" not in self.fmt and self._fires_before(at):
            return text + at.strftime("%z")
        return text

    def texts_on_wall(self, minutes: list[int]) -> list[str]:
        """The keys of windows that begin at wall times (minutes) that are shown once.

        Args:
            minutes: since 1970-01-01T00:00 on the wall, all with the same offset.
        """
        if self.fmt == DAY_FORMAT:
            return [date.fromordinal(each // _DAY_MINUTES + EPOCH_DAY).isoformat() for each in minutes]
        if self.fmt == MINUTE_FORMAT:
            return _minute_texts(minutes)
        texts = []
        for each in minutes:
            at = datetime(1970, 1, 1, tzinfo=self.zone) + timedelta(minutes=each)  # on the wall: no zone is asked
            texts.append(at.strftime(self.fmt) if at.year >= 1000 else _early(at, self.fmt))
        return texts

    def moments(self, key: str) -> list[datetime]:
        """The moments a key may mean: one, or the two passes of a wall time that comes twice.

        Raises:
            ValueError: it is not written in the format.
        """
        at = self.read(key)
        if at.tzinfo is not self.zone:
            return [at]
        later = at.replace(fold=1)
        return [at] if at.utcoffset() == later.utcoffset() else [at, later]

    def read(self, key: str) -> datetime:
        """The moment a key means, in the zone (of two passes the first), or at the offset that it names.

        Raises:
            ValueError: it is not written in the format.
        """
        quick = _quickly(key, self.fmt)
        if quick is not None:
            return quick.replace(tzinfo=self.zone)
        try:
            at = datetime.strptime(key, self.fmt)  # noqa: DTZ007 - the zone follows
        except ValueError as error:
            try:
                if "%z" in self.fmt:
                    raise
                at = datetime.strptime(key, self.fmt + "%z")  # noqa: DTZ007 - it ends in one
            except ValueError:
                raise ValueError(f"{key!r} is not written as {self.fmt!r}: {error}") from None
        return at.replace(tzinfo=self.zone) if at.tzinfo is None else at

    def _fires_before(self, at: datetime) -> bool:
        """Whether the first pass of a wall time that comes twice is the start of a window as well."""
        first = at.replace(fold=0).astimezone(UTC)  # in UTC, as times that come twice are never equal across zones
        return self.cron.at_or_after(first).astimezone(UTC) == first


def _quickly(key: str, fmt: str) -> datetime | None:
    """What the usual formats say, much cheaper than by ``strptime``; None: that one has to look, and to say why."""
    if fmt == DAY_FORMAT and len(key) == 10:
        text = key
    elif fmt == MINUTE_FORMAT and len(key) == 16 and key[10] == "-":
        text = f"{key[:10]}T{key[11:]}"
    else:
        return None
    if key[4] != "-" or key[7] != "-":  # not the ISO format of weeks
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _minute_texts(minutes: list[int]) -> list[str]:
    texts, day, head = [], None, ""
    for each in minutes:
        on, of_day = divmod(each, _DAY_MINUTES)
        if on != day:
            day, head = on, date.fromordinal(on + EPOCH_DAY).isoformat()
        texts.append(f"{head}-{_TEXTS[of_day // 60]}:{_TEXTS[of_day % 60]}")
    return texts


def _early(at: datetime, fmt: str) -> str:
    """As ``strftime``, which writes years before 1000 without leading zeros on some systems."""
    return at.strftime(fmt.replace("%Y", f"{at.year:04d}"))
