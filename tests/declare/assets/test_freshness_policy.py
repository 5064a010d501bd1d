"""Freshness policies as values, and where they stand on assets."""

from datetime import timedelta
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetOut,
    AssetSpec,
    FreshnessPolicy,
    LegacyFreshnessPolicy,
    apply_freshness_policy,
    asset,
    multi_asset,
)
from watchbell.ground.errors import CronError, ParameterCheckError, UnknownTimezoneError

DAY = timedelta(days=1)
DAILY = FreshnessPolicy.time_window(fail_window=DAY)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"fail_window": timedelta(seconds=30)}, "at least a minute"),
        ({"fail_window": DAY, "warn_window": DAY}, "less than fail_window"),
        ({"fail_window": 3}, "is a timedelta"),
    ],
)
def test_windows_that_make_no_sense_are_refused(arguments: dict[str, Any], error: str) -> None:
    with pytest.raises(ParameterCheckError, match=error):
        FreshnessPolicy.time_window(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("0 9 * * *", timedelta(hours=25)), ParameterCheckError),
        (("*/5 * * * *", timedelta(minutes=6)), ParameterCheckError),
        (("0 9 * * *", timedelta(seconds=2)), ParameterCheckError),
        (("nonsense", DAY), CronError),
        (("0 9 * * *", timedelta(hours=2), "Nowhere/City"), UnknownTimezoneError),
    ],
)
def test_deadlines_that_make_no_sense_are_refused(arguments: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        FreshnessPolicy.cron(*arguments)


def test_a_span_may_be_as_long_as_from_deadline_to_deadline() -> None:
    assert FreshnessPolicy.cron("0 9 * * *", DAY).lower_bound_delta == DAY


def test_the_older_spelling_makes_the_older_kind() -> None:
    policy: Any = FreshnessPolicy(maximum_lag_minutes=60, cron_schedule="0 9 * * *")

    assert policy == LegacyFreshnessPolicy(maximum_lag_minutes=60, cron_schedule="0 9 * * *")
    assert AssetSpec("a", freshness_policy=policy).legacy_freshness_policy == policy


@pytest.mark.parametrize(
    "arguments",
    [
        {"maximum_lag_minutes": "5"},
        {"maximum_lag_minutes": True},
        {"maximum_lag_minutes": 5, "cron_schedule_timezone": "UTC"},
    ],
)
def test_the_older_kind_refuses_what_it_cannot_mean(arguments: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError):
        LegacyFreshnessPolicy(**arguments)


def test_every_way_of_declaring_an_asset_takes_a_policy() -> None:
    @asset(freshness_policy=DAILY)
    def one() -> None: ...

    @multi_asset(outs={"two": AssetOut(freshness_policy=DAILY)})
    def several() -> Any: ...

    older = LegacyFreshnessPolicy(maximum_lag_minutes=5)

    @asset(legacy_freshness_policy=older)
    def three() -> None: ...

    assert one.get_asset_spec().freshness_policy == DAILY
    assert several.get_asset_spec(AssetKey("two")).freshness_policy == DAILY
    assert three.legacy_freshness_policies_by_key == {AssetKey("three"): older}


def test_a_policy_is_put_on_a_spec_and_kept_if_asked() -> None:
    other = FreshnessPolicy.time_window(fail_window=2 * DAY)
    spec = apply_freshness_policy(AssetSpec("a"), DAILY)

    assert spec.freshness_policy == DAILY
    assert apply_freshness_policy(spec, other, overwrite_existing=False) is spec
    assert apply_freshness_policy(spec, other).freshness_policy == other


def test_something_else_is_no_policy() -> None:
    with pytest.raises(ParameterCheckError, match="freshness_policy of asset 'a'"):
        AssetSpec("a", freshness_policy="daily")  # type: ignore[arg-type]
