"""Home: whether anything is wrong, what ran, what is to run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk


def attention(page):
    return page.get_by_role("region", name="Attention")


def test_every_kind_of_trouble_is_told_and_leads_to_its_cause(small, browse) -> None:
    page = browse(small, "/")
    attention(page).get_by_role("link", name="nightly_marts").wait_for()

    links = {each.inner_text(): each.get_attribute("href") for each in attention(page).get_by_role("link").all()}

    assert links["nightly_marts"].startswith("/runs/")
    for fact in ("failing_schedule", "failing_sensor", "missed_schedule", "quarantined_sensor"):
        kind = "schedule" if "schedule" in fact else "sensor"
        assert links[small.facts[fact]].startswith(f"/automation/{kind}/"), fact
    assert links[small.facts["broken_location"]] == "/system?tab=locations"
    assert any(href == f"/runs/{small.facts['lost_run']}" for href in links.values())
    assert any(href == f"/runs/{small.facts['unloadable_run']}" for href in links.values())


def test_late_full_and_failed_backfills_lead_to_their_causes(small, browse) -> None:
    page = browse(small, "/")
    attention(page).get_by_role("link", name="nightly_marts").wait_for()

    links = {each.inner_text(): each.get_attribute("href") for each in attention(page).get_by_role("link").all()}

    assert links["price_feed"] == "/automation/sensor/shop/price_feed?tab=why"
    assert f"/backfills/{small.facts['failed_backfill']}" in links.values()


def test_a_mark_lists_what_is_merged_in_it_failures_first_and_leads_to_it(small, browse) -> None:
    page = browse(small, "/?hours=168")
    chart = page.get_by_role("group", name=re.compile("^Timeline; arrows"))
    chart.focus()
    walk = Walk(page)

    walk.press("ArrowLeft")
    facts = page.locator("#mark-facts")
    expect(facts).to_contain_text(re.compile(r"load_orders 5 runs: 2 failed, 3 done"))
    expect(facts.get_by_role("listitem").first).to_contain_text("failed")
    expect(facts.get_by_role("listitem")).to_have_count(5)
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="Timeline as a table").get_by_role("row").nth(20)).to_be_visible()

    facts.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/runs/\w+"))


def test_the_navigation_tells_how_much_needs_attention(small, browse) -> None:
    page = browse(small, "/settings")

    badge = page.get_by_role("navigation", name="main").get_by_role("link", name=re.compile(r"Home \d+ need attention"))

    badge.wait_for()


def test_what_is_put_off_is_gone_until_it_is_shown_again(site, browse) -> None:
    page = browse(site("small"), "/")
    row = attention(page).get_by_role("listitem").filter(has=page.get_by_role("link", name="nightly_marts", exact=True))
    row.get_by_role("button", name="Put off nightly_marts").click()
    page.get_by_role("menuitem", name="for a day").click()

    snoozed = attention(page).get_by_text("1 thing put off")
    snoozed.click()
    row.get_by_role("button", name="Show again").click()

    row.get_by_role("button", name="Put off nightly_marts").wait_for()


def test_the_timeline_is_walked_and_changed_with_keys_alone(small, browse) -> None:
    page = browse(small, "/")
    chart = page.get_by_role("group", name=re.compile("^Timeline; arrows"))
    chart.wait_for()
    chart.focus()
    walk = Walk(page)

    walk.press("ArrowLeft")
    expect(page.locator("#mark-facts a").first).to_be_visible()
    walk.press("-")
    expect(page).to_have_url(re.compile(r"hours=\d+"))
    hours = re.search(r"hours=(\d+)", page.url)
    page.go_back()

    expect(page).not_to_have_url(re.compile("hours="))
    assert hours is not None


def test_lanes_and_window_are_in_the_address(small, browse) -> None:
    page = browse(small, "/?hours=168&lanes=automation")

    expect(page.get_by_role("button", name="automations")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("length of the window")).to_have_value("168")


def test_a_home_without_anything_shows_the_way_to_the_first_run(empty, browse) -> None:
    page = browse(empty, "/")

    page.get_by_role("heading", name="Three steps to the first run").wait_for()
    page.get_by_text("Nothing is wrong").wait_for()


def test_a_broken_store_is_told_and_the_frame_stays(site, browse) -> None:
    own = site("small")
    page = browse(own, "/settings", allow=(r"answered 5\d\d",))
    page.get_by_role("heading", name="Settings").wait_for()
    own.break_store()

    page.get_by_role("link", name=re.compile("^Home")).click()

    page.get_by_role("alert").wait_for()
    page.get_by_role("navigation", name="main").wait_for()


@pytest.mark.parametrize("name", ["small", "empty"])
def test_home_is_accessible_in_every_look(request, name, browse) -> None:
    page = browse(request.getfixturevalue(name), "/?hours=168")
    page.get_by_role("heading", name="Attention").wait_for()

    for look in in_all_looks(page):
        check_accessible(page, look)


def test_home_asks_for_nothing_that_did_not_come_with_the_page(small, browse, tabs) -> None:
    asked: list[str] = []
    page = browse(small)
    page.on("request", lambda it: asked.append(it.url) if "/api/" in it.url and "/api/live" not in it.url else None)
    page.goto("/")
    attention(page).get_by_role("link", name="nightly_marts").wait_for()

    assert asked == []
