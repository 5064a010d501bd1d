"""The palette, the pages that are not there, and the API's description."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk


def field(page):
    return page.get_by_role("combobox", name=re.compile("^Jump"))


def options(page):
    return page.get_by_role("listbox", name="what fits").get_by_role("option")


def test_a_job_is_reached_with_keys_alone(small, browse) -> None:
    page = browse(small, "/")
    page.get_by_role("heading", name="Home").wait_for()
    walk = Walk(page)

    walk.press("/").type("nightly_marts")
    expect(options(page).first).to_contain_text("nightly_marts")
    walk.press("Enter")

    expect(page).to_have_url(re.compile(r"/jobs/shop/nightly_marts"))
    assert walk.clicks == 0


def test_a_run_is_found_by_the_beginning_of_its_id(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()
    run_id = small.facts["failed_run"]

    Walk(page).press("Control+k").type(run_id[:8])
    expect(options(page).first).to_contain_text("load_orders")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(run_id))


def test_what_was_jumped_to_last_comes_first_the_next_time(small, browse) -> None:
    page = browse(small, "/")
    page.get_by_role("heading", name="Home").wait_for()
    Walk(page).press("Control+k").type("Settings").press("Enter")
    page.get_by_role("heading", name="Settings").wait_for()

    page.keyboard.press("Control+k")

    expect(options(page).first).to_contain_text("Settings")


def test_typing_asks_once_for_each_pause(small, browse) -> None:
    page = browse(small, "/")
    page.get_by_role("heading", name="Home").wait_for()
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "/api/search" in it.url else None)

    page.keyboard.press("Control+k")
    page.keyboard.type("orders")
    expect(options(page).first).to_contain_text("orders")

    assert len(asked) <= 2
    assert asked[-1].endswith("q=orders&limit=30")


def test_escape_closes_it_and_gives_the_focus_back(small, browse) -> None:
    page = browse(small, "/")
    button = page.get_by_role("button", name="Search")
    button.focus()
    page.keyboard.press("Control+k")
    field(page).wait_for()

    page.keyboard.press("Escape")

    expect(button).to_be_focused()


def test_what_fits_nothing_is_said(small, browse) -> None:
    page = browse(small, "/")
    page.get_by_role("heading", name="Home").wait_for()

    Walk(page).press("Control+k").type("zzzzzz")

    page.get_by_text("Nothing fits.").wait_for()


def test_the_palette_is_accessible_in_every_look(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("orders")
    options(page).first.wait_for()

    for look in in_all_looks(page):
        check_accessible(page, look)


def test_a_mistyped_address_offers_the_nearest_names(small, browse) -> None:
    page = browse(small, "/jobs/shop/nightly_mart/x", allow=(r"answered 404",))

    page.get_by_role("region", name="Did you mean").get_by_role("link", name="nightly_marts").wait_for()
    for look in in_all_looks(page):
        check_accessible(page, look)


def test_the_api_is_described_with_roles_and_a_command(small, browse) -> None:
    page = browse(small, "/docs?q=cancelRun")

    page.get_by_text("/api/runs/{run_id}/cancel", exact=True).click()

    page.get_by_text("needs the role operator").wait_for()
    assert "-X POST" in page.get_by_role("region", name="curl for cancelRun").inner_text()
    for look in in_all_looks(page):
        check_accessible(page, look)


def test_a_search_in_the_description_that_finds_nothing_can_be_cleared(small, browse) -> None:
    page = browse(small, "/docs?q=zzz")

    page.get_by_role("button", name="Clear the filter").click()

    page.get_by_text("/api/runs", exact=True).first.wait_for()


def test_something_is_done_from_the_palette(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_role("heading", name="Settings").wait_for()

    Walk(page).press("Control+k").type("dark theme")
    expect(options(page).first).to_contain_text("use the dark theme")
    page.keyboard.press("Enter")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_hours_are_counted_as_somebody_wants_them(small, browse) -> None:
    page = browse(small, "/settings")
    page.get_by_label("Hours").select_option("12")

    page.get_by_role("navigation", name="main").get_by_role("link", name="Home").click()

    page.locator("time[title*=' AM ']").first.wait_for()
