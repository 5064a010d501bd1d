"""The list of runs and the queue: what a person finds there, and with how many clicks."""

import re

from playwright.sync_api import expect

from tests.ui.walking import Walk, try_again


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
    expect(page.get_by_text("watchbell job launch -f definitions.py -j JOB")).to_be_visible()


def test_a_backfill_is_one_row_that_opens_in_place_by_one_question_and_by_keys(small, browse) -> None:
    page = browse(small, "/runs")
    backfill = small.facts["backfill"]
    asked: list[str] = []
    fold = page.get_by_role("button", name=re.compile(f"Backfill {backfill[:8]}: 8 runs"))
    runs = page.locator("tr[data-under]")
    fold.wait_for()
    page.on("request", lambda request: asked.append(request.url) if "/api/runs?" in request.url else None)

    fold.focus()
    page.keyboard.press("Enter")
    expect(runs).to_have_count(8)
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(runs.first).to_contain_text(f"backfill {backfill[:8]}")
    expect(page.locator("tr").filter(has=fold).get_by_role("checkbox")).to_have_count(0)
    runs.first.get_by_role("checkbox").check()
    page.reload()
    expect(runs).to_have_count(8)
    page.keyboard.press("k")
    fold.click()

    expect(runs).to_have_count(0)
    assert len([each for each in asked if "backfill" in each]) == 2  # one before, one after it was loaded anew


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


def test_runs_are_brought_forward_by_dragging_by_keys_and_by_buttons(site, browse) -> None:
    own = site("small")
    page = browse(own, "/runs?tab=queue")
    rows = page.locator("tr[data-run]")
    handle = page.get_by_role("button", name="Move train_model")
    start, first = handle.bounding_box(), rows.first.bounding_box()
    assert start is not None
    assert first is not None

    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 90, first["y"] + 3, steps=3)
    expect(rows.first).to_have_attribute("data-drop", "before")
    page.mouse.up()
    expect(page.get_by_role("status").get_by_text("train_model: place 1 of 5, priority 1.")).to_be_visible()
    expect(rows.first).to_contain_text("train_model")
    page.get_by_role("button", name="Undo").first.click()
    expect(rows.nth(2)).to_contain_text("train_model")

    handle.focus()
    page.keyboard.press("Home")
    expect(rows.first).to_contain_text("train_model")
    page.get_by_role("button", name="To the front: clean_up").click()
    expect(rows.first).to_contain_text("clean_up")

    assert own.instance.get_run_by_id(rows.nth(1).get_attribute("data-run")).tags["dagster/priority"] == "1"


def test_at_a_laptops_width_the_error_of_a_row_can_be_read(small, browse) -> None:
    page = browse(small, "/runs?tab=failed")
    page.set_viewport_size({"width": 1280, "height": 800})
    error = page.locator(".runs-error").filter(has_text="LookupError").first
    error.wait_for()

    shown = error.evaluate(
        """(it) => {
            const box = it.closest("td").getBoundingClientRect(), range = document.createRange(), text = it.firstChild;
            let fits = 0;
            for (let end = 1; end <= text.length; end += 1) {
                range.setStart(text, 0);
                range.setEnd(text, end);
                if (range.getBoundingClientRect().right <= box.right - 20) fits = end;
            }
            return fits;
        }"""
    )

    assert shown >= 30


def test_the_list_is_there_again_when_the_store_is(site, browse) -> None:
    own = site("small")
    own.break_store()
    page = browse(own, "/runs", allow=(r"5\d\d", r"Failed to load"))
    page.get_by_role("alert").first.wait_for()

    own.mend_store()
    try_again(page)

    expect(page.locator("tbody tr[data-row]").first).to_be_visible(timeout=20_000)


def test_on_a_phone_the_queue_has_its_tab_and_its_priorities_in_sight(small, browse) -> None:
    page = browse(small, "/runs?tab=queue", look="phone")
    line = page.get_by_role("region", name="runs that wait")

    expect(line.get_by_role("button", name=re.compile("^Raise the priority")).first).to_be_in_viewport(ratio=1)
    tab = page.get_by_role("navigation", name="runs by state").get_by_role("link", name="Queue", exact=True)
    expect(tab).to_be_in_viewport(ratio=0.99)
