"""Policies: rules by which assets are made; each is a condition underneath."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition
from watchbell.declare.conditions.condition_arguments import PolicyKind
from watchbell.declare.conditions.rule import AutoMaterializeDecisionType, AutoMaterializeRule
from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass


class AutoMaterializePolicyType(Enum):
    """Whether an asset follows what it is made from (EAGER), or waits for something else (LAZY)."""

    EAGER = "EAGER"
    LAZY = "LAZY"


_RULE = AutoMaterializeRule
_SKIPPING = frozenset(
    {
        _RULE.skip_on_parent_missing(),
        _RULE.skip_on_parent_outdated(),
        _RULE.skip_on_required_but_nonexistent_parents(),
        _RULE.skip_on_backfill_in_progress(),
    }
)
_LAZY = frozenset({_RULE.materialize_on_required_for_freshness()}) | _SKIPPING
_EAGER = frozenset({_RULE.materialize_on_missing(), _RULE.materialize_on_parent_updated()}) | _LAZY


@dataclass(frozen=True)
class AutoMaterializePolicy(PolicyKind):
    """When an asset is to be made, told by rules: if one that makes says so and none that skips.

    New code says the same with :class:`AutomationCondition`, which this becomes where it is used.

    Args:
        rules: the rules.
        max_materializations_per_minute: how many partitions are made at most in an evaluation; None: any number.
        asset_condition: instead of rules, a condition; ``max_materializations_per_minute`` is None then.
        is_lazy: whether it is also made together with what needs it; set by :meth:`lazy`.

    Raises:
        ParameterCheckError: neither rules nor a condition, or both; an argument of the wrong type.
        CheckError: a rule is none, or the number is not above 0.

    Example:
        >>> @asset(auto_materialize_policy=AutoMaterializePolicy.eager(max_materializations_per_minute=None))
        ... def report() -> None: ...
        >>> AutoMaterializePolicy.lazy().policy_type.value
        'LAZY'
    """

    rules: frozenset[AutoMaterializeRule]
    max_materializations_per_minute: int | None = 1
    asset_condition: AutomationCondition[object] | None = None
    is_lazy: bool = False

    def __post_init__(self) -> None:
        what = "AutoMaterializePolicy"
        rules: object = self.rules
        if rules is not None and not isinstance(rules, set | frozenset):
            raise ParameterCheckError(
                f"{what}: rules= is a set of rules, not {shown(rules)}; from_rules takes a list",
                parameter="rules",
                value=rules,
            )
        for rule in self.rules or ():
            if not isinstance(rule, AutoMaterializeRule):
                raise CheckError(f"{what}: {shown(rule)} is not an AutoMaterializeRule")
        if bool(self.rules) == (self.asset_condition is not None):
            raise ParameterCheckError(
                f"{what}: either rules= or asset_condition= has to be given, and not both",
                parameter="asset_condition",
                value=self.asset_condition,
            )
        self._check_limit(what)
        object.__setattr__(self, "rules", frozenset(self.rules or ()))

    def _check_limit(self, what: str) -> None:
        name, limit = "max_materializations_per_minute", self.max_materializations_per_minute
        condition: object = self.asset_condition
        if condition is not None and not isinstance(condition, AutomationCondition):
            raise ParameterCheckError(
                f"{what}: asset_condition= is an AutomationCondition, not {shown(condition)}",
                parameter="asset_condition",
                value=condition,
            )
        if limit is None:
            return
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise ParameterCheckError(f"{what}: {name}= is a number, not {shown(limit)}", parameter=name, value=limit)
        if limit <= 0:
            raise CheckError(f"{what}: {name}= is above 0, not {limit}; None means any number, no policy means none")
        if condition is not None:
            raise ParameterCheckError(
                f"{what}: {name}= goes with rules only; give None with asset_condition=", parameter=name, value=limit
            )

    @staticmethod
    def eager(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """Makes what is missing, and what something upstream was made for since.

        It waits while something upstream is missing or outdated, and while a backfill makes it.

        Args:
            max_materializations_per_minute: how many partitions at most in an evaluation; None: any number.
        """
        return AutoMaterializePolicy(_EAGER, max_materializations_per_minute)

    @staticmethod
    def lazy(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """Makes it together with something downstream that is to be made, if it is missing or older than upstream.

        Args:
            max_materializations_per_minute: how many partitions at most in an evaluation; None: any number.
        """
        return AutoMaterializePolicy(_LAZY, max_materializations_per_minute, is_lazy=True)

    @staticmethod
    def from_rules(
        rules: Iterable[AutoMaterializeRule], max_materializations_per_minute: int | None = 1
    ) -> AutoMaterializePolicy:
        """A policy of these rules.

        Args:
            rules: they, in any order.
            max_materializations_per_minute: how many partitions at most in an evaluation; None: any number.

        Raises:
            ParameterCheckError: not a collection, or an empty one.
            CheckError: one is no rule.
        """
        if isinstance(rules, str) or not isinstance(rules, Iterable):
            raise ParameterCheckError(
                f"from_rules: a list of rules is asked for, not {shown(rules)}", parameter="rules", value=rules
            )
        return AutoMaterializePolicy(frozenset(_checked("from_rules", rules)), max_materializations_per_minute)

    @staticmethod
    def from_automation_condition(automation_condition: AutomationCondition[object]) -> AutoMaterializePolicy:
        """A condition as a policy, for code that asks for one.

        Raises:
            ParameterCheckError: not a condition.
        """
        return AutoMaterializePolicy(frozenset(), None, automation_condition)

    def with_rules(self, *rules_to_add: AutoMaterializeRule) -> AutoMaterializePolicy:
        """The same policy with more rules.

        Raises:
            CheckError: one is no rule.
            ParameterCheckError: this policy is a condition.
        """
        added = frozenset(_checked("with_rules", rules_to_add))
        return self._with(self.rules | added, self.max_materializations_per_minute)

    def without_rules(self, *rules_to_remove: AutoMaterializeRule) -> AutoMaterializePolicy:
        """The same policy with fewer rules.

        Raises:
            ParameterCheckError: it does not have one of them, or none is left.
        """
        absent = [rule for rule in rules_to_remove if rule not in self.rules]
        if absent:
            raise ParameterCheckError(
                f"without_rules: the policy has no {', '.join(map(shown, absent))}"
                f"{did_you_mean(str(absent[0]), map(str, self.rules))}; it has: "
                f"{', '.join(sorted(map(str, self.rules))) or 'no rules'}",
                parameter="rules_to_remove",
                value=rules_to_remove,
            )
        return self._with(self.rules - frozenset(rules_to_remove), self.max_materializations_per_minute)

    def with_max_materializations_per_minute(
        self, max_materializations_per_minute: int | None
    ) -> AutoMaterializePolicy:
        """The same policy with another limit.

        Args:
            max_materializations_per_minute: how many partitions at most in an evaluation; None: any number.
        """
        return self._with(self.rules, max_materializations_per_minute)

    def _with(self, rules: frozenset[AutoMaterializeRule], limit: int | None) -> AutoMaterializePolicy:
        return AutoMaterializePolicy(rules, limit, self.asset_condition, self.is_lazy)

    @property
    def materialize_rules(self) -> set[AutoMaterializeRule]:
        """Its rules that make."""
        return {rule for rule in self.rules if rule.decision_type is AutoMaterializeDecisionType.MATERIALIZE}

    @property
    def skip_rules(self) -> set[AutoMaterializeRule]:
        """Its rules that skip."""
        return {rule for rule in self.rules if rule.decision_type is AutoMaterializeDecisionType.SKIP}

    @property
    def policy_type(self) -> AutoMaterializePolicyType:
        """EAGER if it follows what is upstream, else LAZY."""
        is_eager = any(rule.rule_name == "materialize_on_parent_updated" for rule in self.rules)
        return AutoMaterializePolicyType.EAGER if is_eager else AutoMaterializePolicyType.LAZY

    def __repr__(self) -> str:
        limit = f"max_materializations_per_minute={self.max_materializations_per_minute}"
        if self.asset_condition is not None:
            return f"AutoMaterializePolicy.from_automation_condition({self.asset_condition!r})"
        lazy = ", is_lazy=True" if self.is_lazy else ""
        return f"AutoMaterializePolicy(rules={{{', '.join(map(repr, _in_order(self.rules)))}}}, {limit}{lazy})"

    def to_automation_condition(self) -> AutomationCondition[object]:
        """The condition that says the same."""
        if self.asset_condition is not None:
            return self.asset_condition
        making = [rule.condition for rule in _in_order(self.materialize_rules)]
        if self.is_lazy:
            making.append(_needed_downstream())
        parts = [_any_of(making)]
        if self.skip_rules:
            parts.append(~_any_of([rule.condition for rule in _in_order(self.skip_rules)]))
        whole = parts[0] if len(parts) == 1 else BuiltInCondition("and", (), tuple(parts))
        if self.max_materializations_per_minute is None:
            return whole
        limit = (("limit", self.max_materializations_per_minute),)
        return BuiltInCondition("rule_max_materializations", limit, (whole,))


def _in_order(rules: Iterable[AutoMaterializeRule]) -> list[AutoMaterializeRule]:
    """The same order in every process, so that the same policy is the same condition."""
    return sorted(rules, key=repr)


def _any_of(conditions: list[BuiltInCondition]) -> BuiltInCondition:
    return conditions[0] if len(conditions) == 1 else BuiltInCondition("or", (), tuple(conditions))


def _needed_downstream() -> BuiltInCondition:
    """Something downstream is to be made, and this is missing or not of what is upstream now."""
    absent, older = AutomationCondition.missing(), AutomationCondition.parent_newer()
    anew = AutomationCondition.any_deps_match(AutomationCondition.will_be_requested())
    return (AutomationCondition.any_downstream_conditions() & (absent | older | anew)).with_label("lazy")


def _checked(what: str, rules: Iterable[AutoMaterializeRule]) -> Iterable[AutoMaterializeRule]:
    for rule in rules:
        if not isinstance(rule, AutoMaterializeRule):
            raise CheckError(f"{what}: {shown(rule)} is not an AutoMaterializeRule")
        yield rule
