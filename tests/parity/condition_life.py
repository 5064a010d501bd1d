"""The random life of a random asset graph with automation conditions: what happens, and what every tick asks for.

Left out is what docs/differences.md tells of: two runs of one asset at once, dynamic partitions that go, partitions of
sources that are observed, results of checks that no run reported, data versions of what was wiped, tags of the runs
that made partitions, initial evaluations of others that are asked for dynamic partitions.
"""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
from tests.parity.condition_bench import LETTERS, Bench, C, asset, check
from tests.parity.condition_dice import TAGGED, AssetPlan, Node, Plans
from tests.parity.scenario import OWN_WORDS, Say

DAYS = dg.DailyPartitionsDefinition("2024-01-06")
QUARTERS = dg.TimeWindowPartitionsDefinition("2024-01-09-00:00", "%Y-%m-%d-%H:%M", cron_schedule="0 */6 * * *")
PLOTS = dg.DynamicPartitionsDefinition(name="plots")
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
DEFINITIONS = {"whole": None, "letters": LETTERS, "days": DAYS, "quarters": QUARTERS, "plots": PLOTS, "grid": GRID}
JUMPS = ({"minutes": 10}, {"minutes": 40}, {"hours": 2}, {"hours": 7}, {"hours": 26})
MADE_MAX = 6
MANY = 10


def mapping_of(node: Node | None) -> Any:
    """How partitions are mapped."""
    if node is None:
        return None
    if node[0] == "windows":
        return dg.TimeWindowPartitionMapping(start_offset=node[1], end_offset=node[2])
    if node[0] == "static":
        return dg.StaticPartitionMapping({key: list(values) for key, values in node[1]})
    if node[0] == "some":
        return dg.SpecificPartitionsPartitionMapping(list(node[1]))
    return dg.LastPartitionMapping() if node[0] == "last" else dg.AllPartitionMapping()


def condition_of(node: Node, some: Any, part_of: Callable[[Node, Any], Any] | None = None) -> Any:
    """A condition; ``some`` is the selection that is allowed or ignored, ``part_of`` makes its parts."""
    name, *given = node
    made = [(part_of or condition_of)(each, some) for each in given if isinstance(each, tuple)]
    if name == "and":
        found = made[0]
        for each in made[1:]:
            found = found & each
        return found
    if name == "or":
        return made[0] | made[1]
    if name == "not":
        return ~made[0]
    if name in ("newly_true", "since_last_handled"):
        return getattr(made[0], name)()
    if name == "since":
        return made[0].since(made[1])
    if name in ("allow", "ignore"):
        return getattr(made[0], name)(some)
    if name in ("any_deps_match", "all_deps_match"):
        found = getattr(C, name)(made[0])
        return getattr(found, given[1])(some) if given[1] else found
    if name == "asset_matches":
        return C.asset_matches(given[0], made[0])
    if name in ("any_checks_match", "all_checks_match"):
        return getattr(C, name)(made[0], blocking_only=given[1])
    if name == "in_latest_time_window":
        return C.in_latest_time_window(given[0] and timedelta(hours=given[0]))
    if name in TAGGED:
        return getattr(C, name)(tag_values={"team": "a"})
    return getattr(C, name)(*given)


