"""The conditions that stand alone: what may be said of an asset or a check itself, of time and of its dependencies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any, Generic, TypeVar

from watchbell.ground.cron_expression import is_valid_cron_string
from watchbell.ground.errors import CheckError, ParameterCheckError, UnknownTimezoneError
from watchbell.ground.shown import shown
from watchbell.ground.zones import zone_named
from watchbell.record.request import TAG_VALUE_BYTES_MAX, check_text

C_co = TypeVar("C_co", covariant=True)


class LeafConditions(Generic[C_co]):
    """Constructors of conditions that are made of nothing else; part of :class:`AutomationCondition`."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def _of(cls, kind: str, *operands: Any, label: str | None = None, **params: Any) -> C_co:
        """A condition of this package."""

    # ------------------------------------------------------------ the state of things

    @classmethod
    def missing(cls) -> C_co:
        """True while it was never made (a check: never executed), or was wiped since."""
        return cls._of("missing")

    @classmethod
    def run_in_progress(cls) -> C_co:
        """True while a run that is queued or goes on is to make it."""
        return cls._of("run_in_progress")

    @classmethod
    def backfill_in_progress(cls) -> C_co:
        """True while a backfill that is not over is to make it."""
        return cls._of("backfill_in_progress")

    @classmethod
    def execution_failed(cls) -> C_co:
        """True while the last run that was to make it failed."""
        return cls._of("execution_failed")

    @classmethod
    def executed_with_root_target(cls) -> C_co:
        """True if the run that made it last also made the asset whose condition this is."""
        return cls._of("executed_with_root_target")

    @classmethod
    def executed_with_tags(
        cls, *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> C_co:
        """True if the run that made it last has these tags.

        Args:
            tag_keys: keys that it has, whatever their values.
            tag_values: keys with their values.

        Raises:
            ParameterCheckError: not a set, or not a mapping.
        """
        return cls._of("executed_with_tags", **_tags("executed_with_tags", tag_keys, tag_values))

    @classmethod
    def any_new_update_has_run_tags(
        cls, *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> C_co:
        """True if it was made since the last evaluation, at least once by a run with these tags.

        Args:
            tag_keys: keys that the run has, whatever their values.
            tag_values: keys with their values.

        Raises:
            ParameterCheckError: not a set, or not a mapping.
        """
        return cls._of("any_new_update_has_run_tags", **_tags("any_new_update_has_run_tags", tag_keys, tag_values))

    @classmethod
    def all_new_updates_have_run_tags(
        cls, *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> C_co:
        """True if it was made since the last evaluation, each time by a run with these tags.

        Args:
            tag_keys: keys that the runs have, whatever their values.
            tag_values: keys with their values.

        Raises:
            ParameterCheckError: not a set, or not a mapping.
        """
        return cls._of("all_new_updates_have_run_tags", **_tags("all_new_updates_have_run_tags", tag_keys, tag_values))

    @classmethod
    def check_passed(cls) -> C_co:
        """True if the check passed when it was executed last, on what its asset holds now."""
        return cls._of("check_passed")

    @classmethod
    def check_failed(cls) -> C_co:
        """True if the check failed when it was executed last, on what its asset holds now."""
        return cls._of("check_failed")

    @classmethod
    def freshness_passed(cls) -> C_co:
        """True while the asset is as fresh as its freshness policy demands."""
        return cls._of("freshness", label="freshness_passed", state="PASS")

    @classmethod
    def freshness_warned(cls) -> C_co:
        """True while the asset is so old that its freshness policy warns."""
        return cls._of("freshness", label="freshness_warned", state="WARN")

    @classmethod
    def freshness_failed(cls) -> C_co:
        """True while the asset is older than its freshness policy allows."""
        return cls._of("freshness", label="freshness_failed", state="FAIL")

    # ------------------------------------------------------------ what is new

    @classmethod
    def newly_updated(cls) -> C_co:
        """True if it was made (a source: observed; a check: executed) since the last evaluation."""
        return cls._of("newly_updated")

    @classmethod
    def newly_requested(cls) -> C_co:
        """True if the last evaluation asked for it."""
        return cls._of("newly_requested")

    @classmethod
    def will_be_requested(cls) -> C_co:
        """True if it was asked for in this tick already."""
        return cls._of("will_be_requested")

    @classmethod
    def initial_evaluation(cls) -> C_co:
        """True at the first evaluation of this condition."""
        return cls._of("initial_evaluation")

    @classmethod
    def code_version_changed(cls) -> C_co:
        """True if its code version is not what it was at the last evaluation."""
        return cls._of("code_version_changed")

    @classmethod
    def data_version_changed(cls) -> C_co:
        """True if its data version is not what it was at the last evaluation."""
        return cls._of("data_version_changed")

    # ------------------------------------------------------------ time

    @classmethod
    def in_latest_time_window(cls, lookback_delta: timedelta | None = None) -> C_co:
        """True for the partition of the newest time window that has ended, and for what has no windows of time.

        Args:
            lookback_delta: also for windows within this time before the end of the newest one.

        Raises:
            ParameterCheckError: ``lookback_delta`` is not a ``timedelta``.
        """
        if lookback_delta is None:
            return cls._of("in_latest_time_window")
        if not isinstance(lookback_delta, timedelta):
            raise ParameterCheckError(
                f"in_latest_time_window: lookback_delta= is a datetime.timedelta, not {shown(lookback_delta)}",
                parameter="lookback_delta",
                value=lookback_delta,
            )
        return cls._of("in_latest_time_window", lookback_seconds=lookback_delta.total_seconds())

    @classmethod
    def cron_tick_passed(cls, cron_schedule: str, cron_timezone: str = "UTC") -> C_co:
        """True at the first evaluation after each time of a cron string.

        Args:
            cron_schedule: the cron string.
            cron_timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.

        Example:
            >>> print(AutomationCondition.cron_tick_passed("0 6 * * *", "Europe/Berlin"))
            cron_tick_passed(0 6 * * *, Europe/Berlin)
        """
        return cls._of("cron_tick_passed", **cron_params("cron_tick_passed", cron_schedule, cron_timezone))

    @classmethod
    def materialized_since_cron(cls, cron_schedule: str, cron_timezone: str = "UTC") -> C_co:
        """True if it was made at or after the newest time of a cron string.

        Args:
            cron_schedule: the cron string.
            cron_timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.
        """
        params = cron_params("materialized_since_cron", cron_schedule, cron_timezone)
        return cls._of("materialized_since_cron", **params)

    @classmethod
    def failed_since_cron(cls, cron_schedule: str, cron_timezone: str = "UTC") -> C_co:
        """True if a run that was to make it failed without making it, at or after the newest time of a cron string.

        Args:
            cron_schedule: the cron string.
            cron_timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.
        """
        return cls._of("failed_since_cron", **cron_params("failed_since_cron", cron_schedule, cron_timezone))

    # ------------------------------------------------------------ what it is made from, what is made from it

    @classmethod
    def parent_newer(cls) -> C_co:
        """True while something it is made from was made later than it.

        False while it is missing, and while a run of it is asked for or in progress. A state, no event: it is still
        true at midnight, and after a failure.
        """
        return cls._of("parent_newer")

    @classmethod
    def parent_materialized(cls) -> C_co:
        """True if everything it is made from was made at least once."""
        return cls._of("parent_materialized")

    @classmethod
    def any_downstream_conditions(cls) -> C_co:
        """True if the condition of anything that is made from it, directly or not, asks for it."""
        return cls._of("any_downstream")


def cron_params(
    what: str, cron_schedule: str, cron_timezone: str, zone_argument: str = "cron_timezone"
) -> dict[str, str]:
    """The parameters of a condition with a cron string.

    Args:
        what: who asks, for messages.
        cron_schedule: the cron string.
        cron_timezone: the time zone it is read in (IANA name).
        zone_argument: what the argument with the zone is called, for messages.

    Raises:
        ParameterCheckError: not a cron string, or no such zone.
    """
    if not isinstance(cron_schedule, str) or not is_valid_cron_string(cron_schedule):
        raise ParameterCheckError(
            f"{what}: cron_schedule= is one cron string such as '0 6 * * *', not {shown(cron_schedule)}",
            parameter="cron_schedule",
            value=cron_schedule,
        )
    if not isinstance(cron_timezone, str) or not cron_timezone:
        raise ParameterCheckError(
            f"{what}: {zone_argument}= is an IANA name such as 'Europe/Berlin', not {shown(cron_timezone)}",
            parameter=zone_argument,
            value=cron_timezone,
        )
    try:
        zone_named(cron_timezone)
    except UnknownTimezoneError as error:
        raise ParameterCheckError(f"{what}: {error}", parameter=zone_argument, value=cron_timezone) from error
    return {"cron": cron_schedule, "timezone": cron_timezone}


def _tags(what: str, tag_keys: object, tag_values: object) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if tag_keys is not None:
        if not isinstance(tag_keys, AbstractSet):
            raise ParameterCheckError(
                f"{what}: tag_keys= is a set of keys such as {{'team'}}, not {shown(tag_keys)}",
                parameter="tag_keys",
                value=tag_keys,
            )
        _texts(what, "tag_keys", tag_keys)
        params["tag_keys"] = tuple(sorted(tag_keys))
    if tag_values is not None:
        if not isinstance(tag_values, Mapping):
            raise ParameterCheckError(
                f"{what}: tag_values= is a mapping such as {{'team': 'a'}}, not {shown(tag_values)}",
                parameter="tag_values",
                value=tag_values,
            )
        _texts(what, "tag_values", [*tag_values, *tag_values.values()])
        params["tag_values"] = tuple(sorted(tag_values.items()))
    return params


def _texts(what: str, argument: str, values: Any) -> None:
    for each in values:
        if not isinstance(each, str):
            raise CheckError(f"{what}: keys and values of {argument}= are text, not {shown(each)}")
        check_text(each, f"{what}: keys and values of {argument}=", TAG_VALUE_BYTES_MAX)
