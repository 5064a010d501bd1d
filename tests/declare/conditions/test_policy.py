"""Policies and rules: conditions underneath."""

from typing import Any

import pytest

from watchbell import (
    AutoMaterializeAssetPartitionsFilter,
    AutoMaterializePolicy,
    AutoMaterializeRule,
    AutomationCondition,
)
from watchbell.declare.conditions.condition import BuiltInCondition, walk
from watchbell.declare.conditions.policy import AutoMaterializePolicyType
from watchbell.declare.conditions.rule import AutoMaterializeDecisionType
from watchbell.ground.errors import CheckError, ParameterCheckError

P, R = AutoMaterializePolicy, AutoMaterializeRule
MISSING, UPDATED = R.materialize_on_missing(), R.materialize_on_parent_updated()


def kinds(policy: AutoMaterializePolicy) -> list[str]:
    return [each.kind for each in walk(policy.to_automation_condition()) if isinstance(each, BuiltInCondition)]


def test_a_policy_makes_if_a_rule_makes_and_none_skips() -> None:
    policy = P.from_rules([R.skip_on_parent_missing(), UPDATED, MISSING], max_materializations_per_minute=None)

    text = "(materialize_on_missing | materialize_on_parent_updated) & ~skip_on_parent_missing"
    assert str(policy.to_automation_condition()) == text


def test_the_limit_is_around_the_whole() -> None:
    condition = P.from_rules([MISSING], 3).to_automation_condition()

    assert isinstance(condition, BuiltInCondition)
    assert (condition.kind, condition.param("limit")) == ("rule_max_materializations", 3)
    assert condition.operands == (MISSING.to_asset_condition(),)


def test_a_policy_that_only_skips_makes_nothing() -> None:
    assert str(P.from_rules([R.skip_on_parent_missing()], None).to_automation_condition()) == (
        "(never) & ~skip_on_parent_missing"
    )


def test_the_order_of_rules_does_not_matter() -> None:
    rules = [UPDATED, MISSING, R.skip_on_parent_missing(), R.skip_on_parent_outdated()]

    assert P.from_rules(rules).to_automation_condition() == P.from_rules(rules[::-1]).to_automation_condition()
    assert repr(P.from_rules(rules)) == repr(P.from_rules(rules[::-1]))


def test_a_lazy_asset_is_made_with_what_needs_it() -> None:
    found = kinds(P.lazy(None))

    assert "any_downstream" in found
    assert "parent_newer" in found
    assert "any_downstream" not in kinds(P.from_rules(P.lazy().rules, None))


@pytest.mark.parametrize(
    ("rule", "kind", "params"),
    [
        (MISSING, "rule_missing", {}),
        (UPDATED, "rule_parent_updated", {}),
        (
            R.materialize_on_parent_updated(AutoMaterializeAssetPartitionsFilter({"b": "2", "a": "1"})),
            "rule_parent_updated",
            {"tag_values": (("a", "1"), ("b", "2"))},
        ),
        (R.materialize_on_cron("0 2 * * *"), "rule_cron", {"cron": "0 2 * * *", "timezone": "UTC"}),
        (
            R.materialize_on_cron("0 2 * * *", "Asia/Tokyo", all_partitions=True),
            "rule_cron",
            {"cron": "0 2 * * *", "timezone": "Asia/Tokyo", "all_partitions": True},
        ),
        (R.materialize_on_required_for_freshness(), "rule_required_for_freshness", {}),
        (R.skip_on_parent_missing(), "rule_parent_missing", {}),
        (R.skip_on_parent_outdated(), "rule_parent_outdated", {}),
        (R.skip_on_parent_outdated(minutes=360), "rule_parent_outdated", {"minutes": 360}),
        (R.skip_on_not_all_parents_updated(), "rule_not_all_parents_updated", {}),
        (R.skip_on_not_all_parents_updated(True), "rule_not_all_parents_updated", {"all_partitions": True}),
        (
            R.skip_on_not_all_parents_updated_since_cron("0 18 * * *"),
            "rule_not_all_parents_updated_since_cron",
            {"cron": "0 18 * * *", "timezone": "UTC"},
        ),
        (R.skip_on_required_but_nonexistent_parents(), "rule_nonexistent_parents", {}),
        (R.skip_on_backfill_in_progress(), "backfill_in_progress", {}),
        (R.skip_on_backfill_in_progress(all_partitions=True), "rule_backfill_in_progress", {}),
        (R.skip_on_run_in_progress(), "run_in_progress", {}),
    ],
)
def test_a_rule_is_a_condition_that_bears_its_name(rule: AutoMaterializeRule, kind: str, params: Any) -> None:
    condition = rule.to_asset_condition()

    assert (condition.kind, dict(condition.params), condition.label) == (kind, params, rule.rule_name)
    skips = rule.rule_name.startswith("skip")
    assert rule.decision_type is (
        AutoMaterializeDecisionType.SKIP if skips else AutoMaterializeDecisionType.MATERIALIZE
    )
    assert rule.description
    assert eval(repr(rule), {"AutoMaterializeRule": R, "AutoMaterializeAssetPartitionsFilter": FILTER}) == rule


