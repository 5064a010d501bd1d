"""The catalog: what is wrong with which asset, finding it, and doing something with many."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.sites import wait_until
from tests.ui.walking import Walk, try_again
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization


def row(page: Page, key: str):
    """The row of an asset."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=key, exact=True))


def tried_again(dialog: Locator) -> bool:
    """Tries what failed once more; whether something was done."""
    dialog.get_by_role("button", name="Try what failed again").click()
    expect(dialog.get_by_role("status")).not_to_contain_text("being done")
    return " done" in dialog.get_by_role("status").inner_text()


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


def test_several_are_materialised_what_cannot_be_is_told_and_what_failed_is_tried_again(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets?q=group:raw", allow=(r"answered 503", r"status of 503"))
    row(page, "raw/orders").wait_for()
    walk = Walk(page)
    walk.choose(page.get_by_role("checkbox", name="select all that are loaded"))
    walk.click("button", "Materialise…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("8 assets: 4 to be done, 4 left out.")
    expect(dialog.get_by_role("listitem").filter(has_text="raw/clicks")).to_contain_text("nothing here makes it")
    expect(dialog.get_by_role("listitem").filter(has_text="raw/campaigns")).to_contain_text("has partitions: name one")
    check_accessible(page, "what would be made", within="dialog")
    own.stop_service()
    walk.click("button", "Launch 1 run")
    expect(dialog.get_by_role("status")).to_have_text("8 assets: 4 left out, 4 failed.")
    own.start_service()
    wait_until(lambda: tried_again(dialog), "the service is back, and has loaded its code")

    expect(dialog.get_by_role("status")).to_have_text("8 assets: 4 done, 4 left out.")
    href = dialog.get_by_role("link", name="the run").first.get_attribute("href") or ""
    run = own.instance.get_run_by_id(href.removeprefix("/runs/"))
    assert run is not None
    assert run.asset_selection == {AssetKey(["raw", each]) for each in ("customers", "products", "payments", "returns")}


def test_all_that_match_are_backfilled_switched_and_wiped_also_those_that_are_not_loaded(site, browse) -> None:
    own = site("thousand_assets")
    page = browse(own, "/assets?q=group:g00,g01")
    page.get_by_role("checkbox", name="select all that are loaded").check()
    page.get_by_role("button", name="Select all 100 assets that match").click()
    expect(page.get_by_text("100 assets selected, all that match")).to_be_visible()
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Backfill…").click()
    expect(dialog.get_by_role("status")).to_have_text("100 assets: 100 left out.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Materialise…").click()
    dialog.get_by_role("button", name="Launch 1 run").click()
    expect(dialog.get_by_role("status")).to_have_text("100 assets: 100 done.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Wipe…").click()
    dialog.get_by_label("Type wipe 100 to go on").fill("wipe 100")
    dialog.get_by_role("button", name="Wipe 100 assets").click()
    expect(dialog.get_by_role("status")).to_have_text("100 assets: 100 done.", timeout=30_000)
    dialog.get_by_role("button", name="Close").last.click()

    expect(page.get_by_text("100 assets selected")).to_have_count(0)
    [run] = own.instance.get_runs(limit=1)
    assert len(run.asset_selection or ()) == 100
    assert own.get("/api/assets/meant?q=group:g00,g01%20state:never").json()["items"][99]["key"] == "g01/l9_4"


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
    try_again(page)

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
