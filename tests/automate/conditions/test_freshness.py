"""Freshness of assets, as conditions see it: by policy, and as time goes by."""

from datetime import UTC, datetime, timedelta

import pytest

import watchbell as dg
from tests.automate.conditions.test_tester import an_asset, make
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.freshness import changes_at
from watchbell.automate.conditions.others import plans_of_others
from watchbell.automate.conditions.reader import WorldReader
from watchbell.record.evaluation import OtherAssets

C = dg.AutomationCondition
NOON_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24), warn_window=timedelta(hours=12))
BY_NINE = dg.FreshnessPolicy.cron(deadline_cron="0 9 * * *", lower_bound_delta=timedelta(hours=3))


@pytest.mark.parametrize(
    ("policy", "made_at", "expected"),
    [
        (WINDOW, NOON_AT - HOUR, NOON_AT + 11 * HOUR),
        (WINDOW, NOON_AT - 13 * HOUR, NOON_AT + 11 * HOUR),
        (WINDOW, NOON_AT - 25 * HOUR, None),
        (BY_NINE, NOON_AT - HOUR, datetime(2026, 3, 11, 9, tzinfo=UTC)),
        (dg.LegacyFreshnessPolicy(maximum_lag_minutes=90), NOON_AT - HOUR, NOON_AT + HOUR / 2),
        (dg.LegacyFreshnessPolicy(maximum_lag_minutes=30), NOON_AT - HOUR, None),
    ],
)
def test_it_is_known_when_an_asset_grows_old(
    policy: dg.FreshnessPolicy, made_at: datetime, expected: datetime | None
) -> None:
    found = changes_at(policy, made_at, NOON_AT)

    assert expected == (None if found is None else found.replace(microsecond=0))


def test_conditions_follow_the_state_of_an_asset() -> None:
    names = {"passed": C.freshness_passed(), "warned": C.freshness_warned(), "failed": C.freshness_failed()}
    assets = [an_asset("source", freshness_policy=WINDOW)]
    assets += [an_asset(name, C.asset_matches("source", each), ["source"]) for name, each in names.items()]
    cursor, seen = None, []
    with dg.DagsterInstance.ephemeral() as instance:
        at = instance.clock.now()
        for hours in (0, 0, 1, 13, 23, 25, 26):
            if len(seen) == 1:
                make(instance, "source")
            moment = at + timedelta(hours=hours, minutes=1)
            result = dg.evaluate_automation_conditions(assets, instance, evaluation_time=moment, cursor=cursor)
            cursor = result.cursor
            seen.append([name for name in names if result.get_num_requested(dg.AssetKey(name))])

    assert seen == [[], ["passed"], ["passed"], ["warned"], ["warned"], ["failed"], ["failed"]]


def test_assets_of_other_locations_are_as_fresh_as_their_location_says() -> None:
    there = dg.Definitions([an_asset("source", freshness_policy=WINDOW), an_asset("plain")])
    snapshot = there.get_repository_def().snapshot("there")
    here = dg.Definitions([an_asset("mine", C.eager(), ["source", "plain"])]).get_asset_graph()
    seen = []
    with dg.DagsterInstance.ephemeral() as instance:
        graph = EntityGraph.of(here, others=plans_of_others([OtherAssets("there", snapshot.assets)]))
        reader = WorldReader(instance, graph)
        at = instance.clock.now()
        make(instance, "source")
        make(instance, "plain")
        reader.start(at)
        for hours in (1, 13, 25):
            changed = reader.read(at + timedelta(hours=hours))
            facts = reader.world.facts
            seen.append((facts[dg.AssetKey("source")].freshness, dg.AssetKey("source") in changed))

    assert seen == [("PASS", False), ("WARN", True), ("FAIL", True)]
    assert facts[dg.AssetKey("plain")].freshness == "UNKNOWN"
