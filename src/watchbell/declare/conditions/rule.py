"""Rules of policies: when something is to be made, and when not; each is a condition underneath.

What becomes of each: a kind and its parameters (kinds that begin with ``rule_`` are for rules alone; the condition of a
skip rule is true while it skips):

* ``materialize_on_missing``: ``rule_missing``
* ``materialize_on_parent_updated``: ``rule_parent_updated``; with a filter ``tag_values`` (pairs)
* ``materialize_on_cron``: ``rule_cron`` (``cron``, ``timezone``, ``all_partitions``)
* ``materialize_on_required_for_freshness``: ``rule_required_for_freshness``, never true
* ``skip_on_parent_missing``: ``rule_parent_missing``
* ``skip_on_parent_outdated``: ``rule_parent_outdated``; with ``minutes`` another meaning
* ``skip_on_not_all_parents_updated``: ``rule_not_all_parents_updated`` (``all_partitions``)
* ``skip_on_not_all_parents_updated_since_cron``: ``rule_not_all_parents_updated_since_cron`` (``cron``, ``timezone``)
* ``skip_on_required_but_nonexistent_parents``: ``rule_nonexistent_parents``
* ``skip_on_backfill_in_progress``: ``backfill_in_progress``; with all partitions ``rule_backfill_in_progress``
* ``skip_on_run_in_progress``: ``run_in_progress``
* a policy's ``max_materializations_per_minute``: ``rule_max_materializations`` (``limit``; one operand: the rest)

``rule_max_materializations`` is true for at most ``limit`` of the partitions its operand is true for. A parameter that
is False or was not given is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from watchbell.declare.conditions.condition import BuiltInCondition
from watchbell.declare.conditions.leaf_conditions import cron_params
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.ground.value import dataclass


class AutoMaterializeDecisionType(Enum):
    """What a rule decides: that something is made, or that it is not."""

    MATERIALIZE = "MATERIALIZE"
    SKIP = "SKIP"
    DISCARD = "DISCARD"


@dataclass(frozen=True)
class AutoMaterializeAssetPartitionsFilter:
    """Which updates of parents count.

    Args:
        latest_run_required_tags: tags that the run has that made the parent last; empty or None: any run counts.

    Raises:
        ParameterCheckError: not a mapping of text to text.

    Example:
        >>> only_daily = AutoMaterializeAssetPartitionsFilter({"cadence": "daily"})
        >>> AutoMaterializeRule.materialize_on_parent_updated(only_daily).description
        "upstream was updated since, by runs with the tags {'cadence': 'daily'}"
    """

    latest_run_required_tags: Mapping[str, str] | None

    def __post_init__(self) -> None:
        tags = self.latest_run_required_tags
        if tags is not None and not (
            isinstance(tags, Mapping) and all(isinstance(each, str) for each in (*tags, *tags.values()))
        ):
            raise ParameterCheckError(
                f"AutoMaterializeAssetPartitionsFilter: latest_run_required_tags= maps text to text, not {shown(tags)}",
                parameter="latest_run_required_tags",
                value=tags,
            )

    @property
    def description(self) -> str:
        """It, in words."""
        return f"latest run has the tags {dict(self.latest_run_required_tags or {})}"

    def __hash__(self) -> int:
        return hash(tuple(sorted((self.latest_run_required_tags or {}).items())))


_WORDS = {
    "materialize_on_missing": "it is missing",
    "materialize_on_required_for_freshness": "a freshness policy demands it",
    "skip_on_parent_missing": "something upstream is missing",
    "skip_on_required_but_nonexistent_parents": "partitions it needs upstream do not exist",
    "skip_on_run_in_progress": "a run in progress is to make it",
}


@dataclass(frozen=True)
class AutoMaterializeRule:
    """When an asset is to be made, or is to wait; what an :class:`AutoMaterializePolicy` is made of.

    Rules come from the static methods. Two that say the same are equal.

    Example:
        >>> rule = AutoMaterializeRule.skip_on_parent_outdated(minutes=360)
        >>> rule
        AutoMaterializeRule.skip_on_parent_outdated(minutes=360)
        >>> rule in AutoMaterializePolicy.eager().with_rules(rule).skip_rules
        True
    """

    condition: BuiltInCondition
    rule_name: str
    arguments: tuple[tuple[str, Any], ...]

    def __post_init__(self) -> None:
        if not isinstance(self.condition, BuiltInCondition):
            raise TypeError("rules are made by the methods of AutoMaterializeRule, e.g. materialize_on_missing()")

    @property
    def decision_type(self) -> AutoMaterializeDecisionType:
        """Whether it makes or skips."""
        is_skip = self.rule_name.startswith("skip_")
        return AutoMaterializeDecisionType.SKIP if is_skip else AutoMaterializeDecisionType.MATERIALIZE

    @property
    def description(self) -> str:
        """It, in words."""
        return _WORDS.get(self.rule_name) or _words(self.rule_name, dict(self.arguments))

    def to_asset_condition(self) -> BuiltInCondition:
        """The condition it is underneath; of a skip rule it is true while that skips."""
        return self.condition

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        return f"AutoMaterializeRule.{self.rule_name}({arguments})"

    # ------------------------------------------------------------ what makes

    @staticmethod
    def materialize_on_missing() -> AutoMaterializeRule:
        """Makes what is missing, once."""
        return _rule("materialize_on_missing", "rule_missing")

    @staticmethod
    def materialize_on_parent_updated(
        updated_parent_filter: AutoMaterializeAssetPartitionsFilter | None = None,
    ) -> AutoMaterializeRule:
        """Makes what something upstream was made for since.

        Args:
            updated_parent_filter: which updates count; None: all.

        Raises:
            ParameterCheckError: not a filter.
        """
        if updated_parent_filter is None:
            return _rule("materialize_on_parent_updated", "rule_parent_updated")
        if not isinstance(updated_parent_filter, AutoMaterializeAssetPartitionsFilter):
            raise ParameterCheckError(
                "materialize_on_parent_updated: updated_parent_filter= is an AutoMaterializeAssetPartitionsFilter, "
                f"not {shown(updated_parent_filter)}",
                parameter="updated_parent_filter",
                value=updated_parent_filter,
            )
        tags = tuple(sorted((updated_parent_filter.latest_run_required_tags or {}).items()))
        params = {"tag_values": tags} if tags else {}
        condition = _condition("materialize_on_parent_updated", "rule_parent_updated", params)
        arguments = (("updated_parent_filter", updated_parent_filter),)
        return AutoMaterializeRule(condition, "materialize_on_parent_updated", arguments)

    @staticmethod
    def materialize_on_cron(
        cron_schedule: str, timezone: str = "UTC", all_partitions: bool = False
    ) -> AutoMaterializeRule:
        """Makes it once for each time of a cron string.

        Args:
            cron_schedule: the cron string.
            timezone: the time zone it is read in (IANA name).
            all_partitions: all of them, not the newest only.

        Raises:
            ParameterCheckError: not a cron string, no such zone, or not a bool.
        """
        what = "materialize_on_cron"
        params = _cron(what, cron_schedule, timezone)
        if _flag(what, "all_partitions", all_partitions):
            params["all_partitions"] = True
        arguments = {"cron_schedule": cron_schedule, "timezone": timezone, "all_partitions": all_partitions}
        return AutoMaterializeRule(_condition(what, "rule_cron", params), what, tuple(arguments.items()))

    @staticmethod
    def materialize_on_required_for_freshness() -> AutoMaterializeRule:
        """Accepted, and never true: freshness policies of today ask for nothing to be made."""
        return _rule("materialize_on_required_for_freshness", "rule_required_for_freshness")

    # ------------------------------------------------------------ what skips

    @staticmethod
    def skip_on_parent_missing() -> AutoMaterializeRule:
        """Waits while something it is made from is missing."""
        return _rule("skip_on_parent_missing", "rule_parent_missing")

    @staticmethod
    def skip_on_parent_outdated(minutes: float | None = None) -> AutoMaterializeRule:
        """Waits while something it is made from is older than what that is made from.

        Args:
            minutes: instead: while something it is made from was made longer ago than this, or never.

        Raises:
            ParameterCheckError: ``minutes`` is no number above 0.
        """
        if minutes is None:
            return _rule("skip_on_parent_outdated", "rule_parent_outdated")
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not minutes > 0:
            raise ParameterCheckError(
                f"skip_on_parent_outdated: minutes= is a number above 0, not {shown(minutes)}",
                parameter="minutes",
                value=minutes,
            )
        return _rule("skip_on_parent_outdated", "rule_parent_outdated", minutes=minutes)

    @staticmethod
    def skip_on_not_all_parents_updated(require_update_for_all_parent_partitions: bool = False) -> AutoMaterializeRule:
        """Waits until everything it is made from was made since.

        Args:
            require_update_for_all_parent_partitions: all partitions of each, not one at least.

        Raises:
            ParameterCheckError: not a bool.
        """
        what, name = "skip_on_not_all_parents_updated", "require_update_for_all_parent_partitions"
        is_all = _flag(what, name, require_update_for_all_parent_partitions)
        condition = _condition(what, "rule_not_all_parents_updated", {"all_partitions": True} if is_all else {})
        return AutoMaterializeRule(condition, what, ((name, is_all),))

    @staticmethod
    def skip_on_not_all_parents_updated_since_cron(cron_schedule: str, timezone: str = "UTC") -> AutoMaterializeRule:
        """Waits until everything it is made from was made since the newest time of a cron string.

        Args:
            cron_schedule: the cron string.
            timezone: the time zone it is read in (IANA name).

        Raises:
            ParameterCheckError: not a cron string, or no such zone.
        """
        what = "skip_on_not_all_parents_updated_since_cron"
        condition = _condition(what, "rule_not_all_parents_updated_since_cron", _cron(what, cron_schedule, timezone))
        return AutoMaterializeRule(condition, what, (("cron_schedule", cron_schedule), ("timezone", timezone)))

    @staticmethod
    def skip_on_required_but_nonexistent_parents() -> AutoMaterializeRule:
        """Waits while it is made from partitions that do not exist."""
        return _rule("skip_on_required_but_nonexistent_parents", "rule_nonexistent_parents")

    @staticmethod
    def skip_on_backfill_in_progress(all_partitions: bool = False) -> AutoMaterializeRule:
        """Waits while a backfill that is not over is to make it.

        Args:
            all_partitions: also while it is to make other partitions of the asset.

        Raises:
            ParameterCheckError: not a bool.
        """
        what = "skip_on_backfill_in_progress"
        is_all = _flag(what, "all_partitions", all_partitions)
        condition = _condition(what, "rule_backfill_in_progress" if is_all else "backfill_in_progress", {})
        return AutoMaterializeRule(condition, what, (("all_partitions", is_all),))

    @staticmethod
    def skip_on_run_in_progress() -> AutoMaterializeRule:
        """Waits while a run that is queued or goes on is to make it."""
        return _rule("skip_on_run_in_progress", "run_in_progress")


def _rule(name: str, kind: str, **params: Any) -> AutoMaterializeRule:
    """A rule whose arguments are its condition's parameters."""
    return AutoMaterializeRule(_condition(name, kind, params), name, tuple(params.items()))


