"""Random asset graphs and automation conditions, as plain data: the same dice give the same on every interpreter.

Conditions are nested tuples, the name of a constructor or operator first: ``("and", ("missing",), ("not", ...))``.
"""

import random
from dataclasses import dataclass, field
from typing import Any

Node = tuple[Any, ...]
KINDS = ("whole", "whole", "letters", "letters", "days", "days", "quarters", "plots", "grid")
CRONS = ("0 2 * * *", "0 */3 * * *", "30 * * * *", "0 0 * * *")
ZONES = ("UTC", "UTC", "America/New_York")
HOURS = (None, None, 20, 48, 72)
LEAVES = (
    "missing",
    "newly_updated",
    "newly_updated",
    "newly_updated",
    "newly_missing",
    "newly_requested",
    "in_progress",
    "run_in_progress",
    "execution_failed",
    "will_be_requested",
    "initial_evaluation",
    "code_version_changed",
    "data_version_changed",
    "any_deps_updated",
    "any_deps_missing",
    "any_deps_in_progress",
    "backfill_in_progress",
    "all_deps_blocking_checks_passed",
)
# What checks, too, can be asked.
CHECK_LEAVES = ("missing", "newly_updated", "check_passed", "check_failed", "execution_failed", "newly_requested")
WHOLE = ("eager", "eager", "on_missing", "on_cron")
# Conditions whose operand is asked of others.
OF_OTHERS = ("any_deps_match", "all_deps_match", "asset_matches", "any_checks_match", "all_checks_match")
TAGGED = ("any_new_update_has_run_tags", "all_new_updates_have_run_tags", "executed_with_tags")


@dataclass
class AssetPlan:
    """One asset: what divides it, what it is made from, when it is to be made, what it is always made together with."""

    name: str
    kind: str
    sort: str = "asset"
    deps: list[tuple[str, Node | None]] = field(default_factory=list)
    condition: Node | None = None
    code_version: str | None = None
    twin: str | None = None
    checks: list[tuple[str, bool, Node | None]] = field(default_factory=list)


