"""The graph of assets: boxes of groups, opening in place, walking by keys, the list that reads the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.walking import Walk


def ready(page: Page) -> None:
    """Waits for the layout."""
    page.locator(".graph[data-ready=true]").wait_for()


def test_the_list_reads_the_same_as_the_graph(small, browse) -> None:
    page = browse(small, "/asset-graph?tab=list&open=*")
    table = page.get_by_role("table")
    table.wait_for()

    row = table.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name=small.facts["failed_asset"], exact=True)
    )
    expect(row).to_contain_text("failed")
    check_accessible(page)


def test_a_closed_group_never_hides_a_failure(small, browse) -> None:
    page = browse(small, "/asset-graph?tab=list&open=-")
    table = page.get_by_role("table")
    table.wait_for()

    failed = table.get_by_role("row").filter(has_text="failed")
    assert failed.count() >= 1


def test_arrow_keys_walk_along_edges_and_enter_opens(small, browse) -> None:
    page = browse(small, "/asset-graph?open=*")
    ready(page)
    walk = Walk(page)
    page.get_by_role("application").focus()

    walk.press("ArrowRight")
    first = page.locator(".graph + *, .graph [role=status]").first
    expect(page).to_have_url(re.compile(r"at="))
    before = page.url
    walk.press("ArrowRight")
    walk.press("ArrowLeft")
    walk.press("Enter")

    expect(page).to_have_url(re.compile(r"/assets/"))
    assert before
    assert first is not None
    assert walk.clicks == 0


def test_a_group_opens_in_place_by_key(small, browse) -> None:
    page = browse(small, "/asset-graph?open=-")
    ready(page)
    walk = Walk(page)
    page.get_by_role("application").focus()

    walk.press("ArrowRight")
    walk.press("Enter")

    page.get_by_role("button", name=re.compile("^Close group")).first.wait_for()
    expect(page).to_have_url(re.compile(r"open=[^-]"))


def test_what_is_around_an_asset_is_in_the_address(small, browse) -> None:
    key = small.facts["failed_asset"]
    page = browse(small, f"/asset-graph?around={key}&depth=1&tab=list")
    page.get_by_role("table").wait_for()

    expect(page.get_by_role("rowheader", name=key, exact=True)).to_be_visible()
    page.get_by_role("button", name="Show all assets").click()
    expect(page).not_to_have_url(re.compile("around="))


def test_a_search_counts_what_it_finds_also_in_closed_groups(small, browse) -> None:
    page = browse(small, "/asset-graph?open=-")
    ready(page)
    page.get_by_role("searchbox", name="Find").fill(small.facts["failed_asset"].rpartition("/")[2])

    expect(page.get_by_text(re.compile(r"^[1-9]\d* match"))).to_be_visible()


def test_the_graph_is_saved_as_a_drawing(small, browse) -> None:
    page = browse(small, "/asset-graph?open=*")
    ready(page)

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as SVG").click()

    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert small.facts["failed_asset"] in text


def test_a_selection_without_assets_offers_to_clear_the_filter(small, browse) -> None:
    page = browse(small, "/asset-graph?q=nothing_of_this_name")
    page.get_by_role("button", name="Clear the filter").click()

    ready(page)


@pytest.mark.parametrize("tab", ["graph", "list"])
def test_hostile_names_stay_text(hostile, browse, tab) -> None:
    page = browse(hostile, f"/asset-graph?open=*&tab={tab}")
    page.get_by_role("heading", name="Asset graph").wait_for()

    if tab == "graph":
        ready(page)
    else:
        page.get_by_role("table").wait_for()
    check_accessible(page)
