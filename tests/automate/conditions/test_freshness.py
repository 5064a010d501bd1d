"""Freshness of assets, as conditions see it: by policy, and as time goes by."""

from datetime import UTC, datetime, timedelta

import pytest

import watchbell as dg
from tests.automate.conditions.test_tester import an_asset, make
from watchbell.automate.conditions.freshness import changes_at

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
