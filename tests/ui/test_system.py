"""The machinery: services, code locations, pools, settings, report."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.ui.walking import Walk


def test_the_machinery_tells_what_it_keeps_how_late_it_is_and_what_it_delivered(small, browse) -> None:
    page = browse(small, "/system")

    service = page.get_by_role("region", name="Service", exact=True)
    expect(service).to_contain_text(re.compile(r"Lease\s*number \d+, held by process"))
    expect(service).to_contain_text(re.compile(r"p50 [\d.]+ ?m?s, p95 [\d.]+ ?m?s"))
    expect(page.get_by_role("region", name="Store")).to_contain_text(re.compile(r"Audit log kept\s*730 days"))
    expect(page.get_by_role("region", name="Alerts")).to_contain_text(re.compile("tell_on_failure.*last delivered"))
    page.get_by_role("link", name="Code locations").click()
    page.get_by_text("1 resource").click()
    expect(page.get_by_role("region", name="resources of shop")).to_contain_text("warehouse")
    expect(page.get_by_text(re.compile(r"version [0-9a-f]{12}"))).to_be_visible()


def test_a_stopped_service_is_said_with_what_to_do(site, browse) -> None:
    own = site("empty")
    own.stop_service()
    page = browse(own, "/system")

    expect(page.get_by_text("does not work", exact=True)).to_be_visible()
    expect(page.get_by_text("watchbell daemon")).to_be_visible()


def test_a_working_service_shows_its_loops(site, browse) -> None:
    own = site("small", working=True)
    page = browse(own, "/system")

    page.get_by_role("region", name="Loops of the service").get_by_role("row").nth(3).wait_for()


def test_a_location_that_does_not_load_shows_why(small, browse) -> None:
    page = browse(small, "/system")
    walk = Walk(page)

    walk.click("link", "Code locations")

    row = page.get_by_role("listitem").filter(has_text=small.facts["broken_location"])
    expect(row.get_by_text("does not load", exact=True)).to_be_visible()
    expect(row.get_by_role("region")).to_contain_text(re.compile(r"Error"))
    assert walk.clicks == 1


def test_a_pools_slots_are_changed_by_keyboard_and_the_page_follows(site, browse) -> None:
    own = site("small")
    page = browse(own, "/system?tab=pools")
    walk = Walk(page)

    page.get_by_role("button", name="Give a pool slots").focus()
    walk.press("Enter")
    walk.type("warehouse_2").press("Tab").press("Control+a").type("3").press("Tab").type("night load")
    page.get_by_role("button", name="Change", exact=True).focus()
    walk.press("Enter")

    expect(page.get_by_role("row", name=re.compile("warehouse_2"))).to_contain_text("0 of 3")
    assert own.instance.store.pool_limits()["warehouse_2"] == 3
    assert walk.clicks == 0


def test_settings_that_differ_from_their_default_stand_first(site, browse) -> None:
    own = site("small", settings={"max_concurrent_runs": 3})
    page = browse(own, "/system?tab=settings")

    changed = page.get_by_role("region", name="Changed")
    expect(changed).to_contain_text(re.compile(r"max_concurrent_runs\s*3"))


def test_the_report_holds_no_path_of_the_home(small, browse) -> None:
    page = browse(small, "/system?tab=report")
    report = page.get_by_role("region", name="text of the report")
    report.wait_for()

    assert str(small.home) not in report.inner_text()
    assert "location " in report.inner_text()
