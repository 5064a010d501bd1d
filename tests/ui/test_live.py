"""What happens is seen as it happens; what is lost is said at once."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from watchbell.record.run import DagsterRun, DagsterRunStatus

LOST = (r"net::ERR", r"answered 5\d\d", r"Failed to fetch", r"EventSource")


def chip(page):
    return page.locator(".chip")


def add_runs(site, count: int, first: int = 0) -> None:
    runs = [
        DagsterRun(
            "load_orders", f"{number:08x}-live", status=DagsterRunStatus.QUEUED, location_name=site.facts["location"]
        )
        for number in range(first, first + count)
    ]
    site.instance.store.add_runs(runs, site.clock.now())


def test_the_sign_of_the_tab_is_asked_for_once_also_where_something_is_wrong(small, browse) -> None:
    page = browse(small)
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(small.url)))
    page.goto("/runs")
    page.locator("tbody tr").first.wait_for()
    page.wait_for_load_state("load")

    assert page.locator("#favicon").get_attribute("href") == "/favicon-attention.svg"
    assert "/favicon.svg" not in asked


def test_a_run_that_is_stored_is_there_without_asking(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs")
    page.get_by_role("table").wait_for()

    add_runs(own, 1)

    page.get_by_role("link", name=re.compile("load_orders")).first.wait_for()
    page.locator("tr[data-row='00000000-live']").wait_for()


def test_a_list_that_is_read_does_not_jump_and_counts_what_is_new(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs", height=420)
    rows = page.locator("tbody tr[data-row]")
    rows.first.wait_for()
    scroller = page.get_by_role("region", name=re.compile("^Runs"))
    scroller.evaluate("it => { it.scrollTop = 100 }")
    before = rows.first.get_attribute("data-row")

    add_runs(own, 3)
    page.get_by_role("button", name="3 new ↑").wait_for()
    reading = rows.first.get_attribute("data-row")
    page.get_by_role("button", name="3 new ↑").click()

    page.locator("tr[data-row='00000002-live']").wait_for()
    assert reading == before


def test_a_server_that_is_gone_is_said_at_once_and_what_happened_meanwhile_is_shown_after(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs", allow=LOST)
    page.locator("tbody tr[data-row]").first.wait_for()
    expect(chip(page)).to_have_text(re.compile("service works"))

    own.stop_web()
    expect(chip(page)).to_contain_text("connection lost")
    expect(page.locator(".frame")).to_have_attribute("data-old", "true")
    expect(page.locator("#favicon")).to_have_attribute("href", "/favicon-failed.svg")
    add_runs(own, 1)
    own.start_web()

    expect(chip(page)).to_contain_text("service works", timeout=20_000)
    page.locator("tr[data-row='00000000-live']").wait_for()


def test_a_service_that_is_gone_is_said_at_once_on_every_page(site, browse) -> None:
    own = site("small")
    page = browse(own, "/settings")
    expect(chip(page)).to_contain_text("service works")

    own.stop_service()
    expect(chip(page)).to_contain_text("no service works")
    expect(page.locator(".frame")).to_have_attribute("data-old", "true")
    own.start_service()

    expect(chip(page)).to_contain_text("service works", timeout=20_000)


def test_whether_the_service_is_alive_takes_no_click(small, browse) -> None:
    page = browse(small, "/")

    expect(chip(page)).to_contain_text("service works")


def test_a_hidden_tab_stops_listening_and_catches_up_when_it_is_shown(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs")
    page.locator("tbody tr[data-row]").first.wait_for()
    hide = """hidden => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""

    with page.expect_event("requestfailed", lambda it: "/api/live" in it.url):
        page.evaluate(hide, True)
    add_runs(own, 1)
    page.evaluate(hide, False)

    page.locator("tr[data-row='00000000-live']").wait_for()


def test_one_stream_serves_a_tab_whatever_it_shows(small, browse) -> None:
    page = browse(small)
    live: list[str] = []
    page.on("request", lambda it: live.append(it.url) if "/api/live" in it.url else None)
    page.on("requestfinished", lambda it: live.remove(it.url) if it.url in live else None)
    page.on("requestfailed", lambda it: live.remove(it.url) if it.url in live else None)
    page.goto("/")
    page.get_by_role("heading", name="Timeline").wait_for()

    page.get_by_role("navigation", name="main").get_by_role("link", name="Runs").click()
    page.locator("tbody tr[data-row]").first.wait_for()
    with page.expect_request(lambda it: "/api/live" in it.url and "topic=run%3A" in it.url):
        page.goto(f"/runs/{small.facts['failed_run']}")

    assert len(live) == 1