def _condition(name: str, kind: str, params: Mapping[str, Any]) -> BuiltInCondition:
    return BuiltInCondition(kind, tuple(sorted(params.items())), label=name)


def _cron(what: str, cron_schedule: str, timezone: str) -> dict[str, Any]:
    return dict(cron_params(what, cron_schedule, timezone, "timezone"))


def _flag(what: str, argument: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ParameterCheckError(
        f"{what}: {argument}= is True or False, not {shown(value)}", parameter=argument, value=value
    )


def _words(name: str, arguments: Mapping[str, Any]) -> str:
    """What a rule with arguments says."""
    cron = f"{arguments.get('cron_schedule')!r} ({arguments.get('timezone')})"
    match name:
        case "materialize_on_cron":
            which = " (all partitions)" if arguments["all_partitions"] else ""
            return f"it was not made since the newest time of {cron}{which}"
        case "materialize_on_parent_updated":
            chosen: AutoMaterializeAssetPartitionsFilter | None = arguments.get("updated_parent_filter")
            tags = dict((chosen and chosen.latest_run_required_tags) or {})
            return "upstream was updated since" + (f", by runs with the tags {tags}" if tags else "")
        case "skip_on_parent_outdated":
            minutes = arguments.get("minutes")
            if minutes is None:
                return "something upstream is older than what it is made from"
            return f"something upstream is missing or was made more than {minutes:g} minutes ago"
        case "skip_on_not_all_parents_updated":
            is_all = arguments["require_update_for_all_parent_partitions"]
            return f"not {'every partition of ' if is_all else ''}everything upstream was updated"
        case "skip_on_not_all_parents_updated_since_cron":
            return f"not everything upstream was updated since the newest time of {cron}"
        case "skip_on_backfill_in_progress":
            return f"a backfill in progress is to make {'some of the asset' if arguments['all_partitions'] else 'it'}"
    return name.replace("_", " ")
