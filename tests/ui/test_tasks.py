"""What a person paged at night wants to know or do: in how many clicks from Home, and again by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.walking import Walk
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationStatus

CONDITIONED = "stg_customers"
WEEK = "2026-05-03..2026-05-09"


@pytest.fixture
def home(small, browse) -> Page:
    """Home of the shop, with its attention there."""
    return at_home(browse(small, "/"))


def at_home(page: Page) -> Page:
    attention(page).get_by_role("link", name="nightly_marts").wait_for()
    return page


def attention(page: Page):
    return page.get_by_role("region", name="Attention")


def sentence(page: Page):
    return page.locator(".why-sentence")


def failed_row(page: Page, run_id: str):
    return page.locator(f'tr[data-row="{run_id}"]').get_by_role("link").first


def jump(walk: Walk, text: str, shown: str) -> None:
    """Goes somewhere by the palette: no click."""
    walk.press("/").type(text)
    first = walk.page.get_by_role("listbox", name="what fits").get_by_role("option").first
    expect(first).to_contain_text(shown)
    walk.press("Enter")


def expect_the_users_line(page: Page) -> None:
    card = page.get_by_role("article").first
    expect(card).to_contain_text("KeyError: 'amount'")
    expect(card).to_contain_text('return float(row["amount"])')
    expect(card).to_contain_text("shop.py:36")


def expect_the_partitions(page: Page) -> None:
    expect(page.get_by_role("button", name="1 failed: list only these")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="3 missing")).to_contain_text(
        "2026-03-29, 2026-04-11..2026-04-12"
    )
    expect(page.get_by_role("button", name="0 stale: list only these")).to_be_visible()


class TestWhatIsWrong:
    def test_whether_anything_is_wrong_and_the_service_alive_takes_no_click(self, home) -> None:
        walk = Walk(home)

        expect(attention(home)).to_contain_text("LookupError: column 'cost' does not exist")
        expect(home.locator(".chip")).to_contain_text("service works")
        expect(
            home.get_by_role("navigation", name="main").get_by_role("link", name=re.compile("need attention"))
        ).to_be_visible()

        assert (walk.clicks, walk.keys) == (0, 0)

    def test_what_failed_last_and_with_which_line_of_my_code(self, small, home) -> None:
        walk = Walk(home)

        walk.click("link", "Runs")
        walk.choose(failed_row(home, small.facts["failed_run"]))

        expect_the_users_line(home)
        assert walk.clicks == 2

    def test_that_by_keyboard_alone(self, small, home) -> None:
        walk = Walk(home)

        walk.press("g r")
        link = failed_row(home, small.facts["failed_run"])
        link.wait_for()
        walk.tab_to(link, at_most=200).press("Enter")

        expect_the_users_line(home)
        assert walk.clicks == 0


class TestWhy:
    @pytest.mark.parametrize(
        ("fact", "said"), [("failing_schedule", "failed:"), ("failing_sensor", "failed:")], ids=["schedule", "sensor"]
    )
    def test_why_an_automation_did_not_do_its_work(self, small, home, fact, said) -> None:
        walk = Walk(home)

        walk.choose(attention(home).get_by_role("link", name=small.facts[fact], exact=True))
        walk.click("link", "Why", exact=True)

        expect(sentence(home)).to_contain_text(said)
        assert walk.clicks == 2

    def test_why_an_asset_was_not_made_is_a_search_and_one_click(self, home) -> None:
        walk = Walk(home)

        jump(walk, CONDITIONED, CONDITIONED)
        walk.click("link", "Why", exact=True)

        expect(sentence(home)).to_contain_text(CONDITIONED)
        assert walk.clicks == 1

    @pytest.mark.parametrize("name", ["reports_on_workdays", "price_feed", CONDITIONED])
    def test_each_by_keyboard_alone_with_a_date(self, home, name) -> None:
        walk = Walk(home)

        jump(walk, name, name)
        tab = home.get_by_role("link", name="Why", exact=True)
        tab.wait_for()
        walk.tab_to(tab).press("Enter")
        sentence(home).wait_for()
        field = home.get_by_label(re.compile(r"^At \("))
        field.focus()
        field.fill("2026-05-11T07:00")
        walk.press("Enter")

        expect(home).to_have_url(re.compile("at=2026-05-11"))
        expect(sentence(home)).to_be_visible()
        assert walk.clicks == 0

    def test_why_a_run_waits_and_for_whom_is_in_its_row(self, small, home) -> None:
        walk = Walk(home)

        walk.click("link", "Runs")

        expect(home.locator(f'tr[data-row="{small.facts["waiting_run"]}"]')).to_contain_text("price_api")
        assert walk.clicks == 1

    def test_that_by_keyboard_alone(self, small, home) -> None:
        walk = Walk(home)

        walk.press("g r")

        expect(home.locator(f'tr[data-row="{small.facts["waiting_run"]}"]')).to_contain_text("price_api")
        assert walk.clicks == 0


class TestWhatIsNext:
    def test_what_runs_next_is_on_home_and_as_a_table_one_click_away(self, home) -> None:
        walk = Walk(home)

        walk.choose(home.get_by_text("The same as a table"))

        home.get_by_role("table").get_by_text("to come").first.wait_for()
        assert walk.clicks == 1

    def test_that_by_keyboard_alone(self, home) -> None:
        walk = Walk(home)

        walk.tab_to(home.locator("summary", has_text="The same as a table"), at_most=200).press("Enter")

        home.get_by_role("table").get_by_text("to come").first.wait_for()
        assert walk.clicks == 0


class TestPartitions:
    def test_which_are_missing_failed_and_stale(self, home) -> None:
        walk = Walk(home)

        walk.click("link", "Assets")
        walk.choose(home.get_by_role("link", name="partitions of raw/orders"))

        expect_the_partitions(home)
        assert walk.clicks == 2

    def test_that_by_keyboard_alone(self, home) -> None:
        walk = Walk(home)

        walk.press("g a")
        strip = home.get_by_role("link", name="partitions of raw/orders")
        strip.wait_for()
        walk.tab_to(strip, at_most=200).press("Enter")

        expect_the_partitions(home)
        assert walk.clicks == 0

    def test_may_3_to_9_are_backfilled_with_four_clicks(self, site, browse) -> None:
        own = site("small")
        page = at_home(browse(own, "/"))
        walk = Walk(page)

        walk.click("link", "Assets")
        walk.choose(page.get_by_role("link", name="partitions of raw/orders"))
        field = page.get_by_label("Chosen partitions", exact=True)
        field.fill(WEEK)
        field.press("Enter")
        walk.click("button", "Backfill 7 partitions…")
        walk.choose(page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Launch 7 runs?")))

        page.wait_for_url(re.compile("/backfills/"))
        assert walk.clicks == 4
        assert own.instance.get_backfills(limit=1)[0].backfill_id == page.url.rpartition("/")[2]

    def test_may_3_to_9_are_backfilled_by_keyboard_alone(self, site, browse) -> None:
        own = site("small")
        page = browse(own, "/assets/raw/orders?tab=partitions")
        walk = Walk(page)

        field = page.get_by_label("Chosen partitions", exact=True)
        field.wait_for()
        walk.tab_to(field, at_most=300).type(WEEK).press("Enter")
        ask = page.get_by_role("button", name="Backfill 7 partitions…")
        ask.wait_for()
        walk.tab_to(ask, at_most=300).press("Enter")
        launch = page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Launch 7 runs?"))
        expect(launch).not_to_have_attribute("aria-disabled", "true")
        walk.tab_to(launch).press("Enter")

        page.wait_for_url(re.compile("/backfills/"))
        assert walk.clicks == 0


class TestDoing:
    def test_a_failed_run_is_run_again_from_its_failure_with_two_clicks_from_the_list(self, site, browse) -> None:
        own = site("small")
        page = at_home(browse(own, "/"))
        walk = Walk(page)

        walk.choose(attention(page).get_by_role("link", name="nightly_marts", exact=True))
        walk.click("button", "Run again from failure")

        page.get_by_text("is queued and executes what failed").wait_for()
        again = page.url.rsplit("/", 1)[1]
        assert walk.clicks == 2
        assert own.instance.get_run_by_id(again).parent_run_id is not None

    def test_that_by_keyboard_alone(self, site, browse) -> None:
        page = at_home(browse(site("small"), "/"))
        walk = Walk(page)

        walk.tab_to(attention(page).get_by_role("link", name="nightly_marts", exact=True), at_most=100).press("Enter")
        page.get_by_role("article").first.wait_for()
        walk.press("r")

        page.get_by_text("is queued and executes what failed").wait_for()
        assert walk.clicks == 0

    def test_a_sensor_is_tried_with_this_cursor_in_three_clicks(self, small, home) -> None:
        walk = Walk(home)

        walk.choose(attention(home).get_by_role("link", name=small.facts["failing_sensor"], exact=True))
        walk.click("link", "Test", exact=True)
        walk.tab_to(home.get_by_label("Cursor", exact=True), at_most=100).press("Control+a").type("7")
        walk.click("button", "Try it")

        expect(home.get_by_role("heading", name=re.compile("Result"))).to_be_visible(timeout=60_000)
        assert walk.clicks == 3

    def test_a_sensor_is_tried_by_keyboard_alone(self, small, home) -> None:
        walk = Walk(home)

        jump(walk, small.facts["skipping_sensor"], small.facts["skipping_sensor"])
        home.get_by_role("link", name="Ticks").wait_for()
        walk.press("t")
        field = home.get_by_label("Cursor", exact=True)
        field.wait_for()
        walk.tab_to(field, at_most=100).press("Control+a").type("7")
        walk.tab_to(home.get_by_role("button", name="Try it")).press("Enter")

        expect(home.get_by_role("heading", name=re.compile("Result"))).to_be_visible(timeout=60_000)
        assert walk.clicks == 0

    @pytest.mark.parametrize("by_keys", [False, True], ids=["clicks", "keys"])
    def test_a_schedule_is_turned_on(self, site, browse, by_keys) -> None:
        own = site("small")
        name = own.facts["stopped_schedule"]
        page = at_home(browse(own, "/"))
        walk = Walk(page)
        switch = page.get_by_role("switch", name=f"schedule {name}")

        if by_keys:
            walk.press("g u")
            switch.wait_for()
            walk.tab_to(switch, at_most=200).press("Space")
        else:
            walk.click("link", "Automation").choose(switch)

        expect(switch).to_have_attribute("aria-checked", "true")
        state = own.instance.store.automation_state(AutomationKey("shop", AutomationKind.SCHEDULE, name))
        assert state.status is AutomationStatus.RUNNING
        assert walk.clicks == (0 if by_keys else 2)
