"""Why something ran or did not: schedules, sensors, runs, assets, checks; their conditions as trees."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.moments import NOW
from tests.ui.walking import Walk, try_again
from watchbell.record.tick import AutomationKey, AutomationKind, Tick, TickCommit, TickStatus

CONDITIONED = "staging/stg_customers"


def sentence(page: Page):
    return page.locator(".why-sentence")


def automation(kind: str, name: str, query: str = "tab=why") -> str:
    return f"/automation/{kind}/shop/{name}?{query}"


class TestTasks:
    def test_why_a_schedule_failed_is_two_clicks_from_the_list(self, small, browse) -> None:
        page = browse(small, "/automation")
        walk = Walk(page)

        walk.click("link", small.facts["failing_schedule"])
        walk.click("link", "Why", exact=True)

        expect(sentence(page)).to_contain_text("failed:")
        assert walk.clicks == 2

    def test_why_a_sensor_asked_for_nothing_is_two_clicks_from_the_list(self, small, browse) -> None:
        page = browse(small, "/automation")
        walk = Walk(page)

        walk.click("link", small.facts["skipping_sensor"])
        walk.click("link", "Why", exact=True)

        expect(sentence(page)).to_contain_text("asked for no run")
        assert walk.clicks == 2

    def test_why_an_asset_was_not_made_is_two_clicks_from_the_list(self, small, browse) -> None:
        page = browse(small, "/assets")
        walk = Walk(page)

        walk.click("link", re.compile("stg_customers"))
        walk.click("link", "Why", exact=True)

        expect(sentence(page)).to_contain_text("stg_customers")
        expect(page.get_by_role("heading", name="Condition")).to_be_visible()
        assert walk.clicks == 2

    def test_why_a_run_waits_is_one_click_from_the_list(self, small, browse) -> None:
        page = browse(small, "/runs?q=status:queued")
        walk = Walk(page)

        walk.choose(page.locator(f'tr[data-row="{small.facts["queued_run"]}"]').get_by_role("link").first)

        expect(sentence(page)).to_contain_text("waits in the queue")
        assert walk.clicks == 1

    def test_last_night_is_asked_by_typing_a_time(self, small, browse) -> None:
        page = browse(small, automation("schedule", small.facts["failing_schedule"]))
        sentence(page).wait_for()
        before = sentence(page).inner_text()

        page.get_by_label("At (").fill("2026-05-05T07:00")
        page.keyboard.press("Enter")

        expect(page).to_have_url(re.compile("at=2026-05-05"))
        expect(sentence(page)).to_contain_text("2026-05-05 07:00")
        assert sentence(page).inner_text() != before

    def test_by_keys_alone(self, small, browse) -> None:
        page = browse(small, automation("schedule", small.facts["failing_schedule"], ""))
        why = page.get_by_role("link", name="Why", exact=True)
        why.wait_for()
        walk = Walk(page)

        walk.tab_to(why)
        walk.press("Enter")

        expect(sentence(page)).to_be_visible()
        assert walk.clicks == 0


class TestLinks:
    def test_the_tick_and_its_run_are_links(self, small, browse) -> None:
        page = browse(small, automation("schedule", small.facts["failing_schedule"]))

        sentence(page).get_by_role("link").first.click()

        expect(page).to_have_url(re.compile(r"tick=\d+"))
        expect(page.get_by_role("complementary")).to_be_visible()

    def test_a_time_is_restored_from_the_address_and_let_go_of(self, small, browse) -> None:
        page = browse(small, automation("schedule", small.facts["failing_schedule"], "tab=why&at=2026-05-05T05:00:00Z"))

        expect(sentence(page)).to_contain_text("2026-05-05 07:00 Europe/Berlin")
        expect(page.get_by_label("At (Europe/Berlin)")).to_have_value("2026-05-05T07:00")

        page.get_by_role("button", name="The latest").click()
        expect(sentence(page)).not_to_contain_text("2026-05-05")
        page.go_back()
        expect(sentence(page)).to_contain_text("2026-05-05 07:00 Europe/Berlin")


class TestConditions:
    def test_the_tree_has_words_for_its_marks_and_opens_by_keys(self, small, browse) -> None:
        page = browse(small, f"/assets/{CONDITIONED}?tab=why")
        tree = page.get_by_role("region", name="Condition")
        tree.wait_for()
        legend = tree.locator(".why-legend")
        for word in ("true", "false", "not reached", "unknown"):
            expect(legend.get_by_text(word, exact=False).first).to_be_visible()
        rows = tree.locator(".why-part")
        few = rows.count()

        Walk(page).tab_to(tree.get_by_role("button", name="Open all of it")).press("Enter")

        expect(tree.get_by_role("button", name="Only what the answer is because of")).to_be_visible()
        assert rows.count() > few

    def test_what_was_not_evaluated_is_not_shown_as_false(self, small, browse) -> None:
        page = browse(small, f"/assets/{CONDITIONED}?tab=why")
        page.get_by_role("button", name="Open all of it").click()

        unreached = page.locator('.why-part .why-mark[data-mark="off"]')

        expect(unreached.first).to_contain_text("not reached")

    def test_an_earlier_evaluation_is_opened_from_the_list(self, small, browse) -> None:
        page = browse(small, f"/assets/{CONDITIONED}?tab=why")
        table = page.get_by_role("region", name="evaluations, newest first")
        table.wait_for()

        table.get_by_role("row").last.get_by_role("link").first.click()

        expect(page).to_have_url(re.compile("at="))
        expect(table.get_by_role("row").last).to_have_attribute("aria-current", "true")

    def test_two_evaluations_are_compared(self, small, browse) -> None:
        page = browse(small, f"/assets/{CONDITIONED}?tab=why")
        picks = page.get_by_role("checkbox", name=re.compile("compare evaluation"))
        picks.first.wait_for()

        picks.nth(0).check()
        picks.nth(1).check()
        page.get_by_role("button", name="Compare the two").click()

        expect(page).to_have_url(re.compile(r"compare=\d+%2C\d+|compare=\d+,\d+"))
        expect(page.get_by_text("said something else")).to_be_visible()
        expect(page.get_by_text("differs").first).to_be_visible()
        for look in in_all_looks(page):
            check_accessible(page, look)

    def test_it_is_evaluated_now_without_effects(self, small, browse) -> None:
        page = browse(small, f"/assets/{CONDITIONED}?tab=why")
        runs = small.instance.get_runs_count()

        page.get_by_role("button", name="Evaluate it now").click()

        expect(page.get_by_text("Evaluated now; nothing of it is stored")).to_be_visible(timeout=60_000)
        expect(sentence(page)).to_contain_text("would")
        assert small.instance.get_runs_count() == runs

    def test_a_condition_sensor_leads_to_what_it_looks_after(self, small, browse) -> None:
        page = browse(small, automation("sensor", small.facts["condition_sensor"]))

        page.locator(".fact", has_text="looks after").get_by_role("link", name=CONDITIONED).click()

        expect(page).to_have_url(re.compile(f"/assets/{CONDITIONED}.tab=why"))
        expect(page.get_by_role("heading", name="Condition", exact=True)).to_be_visible()

    def test_a_condition_that_was_never_evaluated_is_told_in_words(self, site, browse) -> None:
        own = site("small")
        sensor = AutomationKey("shop", AutomationKind.SENSOR, own.facts["condition_sensor"])
        own.instance.store.forget_conditions(sensor.id, [CONDITIONED], evaluations=True)
        page = browse(own, f"/assets/{CONDITIONED}?tab=why")

        words = page.get_by_role("region", name="The condition in words")

        expect(words).to_contain_text("any_deps_updated")
        expect(page.get_by_text("No evaluation is kept")).to_be_visible()

    def test_a_check_is_explained_beside_its_asset(self, small, browse) -> None:
        asset = small.facts["checked_asset"]
        page = browse(small, f"/assets/{asset}?tab=why&of_check=revenue_is_positive")

        expect(sentence(page)).to_contain_text(f"check '{asset}:revenue_is_positive'")
        page.get_by_role("link", name="Why of the asset itself").click()
        expect(sentence(page)).to_contain_text(f"asset '{asset}'")

    def test_a_new_tick_changes_the_answer(self, site, browse) -> None:
        own = site("small")
        name = own.facts["skipping_sensor"]
        page = browse(own, automation("sensor", name))
        sentence(page).wait_for()
        key = AutomationKey("shop", AutomationKind.SENSOR, name)
        before = own.instance.store.automation_state(key)
        at = NOW + timedelta(seconds=5)
        tick = Tick(at, TickStatus.SKIPPED, at, at, skip_reason="the moon is full")
        after = replace(before, last_tick_at=at)
        [done] = own.instance.store.commit_ticks([TickCommit(before, after, (tick,))], None, at)
        assert not done.conflict

        expect(sentence(page)).to_contain_text("the moon is full", timeout=20_000)


class TestStates:
    def test_an_asset_without_condition_says_what_makes_it(self, small, browse) -> None:
        page = browse(small, f"/assets/{small.facts['failed_asset']}?tab=why")

        expect(sentence(page)).to_contain_text("has no automation condition")
        expect(page.get_by_role("heading", name="Condition")).to_have_count(0)

    def test_a_partition_is_asked_about_in_the_address(self, small, browse) -> None:
        page = browse(
            small, f"/assets/{small.facts['daily_asset']}?tab=why&partition=nonsense", allow=(r"answered 400",)
        )

        expect(page.get_by_role("alert")).to_contain_text("nonsense")
        expect(page.get_by_label("Partition", exact=True)).to_have_value("nonsense")

    def test_without_a_service_the_record_is_told_and_said_so(self, site, browse) -> None:
        own = site("small")
        own.stop_service()
        page = browse(own, automation("schedule", own.facts["failing_schedule"]))

        expect(page.get_by_text("no service works here")).to_be_visible()
        expect(sentence(page)).to_contain_text("no service is running here")

    def test_a_broken_store_is_said_and_tried_again(self, site, browse) -> None:
        own = site("small")
        page = browse(own, automation("sensor", own.facts["skipping_sensor"], ""), allow=(r"answered 5\d\d", r"5\d\d"))
        page.get_by_role("link", name="Why", exact=True).wait_for()
        own.break_store()

        page.get_by_role("link", name="Why", exact=True).click()
        expect(page.get_by_role("alert").first).to_be_visible(timeout=30_000)
        own.mend_store()
        try_again(page)

        expect(sentence(page)).to_be_visible(timeout=30_000)
