"""One of the two code locations of the tortured conditions: most of the assets, and four condition sensors.

Assets come in *families*, named by how their names begin. What happens to one family has no effect on another, and
within a family nothing that happens at once can be seen in two orders: so it is well-defined what is asked for.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from tests.torture.conditions.making import EverySecond, judged, made, make
from watchbell import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetExecutionContext,
    AssetOut,
    AssetSelection,
    AssetSpec,
    AutoMaterializePolicy,
    AutoMaterializeRule,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DailyPartitionsDefinition,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    asset_check,
    in_process_executor,
    multi_asset,
)

C = AutomationCondition
EAGER, MISSING, ON_MISSING, UPDATED = C.eager(), C.missing(), C.on_missing(), C.any_deps_updated()
ALWAYS_EAGER = EAGER.without(C.in_latest_time_window())
MINUTELY = C.on_cron("* * * * *")
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d", "e", "f"])
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-19")
PEOPLE = DynamicPartitionsDefinition(name="people")
BEGAN = os.environ["TORTURE_BEGAN"]
MINUTES = TimeWindowPartitionsDefinition(
    cron_schedule="* * * * *", start=datetime.fromisoformat(BEGAN), fmt="%Y-%m-%d-%H:%M"
)
ON = DefaultSensorStatus.RUNNING
CLOCKED = ("clock_cron", "clock_after", "clock_minutes", "clock_range", "clock_newest")
SENSORS = ("default", "alpha", "sturdy", "clock")


@multi_asset(outs={"chain_pair_a": AssetOut(automation_condition=EAGER), "chain_pair_b": AssetOut()}, deps=["chain_2"])
def pair(context: AssetExecutionContext) -> tuple[int, int]:
    make("chain_pair_a", [""])
    return 1, 2


@asset_check(asset="guard_made", blocking=True)
def guard_is_fine(context: AssetCheckExecutionContext) -> AssetCheckResult:
    return judged(context, "guard_is_fine")


@asset_check(asset="mend", blocking=False)
def mend_is_fine(context: AssetCheckExecutionContext) -> AssetCheckResult:
    return judged(context, "mend_is_fine")


@asset_check(asset="sample", automation_condition=EAGER)
def sample_is_fine(context: AssetCheckExecutionContext) -> AssetCheckResult:
    return judged(context, "sample_is_fine")


def policies() -> list[Any]:
    """Assets with policies, and what they are made from."""
    parents = AutoMaterializeRule.skip_on_not_all_parents_updated()
    return [
        AssetSpec("policy_left"),
        AssetSpec("policy_right"),
        made("policy_eager", AutoMaterializePolicy.eager(), ["policy_left"]),
        made("policy_both", AutoMaterializePolicy.eager().with_rules(parents), ["policy_left", "policy_right"]),
    ]


def partitioned() -> list[Any]:
    """Assets with partitions, and what they are made from."""
    return [
        AssetSpec("letter", partitions_def=LETTERS),
        made("letter_up", EAGER, ["letter"], LETTERS),
        made("letter_range", EAGER, ["letter"], LETTERS, is_range=True),
        made("letter_policy", AutoMaterializePolicy.eager(max_materializations_per_minute=None), ["letter"], LETTERS),
        AssetSpec("day", partitions_def=DAYS),
        made("day_each", ALWAYS_EAGER, ["day"], DAYS),
        made("day_range", UPDATED, ["day"], DAYS, is_range=True),
        made("day_last", EAGER, ["day"], DAYS),
        made("people", ON_MISSING, [], PEOPLE),
        AssetSpec("sturdy", partitions_def=LETTERS),
        made("sturdy_made", UPDATED, ["sturdy"], LETTERS, seconds=0.6),
        made("fill", MISSING),
        made("fill_letters", MISSING, [], LETTERS, is_range=True),
    ]


def by_the_clock() -> list[Any]:
    """Assets that time alone has made."""
    return [
        made("clock_cron", MINUTELY),
        made("clock_after", MINUTELY, ["clock_cron"]),
        made("clock_minutes", MISSING, [], MINUTES),
        made("clock_range", MISSING, [], MINUTES, is_range=True),
        made("clock_newest", ON_MISSING, [], MINUTES),
    ]


def singles() -> list[Any]:
    """Assets without partitions, and what they are made from."""
    opened, shut = (C.asset_matches(key, C.newly_updated()) for key in ("gate_open", "gate_shut"))
    return [
        *(AssetSpec(key) for key in ("chain", "pearl", "news", "gate_open", "gate_shut", "guard", "frail", "sample")),
        *(AssetSpec(key) for key in ("own", "own_far", "canary")),
        made("chain_1", EAGER, ["chain"]),
        made("chain_2", EAGER, ["chain_1"]),
        pair,
        made("chain_5", EAGER, ["chain_4"]),
        made("pearl_left", EAGER, ["pearl"]),
        made("pearl_right", EAGER, ["pearl"]),
        made("news_1", C.any_deps_match(C.newly_updated()), ["news"]),
        made("news_2", UPDATED, ["news_1"]),
        made("gate_made", opened.since(shut).newly_true(), ["gate_open", "gate_shut"]),
        made("guard_made", UPDATED, ["guard"]),
        made("guard_after", EAGER & C.all_deps_blocking_checks_passed(), ["guard_made"]),
        made("mend", C.any_checks_match(C.check_failed().newly_true())),
        made("frail_made", UPDATED, ["frail"]),
        made("frail_medic", C.any_deps_match(C.execution_failed().newly_true()), ["frail_made"]),
        made("own_made", EverySecond(), ["own"]),
        *(made(f"canary_{sensor}", UPDATED, ["canary"]) for sensor in SENSORS),
    ]


def sensor(name: str, *keys: str, **more: Any) -> AutomationConditionSensorDefinition:
    """A condition sensor that is on."""
    target = AssetSelection.assets(*keys, f"canary_{name}")
    return AutomationConditionSensorDefinition(name, target=target, default_status=ON, **more)


defs = Definitions(
    assets=[*singles(), *policies(), *partitioned(), *by_the_clock()],
    asset_checks=[guard_is_fine, mend_is_fine, sample_is_fine],
    sensors=[
        sensor("alpha", "chain_5", "news_2", "frail_medic", "letter_range", "policy_both"),
        sensor("sturdy", "sturdy_made", run_tags={"dagster/max_retries": "30"}),
        sensor("clock", *CLOCKED),
    ],
    executor=in_process_executor,
)
