"""The palette acts: on what is on the page, and on what it finds; and the ways between lists, graph and dialogs."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.test_palette import options
from tests.ui.walking import Walk


def ask(page, text: str) -> Walk:
    """Opens the palette with keys, and writes."""
    return Walk(page).press("Control+k").type(text)


def test_a_schedule_is_turned_on_from_any_page_with_keys_alone(site, browse) -> None:
    own = site("small")
    name = own.facts["stopped_schedule"]
    page = browse(own, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()

    walk = ask(page, f"turn on {name}")
    expect(options(page).first).to_contain_text(f"turn on schedule {name}")
    walk.press("Enter")

    page.get_by_text(f"schedule {name}: ").wait_for()
    page.get_by_role("button", name="Undo").wait_for()
    ask(page, f"turn off {name}")
    expect(options(page).first).to_contain_text(f"turn off schedule {name}")
    assert walk.clicks == 0


def test_a_job_that_is_found_offers_its_launch(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()

    walk = ask(page, "launch nightly_marts")
    expect(options(page).first).to_contain_text("launch job nightly_marts")
    walk.press("Enter")

    expect(page).to_have_url(re.compile("/jobs/shop/nightly_marts/launch"))


def test_an_asset_that_is_found_is_materialised_where_one_is(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()

    walk = ask(page, "materialise marts/margin")
    expect(options(page).first).to_contain_text("materialise marts/margin")
    walk.press("Enter")

    page.get_by_role("dialog", name="Materialise marts/margin").wait_for()
    expect(page).to_have_url(re.compile("/settings"))


def test_a_run_that_failed_offers_to_go_on_from_the_failure(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")
    page.get_by_role("button", name="Run again from failure").wait_for()

    ask(page, "run again from the")

    expect(options(page).first).to_contain_text("run again from the failure")


def test_selected_runs_are_acted_on_from_the_palette(small, browse) -> None:
    page = browse(small, "/runs?q=job:load_orders&fold=no")
    page.get_by_role("checkbox", name=re.compile("^select ")).nth(1).check()

    walk = ask(page, "cancel 1 sel")
    expect(options(page).first).to_contain_text("cancel 1 selected run")
    walk.press("Enter")

    page.get_by_role("dialog", name="Cancel").wait_for()


def test_what_starts_a_job_leads_to_its_page(small, browse) -> None:
    page = browse(small, "/jobs/shop/load_orders")

    page.get_by_role("region", name="what starts it").get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("/automation/(schedule|sensor)/shop/"))


def test_list_and_graph_show_the_same_assets(small, browse) -> None:
    page = browse(small, "/assets?q=group:marts&select=marts/revenue*")

    page.get_by_role("link", name="Graph", exact=True).click()
    page.get_by_role("heading", name="Asset graph").wait_for()
    expect(page).to_have_url(re.compile(r"q=group%3Amarts&select=marts%2Frevenue\*"))
    page.get_by_role("link", name="As a list of assets").click()

    expect(page).to_have_url(re.compile(r"/assets\?q=group%3Amarts&select=marts%2Frevenue"))


def test_a_backfill_begins_at_the_list_with_the_choice_of_an_asset(small, browse) -> None:
    page = browse(small, "/backfills")
    page.get_by_role("button", name="New backfill").click()
    page.get_by_role("dialog", name="New backfill").wait_for()
    for look in in_all_looks(page):
        check_accessible(page, look)

    page.get_by_label("Name", exact=True).fill("clean")
    page.get_by_role("button", name="staging/clean_orders").click()

    page.get_by_role("dialog", name="Backfill staging/clean_orders").wait_for()


def test_the_automations_of_selected_assets_are_named_before_they_are_switched(small, browse) -> None:
    page = browse(small, "/assets?q=stg_customers")
    page.get_by_role("checkbox", name="select staging/stg_customers").check()

    page.get_by_role("button", name="Automation off…").click()

    expect(page.get_by_role("list", name="which are meant")).to_contain_text(small.facts["condition_sensor"])
    for look in in_all_looks(page):
        check_accessible(page, look)
