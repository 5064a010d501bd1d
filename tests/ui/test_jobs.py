"""Jobs: the list and one of them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.ui.walking import Walk


def test_the_list_says_how_jobs_do_and_leads_to_them(small, browse) -> None:
    page = browse(small, "/")
    walk = Walk(page)

    walk.click("link", "Jobs")
    row = page.get_by_role("row").filter(has_text="nightly_marts")
    expect(row.get_by_text("failed", exact=True).first).to_be_visible()
    walk.choose(row.get_by_role("link", name="nightly_marts"))

    page.get_by_role("heading", name="nightly_marts", level=1).wait_for()
    assert walk.clicks == 2


def test_jobs_are_sorted_and_filtered_in_the_address(small, browse) -> None:
    page = browse(small, "/jobs?q=status:failed")
    expect(page.get_by_role("link", name="nightly_marts")).to_be_visible()
    expect(page.get_by_role("link", name="poll_partners")).to_have_count(0)

    page.get_by_role("button", name="Usually").click()

    expect(page).to_have_url(re.compile(r"sort=-usual"))


def test_a_wrong_query_says_what_is_wrong(small, browse) -> None:
    page = browse(small, "/jobs?q=statu:failed", allow=(r"answered 422", r"status of 422"))

    expect(page.get_by_text("did you mean 'status'")).to_be_visible()


def test_a_job_shows_trend_starters_and_graph(small, browse) -> None:
    page = browse(small, "/jobs/shop/load_orders")

    expect(page.get_by_role("img", name=re.compile(r"runs?, \d+ failed"))).to_be_visible()
    expect(page.get_by_text("order_files")).to_be_visible()
    page.get_by_role("link", name="Graph", exact=True).click()
    page.get_by_text("As a list").click()
    expect(page.get_by_role("rowheader", name="parse")).to_be_visible()


def test_the_runs_of_a_job_are_reached(small, browse) -> None:
    page = browse(small, "/jobs/shop/load_orders")

    page.get_by_role("link", name="All its runs").click()

    expect(page).to_have_url(re.compile(r"/runs\?q=job"))


def test_a_run_that_ends_changes_the_list(site, browse) -> None:
    own = site("small")
    page = browse(own, "/jobs?q=job:import_prices")
    row = page.get_by_role("row").filter(has_text="import_prices")
    row.get_by_text("running").first.wait_for()
    marks = row.locator(".strip-mark[data-state=running]")
    before = marks.count()

    own.finish_run(own.facts["running_run"])

    expect(marks).to_have_count(before - 1)


def test_a_job_that_is_not_there_names_the_nearest(small, browse) -> None:
    page = browse(small, "/jobs/shop/load_order", allow=(r"answered 404", r"status of 404"))

    expect(page.get_by_text("did you mean 'load_orders'")).to_be_visible()


def test_code_without_jobs_says_how_one_is_written(empty, browse) -> None:
    page = browse(empty, "/jobs")

    page.get_by_role("heading", name="The code defines no jobs").wait_for()


def test_why_a_job_ran_or_not_is_asked_with_a_time_and_from_the_palette(small, browse) -> None:
    page = browse(small, "/jobs/shop/load_orders")
    page.get_by_role("link", name="Graph", exact=True).wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("why did job load_orders")
    page.get_by_role("option", name=re.compile("why did job load_orders run")).first.click()

    expect(page).to_have_url(re.compile("tab=why"))
    expect(page.get_by_text("the last run of job 'load_orders' was run")).to_be_visible()
    field = page.get_by_label("At (Europe/Berlin)")
    field.fill("2026-05-01T03:00")
    field.blur()

    expect(page).to_have_url(re.compile("at=2026-05-01"))
    expect(page.get_by_text(re.compile("nothing asked for a run of job 'load_orders' at 2026-05-01"))).to_be_visible()
    page.get_by_role("link", name="order_files").first.click()
    page.get_by_role("heading", name="order_files", level=1).wait_for()
