"""The launchpad: config as a form and as YAML, checked while it is written."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk

AT = "/jobs/shop/load_orders/launch"


def editor(page: Page):
    return page.get_by_role("textbox", name="run config as YAML")


def ready(page: Page) -> None:
    page.get_by_role("button", name="Edit as YAML").click()
    editor(page).wait_for()
    page.get_by_text("The config fits.").wait_for()


def write(page: Page, text: str) -> None:
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def test_a_job_is_launched_with_what_the_form_says(site, browse) -> None:
    own = site("small")
    page = browse(own, AT)
    ready(page)

    page.get_by_label("limit").fill("7")
    expect(editor(page)).to_contain_text("limit: 7")
    page.get_by_text("The config fits.").wait_for()
    page.get_by_role("button", name="Launch", exact=True).click()

    page.wait_for_url(re.compile(r"/runs/"))
    run = own.instance.get_run_by_id(page.url.rpartition("/")[2])
    assert run.run_config == {"ops": {"fetch": {"config": {"limit": 7}}}}
    assert run.job_name == "load_orders"


def test_the_form_follows_the_yaml(small, browse) -> None:
    page = browse(small, AT)
    ready(page)

    write(page, "ops: {fetch: {config: {path: other.csv}}}")

    expect(page.get_by_label("path")).to_have_value("other.csv")


def test_a_mistake_stands_at_its_line_and_keeps_it_from_launching(small, browse) -> None:
    page = browse(small, AT)
    ready(page)

    write(page, "ops:\nfetch: 3")

    expect(page.get_by_text("line 2:")).to_be_visible()
    launch = page.get_by_role("button", name="Launch", exact=True)
    expect(launch).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".launch-why")).to_contain_text("mistake in the config")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()


def test_the_editor_keeps_to_the_content_policy_and_has_its_looks(small, browse) -> None:
    page = browse(small, AT)  # a breach of the policy fails the test by itself
    ready(page)

    found = page.evaluate(
        """() => {
          const root = document.querySelector('[data-editor]').shadowRoot;
          return {sheets: root.adoptedStyleSheets.length, inline: document.querySelectorAll('style').length,
                  font: getComputedStyle(root.querySelector('.cm-scroller')).fontFamily};
        }"""
    )

    assert found["sheets"] > 0
    assert found["inline"] == 0
    assert "mono" in found["font"].lower()


def test_tab_leaves_the_editor_after_escape(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    editor(page).click()
    walk = Walk(page)

    walk.press("Escape Tab")

    assert page.evaluate("() => document.activeElement.matches('[data-editor]')") is False


def test_keys_that_are_typed_are_no_shortcuts(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    editor(page).click()

    page.keyboard.type("g r?")

    expect(editor(page)).to_contain_text("g r?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith(AT)


def test_keys_are_completed_from_the_schema(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    editor(page).click()

    page.keyboard.type("op")
    page.get_by_role("option", name=re.compile("^ops")).wait_for()


def test_a_draft_survives_a_reload(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    page.get_by_label("limit").fill("99")
    expect(editor(page)).to_contain_text("limit: 99")
    page.get_by_text("The config fits.").wait_for()

    page.reload()
    ready(page)

    expect(editor(page)).to_contain_text("limit: 99")
    page.get_by_role("button", name="Begin anew").click()
    expect(editor(page)).not_to_contain_text("limit: 99")


def test_a_run_is_launched_again_with_changed_config(site, browse) -> None:
    own = site("small")
    parent = own.facts["failed_run"]
    page = browse(own, f"{AT}?run={parent}")
    ready(page)

    page.get_by_label("limit").fill("5")
    expect(editor(page)).to_contain_text("limit: 5")
    page.get_by_text("The config fits.").wait_for()
    page.get_by_role("button", name="Launch again").click()

    page.wait_for_url(re.compile(r"/runs/(?!.*launch)"))
    run = own.instance.get_run_by_id(page.url.rpartition("/")[2])
    assert run.parent_run_id == parent


def test_an_earlier_run_is_taken_as_a_beginning(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    page.get_by_label("Steps").fill("fetch")

    page.get_by_role("button", name="Config of an earlier run…").click()
    page.get_by_label("Config of an earlier run").select_option(index=1)

    page.get_by_text("Took config, partition and steps of that run").wait_for()
    expect(page.get_by_label("Steps")).to_have_value("")


def test_a_previewed_request_is_opened(small, browse) -> None:
    request = json.dumps({"run_config": {"ops": {"fetch": {"config": {"limit": 3}}}}, "tags": {"why": "preview"}})
    page = browse(small)
    page.goto(small.at(f"{AT}?draft={request}"))
    ready(page)

    expect(editor(page)).to_contain_text("limit: 3")
    expect(page.get_by_label("Tags")).to_have_value("why=preview")


def test_only_some_steps_are_asked_for_and_a_wrong_one_is_said(small, browse) -> None:
    page = browse(small, AT, allow=(r"answered 400", r"status of 400"))
    ready(page)

    page.get_by_label("Steps").fill("nothing")

    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.get_by_role("button", name="Launch", exact=True)).to_have_attribute("aria-disabled", "true")


def test_a_stopped_service_is_said(site, browse) -> None:
    own = site("small")
    page = browse(own, AT, allow=(r"answered 503", r"status of 503"))
    ready(page)

    own.stop_service()
    page.get_by_label("limit").fill("8")

    expect(page.get_by_role("alert")).to_contain_text("service")
    expect(page.get_by_role("button", name="Launch", exact=True)).to_have_attribute("aria-disabled", "true")


def test_it_is_accessible_with_a_mistake_in_it(small, browse) -> None:
    page = browse(small, AT)
    ready(page)
    write(page, "ops: 3")
    page.get_by_text("mistake in the config").first.wait_for()

    for look in in_all_looks(page):
        check_accessible(page, look)
