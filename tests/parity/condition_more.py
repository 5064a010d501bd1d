"""Random lives with what those of ``condition_life.py`` leave out: policies of rules, conditions of one's own,
conditions of which a part was replaced or left out. Their dice are others, so that what is recorded stays.

Left out is, too, what docs/differences.md tells of: limits, lazy policies, rules of cron strings and windows of time,
of runs in progress and partitions.
"""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import C, asset
from tests.parity.condition_dice import CRONS, ZONES, AssetPlan, Node, Plans
from tests.parity.condition_life import DEFINITIONS, Life, condition_of, mapping_of

P, R = dg.AutoMaterializePolicy, dg.AutoMaterializeRule
SKIPS = (
    "skip_on_parent_missing",
    "skip_on_parent_outdated",
    "skip_on_required_but_nonexistent_parents",
    "skip_on_not_all_parents_updated",
    "skip_on_run_in_progress",
    "skip_on_backfill_in_progress",
)
OWN = ("often", "early", "above", "all")


class Often(dg.AutomationCondition[Any]):
    """True at every second evaluation; its cursor says how many there were."""

    def evaluate(self, context: Any) -> Any:
        count = int(context.cursor or 0) + 1
        found = context.candidate_subset if count % 2 else context.get_empty_subset()
        return dg.AutomationResult(context, true_subset=found, cursor=str(count))


class Early(dg.AutomationCondition[Any]):
    """True in the first half of an hour."""

    def evaluate(self, context: Any) -> Any:
        is_early = context.evaluation_time.minute < 30
        return dg.AutomationResult(
            context, true_subset=context.candidate_subset if is_early else context.get_empty_subset()
        )


class Above(dg.AutomationCondition[Any]):
    """True for what is made from something of other assets."""

    def evaluate(self, context: Any) -> Any:
        candidates, found = context.candidate_subset, context.get_empty_subset()
        if isinstance(context.key, dg.AssetKey):
            for parent in sorted(context.asset_graph.get(context.key).parent_keys - {context.key}, key=str):
                above = candidates.compute_parent_subset(parent)
                found = found.compute_union(above.compute_child_subset(context.key))
        return dg.AutomationResult(context, true_subset=candidates.compute_intersection(found))


class Everything(dg.AutomationCondition[Any]):
    """True for all candidates."""

    def evaluate(self, context: Any) -> Any:
        return dg.AutomationResult(context, true_subset=context.candidate_subset)


OF_ONES_OWN: dict[str, Any] = {"often": Often, "early": Early, "above": Above, "all": Everything}


class MorePlans(Plans):
    """Draws graphs and conditions with more sorts of conditions."""

    def leaf(self) -> Node:
        sort = self.dice.randrange(6)
        if sort == 0:
            return ("own", self.dice.choice(OWN))
        found = super().leaf()
        return ("newly_updated",) if found == ("executed_with_tags",) else found

    def root_condition(self) -> Node:
        sort = self.dice.randrange(8)
        if sort == 0:
            part = self.dice.choice(
                ("in_latest_time_window", "any_deps_missing", "any_deps_in_progress", "in_progress")
            )
            return ("without", ("eager",), part)
        if sort == 1:
            part = self.dice.choice(("any_deps_missing", "any_deps_updated", "in_progress", "newly_missing"))
            return ("replace", ("eager",), part, self.condition(1))
        return super().root_condition()

    def asset(self, name: str, above: list[AssetPlan], favourite: str) -> AssetPlan:
        plan = super().asset(name, above, favourite)
        if plan.sort == "asset" and self.dice.random() < 0.3:
            plan.condition = self.policy(plan)
        return plan

    def twin(self, first: AssetPlan, above: list[AssetPlan]) -> AssetPlan:
        if first.condition is not None and first.condition[0] == "policy":
            first.condition = self.root_condition()
        return super().twin(first, above)

    def policy(self, plan: AssetPlan) -> Node:
        """A policy: eager, or of rules."""
        if self.dice.random() < 0.3:
            return ("policy", ("eager",))
        rules: set[Node] = set()
        for name in self.dice.sample(("materialize_on_missing", "materialize_on_parent_updated"), 2)[
            : self.dice.choice((1, 2))
        ]:
            rules.add((name,))
        if self.dice.random() < 0.4:
            rules.add(("materialize_on_cron", self.dice.choice(CRONS), self.dice.choice(ZONES)))
        for name in self.dice.sample(SKIPS, self.dice.choice((0, 1, 1, 2))):
            if name != "skip_on_run_in_progress" or plan.kind == "whole":
                rules.add((name,))
        return ("policy", *sorted(rules))


def more_of(node: Node, some: Any) -> Any:
    """A condition, perhaps one of those that only these lives have in them."""
    name, *given = node
    if name == "own":
        return OF_ONES_OWN[given[0]]()
    if name == "without":
        part = getattr(C, given[1])()
        return condition_of(given[0], some).without(part)
    if name == "replace":
        return condition_of(given[0], some).replace(given[1], more_of(given[2], some))
    if name == "policy":
        return policy_of(node).to_automation_condition()
    return condition_of(node, some, more_of)


def policy_of(node: Node) -> Any:
    """The policy that a node stands for."""
    if node[1:] == (("eager",),):
        return P.eager(max_materializations_per_minute=None)
    rules: Any = {getattr(R, name)(*given) for name, *given in node[1:]}
    return P(rules=rules, max_materializations_per_minute=None)


class OtherLife(Life):
    """One seed."""

    name = "more conditions"
    planner_of = MorePlans
    condition_of = staticmethod(more_of)

    def built(self, plan: AssetPlan, some: Any) -> Any:
        if plan.sort != "asset" or plan.condition is None or plan.condition[0] != "policy":
            return super().built(plan, some)
        deps = [dg.AssetDep(name, partition_mapping=mapping_of(mapping)) for name, mapping in plan.deps]
        return asset(
            plan.name,
            None,
            deps,
            partitions_def=DEFINITIONS[plan.kind],
            code_version=plan.code_version,
            auto_materialize_policy=policy_of(plan.condition),
        )
