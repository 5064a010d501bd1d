"""The other code location of the tortured conditions: assets made from those of ``one.py``, and two sensors."""

from __future__ import annotations

from tests.torture.conditions.making import EverySecond, made
from tests.torture.conditions.one import ALWAYS_EAGER, EAGER, LETTERS, MINUTELY, PEOPLE, UPDATED, sensor
from watchbell import (
    AllPartitionMapping,
    AssetDep,
    AutomationCondition,
    Definitions,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    in_process_executor,
)

HALVES = StaticPartitionsDefinition(["x", "y"])
BY_HALF = StaticPartitionMapping({letter: "x" if letter < "d" else "y" for letter in LETTERS.get_partition_keys()})
WEEKS = WeeklyPartitionsDefinition("2026-01-04", end_date="2026-01-18")
GUARDED = EAGER & AutomationCondition.all_deps_blocking_checks_passed()

defs = Definitions(
    assets=[
        made("chain_3", EAGER, ["chain_2"]),
        made("chain_4", EAGER, ["chain_3"]),
        made("pearl_join", EAGER, ["pearl_left", "pearl_right"]),
        made("news_3", UPDATED, ["news_2"]),
        made("guard_far", GUARDED, ["guard_made"]),
        made("letter_all", EAGER, [AssetDep("letter_up", partition_mapping=AllPartitionMapping())]),
        made("letter_half", EAGER, [AssetDep("letter_up", partition_mapping=BY_HALF)], HALVES),
        made("letter_far", EAGER, ["letter_range"], LETTERS, is_range=True),
        made("day_week", ALWAYS_EAGER, ["day_each"], WEEKS),
        made("people_mail", ALWAYS_EAGER, ["people"], PEOPLE),
        made("own_far_made", EverySecond(), ["own_far"]),
        made("clock_far", MINUTELY, ["clock_cron"]),
        made("canary_two", UPDATED, ["canary"]),
        made("canary_beta", UPDATED, ["canary"]),
    ],
    sensors=[sensor("beta", "chain_4", "letter_half")],
    executor=in_process_executor,
)
