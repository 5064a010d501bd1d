"""Backfills: asked for, watched, changed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk, try_again


def test_may_3_to_9_are_backfilled_with_four_clicks(site, browse) -> None:
    own = site("small")
    page = browse(own, "/")
    walk = Walk(page)

    walk.click("link", "Jobs")
    walk.click("link", "nightly_orders")
    walk.click("button", "Backfill")
    page.get_by_label("Partitions", exact=True).fill("2026-05-03..2026-05-09")
    page.get_by_text("7 runs").first.wait_for()
    walk.click("button", "Launch 7 runs")

    page.wait_for_url(re.compile(r"/backfills/[^/]+$"))
    page.get_by_text("0/7").wait_for()
    assert walk.clicks == 4
    newest = own.instance.get_backfills(limit=1)[0]
    assert newest.asked == "partitions 2026-05-03 to 2026-05-09 of job nightly_orders"


def test_the_plan_follows_the_options_and_says_what_is_skipped(small, browse) -> None:
    page = browse(small, "/jobs/shop/nightly_orders")
    page.get_by_role("button", name="Backfill").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Partitions", exact=True).fill("2026-05-01..2026-05-11")
    plan = dialog.get_by_role("region", name="plan", exact=True)

    dialog.get_by_label("Of these").select_option("failed_and_missing")
    expect(plan.get_by_text("skipped, since they need not be made")).to_be_visible()
    dialog.get_by_text("Options:").click()
    dialog.get_by_label("Runs at a time, at most").fill("2")

    expect(plan.get_by_text("At most 2 runs of it at a time")).to_be_visible()


def test_chosen_partitions_go_into_the_dialog_unchanged_with_upstream_if_wished(small, browse) -> None:
    page = browse(small, "/assets/staging/clean_orders?tab=partitions&pick=2026-05-03..2026-05-09")
    page.get_by_role("button", name="Backfill 7 partitions…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Partitions", exact=True)).to_have_value("2026-05-03..2026-05-09")
    dialog.get_by_label("Of these").select_option("failed")
    steps = dialog.get_by_role("region", name="steps of the plan")
    expect(steps.get_by_role("row")).to_have_count(2)
    expect(steps.get_by_role("row").nth(1)).to_contain_text("2026-05-06")
    dialog.get_by_text("Options:").click()
    dialog.get_by_label("Also make what they are made from").check()

    expect(steps).to_contain_text("raw/orders")


def test_a_partition_that_is_not_there_keeps_it_from_launching(small, browse) -> None:
    page = browse(small, "/jobs/shop/nightly_orders", allow=(r"answered 400", r"status of 400"))
    page.get_by_role("button", name="Backfill").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_label("Partitions", exact=True).fill("2026-05-32")

    expect(dialog.get_by_text("2026-05-32").first).to_be_visible()
    expect(dialog.get_by_role("button", name="Launch")).to_have_attribute("aria-disabled", "true")


def test_the_dialog_is_accessible(small, browse) -> None:
    page = browse(small, "/jobs/shop/nightly_orders")
    page.get_by_role("button", name="Backfill").click()
    page.get_by_role("dialog").get_by_text("Options:").click()
    page.get_by_role("region", name="steps of the plan").wait_for()

    for look in in_all_looks(page):
        check_accessible(page, look)


def test_failures_are_grouped_and_lead_to_their_runs(small, browse) -> None:
    page = browse(small, f"/backfills/{small.facts['failed_backfill']}")
    walk = Walk(page)

    walk.click("link", re.compile("Failures"))

    page.get_by_text("KeyError: 'amount'").wait_for()
    expect(page.get_by_text("1 run: 2026-05-06")).to_be_visible()
    assert walk.clicks == 1


def test_the_grid_is_walked_by_keys_and_the_cell_stands_in_the_address(small, browse) -> None:
    backfill_id = small.facts["backfill"]
    page = browse(small, f"/backfills/{backfill_id}")
    grid = page.get_by_role("grid")
    grid.focus()
    walk = Walk(page)

    walk.press("ArrowRight ArrowRight")

    expect(page.get_by_role("status").filter(has_text="staging/orders_by_region")).to_contain_text("done")
    expect(page).to_have_url(re.compile(r"cell=0\.0\.1"))
    walk.press("End")
    expect(page.get_by_role("status").filter(has_text="staging/orders_by_region")).to_contain_text("waiting")
    page.reload()
    expect(page.get_by_role("status").filter(has_text="staging/orders_by_region")).to_contain_text("waiting")


def test_a_backfill_is_paused_with_a_reason_and_resumed(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/backfills/{own.facts['backfill']}")

    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Reason").fill("the source is down")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("the source is down")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()

    expect(page.get_by_text("in progress")).to_be_visible()
    expect(page.get_by_text("the source is down")).to_have_count(0)


def test_what_failed_is_retried_by_keyboard_alone(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/backfills/{own.facts['failed_backfill']}")
    page.get_by_role("button", name="Retry failed").focus()
    walk = Walk(page)

    walk.press("Enter")
    walk.tab_to(page.get_by_role("dialog").get_by_role("button", name="Retry 1 run"))
    walk.press("Enter")

    expect(page.get_by_text("in progress")).to_be_visible()


def test_limits_and_priority_are_set(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/backfills/{own.facts['backfill']}?tab=about")

    page.get_by_role("button", name="Limits").click()
    page.get_by_label("Runs at a time, at most").fill("4")
    page.get_by_label("Priority").fill("9")
    page.get_by_role("button", name="Set", exact=True).click()

    expect(page.get_by_text("at most 4")).to_be_visible()
    stored = own.instance.get_backfill(own.facts["backfill"])
    assert (stored.max_concurrent_runs, stored.tags["dagster/priority"]) == (4, "9")


def test_a_change_by_somebody_else_is_seen_at_once(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/backfills/{own.facts['backfill']}")
    page.get_by_text("in progress").wait_for()

    own.instance.pause_backfill(own.facts["backfill"], "by hand")

    expect(page.get_by_text("paused", exact=True)).to_be_visible()


def test_the_filter_stands_in_the_address_and_back_takes_it_away(small, browse) -> None:
    page = browse(small, "/backfills?q=status:failed")
    expect(page.get_by_role("link", name="May 5 to 8 once more")).to_be_visible()
    expect(page.get_by_role("link", name="regions")).to_have_count(0)

    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_role("link", name="regions")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("link", name="regions")).to_have_count(0)


def test_no_backfills_say_how_to_ask_for_one(empty, browse) -> None:
    page = browse(empty, "/backfills")

    expect(page.get_by_text("watchbell backfill launch")).to_be_visible()


def test_nothing_that_fits_shows_the_filter(small, browse) -> None:
    page = browse(small, "/backfills?q=nobody")

    page.get_by_role("heading", name="Nothing fits this filter").wait_for()
    page.get_by_role("button", name="Clear the filter").last.click()

    expect(page.get_by_role("link", name="regions")).to_be_visible()


def test_a_backfill_that_is_not_there_is_said(small, browse) -> None:
    page = browse(small, "/backfills/nothing", allow=(r"answered 404", r"status of 404"))

    expect(page.get_by_text("there is no backfill 'nothing'")).to_be_visible()


def test_a_broken_store_leaves_the_page_and_can_be_tried_again(site, browse) -> None:
    own = site("small")
    page = browse(own, "/settings", allow=(r"answered 50\d", r"status of 50\d", r"failed"))
    own.break_store()

    page.get_by_role("link", name="Backfills").click()
    page.get_by_role("button", name="Retry").wait_for()
    own.mend_store()
    try_again(page)

    expect(page.get_by_role("link", name="regions")).to_be_visible()
