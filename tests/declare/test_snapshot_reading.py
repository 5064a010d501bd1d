"""What is said of assets, through the snapshot of their location and back."""

from datetime import timedelta
from typing import Any

from watchbell import (
    AssetCheckKey,
    AssetDep,
    AssetKey,
    AssetsDefinition,
    AutomationCondition,
    DailyPartitionsDefinition,
    Definitions,
    FreshnessPolicy,
    LegacyFreshnessPolicy,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
)
from watchbell.declare.snapshot_reading import said_of_assets
from watchbell.ground.wire import dumps, loads

DAYS = DailyPartitionsDefinition("2024-01-01")
LONG = StaticPartitionsDefinition([f"partition number {number}" for number in range(50)])
OWN = AutomationCondition.eager().without(~AutomationCondition.in_progress()) & AutomationCondition.check_passed()


def made(name: str, **said: Any) -> AssetsDefinition:
    return asset(name=name, **said)(lambda: 1)


def through_the_wire(*assets: AssetsDefinition, checks: Any = ()) -> Any:
    snapshot = Definitions(assets=assets, asset_checks=checks).get_repository_def().snapshot("here")
    return loads(dumps(snapshot))


def test_partitions_conditions_and_mappings_arrive() -> None:
    mapping = TimeWindowPartitionMapping(start_offset=-1)
    deps = [AssetDep("a", partition_mapping=mapping)]
    snapshot = through_the_wire(
        made("a", partitions_def=DAYS, automation_condition=OWN), made("b", partitions_def=DAYS, deps=deps), made("c")
    )
    said = said_of_assets(snapshot.assets)

    a, b, c = (said[AssetKey(name)] for name in "abc")
    assert (a.partitions_def, a.condition, dict(a.mappings)) == (DAYS, OWN, {})
    assert (b.partitions_def, b.condition, dict(b.mappings)) == (DAYS, None, {AssetKey("a"): mapping})
    assert (c.partitions_def, c.condition) == (None, None)


def test_freshness_policies_arrive() -> None:
    daily = FreshnessPolicy.time_window(timedelta(days=1))
    lag = LegacyFreshnessPolicy(maximum_lag_minutes=90)
    snapshot = through_the_wire(
        made("a", freshness_policy=daily), made("b", legacy_freshness_policy=lag), made("c", freshness_policy=daily),
        made("d"),
    )  # fmt: skip
    said = said_of_assets(snapshot.assets)

    assert [said[AssetKey(name)].freshness_policy for name in "abcd"] == [daily, lag, daily, None]


def test_conditions_of_checks_arrive() -> None:
    @asset_check(asset="a", automation_condition=OWN)
    def checked() -> Any: ...

    snapshot = through_the_wire(made("a", automation_condition=OWN), checks=[checked])

    assert said_of_assets(snapshot.assets)[AssetKey("a")].check_conditions == {
        AssetCheckKey(AssetKey("a"), "checked"): OWN
    }


def test_a_long_text_stands_in_the_snapshot_once() -> None:
    snapshot = through_the_wire(*(made(f"a{at}", partitions_def=LONG, automation_condition=OWN) for at in range(3)))
    said = said_of_assets(snapshot.assets)

    assert [each.partitions_text for each in snapshot.assets][1:] == ["=a0", "=a0"]
    assert dumps(snapshot).count("in_latest_time_window") == 1
    assert [each.partitions_def for each in said.values()] == [LONG] * 3
    assert len({id(each.partitions_def) for each in said.values()}) == 1
    assert [each.condition for each in said.values()] == [OWN] * 3