class Plans:
    """Draws graphs and conditions."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.alike: list[str] = []
        self.has_past = self.has_downstream = self.was_wiped = False

    # ------------------------------------------------------------------ conditions

    def leaf(self) -> Node:
        """A condition that is made of no other."""
        sort = self.dice.randrange(14)
        if sort == 0:
            return ("in_latest_time_window", self.dice.choice(HOURS))
        if sort == 1:
            return ("cron_tick_passed", self.dice.choice(CRONS), self.dice.choice(ZONES))
        if sort == 2:
            return ("all_deps_updated_since_cron", self.dice.choice(CRONS), "UTC")
        if sort == 3:
            return (self.dice.choice(TAGGED),)
        return (self.dice.choice(LEAVES),)

    def condition(self, depth: int) -> Node:
        """Any condition of an asset, at most so deep."""
        sort = self.dice.randrange(16)
        if depth == 0 or sort < 3:
            return self.leaf()
        deeper = depth - 1
        if sort < 5:
            return ("and", self.condition(deeper), self.condition(deeper))
        if sort < 8:
            return ("or", *(self.condition(deeper) for _ in range(self.dice.choice((2, 2, 3)))))
        if sort == 8:
            return ("not", self.condition(deeper))
        if sort == 9:
            return ("newly_true", self.condition(deeper))
        if sort == 10:
            return ("since", self.condition(deeper), self.condition(deeper))
        if sort == 11:
            return ("since_last_handled", self.condition(deeper))
        if sort == 12 and self.dice.random() < 0.5:
            if self.alike and self.dice.random() < 0.6:
                return ("asset_matches", self.dice.choice(self.alike), self.condition(deeper))
            if not self.has_past:
                self.has_downstream = True
                return ("any_downstream_conditions",)
        if sort == 12:
            name = self.dice.choice(("any_checks_match", "all_checks_match"))
            return (name, self.check_condition(1), self.dice.random() < 0.3)
        name = self.dice.choice(("any_deps_match", "any_deps_match", "all_deps_match"))
        return (name, self.condition(deeper), self.dice.choice((None, None, None, "allow", "ignore")))

    def fitted(self, kind: str, node: Node, *, is_other: bool = False) -> Node:
        """A condition of such an asset, without what docs/differences.md tells of.

        Args:
            kind: what divides the asset.
            node: the condition.
            is_other: it is asked of other entities than that asset.
        """
        name = node[0]
        if name == "executed_with_tags" and (is_other or kind != "whole"):
            return ("newly_updated",)
        if name == "initial_evaluation" and is_other and kind == "plots":
            return ("missing",)
        if name == "data_version_changed" and self.was_wiped:
            return ("newly_updated",)
        is_other = is_other or name in OF_OTHERS
        parts = (self.fitted(kind, each, is_other=is_other) if isinstance(each, tuple) else each for each in node[1:])
        return (name, *parts)

    def check_condition(self, depth: int) -> Node:
        """A condition that can be asked of a check."""
        sort = self.dice.randrange(6)
        if depth == 0 or sort < 3:
            return (self.dice.choice(CHECK_LEAVES),)
        deeper = depth - 1
        if sort == 3:
            return ("not", self.check_condition(deeper))
        return (self.dice.choice(("and", "or")), self.check_condition(deeper), self.check_condition(deeper))

    def root_condition(self) -> Node:
        """What an asset's condition is: one of the well-known ones, perhaps changed, or any."""
        sort = self.dice.randrange(10)
        if sort >= 4:
            found = self.condition(self.dice.choice((1, 1, 2, 2, 3)))
            return ("newly_true", found) if self.dice.random() < 0.2 else found
        name = self.dice.choice(WHOLE)
        known: Node = (name, self.dice.choice(CRONS), self.dice.choice(ZONES)) if name == "on_cron" else (name,)
        if sort == 3:
            return (self.dice.choice(("and", "or")), known, self.condition(1))
        if sort == 2:
            return (self.dice.choice(("allow", "ignore")), known)
        return known

    # ---------------------------------------------------------------------- graphs

    def graph(self) -> list[AssetPlan]:
        """Assets, those upstream first."""
        plans: list[AssetPlan] = []
        favourite = self.dice.choice(KINDS)
        for number in range(self.dice.randrange(4, 9)):
            plans.append(self.asset(f"a{number}", plans, favourite))
            if plans[-1].sort == "asset" and self.dice.random() < 0.08:
                plans.append(self.twin(plans[-1], plans[:-1]))
        return plans

    def asset(self, name: str, above: list[AssetPlan], favourite: str) -> AssetPlan:
        """One more asset, made from some of those above."""
        kind = favourite if self.dice.random() < 0.6 else self.dice.choice(KINDS)
        plan = AssetPlan(name, kind)
        self.alike = [each.name for each in above if each.kind == kind]
        if self.dice.random() < (0.5 if not above else 0.08):
            plan.sort = self.dice.choice(("outside", "watched", "asset"))
        if plan.sort == "watched":
            plan.kind = kind = "whole"
        if plan.sort == "asset":
            for each in self.dice.sample(above, min(len(above), self.dice.choice((0, 1, 1, 2, 2, 3)))):
                self.depend(plan, each)
            if kind == "days" and self.dice.random() < 0.1 and not self.has_downstream:
                self.has_past = True
                plan.deps.append((name, ("windows", -1, -1)))
            plan.checks = [
                (f"c{number}", self.dice.random() < 0.5, self.check_root() if self.dice.random() < 0.3 else None)
                for number in range(self.dice.choice((0, 0, 0, 1, 2)))
            ]
            plan.code_version = self.dice.choice((None, "1"))
        if plan.sort != "outside" and self.dice.random() < 0.9:
            plan.condition = self.fitted(kind, self.root_condition())
        return plan

    def twin(self, first: AssetPlan, above: list[AssetPlan]) -> AssetPlan:
        """An asset that is always made together with another one."""
        plan = AssetPlan(f"{first.name}t", first.kind, "twin", twin=first.name)
        first.sort, first.twin, first.checks, first.code_version = "twin", plan.name, [], None
        first.deps = [each for each in first.deps if each[0] != first.name]
        for each in self.dice.sample(above, min(len(above), 1)):
            self.depend(plan, each)
        if self.dice.random() < 0.5:
            plan.condition = self.fitted(plan.kind, self.root_condition())
        return plan

    def check_root(self) -> Node:
        """What a check's own condition is."""
        return self.dice.choice((("eager",), ("missing",), ("any_deps_match", ("newly_updated",), None)))

    def depend(self, plan: AssetPlan, above: AssetPlan) -> None:
        """A dependency, if the partitions of the two can be mapped; and how."""
        pair = (above.kind, plan.kind)
        mappings: list[Node | None] = [None, None]
        if "whole" in pair:
            mappings += [("all",)] if pair != ("whole", "whole") and plan.kind == "whole" else []
        elif pair == ("days", "days"):
            mappings += [("windows", -1, -1), ("windows", -1, 0), ("last",)]
        elif pair == ("letters", "letters"):
            mappings += [("static", (("a", ("a", "b")), ("c", ("c",)))), ("all",), ("some", ("b",))]
        elif above.kind != plan.kind and set(pair) not in ({"days", "quarters"}, {"grid", "days"}, {"grid", "letters"}):
            mappings = [("all",)]
        plan.deps.append((above.name, self.dice.choice(mappings)))


def told(node: Node | None) -> str:
    """A condition as text."""
    if node is None:
        return "-"
    inner = ", ".join(told(each) if isinstance(each, tuple) else repr(each) for each in node[1:])
    return f"{node[0]}({inner})" if inner else str(node[0])
