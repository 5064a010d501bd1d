"""Assets that stand as failed need attention, whatever else succeeded since."""

from __future__ import annotations

import pytest

from tests.web.asset_site import AssetSite


@pytest.fixture
def shop() -> AssetSite:
    return AssetSite()


def failed_assets(shop: AssetSite) -> list[dict[str, object]]:
    rows = shop.client().get("/api/attention").json()["items"]
    return [each for each in rows if each["kind"] in ("failed_asset", "job")]


def test_an_asset_that_failed_is_told_until_it_is_made_again(shop: AssetSite) -> None:
    run_id = shop.failed("revenue")

    [found] = failed_assets(shop)
    assert (found["name"], found["run_id"]) == ("revenue", run_id)
    assert "it broke" in found["text"]

    shop.instance.clock.advance(60)
    shop.made("revenue")
    assert failed_assets(shop) == []


def test_a_failed_partition_is_told_though_another_was_made_since(shop: AssetSite) -> None:
    shop.failed("raw/orders", "2026-05-03")
    shop.made("raw/orders", "2026-05-04")

    [found] = failed_assets(shop)
    assert (found["name"], found["run_id"]) == ("raw/orders", None)
    assert found["text"].startswith("1 partition failed")

    shop.instance.clock.advance(60)
    shop.made("raw/orders", "2026-05-03")
    assert failed_assets(shop) == []