class Life:
    """One seed: a graph, an instance, and what happens to them."""

    name = "conditions"
    planner_of: type[Plans] = Plans
    condition_of: Callable[..., Any] = staticmethod(condition_of)

    def __init__(self, say: Say, seed: int) -> None:
        self.say = say
        self.dice = random.Random(f"{self.name} {seed}")
        self.plots: list[str] = []
        self.running: dict[str, Any] = {}
        self.planner = self.planner_of(self.dice)
        self.plans = self.planner.graph()
        self.bench = Bench(say)
        self.bench.wait(seconds=7)
        self.define()
        self.bench.added("p", "q")
        self.plots += ["p", "q"]
        for plan in self.plans[:: self.dice.choice((1, 2, 9))]:
            self.make(plan)

    # ------------------------------------------------------------------ definitions

    def define(self) -> None:
        """Builds the definitions anew."""
        names = [each.name for each in self.plans]
        some = dg.AssetSelection.assets(*names[::2])
        checks = [
            check(name, plan.name, condition and self.condition_of(condition, some), blocking=blocking)
            for plan in self.plans
            for name, blocking, condition in plan.checks
        ]
        alone = [self.built(each, some) for each in self.plans if each.twin is None]
        by_name = {each.name: each for each in self.plans}
        pairs = [
            self.built_together(each, by_name[each.twin], some)
            for each in self.plans
            if each.twin and each.twin > each.name
        ]
        self.bench.define(*alone, *pairs, checks=checks)

    def built(self, plan: AssetPlan, some: Any) -> Any:
        """An asset as its plan says."""
        condition = None if plan.condition is None else self.condition_of(plan.condition, some)
        partitions = DEFINITIONS[plan.kind]
        if plan.sort == "outside":
            return dg.AssetSpec(plan.name, partitions_def=partitions)
        if plan.sort == "watched":

            def observe() -> Any:
                return dg.DataVersion("1")

            return dg.observable_source_asset(
                name=plan.name, partitions_def=partitions, automation_condition=condition
            )(observe)
        deps = [dg.AssetDep(name, partition_mapping=mapping_of(mapping)) for name, mapping in plan.deps]
        return asset(plan.name, condition, deps, partitions_def=partitions, code_version=plan.code_version)

    def built_together(self, one: AssetPlan, other: AssetPlan, some: Any) -> Any:
        """Two assets that are always made together."""
        specs = [
            dg.AssetSpec(
                plan.name,
                deps=[dg.AssetDep(name, partition_mapping=mapping_of(mapping)) for name, mapping in plan.deps],
                automation_condition=None if plan.condition is None else self.condition_of(plan.condition, some),
            )
            for plan in (one, other)
        ]

        @dg.multi_asset(name=f"make_{one.name}", specs=specs, partitions_def=DEFINITIONS[one.kind])
        def both() -> Iterator[Any]:
            yield from ()

        return both

    # ---------------------------------------------------------------- what happens

    def keys(self, plan: AssetPlan) -> list[Any]:
        """The keys that exist; ``None`` alone for what has no partitions."""
        partitions = DEFINITIONS[plan.kind]
        if plan.kind == "plots":
            return sorted(self.plots)
        return [None] if partitions is None else sorted(map(str, partitions.get_partition_keys(self.bench.now)))

    def make(self, plan: AssetPlan) -> None:
        """Some of its partitions are reported as made."""
        if plan.name in self.running:
            return
        keys = self.keys(plan)
        chosen = self.dice.sample(keys, min(len(keys), self.dice.choice((1, 1, 2, 9))))
        tags = {"dagster/data_version": self.dice.choice(("1", "1", "2"))}
        for key in chosen:
            name = plan.name if key is None else f"{plan.name}:{key}"
            report = self.bench.observed if plan.sort == "watched" and self.dice.random() < 0.7 else self.bench.made
            report(name, tags=tags)

    def made_by_run(self, plan: AssetPlan) -> None:
        """It, and perhaps others that are divided alike, are made in a run, in which something may fail."""
        alike = [each for each in self.plans if each.kind == plan.kind and each.sort == "asset"]
        alike = [each for each in alike if each.name not in self.running]
        chosen = self.dice.sample(alike, min(len(alike), self.dice.choice((1, 1, 2, 3))))
        keys = self.keys(plan)
        if not chosen or not keys:
            return
        names = sorted(each.name for each in chosen)
        fails = [self.dice.choice(names)] if self.dice.random() < 0.5 else []
        tags = self.dice.choice(({}, {"team": "a"}, {"team": "b"}))
        self.bench.run(*names, fails=fails, tags=tags, partition_key=self.dice.choice(keys))

    def begin(self, plan: AssetPlan) -> None:
        """A run begins that is not over by the next tick."""
        keys = self.keys(plan)
        if plan.sort == "asset" and keys and plan.name not in self.running:
            self.running[plan.name] = self.bench.begun(plan.name, partition=self.dice.choice(keys))

    def end(self) -> None:
        """A run that goes on comes to a bad end."""
        if self.running:
            run = self.running.pop(self.dice.choice(sorted(self.running)))
            (self.bench.failed if self.dice.random() < 0.6 else self.bench.canceled)(run)

    def change_code(self) -> None:
        """Another code version, another condition, or one more asset."""
        plan = self.dice.choice(self.plans)
        sort = self.dice.randrange(3)
        if sort == 0 and plan.code_version:
            plan.code_version += "1"
        elif sort == 1 and plan.condition is not None:
            plan.condition = self.planner.fitted(plan.kind, self.planner.root_condition())
        elif sort == 2 and len(self.plans) < MANY:
            self.plans.append(self.planner.asset(f"b{len(self.plans)}", self.plans, plan.kind))
        self.define()

    def more_plots(self) -> None:
        """A dynamic partition comes."""
        key = self.dice.choice("pqrst")
        if key not in self.plots:
            self.plots.append(key)
            self.bench.added(key)

    def wipe(self, plan: AssetPlan) -> None:
        """It is wiped, unless something asks what became of its data; from then on nothing does."""
        if plan.name in self.running or any("data_version_changed" in str(each.condition) for each in self.plans):
            return
        self.planner.was_wiped = True
        self.bench.wiped(plan.name)

    def happen(self) -> None:
        """One event."""
        plan = self.dice.choice(self.plans)
        sort = self.dice.randrange(20)
        if sort < 8:
            self.make(plan)
        elif sort < 10:
            self.made_by_run(plan)
        elif sort < 12:
            self.begin(plan)
        elif sort < 14:
            self.end()
        elif sort == 14:
            self.wipe(plan)
        elif sort == 15:
            self.change_code()
        elif sort == 16:
            self.more_plots()
        elif plan.checks:
            self.bench.check_run(plan.name, self.dice.choice(plan.checks)[0], passes=self.dice.random() < 0.6)

    def obey(self, found: Any) -> None:
        """A few of the partitions that were asked for are made."""
        wanted = [
            (plan.name, key)
            for plan in self.plans
            for key in sorted(map(str, found.get_requested_partitions(dg.AssetKey(plan.name))))
            if plan.name not in self.running
        ]
        for name, key in wanted[:MADE_MAX]:
            self.bench.made(name if key == "None" else f"{name}:{key}", tags={"dagster/data_version": "3"})

    def told(self, found: Any) -> str:
        """What was asked for, in few words."""
        parts, count = [], 0
        for plan in self.plans:
            wanted = sorted(map(str, found.get_requested_partitions(dg.AssetKey(plan.name))))
            count += len(wanted)
            if wanted:
                all_of_it = wanted == list(map(str, self.keys(plan)))
                keys = "all" if all_of_it else ",".join(each.removeprefix("2024-01-") for each in wanted)
                parts.append(plan.name if plan.kind == "whole" else f"{plan.name}:{keys}")
        if found.total_requested != count:
            parts.append(f"({found.total_requested} in all)")
        return " ".join(parts) or "-"

    def live(self, ticks: int) -> None:
        """Tick after tick, and what happens in between."""
        for number in range(1, ticks + 1):
            try:
                found = self.bench.evaluate()
            except Exception as error:
                name = type(error).__name__
                self.say.lines.append(f"{number}: {OWN_WORDS.get(name, name)}")
                return
            self.say.lines.append(f"{number}: {self.told(found)}")
            if self.dice.random() < 0.4:
                self.obey(found)
            for _ in range(self.dice.choice((1, 2, 2, 3, 4))):
                self.happen()
            if self.dice.random() < 0.4:
                self.bench.wait(**self.dice.choice(JUMPS))
