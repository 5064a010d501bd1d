"""The conditions made of conditions: of dependencies and checks, and those ready to use."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.conditions.leaf_conditions import cron_params
from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

C_co = TypeVar("C_co", covariant=True)
_shared: dict[tuple[str, ...], Any] = {}  # ready-made trees, by how they were asked for: as many assets, one tree


class WholeConditions(Generic[C_co]):
    """Constructors of conditions that are made of others; part of :class:`AutomationCondition`."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def _of(cls, kind: str, *operands: Any, label: str | None = None, **params: Any) -> C_co:
        """A condition of this package."""

    # ------------------------------------------------------------ of what it is made from, of checks, of other assets

    @classmethod
    def any_deps_match(cls, condition: Any) -> C_co:
        """True if a condition is true for something it is made from: for any partition of it, where there are some.

        Args:
            condition: what is asked of each dependency.

        Raises:
            ParameterCheckError: not a condition.

        Example:
            >>> print(AutomationCondition.any_deps_match(AutomationCondition.missing()))
            any_deps_match(missing)
        """
        return cls._of("any_deps", _operand("any_deps_match", condition))

    @classmethod
    def all_deps_match(cls, condition: Any) -> C_co:
        """True if a condition is true for at least one partition of everything it is made from.

        Args:
            condition: what is asked of each dependency.

        Raises:
            ParameterCheckError: not a condition.
        """
        return cls._of("all_deps", _operand("all_deps_match", condition))

    @classmethod
    def any_checks_match(cls, condition: Any, blocking_only: bool = False) -> C_co:
        """True if a condition is true for one of its checks.

        Args:
            condition: what is asked of each check, e.g. ``AutomationCondition.check_failed()``.
            blocking_only: ask blocking checks only.

        Raises:
            ParameterCheckError: not a condition, or not a bool.
        """
        return cls._checks("any_checks", condition, blocking_only)

    @classmethod
    def all_checks_match(cls, condition: Any, blocking_only: bool = False) -> C_co:
        """True if a condition is true for all of its checks; also if it has none.

        Args:
            condition: what is asked of each check, e.g. ``AutomationCondition.check_passed()``.
            blocking_only: ask blocking checks only.

        Raises:
            ParameterCheckError: not a condition, or not a bool.
        """
        return cls._checks("all_checks", condition, blocking_only)

    @classmethod
    def _checks(cls, kind: str, condition: Any, blocking_only: bool, label: str | None = None) -> C_co:
        if not isinstance(blocking_only, bool):
            raise ParameterCheckError(
                f"{kind}_match: blocking_only= is True or False, not {shown(blocking_only)}",
                parameter="blocking_only",
                value=blocking_only,
            )
        return cls._of(kind, _operand(f"{kind}_match", condition), label=label, blocking_only=blocking_only)

    @classmethod
    def asset_matches(cls, key: CoercibleToAssetKey, condition: Any) -> C_co:
        """True if a condition is true for another asset.

        Args:
            key: which asset; whether or not anything depends on it.
            condition: what is asked of it.

        Raises:
            CheckError: not the key of an asset.
            ParameterCheckError: not a condition.
        """
        try:
            found = AssetKey.from_coercible(key)
        except Exception as error:
            raise CheckError(f"asset_matches: key= names an asset, not {shown(key)}") from error
        return cls._of("asset_matches", _operand("asset_matches", condition), key=found)

    @classmethod
    def any_job_root_assets_match(cls, condition: Any) -> C_co:
        """True if a condition is true for a root asset of the job that has it: one that depends on no other of it.

        Args:
            condition: what is asked of each root.

        Raises:
            ParameterCheckError: not a condition.
        """
        what = "any_job_root_assets_match"
        return cls._of("any_job_roots", _operand(what, condition), label=f"{what}({_called(condition)})")

    @classmethod
    def all_job_root_assets_match(cls, condition: Any) -> C_co:
        """True if a condition is true for all root assets of the job that has it: those that depend on no other of it.

        Args:
            condition: what is asked of each root.

        Raises:
            ParameterCheckError: not a condition.
        """
        what = "all_job_root_assets_match"
        return cls._of("all_job_roots", _operand(what, condition), label=f"{what}({_called(condition)})")

    # ------------------------------------------------------------ often needed

    @classmethod
    def in_progress(cls) -> C_co:
        """True while a run or a backfill is to make it."""
        return cls._once(
            ("in_progress",),
            lambda: cls._of("or", cls._of("run_in_progress"), cls._of("backfill_in_progress"), label="in_progress"),
        )

    @classmethod
    def newly_missing(cls) -> C_co:
        """True if it is missing and was not at the last evaluation."""
        return cls._of("newly_true", cls._of("missing"), label="newly_missing")

    @classmethod
    def any_deps_in_progress(cls) -> C_co:
        """True while a run or a backfill is to make something it is made from."""
        return cls._of("any_deps", cls.in_progress(), label="any_deps_in_progress")

    @classmethod
    def any_deps_missing(cls) -> C_co:
        """True if something it is made from is missing and not asked for in this tick."""
        absent = cls._of("and", cls._of("missing"), cls._of("not", cls._of("will_be_requested")))
        return cls._of("any_deps", absent, label="any_deps_missing")

    @classmethod
    def any_deps_updated(cls) -> C_co:
        """True if something it is made from was made since the last evaluation, or is asked for in this tick.

        What was made by a run that made this asset too does not count.
        """
        elsewhere = cls._of("not", cls._of("executed_with_root_target"))
        updated = cls._of("and", cls._of("newly_updated"), elsewhere, label="newly_updated_without_root")
        return cls._of("any_deps", cls._of("or", updated, cls._of("will_be_requested")), label="any_deps_updated")

    @classmethod
    def all_deps_updated_since_cron(cls, cron_schedule: str, cron_timezone: str = "UTC") -> C_co:
        """True if everything it is made from was made since the newest time of a cron string, or is asked for now.

        Args:
            cron_schedule: the cron string.
            cron_timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.
        """
        what = "all_deps_updated_since_cron"
        tick = cls._of("cron_tick_passed", **cron_params(what, cron_schedule, cron_timezone))
        updated = cls._of("since", cls._of("newly_updated"), tick)
        either = cls._of("or", updated, cls._of("will_be_requested"))
        return cls._of("all_deps", either, label=f"{what}({cron_schedule}, {cron_timezone})")

    @classmethod
    def all_deps_blocking_checks_passed(cls) -> C_co:
        """True if all blocking checks of everything it is made from passed."""
        passed = cls._checks("all_checks", cls._of("check_passed"), True, "all_blocking_checks_passed")
        return cls._of("all_deps", passed, label="all_deps_blocking_checks_passed")

    # ------------------------------------------------------------ ready to use

    @classmethod
    def eager(cls) -> C_co:
        """Makes it whenever something it is made from was made, and when it turns missing.

        It waits while something it is made from is missing or in progress, and while it is in progress itself. Of an
        asset with windows of time only the newest window is made.

        Example:
            >>> print(AutomationCondition.eager().with_label("soon"))
            soon: in_latest_time_window & (newly_missing | any_deps_updated).since(handled) & ~any_deps_missing \
& ~any_deps_in_progress & ~in_progress
        """

        def make() -> C_co:
            news = cls._of("or", cls.newly_missing(), cls.any_deps_updated())
            return cls._of(
                "and",
                cls._of("in_latest_time_window"),
                cls._of("since", news, cls._handled()),
                cls._of("not", cls.any_deps_missing()),
                cls._of("not", cls.any_deps_in_progress()),
                cls._of("not", cls.in_progress()),
                label="eager",
            )

        return cls._once(("eager",), make)

    @classmethod
    def on_cron(cls, cron_schedule: str, cron_timezone: str = "UTC") -> C_co:
        """Makes it once for each time of a cron string, as soon as everything it is made from was made since.

        Of an asset with windows of time only the newest window is made.

        Args:
            cron_schedule: the cron string.
            cron_timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.
        """

        def make() -> C_co:
            tick = cls._of("cron_tick_passed", **cron_params("on_cron", cron_schedule, cron_timezone))
            return cls._of(
                "and",
                cls._of("in_latest_time_window"),
                cls._of("since", tick, cls._handled()),
                cls.all_deps_updated_since_cron(cron_schedule, cron_timezone),
                label=f"on_cron({cron_schedule}, {cron_timezone})",
            )

        if not isinstance(cron_schedule, str) or not isinstance(cron_timezone, str):
            return make()  # which says what is wrong
        return cls._once(("on_cron", cron_schedule, cron_timezone), make)

    @classmethod
    def on_missing(cls) -> C_co:
        """Makes it when it turns missing and nothing it is made from is missing.

        What was missing before this condition was there is not made. Of an asset with windows of time only the newest
        window is made.
        """

        def make() -> C_co:
            absent = cls._of("newly_true", cls._of("missing"))
            return cls._of(
                "and",
                cls._of("in_latest_time_window"),
                cls._of("since", absent, cls._handled(), label="missing_since_last_handled"),
                cls._of("not", cls.any_deps_missing()),
                label="on_missing",
            )

        return cls._once(("on_missing",), make)

    @classmethod
    def _handled(cls) -> C_co:
        """That something was dealt with: asked for, made, or that there was no evaluation before this one."""
        asked, made, first = cls._of("newly_requested"), cls._of("newly_updated"), cls._of("initial_evaluation")
        return cls._of("or", asked, made, first, label="handled")

    @staticmethod
    def _once(asked: tuple[str, ...], make: Callable[[], C_co]) -> C_co:
        found: C_co | None = _shared.get(asked)
        if found is None:
            found = make()
            if len(_shared) < 1_000:  # cron strings may be computed; those of people are few
                _shared[asked] = found
        return found


def _operand(what: str, condition: Any) -> Any:
    if not isinstance(condition, ConditionKind):
        raise ParameterCheckError(
            f"{what}: a condition such as AutomationCondition.missing() is asked for, not {shown(condition)}",
            parameter="condition",
            value=condition,
        )
    return condition


def _called(condition: Any) -> str:
    return str(condition.get_label() or condition.name)
