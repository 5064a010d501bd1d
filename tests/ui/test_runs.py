"""The list of runs and the queue: what a person finds there, and with how many clicks."""

import re

from playwright.sync_api import expect

from tests.ui.walking import Walk


def test_why_a_run_waits_stands_in_its_row_and_is_one_click_from_the_list(small, browse) -> None:
    page = browse(small, "/runs")
    row = page.locator(f'tr[data-row="{small.facts["waiting_run"]}"]')
    expect(row).to_contain_text("waits for pool price_api")

    walk = Walk(page).choose(row.get_by_role("link").first)

    expect(page.get_by_role("status").filter(has_text="Waits:")).to_contain_text("price_api (1 slot)")
    assert walk.clicks == 1


def test_tabs_count_and_filter(small, browse) -> None:
    page = browse(small, "/runs")
    walk = Walk(page).choose(page.get_by_role("link", name=re.compile(r"^Failed \d+")))

    page.wait_for_url("**/runs?tab=failed")
    states = page.locator("tbody tr[data-row] td:nth-child(2)")
    expect(states.first).to_contain_text("failed")
    assert {each.strip() for each in states.all_inner_texts()} == {"✕\nfailed"} or all(
        "failed" in each for each in states.all_inner_texts()
    )
    assert walk.clicks == 1


def test_a_filter_is_typed_stands_in_the_address_and_back_takes_it_away(small, browse) -> None:
    page = browse(small, "/runs")
    field = page.get_by_role("combobox")
    field.click()
    field.press_sequentially("status:can")
    page.get_by_role("option", name="status:cancelled").wait_for()
    field.press("ArrowDown")
    field.press("Enter")

    expect(page).to_have_url(re.compile(r"q=status%3Acancelled"))
    expect(page.locator(f'tr[data-row="{small.facts["canceled_run"]}"]')).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/runs$"))
    expect(page.get_by_role("button", name="edit status:cancelled")).to_have_count(0)


def test_a_mistake_in_the_filter_is_told_beside_it_with_the_nearest_name(small, browse) -> None:
    page = browse(small, "/runs?q=statsu:failed", allow=(r"422",))

    expect(page.get_by_role("alert")).to_contain_text("did you mean 'status'?")


def test_a_filter_that_nothing_fits_can_be_cleared(small, browse) -> None:
    page = browse(small, "/runs?q=job:nothing_is_called_so")
    page.get_by_text("Nothing fits this filter").wait_for()

    page.get_by_role("button", name="Clear the filter").last.click()

    expect(page.locator("tbody tr[data-row]").first).to_be_visible()


def test_an_empty_home_says_what_to_do_next(empty, browse) -> None:
    page = browse(empty, "/runs")

    page.get_by_text("Nothing has run yet").wait_for()
    expect(page.get_by_text("watchbell job launch JOB")).to_be_visible()


def test_backfills_are_one_row_that_opens(small, browse) -> None:
    page = browse(small, "/runs")
    backfill = small.facts["backfill"]

    page.get_by_role("link", name=re.compile(f"Backfill {backfill[:8]}")).click()

    expect(page).to_have_url(re.compile(f"backfill%3A{backfill}"))
    expect(page.locator("tbody tr[data-row]").first).to_contain_text(f"backfill {backfill[:8]}")


def test_rows_are_walked_and_opened_by_keyboard(small, browse) -> None:
    page = browse(small, "/runs?tab=failed&fold=no")
    rows = page.locator("tbody tr[data-row]")
    rows.first.wait_for()
    second = rows.nth(1).get_attribute("data-row")
    walk = Walk(page)

    walk.press("j")
    expect(rows.first.get_by_role("link").first).to_be_focused()
    walk.press("j")
    expect(rows.nth(1).get_by_role("link").first).to_be_focused()
    walk.press("Enter")

    expect(page).to_have_url(re.compile(f"/runs/{second}"))


def test_the_order_stands_in_the_address(small, browse) -> None:
    page = browse(small, "/runs")
    page.get_by_role("button", name="Duration").click()

    expect(page).to_have_url(re.compile("sort=-duration"))
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Duration")


def test_a_run_that_ends_leaves_the_running_tab(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs?tab=running")
    row = page.locator(f'tr[data-row="{own.facts["running_run"]}"]')
    row.wait_for()

    own.instance.report_run_failed(own.instance.get_run_by_id(own.facts["running_run"]), "over")

    expect(row).to_have_count(0, timeout=20_000)


def test_many_are_cancelled_after_a_look_at_what_will_happen(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs?tab=queued&fold=no")
    page.get_by_label("select all that are loaded").check()
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_role("region", name="outcome")).to_contain_text("6 runs would be done")
    page.get_by_role("button", name=re.compile("Cancel: 6 runs")).click()

    page.get_by_text("Cancel: 6 runs done.").wait_for()
    queued = own.instance.get_run_by_id(own.facts["queued_run"])
    assert queued.status.value == "CANCELED"


def test_the_queue_says_who_has_places_and_who_waits_for_what(small, browse) -> None:
    page = browse(small, "/runs")
    Walk(page).click("link", "Queue", exact=True)

    page.get_by_role("heading", name=re.compile("Places: 3 of 10 taken")).wait_for()
    expect(page.get_by_role("row").filter(has_text="post_ledger")).to_contain_text("code location ledger is not loaded")
    expect(page.get_by_role("row").filter(has_text="price_api")).to_contain_text("1 of 1")


def test_a_run_is_moved_to_the_front_of_the_queue(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs?tab=queue")
    page.get_by_role("button", name="To the front: train_model").click()

    expect(page.get_by_role("region", name="runs that wait").get_by_role("row").nth(1)).to_contain_text("train_model")


def test_the_list_is_there_again_when_the_store_is(site, browse) -> None:
    own = site("small")
    own.break_store()
    page = browse(own, "/runs", allow=(r"5\d\d", r"Failed to load"))
    page.get_by_role("alert").first.wait_for()

    own.mend_store()
    page.get_by_role("button", name="Retry").first.click()

    expect(page.locator("tbody tr[data-row]").first).to_be_visible(timeout=20_000)
