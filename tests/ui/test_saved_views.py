"""Views of lists, saved by a name: one's own and everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from tests.ui.walking import Walk
from watchbell.record.saved_view import FOR_ALL, SavedView

LISTS = {
    "runs": "/runs",
    "jobs": "/jobs",
    "assets": "/assets",
    "backfills": "/backfills",
    "automation": "/automation",
    "automations in groups": "/automation?group=location",
    "ticks": "/automation/schedule/shop/{failing_schedule}",
}


def save(site, screen: str, name: str, query: str) -> None:
    """A view of everybody's, as it stands in the store."""
    site.instance.store.put_view(SavedView(0, FOR_ALL, screen, name, query, site.instance.clock.now()))


def views(page):
    return page.get_by_role("button", name="Views")


@pytest.fixture(scope="module")
def changing(tmp_path_factory) -> Iterator[Site]:
    """A shop whose views these tests save, each under another name."""
    with Site(made("small"), tmp_path_factory.mktemp("views") / "site") as one:
        yield one.start()


@pytest.mark.parametrize("address", LISTS.values(), ids=list(LISTS))
def test_every_list_offers_its_views_without_a_request_before_they_are_wanted(small, browse, address) -> None:
    asked: list[str] = []
    page = browse(small, "/settings")
    page.on("request", lambda it: asked.append(it.url) if "/api/views" in it.url else None)
    page.goto(small.at(address.format_map(small.facts)))
    views(page).wait_for()
    before = list(asked)

    views(page).click()
    page.get_by_role("menuitem", name="Save this view…").wait_for()

    assert before == []
    assert len(asked) == 1


def test_a_view_is_saved_and_opened_again(changing, browse) -> None:
    page = browse(changing, "/runs?q=job:load_orders&sort=-duration")

    views(page).click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_role("textbox", name="Name").fill("slow loads")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as slow loads.").wait_for()
    page.get_by_role("link", name="Jobs").first.click()
    page.get_by_role("heading", name="Jobs", level=1).wait_for()
    page.get_by_role("link", name="Runs").first.click()
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    views(page).click()
    page.get_by_role("menuitemcheckbox", name="slow loads").click()

    expect(page).to_have_url(re.compile(r"/runs\?q=job%3Aload_orders&sort=-duration"))
    expect(page.get_by_role("button", name="edit job:load_orders")).to_be_visible()


def test_a_view_brings_its_columns(changing, browse) -> None:
    page = browse(changing, "/jobs")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Owner").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)
    views(page).click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_role("textbox", name="Name").fill("ownerless")
    expect(page.get_by_role("button", name="Save", exact=True)).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as ownerless.").wait_for()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Owner").click()
    expect(page.get_by_role("columnheader", name="Owner")).to_be_visible()
    page.keyboard.press("Escape")

    views(page).click()
    page.get_by_role("menuitemcheckbox", name="ownerless").click()

    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)


def test_the_view_on_screen_is_marked(changing, browse) -> None:
    save(changing, "jobs", "failing", "q=status%3Afailed")
    page = browse(changing, "/jobs?q=status:failed")

    views(page).click()

    mine = page.get_by_role("menuitemcheckbox", name=re.compile(r"^.?\s*failing \(everybody"))
    expect(mine).to_have_attribute("aria-checked", "true")


def test_a_view_is_saved_and_deleted_with_keys_alone_and_deleting_can_be_undone(changing, browse) -> None:
    page = browse(changing, "/backfills?q=status:failed")
    views(page).wait_for()
    walk = Walk(page)

    walk.tab_to(views(page)).press("Enter")
    expect(page.get_by_role("menuitem", name="Save this view…")).to_be_focused()
    walk.press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    walk.type("broken")
    expect(page.get_by_role("button", name="Save", exact=True)).not_to_have_attribute("aria-disabled", "true")
    walk.press("Enter")
    page.get_by_text("Saved as broken.").wait_for()
    expect(views(page)).to_be_focused()
    walk.press("Enter")
    expect(page.get_by_role("menuitemcheckbox", name="broken")).to_be_visible()
    walk.press("End Enter")
    walk.tab_to(page.get_by_role("button", name="Delete the view broken")).press("Enter")
    page.get_by_text("There are no views of this list any more.").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="Undo").click()

    views(page).click()
    expect(page.get_by_role("menuitemcheckbox", name="broken")).to_be_visible()


def test_a_view_of_the_same_name_is_replaced_and_that_is_said(changing, browse) -> None:
    save(changing, "jobs", "mine", "q=status%3Afailed")
    page = browse(changing, "/jobs")
    views(page).click()
    page.get_by_role("menuitem", name="Save this view…").click()

    page.get_by_role("textbox", name="Name").fill("mine")
    page.get_by_label("For everybody").check()

    expect(page.get_by_text("There is a view of this name; it is replaced.")).to_be_visible()
    expect(page.get_by_role("button", name="Replace")).to_be_visible()


def test_a_name_of_hostile_text_is_text(changing, browse) -> None:
    save(changing, "jobs", "<img src=x onerror=alert(1)>" + "long " * 30, "")
    page = browse(changing, "/jobs")

    views(page).click()

    expect(page.get_by_role("menuitemcheckbox", name=re.compile("^<img src"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_menu_and_dialogs_are_accessible_in_every_look(changing, browse) -> None:
    save(changing, "runs", "failing", "tab=failed")
    page = browse(changing, "/runs")
    for look in in_all_looks(page):
        views(page).click()
        page.get_by_role("menuitemcheckbox", name="failing").wait_for()
        check_accessible(page, f"{look}, the menu")
        box = page.get_by_role("menu").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page.get_by_role("menuitem", name="Save this view…").click()
        page.get_by_role("dialog").wait_for()
        check_accessible(page, f"{look}, saving")
        page.keyboard.press("Escape")
        views(page).click()
        page.get_by_role("menuitem", name="Delete a view…").click()
        page.get_by_role("dialog").wait_for()
        check_accessible(page, f"{look}, deleting")
        page.keyboard.press("Escape")
