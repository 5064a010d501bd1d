"""Definitions of every kind, for the tests of loading."""

from watchbell import (
    AssetCheckResult,
    AssetSpec,
    asset,
    asset_check,
    define_asset_job,
    job,
    op,
    schedule,
    sensor,
)


@asset
def orders() -> int:
    return 12


@asset_check(asset=orders)
def is_positive() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


outside = AssetSpec("outside")
several = [AssetSpec("x1"), AssetSpec("x2")]


@op
def nothing() -> None: ...


@job
def plain() -> None:
    nothing()


of_assets = define_asset_job("of_assets", [orders])


@schedule(cron_schedule="@daily", job=plain)
def daily() -> dict[str, object]:
    return {}


@sensor(job=plain)
def watcher() -> None: ...
