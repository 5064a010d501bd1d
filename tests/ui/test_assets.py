"""The catalog: what is wrong with which asset, finding it, and doing something with many."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization


def row(page: Page, key: str):
    """The row of an asset."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=key, exact=True))


def test_the_list_shows_what_failed_and_its_branch(small, browse) -> None:
    page = browse(small, "/assets")

    expect(row(page, small.facts["failed_asset"])).to_contain_text("failed")
    expect(row(page, "ml/forecast")).to_contain_text("stale")
    expect(
        page.get_by_role("navigation", name="branches").get_by_role("link", name=re.compile("^marts"))
    ).to_contain_text("2 failed")


def test_partitions_are_a_strip_that_says_what_it_shows(small, browse) -> None:
    page = browse(small, "/assets")

    strip = row(page, "raw/orders").get_by_role("link", name="partitions of raw/orders")
    expect(strip).to_have_accessible_name("partitions of raw/orders: 1 failed, 68 made, 3 missing")
    segments = strip.locator("svg rect[data-state]")
    expect(segments).to_have_count(7)  # runs of equal state, not a mark for each of 72


def test_a_branch_filters_the_list_and_stands_in_the_address(small, browse) -> None:
    page = browse(small, "/assets")
    page.get_by_role("navigation", name="branches").get_by_role("link", name=re.compile("^ml")).click()

    expect(page).to_have_url(re.compile(r"q=group"))
    expect(row(page, "raw/orders")).to_have_count(0)
    expect(row(page, "ml/scores")).to_be_visible()
    page.go_back()
    expect(row(page, "raw/orders")).to_be_visible()


def test_a_deep_link_restores_filter_selection_and_order(small, browse) -> None:
    page = browse(small, "/assets?q=-state:failed&select=group:marts&sort=-made_at")

    expect(page.get_by_label("remove -state:failed")).to_be_visible()
    expect(page.get_by_label("Selection")).to_have_value("group:marts")
    expect(row(page, "marts/revenue")).to_be_visible()
    expect(row(page, "marts/margin")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Made")).to_have_attribute("aria-sort", "descending")


def test_a_filter_that_nothing_fits_says_so_and_is_cleared(small, browse) -> None:
    page = browse(small, "/assets?q=kind:cobol")

    page.get_by_text("Nothing fits this filter").wait_for()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(row(page, "raw/orders")).to_be_visible()


def test_a_selection_that_means_nothing_is_told_at_the_field(small, browse) -> None:
    page = browse(small, "/assets", allow=(r"answered 422", r"status of 422"))
    field = page.get_by_label("Selection")
    field.fill("grup:marts")
    field.press("Enter")

    page.get_by_text("assets cannot be selected by 'grup'").wait_for()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_an_empty_catalog_gives_the_first_asset(empty, browse) -> None:
    page = browse(empty, "/assets")

    page.get_by_text("No code location defines an asset yet").wait_for()
    expect(page.locator("pre")).to_contain_text("@dg.asset")


def test_several_are_materialised_in_one_run(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets?q=group:ml")
    walk = Walk(page)
    for key in ("ml/scores", "ml/churn_model"):
        walk.choose(row(page, key).get_by_role("checkbox"))
    walk.click("button", "Materialise…")
    walk.click("button", "Launch 1 run")

    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Queued:").wait_for()
    run_id = (dialog.get_by_role("link", name="the run").get_attribute("href") or "").removeprefix("/runs/")
    run = own.instance.get_run_by_id(run_id)
    assert run is not None
    assert {AssetKey(["ml", "scores"]), AssetKey(["ml", "churn_model"])} == run.asset_selection
    assert walk.clicks == 4


def test_wiping_asks_for_the_name(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets")
    row(page, "ml/scores").get_by_role("checkbox").check()
    page.get_by_role("button", name="Wipe…").click()
    dialog = page.get_by_role("dialog")
    wipe = dialog.get_by_role("button", name="Wipe", exact=True)
    expect(wipe).to_have_attribute("aria-disabled", "true")

    dialog.get_by_label("Type ml/scores to go on").fill("ml/scores")
    wipe.click()

    expect(row(page, "ml/scores")).to_contain_text("never made")
    assert AssetKey(["ml", "scores"]) not in own.instance.get_asset_keys()


def test_an_asset_that_is_made_elsewhere_changes_its_row(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets")
    expect(row(page, "ml/experiment")).to_contain_text("never made")

    own.instance.report_runless_asset_event(AssetMaterialization(AssetKey(["ml", "experiment"])))

    expect(row(page, "ml/experiment")).to_contain_text("done", timeout=15_000)


def test_a_broken_store_is_told_with_its_request_and_mends(site, browse) -> None:
    own = site("small")
    page = browse(own, "/settings", allow=(r"answered 5\d\d", r"status of 5\d\d"))
    page.get_by_role("heading", name="Settings").wait_for()
    own.break_store()
    page.get_by_role("navigation", name="main").get_by_role("link", name="Assets").click()
    page.get_by_text(re.compile("Request [0-9a-f]+")).first.wait_for(timeout=20_000)
    own.mend_store()
    page.get_by_role("button", name="Retry").last.click()

    expect(row(page, "raw/orders")).to_be_visible(timeout=20_000)


def test_the_catalog_can_be_walked_by_keys(small, browse) -> None:
    page = browse(small, "/assets")
    row(page, "marts/revenue").wait_for()
    walk = Walk(page).press("j j j x")

    expect(page.get_by_text("1 asset selected")).to_be_visible()
    walk.press("Enter")
    page.wait_for_url(re.compile(r"/assets/[a-z]+/[a-z_]+"))


def test_checks_are_listed_failed_ones_first(small, browse) -> None:
    page = browse(small, "/checks")
    first = page.get_by_role("row").nth(1)

    expect(first).to_contain_text("revenue_matches_payments")
    expect(first).to_contain_text("failed")
    for look in in_all_looks(page):
        check_accessible(page, look)
