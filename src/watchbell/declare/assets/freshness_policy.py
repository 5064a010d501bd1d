"""Freshness policies: how old an asset may grow before somebody should look, as plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.ground.cron import Cron
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass

WINDOW_MIN = timedelta(minutes=1)
"""The smallest window: states are not looked at more often."""

_SOME_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_LOOK_AHEAD = timedelta(weeks=6)


class FreshnessPolicy(FreshnessKind):
    """How old an asset may grow: made by :meth:`time_window` or :meth:`cron`.

    Called itself it makes a :class:`LegacyFreshnessPolicy`, as older code writes it:
    ``FreshnessPolicy(maximum_lag_minutes=60)``.

    Example:
        >>> from datetime import timedelta
        >>> FreshnessPolicy.time_window(
        ...     fail_window=timedelta(hours=24), warn_window=timedelta(hours=20)
        ... ).warn_window
        datetime.timedelta(seconds=72000)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """The policy; of the older kind, if its arguments are given to this class itself."""
        return LegacyFreshnessPolicy(*args, **kwargs) if cls is FreshnessPolicy else object.__new__(cls)

    @staticmethod
    def time_window(fail_window: timedelta, warn_window: timedelta | None = None) -> TimeWindowFreshnessPolicy:
        """An asset is made at least every so often.

        Args:
            fail_window: older than this it is not fresh any more; at least a minute.
            warn_window: older than this somebody is warned; less than ``fail_window``.

        Raises:
            ParameterCheckError: a window is no time span, too small, or the warning would come after the failure.
        """
        return TimeWindowFreshnessPolicy(fail_window, warn_window)

    @staticmethod
    def cron(deadline_cron: str, lower_bound_delta: timedelta, timezone: str = "UTC") -> CronFreshnessPolicy:
        """An asset is made shortly before each of these deadlines, or later.

        Args:
            deadline_cron: the deadlines.
            lower_bound_delta: how long before a deadline it may have been made at the earliest.
            timezone: IANA zone in which the deadlines are read.

        Raises:
            ParameterCheckError: the span is none, less than a minute, or longer than from one deadline to the next.
            DagsterInvalidDefinitionError: no such cron string or zone.

        Example:
            >>> from datetime import timedelta
            >>> FreshnessPolicy.cron("0 9 * * *", timedelta(hours=2), "Europe/Berlin").deadline_cron
            '0 9 * * *'
        """
        return CronFreshnessPolicy(deadline_cron, lower_bound_delta, timezone)


@dataclass(frozen=True)
class TimeWindowFreshnessPolicy(FreshnessPolicy):
    """See :meth:`FreshnessPolicy.time_window`.

    Args:
        fail_window: older than this the asset is not fresh any more.
        warn_window: older than this somebody is warned; None: nobody is.
    """

    fail_window: timedelta
    warn_window: timedelta | None = None

    def __post_init__(self) -> None:
        _check_span(self.fail_window, "fail_window")
        if self.warn_window is not None:
            _check_span(self.warn_window, "warn_window")
            if self.warn_window >= self.fail_window:
                raise ParameterCheckError(
                    f"warn_window ({self.warn_window}) has to be less than fail_window ({self.fail_window}), or the "
                    "warning would come too late",
                    parameter="warn_window",
                    value=self.warn_window,
                )


@dataclass(frozen=True)
class CronFreshnessPolicy(FreshnessPolicy):
    """See :meth:`FreshnessPolicy.cron`.

    Args:
        deadline_cron: the deadlines.
        lower_bound_delta: how long before a deadline the asset may have been made at the earliest.
        timezone: IANA zone in which the deadlines are read.
    """

    deadline_cron: str
    lower_bound_delta: timedelta
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        cron = Cron.of(self.deadline_cron, self.timezone)
        _check_span(self.lower_bound_delta, "lower_bound_delta")
        shortest = shortest_interval(cron)
        if self.lower_bound_delta > shortest:
            raise ParameterCheckError(
                f"lower_bound_delta ({self.lower_bound_delta}) is longer than from one deadline of "
                f"{self.deadline_cron!r} to the next ({shortest}); an asset would meet two of them at once",
                parameter="lower_bound_delta",
                value=self.lower_bound_delta,
            )


@dataclass(frozen=True, init=False)
class LegacyFreshnessPolicy(LegacyFreshnessKind):
    """How far an asset may lag behind, in the older form.

    Args:
        maximum_lag_minutes: how old its data may be.
        cron_schedule: when it must be no older than that; None: always.
        cron_schedule_timezone: IANA zone in which ``cron_schedule`` is read; None: UTC.

    Raises:
        ParameterCheckError: a zone without a cron string, or a lag that is no number.
        DagsterInvalidDefinitionError: no such cron string or zone.

    Example:
        >>> LegacyFreshnessPolicy(maximum_lag_minutes=90).maximum_lag_delta
        datetime.timedelta(seconds=5400)
    """

    maximum_lag_minutes: float
    cron_schedule: str | None = None
    cron_schedule_timezone: str | None = None

    def __init__(
        self,
        *,
        maximum_lag_minutes: float,
        cron_schedule: str | None = None,
        cron_schedule_timezone: str | None = None,
    ) -> None:
        if isinstance(maximum_lag_minutes, bool) or not isinstance(maximum_lag_minutes, int | float):
            raise ParameterCheckError(
                f"maximum_lag_minutes is a number of minutes, not {maximum_lag_minutes!r}",
                parameter="maximum_lag_minutes",
                value=maximum_lag_minutes,
            )
        if cron_schedule_timezone is not None and cron_schedule is None:
            raise ParameterCheckError(
                "cron_schedule_timezone says in which zone cron_schedule is read, and there is none; give both",
                parameter="cron_schedule_timezone",
                value=cron_schedule_timezone,
            )
        if cron_schedule is not None:
            Cron.of(cron_schedule, cron_schedule_timezone)
        object.__setattr__(self, "maximum_lag_minutes", float(maximum_lag_minutes))
        object.__setattr__(self, "cron_schedule", cron_schedule)
        object.__setattr__(self, "cron_schedule_timezone", cron_schedule_timezone)

    @property
    def maximum_lag_delta(self) -> timedelta:
        """How old the data may be."""
        return timedelta(minutes=self.maximum_lag_minutes)


def shortest_interval(cron: Cron) -> timedelta:
    """The least time between two ticks, of those of six weeks; of rarer ones between the first two."""
    shortest: timedelta | None = None
    before: datetime | None = None
    for tick in cron.fires(after=_SOME_MONDAY):
        at = tick.astimezone(UTC)  # differences of local times would leave out what a clock change takes or gives
        if before is not None:
            shortest = at - before if shortest is None else min(shortest, at - before)
            if at - _SOME_MONDAY > _LOOK_AHEAD:
                break
        before = at
    assert shortest is not None
    return shortest


def _check_span(span: object, name: str) -> None:
    if not isinstance(span, timedelta):
        raise ParameterCheckError(
            f"{name} of a freshness policy is a timedelta, not {span!r}", parameter=name, value=span
        )
    if span < WINDOW_MIN:
        raise ParameterCheckError(f"{name} of a freshness policy is at least a minute, not {span}", parameter=name)
