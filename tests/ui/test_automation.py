"""The list of schedules, sensors and conditions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Route, expect

from tests.ui.axe import check_accessible
from tests.ui.walking import Walk, try_again
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus

NOTES_CHANGES = """
const Plain = window.EventSource;
window.EventSource = class extends Plain {
  constructor(url) {
    super(url);
    this.addEventListener("change", (event) => {
      if (JSON.parse(event.data).topic === "automations") window.heardAt = performance.now();
    });
  }
};
"""
"""A script that notes when the page hears of automations that changed."""


def off_since(site, name: str, ago: timedelta) -> None:
    """Turns a schedule off, as if somebody had done so some time ago."""
    state, at = state_of(site, name), site.clock.now() - ago
    off = replace(state, status=AutomationStatus.STOPPED, effective_at=None, last_tick_at=at)
    assert site.instance.store.put_state(state, off, at) is not None


def state_of(site, name: str, kind: AutomationKind = AutomationKind.SCHEDULE):
    state = site.instance.store.automation_state(AutomationKey("shop", kind, name))
    assert state is not None
    return state


def row(page, name: str):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_those_that_need_somebody_stand_on_top_with_the_reason_in_the_row(small, browse) -> None:
    page = browse(small, "/automation")

    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text(small.facts["quarantined_sensor"])
    expect(row(page, small.facts["failing_sensor"])).to_contain_text("KeyError: 'sender'")


def test_a_schedule_is_turned_on_with_two_clicks_and_off_again_with_undo(site, browse) -> None:
    own = site("small")
    name = own.facts["stopped_schedule"]
    page = browse(own, "/")
    walk = Walk(page)

    walk.click("link", "Automation")
    walk.click("switch", f"schedule {name}")

    expect(page.get_by_role("switch", name=f"schedule {name}")).to_have_attribute("aria-checked", "true")
    assert walk.clicks == 2
    assert state_of(own, name).status is AutomationStatus.RUNNING

    walk.click("button", "Undo")

    expect(page.get_by_role("switch", name=f"schedule {name}")).to_have_attribute("aria-checked", "false")


def test_a_schedule_that_missed_times_while_it_was_off_asks_which_of_them_run(site, browse) -> None:
    own = site("small")
    name = own.facts["missed_schedule"]
    off_since(own, name, timedelta(hours=3, minutes=5))
    page = browse(own, "/automation?q=books")

    page.get_by_role("switch", name=f"schedule {name}").click()
    expect(page.get_by_role("dialog", name=f"{name} missed 3 times")).to_be_visible()
    check_accessible(page, "dialog")
    page.get_by_role("dialog").get_by_role("button", name="The latest").click()

    expect(page.get_by_role("switch", name=f"schedule {name}")).to_have_attribute("aria-checked", "true")
    latest_at = own.clock.now().replace(hour=8, minute=15, second=0)
    assert state_of(own, name).last_tick_at == latest_at - timedelta(hours=1)  # what came before it is settled


def test_many_that_are_turned_on_are_asked_about_once(site, browse) -> None:
    own = site("small")
    name = own.facts["missed_schedule"]
    off_since(own, name, timedelta(hours=3, minutes=5))
    page = browse(own, "/automation?q=books")

    page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Turn on").click()
    page.get_by_label("Times that schedules missed").select_option("policy")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("1 schedule missed 3 times; by their policies 3 would run.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Turn on 1 automation").click()

    expect(page.get_by_role("dialog", name="Done")).to_contain_text("1 automation changed")
    assert state_of(own, name).effective_at == own.clock.now() - timedelta(hours=3, minutes=5)


def test_a_change_while_the_first_answer_is_on_its_way_is_not_lost(site, browse) -> None:
    """The answer is held back until the page has heard of a change that it does not have."""
    own = site("small")
    name = own.facts["missed_schedule"]
    page = browse(own, "/jobs")
    page.add_init_script(NOTES_CHANGES)
    page.reload()
    held: list[Route] = []
    page.route(re.compile(r"/api/automations\?"), lambda route: route.continue_() if held else held.append(route))
    asked, followed = re.compile(r"/api/automations\?"), re.compile(r"/api/live.*topic=automations")
    with page.expect_request(asked), page.expect_request(followed):
        page.get_by_role("link", name="Automation").click()
    page.evaluate("1")  # what was routed meanwhile has come by then
    answer = held[0].fetch()

    off_since(own, name, timedelta())
    page.wait_for_function("() => window.heardAt !== undefined && performance.now() - window.heardAt > 1500")
    held[0].fulfill(response=answer)

    expect(page.get_by_role("switch", name=f"schedule {name}")).to_have_attribute("aria-checked", "false")


def test_on_a_phone_switches_and_reasons_are_there(site, browse) -> None:
    own = site("small")
    name = own.facts["stopped_schedule"]
    page = browse(own, "/automation?q=state:off", width=390)

    page.get_by_role("switch", name=f"schedule {name}").click()

    expect(page.get_by_text("Nothing fits this filter")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_a_filter_stands_in_the_address_and_back_takes_it_away(small, browse) -> None:
    page = browse(small, "/automation")
    page.get_by_role("link", name=re.compile("^Failing")).click()
    expect(page).to_have_url(re.compile("q=state%3Afailing"))
    expect(page.get_by_role("row")).to_have_count(3)

    page.go_back()

    expect(row(page, small.facts["stopped_schedule"])).to_be_visible()


def test_a_wrong_filter_is_told_beside_the_field(small, browse) -> None:
    page = browse(small, "/automation?q=stat:on", allow=(r"answered 422", r"status of 422"))

    expect(page.get_by_role("alert").first).to_contain_text("stat")


def test_several_are_paused_with_a_reason(site, browse) -> None:
    own = site("small")
    page = browse(own, "/automation?q=kind:schedule")
    walk = Walk(page)

    walk.click("checkbox", "select all that are loaded")
    walk.click("button", "Pause…")
    page.get_by_label("Why", exact=False).fill("the warehouse moves")
    walk.click("button", "Pause", exact=True)

    expect(page.get_by_text("the warehouse moves").first).to_be_visible()
    assert state_of(own, "books_every_hour").pause_reason == "the warehouse moves"


def test_many_are_turned_off_after_a_dry_run_that_lists_them(site, browse) -> None:
    own = site("small")
    page = browse(own, "/automation?q=kind:schedule")
    walk = Walk(page)

    walk.click("checkbox", "select all that are loaded")
    walk.click("button", "Turn off")
    walk.click("button", "Dry run")
    expect(page.get_by_text("would be turned off").first).to_be_visible()
    assert state_of(own, "books_every_hour").status is not AutomationStatus.STOPPED

    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Turn off")).click()

    expect(page.get_by_role("dialog").get_by_text("turned off", exact=True).first).to_be_visible()
    assert state_of(own, "books_every_hour").status is AutomationStatus.STOPPED


def test_a_change_by_somebody_else_is_shown(site, browse) -> None:
    own = site("small")
    page = browse(own, "/automation")
    name = own.facts["stopped_schedule"]
    page.get_by_role("switch", name=f"schedule {name}").wait_for()

    state = AutomationState(AutomationKey("shop", AutomationKind.SCHEDULE, name))
    assert own.instance.store.put_state(state, replace(state, status=AutomationStatus.RUNNING), own.clock.now())

    expect(page.get_by_role("switch", name=f"schedule {name}")).to_have_attribute(
        "aria-checked", "true", timeout=20_000
    )


def test_without_any_code_the_page_says_what_to_write(empty, browse) -> None:
    page = browse(empty, "/automation")

    expect(page.get_by_text("ScheduleDefinition").first).to_be_visible()


def test_when_the_store_fails_the_page_says_so_and_tries_again(site, browse) -> None:
    own = site("small")
    own.break_store()
    page = browse(own, "/automation", allow=(r"answered 50", r"status of 50"))
    page.get_by_role("button", name="Retry").first.wait_for()

    own.mend_store()
    try_again(page)

    expect(row(page, own.facts["stopped_schedule"])).to_be_visible()
