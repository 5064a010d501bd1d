"""One asset: how it stands, its partitions and choosing some, its events, checks, lineage and definition."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.metadata import MetadataValue

RED_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
"""A picture of one point (PNG)."""


def cell(page: Page, key: str):
    """The square of a partition."""
    return page.get_by_role("button", name=re.compile(f"^{re.escape(key)}: "))


def test_a_range_is_chosen_by_dragging_over_the_calendar(small, browse) -> None:
    page = browse(small, "/assets/raw/orders?tab=partitions")
    cell(page, "2026-05-04").hover()
    page.mouse.down()
    cell(page, "2026-05-08").hover()
    page.mouse.up()

    expect(page.get_by_label("Chosen partitions", exact=True)).to_have_value("2026-05-04..2026-05-08")
    expect(page.get_by_text("5 partitions: 1 failed, 4 made")).to_be_visible()
    expect(cell(page, "2026-05-06")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("pick=2026-05-04"))
    page.get_by_role("button", name="Backfill…", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Partitions", exact=True)).to_have_value("2026-05-04..2026-05-08")


def test_a_range_is_chosen_by_keys(small, browse) -> None:
    page = browse(small, "/assets/raw/orders?tab=partitions")
    cell(page, "2026-05-07").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Chosen partitions", exact=True)).to_have_value("2026-05-07")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")

    expect(page.get_by_label("Chosen partitions", exact=True)).to_have_value("2026-05-07..2026-05-09")


def test_the_failed_ones_are_chosen_with_one_click(small, browse) -> None:
    page = browse(small, "/assets/raw/orders?tab=partitions")
    page.get_by_role("button", name="Choose the failed ones").click()

    expect(page.get_by_label("Chosen partitions", exact=True)).to_have_value("2026-05-06")


def test_what_was_typed_wrongly_is_told_at_the_field(small, browse) -> None:
    page = browse(small, "/assets/raw/orders?tab=partitions&pick=2026-05-99", allow=(r"answered 422", r"status of 422"))

    page.get_by_text("did you mean '2026-05-09'?").wait_for()
    expect(page.get_by_role("button", name=re.compile("^Backfill .* partition"))).to_have_count(0)


def test_hours_stand_by_day_and_a_grid_by_its_dimensions(small, browse) -> None:
    page = browse(small, "/assets/raw/stock?tab=partitions")
    expect(cell(page, "2026-05-11-03:00")).to_have_attribute("data-state", "missing")

    grid = browse(small, "/assets/staging/orders_by_region?tab=partitions")
    cell(grid, "north · 2026-05-09").hover()
    grid.mouse.down()
    cell(grid, "south · 2026-05-10").hover()
    grid.mouse.up()
    expect(grid.get_by_label("Chosen partitions", exact=True)).to_have_value("2026-05-09|north..2026-05-10|south")
    expect(grid.get_by_text("4 partitions: 4 made")).to_be_visible()


def test_keys_of_dynamic_partitions_are_added_chosen_and_deleted(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets/raw/campaigns?tab=partitions", allow=(r"answered 422", r"status of 422"))
    expect(page.get_by_role("button", name="1 missing: list only these")).to_be_visible()
    page.get_by_role("button", name="Add or delete keys…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New keys").fill("summer\n" + "x" * 1_001)
    dialog.get_by_role("button", name="Add 2 keys").click()
    dialog.get_by_text("at most 1,000 are accepted").wait_for()
    assert own.instance.get_dynamic_partitions("campaigns") == ["easter", "spring, the second", "mothers day"]

    dialog.get_by_label("New keys").fill("summer\n\nautumn..winter\nsummer\neaster")
    dialog.get_by_role("button", name="Add 3 keys").click()
    page.get_by_text("Added 2 keys; 1 were there already.").wait_for()
    dialog.get_by_role("button", name="Delete the key summer").wait_for()
    check_accessible(page, "keys", within="dialog")
    page.keyboard.press("Escape")
    cell(page, "spring, the second").click()
    chosen = page.get_by_label("Chosen partitions", exact=True)
    expect(page.get_by_text("1 partition: 1 made")).to_be_visible()
    cell(page, "autumn..winter").click(modifiers=["Control"])
    expect(page.get_by_text("2 partitions: 1 made, 1 missing")).to_be_visible()
    text = chosen.input_value()
    page.get_by_role("button", name="Backfill 2 partitions…").click()
    expect(page.get_by_role("dialog").get_by_label("Partitions", exact=True)).to_have_value(text)
    page.get_by_role("button", name="Launch 2 runs").wait_for()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Add or delete keys…").click()
    dialog.get_by_role("button", name="Delete the key autumn..winter").click()
    expect(dialog.get_by_role("button", name="Delete the key autumn..winter")).to_have_count(0)
    expect(dialog.get_by_role("status")).to_contain_text("Deleted autumn..winter.")
    dialog.get_by_role("button", name="Undo").click()
    dialog.get_by_role("button", name="Delete the key autumn..winter").wait_for()
    assert own.instance.get_dynamic_partitions("campaigns") == [
        "easter", "spring, the second", "mothers day", "summer", "autumn..winter",
    ]  # fmt: skip


def test_a_partition_tells_why_it_failed_and_links_its_runs(small, browse) -> None:
    page = browse(small, "/assets/raw/orders?tab=partitions&partition=2026-05-06")

    expect(page.get_by_text("KeyError: 'amount'")).to_be_visible()
    expect(page.get_by_role("heading", name="Runs for it")).to_be_visible()


def test_now_says_what_is_expected_next_and_what_is_wrong_upstream(small, browse) -> None:
    page = browse(small, "/assets/marts/board_pack")

    expect(page.get_by_text("The schedule marts_in_the_morning")).to_be_visible()
    upstream = page.get_by_role("region", name="Wrong upstream")
    expect(upstream.get_by_role("link", name="marts/margin")).to_be_visible()
    page.get_by_role("heading", name="Metadata over time").wait_for()


def test_materialising_one_partition_names_it(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets/raw/orders?tab=partitions&pick=2026-05-06")
    page.get_by_role("region", name="chosen partitions").get_by_role("button", name="Materialise…").click()
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_text("Queued:").wait_for()

    href = page.get_by_role("link", name="the run").get_attribute("href") or ""
    run = own.instance.get_run_by_id(href.removeprefix("/runs/"))
    assert run is not None
    assert run.tags["dagster/partition"] == "2026-05-06"


def test_a_check_is_run_by_itself(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets/marts/revenue?tab=checks")
    page.get_by_role("button", name="Run revenue_is_positive").click()
    page.get_by_text(re.compile("Queued run [0-9a-f]{8}")).wait_for()

    [run] = own.instance.get_runs(limit=1)
    assert [each.name for each in run.asset_check_selection or ()] == ["revenue_is_positive"]


def test_what_is_reported_appears_at_once(site, browse) -> None:
    own = site("small")
    page = browse(own, "/assets/raw/clicks")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Report what happened elsewhere…").click()
    page.get_by_label("Metadata (JSON, optional)").fill('{"clicks": 412}')
    page.get_by_role("button", name="Report", exact=True).click()

    expect(page.get_by_text("412")).to_be_visible(timeout=15_000)


def test_markdown_and_metadata_of_users_are_inert(site, browse) -> None:
    own = site("small")
    said = (
        "# Head\n<script>window.pwned = 1</script>\n\n[x](javascript:alert(1)) [ok](https://example.org) "
        "![i](https://example.org/x.png) **bold** `code`\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |\n\n"
        f"![a red dot](data:image/png;base64,{RED_DOT}) ![s](data:image/svg+xml;base64,PHN2Zy8+)"
    )
    metadata = {"note": MetadataValue.md(said), "where": MetadataValue.url("javascript:window.pwned=1")}
    own.instance.report_runless_asset_event(AssetMaterialization(AssetKey(["raw", "clicks"]), metadata=metadata))
    page = browse(own, "/assets/raw/clicks")
    note = page.locator(".markdown")
    note.wait_for()

    assert page.evaluate("() => window.pwned") is None
    assert note.locator("script, b").count() == 0
    assert note.locator("img").evaluate_all("all => all.map(it => [it.alt, it.naturalWidth])") == [["a red dot", 1]]
    assert note.locator("a").evaluate_all("all => all.map(it => it.href)") == [
        "https://example.org/", "https://example.org/x.png",
    ]  # fmt: skip
    assert note.locator("a").first.get_attribute("rel") == "noopener noreferrer nofollow"
    assert page.locator("a[href^=javascript]").count() == 0
    expect(note.locator("strong")).to_have_text("bold")
    expect(note.locator("td").last).to_have_text("<b>2</b>")


def test_the_tabs_are_addresses_and_back_works(small, browse) -> None:
    page = browse(small, "/assets/marts/revenue")
    tabs = page.get_by_role("navigation", name="parts of the asset")
    tabs.get_by_role("link", name="Definition").click()
    expect(page.get_by_role("heading", name="Description")).to_be_visible()
    tabs.get_by_role("link", name="Lineage").click()
    expect(page.get_by_role("heading", name="Upstream")).to_be_visible()
    page.go_back()

    expect(page).to_have_url(re.compile("tab=definition"))
    expect(page.get_by_role("heading", name="Description")).to_be_visible()


def test_an_asset_that_is_not_there_names_the_nearest(small, browse) -> None:
    page = browse(small, "/assets/marts/revenu", allow=(r"answered 404", r"status of 404"))

    page.get_by_text("there is no asset 'marts/revenu'").wait_for()


def test_dialogs_are_accessible_and_give_the_focus_back(small, browse) -> None:
    page = browse(small, "/assets/marts/revenue")
    button = page.get_by_role("button", name="Materialise…")
    button.click()
    page.get_by_role("button", name="Launch 1 run").wait_for()
    check_accessible(page, "dialog", within="dialog")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
