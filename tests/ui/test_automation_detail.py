"""One schedule or sensor: its ticks, cursor, definition; tried out and simulated."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationStatus


def address(kind: str, name: str, query: str = "") -> str:
    return f"/automation/{kind}/shop/{name}{query}"


def key_of(kind: AutomationKind, name: str) -> AutomationKey:
    return AutomationKey("shop", kind, name)


def test_a_schedule_shows_its_times_in_words_and_its_next_ones(small, browse) -> None:
    page = browse(small, address("schedule", small.facts["failing_schedule"], "?tab=definition"))

    expect(page.get_by_text("at 07:00, Monday to Friday (0 7 * * 1-5)")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(11)
    expect(page.get_by_text(re.compile(r"^shop\.py:\d+$"))).to_be_visible()

    page.evaluate("localStorage.setItem('watchbell.settings', JSON.stringify({editor: 'vscode://file/{file}:{line}'}))")
    page.reload()

    expect(page.get_by_role("link", name=re.compile(r"^shop\.py:\d+$"))).to_have_attribute(
        "href", re.compile(r"^vscode://file/.*/shop\.py:\d+$")
    )


def test_a_test_takes_a_partition_and_config_of_resources(small, browse) -> None:
    page = browse(small, address("schedule", "orders_at_night", "?tab=test"), allow=(r"answered 400", r"status of 400"))

    page.get_by_label("Partition").fill("2026-05-10")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("2026-05-10: 1 run for it")).to_be_visible()
    page.get_by_label("With other config of resources").check()
    page.get_by_label("Resources (YAML)").fill("warehouse: {config: {hots: elsewhere}}")
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_text("warehouse.config.hots: unknown entry; did you mean 'host'?")).to_be_visible()
    check_accessible(page, "a test with its fields")


def test_equal_failures_are_one_row_and_the_tick_has_the_users_line(small, browse) -> None:
    page = browse(small, address("sensor", small.facts["failing_sensor"]))
    expect(page.get_by_text("same failure 10 times")).to_be_visible()

    page.get_by_role("table").get_by_role("link", name=re.compile("tick ")).first.click()
    page.keyboard.press("Escape")  # no tip is left

    expect(page).to_have_url(re.compile(r"tick=\d+"))
    expect(page.get_by_role("complementary").get_by_role("heading", name=re.compile("Tick"))).to_be_visible()
    expect(page.get_by_role("complementary").get_by_text("sender").first).to_be_visible()
    for look in in_all_looks(page):
        check_accessible(page, look)


def test_a_tick_is_opened_by_its_address_and_walked_from(small, browse) -> None:
    ticks = small.instance.store.ticks(key_of(AutomationKind.SENSOR, small.facts["failing_sensor"]), limit=2)
    page = browse(small, address("sensor", small.facts["failing_sensor"], f"?tick={ticks[0].tick_id}"))
    page.get_by_role("heading", name=f"Tick {ticks[0].tick_id}").wait_for()

    page.keyboard.press("[")

    expect(page.get_by_role("heading", name=f"Tick {ticks[1].tick_id}")).to_be_visible()


def test_a_sensor_is_tried_with_another_cursor_in_three_clicks_and_keeps_its_own(site, browse) -> None:
    own = site("small")
    name = own.facts["skipping_sensor"]
    page = browse(own, address("sensor", name))
    page.get_by_role("link", name="Test").wait_for()
    walk = Walk(page)

    walk.click("link", "Test")
    walk.choose(page.get_by_label("Cursor", exact=True))
    walk.press("Control+a").type("2026-01-01")
    walk.click("button", "Try it")

    expect(page.get_by_role("heading", name=re.compile("Result"))).to_be_visible(timeout=60_000)
    assert walk.clicks == 3
    state = own.instance.store.automation_state(key_of(AutomationKind.SENSOR, name))
    assert state is None or state.cursor != "2026-01-01"


def test_what_a_test_raises_is_shown_as_a_card(small, browse) -> None:
    page = browse(small, address("sensor", small.facts["failing_sensor"], "?tab=test"))

    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("region", name="result").get_by_text("KeyError").first).to_be_visible(timeout=60_000)


def test_runs_of_a_test_are_launched_as_a_step_of_its_own(site, browse) -> None:
    own = site("small")
    page = browse(own, address("schedule", own.facts["missed_schedule"], "?tab=test"))
    page.get_by_role("button", name="Try it").click()
    launch = page.get_by_role("button", name="Launch 1 run as mine")
    launch.wait_for(timeout=60_000)
    before = own.instance.get_runs_count()

    launch.click()

    expect(page.get_by_text("Queued:")).to_be_visible()
    assert own.instance.get_runs_count() == before + 1


def test_a_run_of_a_test_is_opened_in_the_launchpad(small, browse) -> None:
    page = browse(small, address("schedule", small.facts["missed_schedule"], "?tab=test"))
    page.get_by_role("button", name="Try it").click()

    page.get_by_role("link", name="Open in the launchpad").first.click(timeout=60_000)

    expect(page.get_by_role("heading", level=1)).to_contain_text("reconcile_books")


def test_a_schedule_is_simulated_and_the_range_stands_in_the_address(small, browse) -> None:
    page = browse(
        small, address("schedule", small.facts["missed_schedule"], "?tab=simulate&from=2026-03-29&to=2026-03-29T03:00")
    )

    expect(page.get_by_text(re.compile("3 runs"))).to_be_visible(timeout=60_000)
    for look in in_all_looks(page):
        check_accessible(page, look)


def test_a_sensor_is_simulated_only_when_somebody_asks_for_it(small, browse) -> None:
    page = browse(small)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address("sensor", small.facts["failing_sensor"], "?tab=simulate"))
    expect(page.get_by_text("Not simulated yet")).to_be_visible()
    assert not [each for each in asked if "/simulation" in each]

    page.get_by_role("button", name="Simulate", exact=True).click()

    expect(page.get_by_text("20 times in a row in the same way")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("(20 times, last")).to_have_count(1)


def test_a_cursor_is_edited_with_its_difference_shown_and_taken_back(site, browse) -> None:
    own = site("small")
    key = key_of(AutomationKind.SENSOR, own.facts["failing_sensor"])
    state = own.instance.store.automation_state(key)
    stored = own.instance.store.put_state(state, replace(state, cursor='{"seen": 4}'), own.clock.now())
    page = browse(own, address("sensor", key.name, "?tab=cursor"))

    page.get_by_role("button", name="Edit…").click()
    check_accessible(page, "dialog")
    page.get_by_role("textbox", name="Cursor").fill('{"seen": 2}')
    expect(page.get_by_role("region", name="cursor before and after")).to_contain_text('"seen": 2')
    page.get_by_role("button", name="Store").click()

    page.get_by_role("button", name="Undo").wait_for()
    assert own.instance.store.automation_state(key).cursor == '{"seen": 2}'

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("region", name="the cursor, whole")).to_have_text('{"seen": 4}')
    assert stored is not None


def test_a_cursor_that_moved_meanwhile_is_not_overwritten(site, browse) -> None:
    own = site("small")
    key = key_of(AutomationKind.SENSOR, own.facts["failing_sensor"])
    page = browse(own, address("sensor", key.name, "?tab=cursor"), allow=(r"answered 409", r"status of 409"))
    page.get_by_role("button", name="Edit…").click()
    page.get_by_role("textbox", name="Cursor").fill("mine")
    state = own.instance.store.automation_state(key)
    own.instance.store.put_state(state, replace(state, cursor="its own"), own.clock.now())

    page.get_by_role("button", name="Store").click()

    expect(page.get_by_text("moved its cursor meanwhile").first).to_be_visible()
    assert own.instance.store.automation_state(key).cursor == "its own"


def test_a_pause_ends_by_hand_with_a_question_about_what_was_missed(site, browse) -> None:
    own = site("small")
    key = key_of(AutomationKind.SCHEDULE, own.facts["missed_schedule"])
    state = own.instance.store.automation_state(key)
    now = own.clock.now()
    held = replace(
        state, status=AutomationStatus.RUNNING, effective_at=now - timedelta(hours=3, minutes=5),
        last_tick_at=now - timedelta(hours=3, minutes=5), paused_until=now + timedelta(hours=1), pause_reason="moving",
    )  # fmt: skip
    own.instance.store.put_state(state, held, now)
    page = browse(own, address("schedule", key.name))
    walk = Walk(page)

    expect(page.get_by_text("moving")).to_be_visible()
    walk.click("button", re.compile("Resume"))
    check_accessible(page, "dialog")
    walk.click("button", "None of them")

    expect(page.get_by_role("button", name=re.compile("Resume"))).to_have_count(0)
    assert own.instance.store.automation_state(key).paused_until is None


def test_what_is_not_there_is_told(small, browse) -> None:
    page = browse(small, address("sensor", "nobody"), allow=(r"answered 404", r"status of 404"))

    expect(page.get_by_role("alert")).to_contain_text("nobody")


def test_on_a_phone_everything_fits(small, browse) -> None:
    page = browse(small, address("sensor", small.facts["failing_sensor"]), width=390)
    page.get_by_text("same failure").wait_for()

    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
