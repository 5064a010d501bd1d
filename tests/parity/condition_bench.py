"""A bench for scenarios about automation conditions: definitions, an instance, a clock that stands until it is moved.

What a tick asks for is said as ``a b:x,y``: the whole asset ``a``, and partitions ``x`` and ``y`` of ``b``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

import dagster as dg
from tests.parity.scenario import Say

C = dg.AutomationCondition
START = datetime(2024, 1, 10, 0, 30, tzinfo=UTC)
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])
DAYS = dg.DailyPartitionsDefinition("2024-01-05")
HOURS = dg.HourlyPartitionsDefinition("2024-01-09-00:00")
DYNAMIC = dg.DynamicPartitionsDefinition(name="plots")
GRID = dg.MultiPartitionsDefinition({"day": dg.DailyPartitionsDefinition("2024-01-08"), "letter": LETTERS})
FAILING: set[str] = set()


def asset(name: str, condition: Any = None, deps: Sequence[Any] = (), **more: Any) -> Any:
    """An asset that makes nothing, and fails while its name is in ``FAILING``."""

    def body() -> None:
        if name in FAILING:
            raise LookupError(name)

    if condition is not None:
        more["automation_condition"] = condition
    return dg.asset(name=name, deps=list(deps), **more)(body)


def check(name: str, of: str, condition: Any = None, *, blocking: bool = False, **more: Any) -> Any:
    """A check that passes, unless its name is in ``FAILING``."""

    def body() -> Any:
        return dg.AssetCheckResult(passed=f"{of}:{name}" not in FAILING)

    return dg.asset_check(asset=of, name=name, blocking=blocking, automation_condition=condition, **more)(body)


def split(text: str) -> tuple[str, str | None]:
    """``"a:x"`` is partition x of a."""
    name, _, partition = text.partition(":")
    return name, partition or None


class Bench:
    """Evaluates conditions tick after tick; every step takes a minute."""

    def __init__(self, say: Say, *assets: Any, checks: Sequence[Any] = (), start: datetime = START) -> None:
        self.say = say
        self.now = start
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: Any = None
        FAILING.clear()
        self.define(*assets, checks=checks)

    def define(self, *assets: Any, checks: Sequence[Any] = ()) -> None:
        """From now on these are the definitions."""
        self.assets, self.checks = list(assets), list(checks)
        self.defs = dg.Definitions(assets=self.assets, asset_checks=self.checks)
        graph = self.defs.resolve_asset_graph()
        self.keys = sorted(graph.get_all_asset_keys(), key=lambda each: each.to_user_string())

    def wait(self, **much: float) -> None:
        """Moves the clock, e.g. ``hours=3``."""
        self.now += timedelta(**much)

    def clock(self) -> Any:
        """Stops the clock a minute later than the step before."""
        self.wait(minutes=1)
        return time_machine.travel(self.now, tick=False)

    # -------------------------------------------------------------- what happens

    def made(self, *names: str, **more: Any) -> None:
        """Materializations that no run made, of ``name`` or ``name:partition``, a minute apart."""
        for name, partition in map(split, names):
            with self.clock():
                self.instance.report_runless_asset_event(dg.AssetMaterialization(name, partition=partition, **more))

    def observed(self, *names: str, **more: Any) -> None:
        """Observations that no run made."""
        for name, partition in map(split, names):
            with self.clock():
                self.instance.report_runless_asset_event(dg.AssetObservation(name, partition=partition, **more))

    def checked(self, name: str, check_name: str, passed: bool) -> None:
        """The result of a check, without a run."""
        found = dg.AssetCheckEvaluation(asset_key=dg.AssetKey(name), check_name=check_name, passed=passed)
        with self.clock():
            self.instance.report_runless_asset_event(found)

    def run(self, *names: str, fails: Sequence[str] = (), **more: Any) -> None:
        """A run of these assets, in which some fail; ``partition_key``, ``tags`` as ``materialize`` has them."""
        FAILING.update(fails)
        with self.clock():
            dg.materialize(self.assets, selection=list(names), instance=self.instance, raise_on_error=False, **more)
        FAILING.clear()

    def check_run(self, name: str, check_name: str, *, passes: bool) -> None:
        """A run of one check."""
        if not passes:
            FAILING.add(f"{name}:{check_name}")
        with self.clock():
            dg.materialize(
                [*self.assets, *self.checks],
                selection=dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(name), check_name)),
                instance=self.instance,
                raise_on_error=False,
            )
        FAILING.clear()

    def begun(self, *names: str, partition: str | None = None, tags: dict[str, str] | None = None) -> Any:
        """A run of these assets that has begun and is not over."""
        job = dg.Definitions(assets=self.assets, jobs=[dg.define_asset_job("some", list(names))])
        given = {**(tags or {}), **({"dagster/partition": partition} if partition else {})}
        with self.clock():
            return self.instance.create_run_for_job(
                job.resolve_job_def("some"),
                tags=given,
                status=dg.DagsterRunStatus.STARTED,
                asset_selection=frozenset(dg.AssetKey(name) for name in names),
            )

    def failed(self, run: Any) -> None:
        """The run that has begun fails."""
        with self.clock():
            self.instance.report_run_failed(run)

    def canceled(self, run: Any) -> None:
        """The run that has begun is canceled."""
        with self.clock():
            self.instance.report_run_canceled(run)

    def wiped(self, *names: str) -> None:
        """All that is known of these assets is forgotten."""
        with self.clock():
            self.instance.wipe_assets([dg.AssetKey(name) for name in names])

    def added(self, *keys: str) -> None:
        """New dynamic partitions."""
        with self.clock():
            self.instance.add_dynamic_partitions("plots", list(keys))

    # ------------------------------------------------------------ what is asked for

    def evaluate(self, **more: Any) -> Any:
        """One evaluation; its result."""
        with self.clock():
            given = {"cursor": self.cursor, "evaluation_time": self.now, **more}
            found = dg.evaluate_automation_conditions(defs=self.defs, instance=self.instance, **given)
        self.cursor = found.cursor
        return found

    def told(self, found: Any) -> str:
        """What a result asks for, in one line; of checks only how many, as results know no more of them."""
        parts, count = [], 0
        for key in self.keys:
            keys = found.get_requested_partitions(key)
            count += len(keys)
            if keys:
                name = key.to_user_string()
                parts.append(name if keys == {None} else f"{name}:{','.join(sorted(map(str, keys)))}")
        if found.total_requested != count:
            parts.append(f"({found.total_requested} in all)")
        return " ".join(parts) or "-"

    def tick(self, label: str = "tick", **more: Any) -> None:
        """Evaluates and says what is asked for."""
        self.say.lines.append(f"{label}: {self.told(self.evaluate(**more))}")

    def ticks(self, count: int, label: str = "tick") -> None:
        """Several ticks between which nothing happens."""
        for number in range(1, count + 1):
            self.tick(f"{label} {number}")