FILTER = AutoMaterializeAssetPartitionsFilter


def test_rules_of_other_arguments_are_other_rules() -> None:
    assert R.skip_on_parent_outdated() != R.skip_on_parent_outdated(minutes=5)
    assert (
        len({R.materialize_on_cron("@daily"), R.materialize_on_cron("@daily"), R.materialize_on_cron("@hourly")}) == 2
    )


def test_a_policy_grows_and_shrinks() -> None:
    policy = P.lazy().with_rules(UPDATED).without_rules(R.skip_on_parent_missing())

    assert policy.policy_type is AutoMaterializePolicyType.EAGER
    assert policy.materialize_rules == {UPDATED, R.materialize_on_required_for_freshness()}
    assert policy.with_max_materializations_per_minute(7).max_materializations_per_minute == 7
    assert R.skip_on_parent_missing() not in policy.skip_rules


def test_a_condition_can_be_shown_as_a_policy() -> None:
    policy = AutomationCondition.eager().as_auto_materialize_policy()

    assert policy.to_automation_condition() is AutomationCondition.eager()
    assert (policy.rules, policy.max_materializations_per_minute) == (frozenset(), None)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: P.eager(0), CheckError, "above 0"),
        (lambda: P.eager("1"), ParameterCheckError, "is a number"),  # type: ignore[arg-type]
        (lambda: P.eager(True), ParameterCheckError, "is a number"),
        (lambda: P([MISSING]), ParameterCheckError, "from_rules takes a list"),  # type: ignore[arg-type]
        (lambda: P({3}), CheckError, "is not an AutoMaterializeRule"),  # type: ignore[arg-type]
        (lambda: P(frozenset()), ParameterCheckError, "has to be given"),
        (lambda: P.from_rules([]), ParameterCheckError, "has to be given"),
        (lambda: P.from_rules("x"), ParameterCheckError, "a list of rules"),  # type: ignore[arg-type]
        (lambda: P.from_rules([R.materialize_on_missing]), CheckError, "is not an"),  # type: ignore[list-item]
        (lambda: P.eager().with_rules(3), CheckError, "with_rules"),  # type: ignore[arg-type]
        (lambda: P.lazy().without_rules(MISSING), ParameterCheckError, "the policy has no"),
        (lambda: P.from_automation_condition(3), ParameterCheckError, "AutomationCondition"),  # type: ignore[arg-type]
        (lambda: R.materialize_on_cron("x"), ParameterCheckError, "one cron string"),
        (lambda: R.materialize_on_cron("@daily", "Berlin"), ParameterCheckError, "Europe/Berlin"),
        (lambda: R.materialize_on_cron("@daily", all_partitions=1), ParameterCheckError, "True or False"),  # type: ignore[arg-type]
        (lambda: R.materialize_on_parent_updated({}), ParameterCheckError, "PartitionsFilter"),  # type: ignore[arg-type]
        (lambda: R.skip_on_parent_outdated(minutes=0), ParameterCheckError, "above 0"),
        (lambda: R.skip_on_parent_outdated(minutes="5"), ParameterCheckError, "above 0"),  # type: ignore[arg-type]
        (lambda: R.skip_on_backfill_in_progress(3), ParameterCheckError, "True or False"),  # type: ignore[arg-type]
        (lambda: FILTER({"a": 1}), ParameterCheckError, "maps text to text"),  # type: ignore[dict-item]
        (R, TypeError, "condition"),
    ],
)
def test_a_mistake_is_refused(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert words in str(caught.value)
