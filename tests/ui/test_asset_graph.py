"""The graph of assets: boxes of groups, opening in place, walking by keys, the list that reads the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.walking import Walk

NOTED = """window.drawn = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
  window.drawn.push(text);
  return draw.call(this, text, ...more);
};"""
"""Notes what is written on a canvas."""
BESIDE = re.compile(r"^(raw|staging)$| ago$| failed$")
"""What is no label: names of groups, what stands beside labels."""


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


def test_a_closed_group_never_hides_a_failure_not_even_of_a_partition(small, browse) -> None:
    page = browse(small, "/asset-graph?tab=list&open=-")
    table = page.get_by_role("table")
    table.wait_for()

    staging = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="staging: 6"))
    expect(staging).to_contain_text("1 failed")
    expect(staging).to_contain_text("5 done")
    page.get_by_role("link", name="Graph", exact=True).click()
    ready(page)
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".graph-tip")).to_contain_text("marts: 7")
    expect(
        page.get_by_role("status").filter(has_text="marts: 7, 2 failed, 1 with failed checks, 4 done")
    ).to_have_count(1)


def test_labels_are_told_apart_at_every_zoom_and_whole_at_the_focus(small, browse) -> None:
    page = browse(small, "/asset-graph?select=group:staging or group:raw")
    page.add_init_script(NOTED)
    page.reload()
    ready(page)
    page.get_by_role("application").focus()
    labels = []
    for _ in range(6):
        page.evaluate("() => { window.drawn = []; }")
        page.keyboard.press("-")
        page.wait_for_function("() => window.drawn.includes('raw')")
        drawn = page.evaluate("() => window.drawn")
        labels.append([each for each in drawn if len(each) > 2 and not BESIDE.search(each)])
    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")

    assert all(len(set(each)) == len(each) == 14 for each in labels[1:3])  # nearer some have two lines
    assert {"…customers", "customers"} < set(labels[2])
    assert labels[-1] == []
    expect(page.locator(".graph-tip")).to_contain_text(re.compile(r"(raw|staging)/"))


def test_the_ways_between_two_are_shown_from_the_graph_itself(small, browse) -> None:
    page = browse(small, "/asset-graph?around=raw/orders&depth=10&at=marts/board_pack")
    ready(page)
    page.get_by_role("button", name="Only the ways from raw/orders to it").click()

    expect(page.get_by_text("7 assets", exact=True)).to_be_visible()
    expect(page.get_by_label("Only the ways to")).to_have_value("marts/board_pack")
    page.get_by_role("button", name="Show all assets").click()
    expect(page.get_by_text("27 assets", exact=True)).to_be_visible()


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


def test_the_graph_is_saved_as_a_drawing_and_lies_the_same_after_a_reload(small, browse) -> None:
    page = browse(small, "/asset-graph?open=*")
    drawings = []
    for _ in range(2):
        ready(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as SVG").click()
        drawings.append(download.value.path().read_text(encoding="utf-8"))
        page.reload()

    assert drawings[0].startswith("<svg")
    assert f"<title>{small.facts['failed_asset']}: failed</title>" in drawings[0]
    assert drawings[0] == drawings[1]


def test_an_asset_whose_check_failed_is_marked_whatever_its_state(small, browse) -> None:
    page = browse(small, "/asset-graph?open=*&tab=list")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=small.facts["checked_asset"], exact=True))
    expect(row.first).to_contain_text("done")
    expect(row.first).to_contain_text("1 check failed")

    page.goto("/asset-graph?open=-&tab=list")
    expect(page.get_by_role("row").filter(has_text="marts").first).to_contain_text("1 with failed checks")

    page.goto(f"/assets/{small.facts['checked_asset']}")
    expect(page.get_by_role("link", name="1 check failed").first).to_be_visible()


def test_closer_a_map_shows_where_one_is_and_leads_elsewhere(small, browse) -> None:
    page = browse(small, "/asset-graph?open=*")
    page.add_init_script(NOTED)
    page.reload()
    ready(page)
    small_map = page.locator(".graph-minimap")
    expect(small_map).to_be_hidden()
    for _ in range(6):
        page.get_by_role("button", name="Closer (+)").click()
    small_map.wait_for()
    page.evaluate("() => { window.drawn = []; }")
    small_map.click(position={"x": 6, "y": 12})

    page.wait_for_function("() => window.drawn.includes('raw')")


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
