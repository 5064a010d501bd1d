"""The page of one run: what failed and with which line, what to do about it, its steps and its log."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.moments import NOW
from tests.ui.sites import Site
from tests.ui.walking import Walk
from watchbell.execute.output_times import FILE_NAME


def test_all_is_done_by_keyboard_alone(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/runs/{own.facts['failed_run']}")
    page.get_by_role("article").first.wait_for()

    Walk(page).press("e")
    expect(page.get_by_role("article").first).to_be_focused()
    Walk(page).press("[")
    expect(page).not_to_have_url(re.compile(own.facts["failed_run"]))
    page.get_by_role("link", name="newer run").wait_for()
    Walk(page).press("]")
    expect(page).to_have_url(re.compile(own.facts["failed_run"]))
    page.get_by_role("article").first.wait_for()
    Walk(page).press("r")

    page.get_by_text("is queued and executes what failed").wait_for()


def test_why_it_ran_and_its_attempts_are_linked(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['retried_run']}")

    expect(page.get_by_text("3 (this one)")).to_be_visible()
    page.goto(f"/runs/{small.facts['failed_run']}")
    expect(page.get_by_role("link", name="sensor order_files")).to_have_attribute(
        "href", re.compile("^/automation/sensor/shop/")
    )
    expect(page.get_by_role("link", name=re.compile("^tick of 2026"))).to_have_attribute(
        "href", re.compile(r"\?tick=\d+$")
    )
    page.go_back()
    page.get_by_role("link", name=re.compile(small.facts["first_failed_run"][:8])).first.click()

    expect(page).to_have_url(re.compile(small.facts["first_failed_run"]))


def test_a_lost_run_says_so(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['lost_run']}")

    expect(page.get_by_text("its process is gone")).to_be_visible()
    expect(page.get_by_text("lost", exact=True).first).to_be_visible()


def test_a_click_on_a_step_filters_the_log_and_stands_in_the_address(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")
    lines = page.get_by_role("region", name="log entries")
    lines.get_by_text("fetch").first.wait_for()

    page.get_by_role("button", name=re.compile("^parse: failed")).click()

    expect(page).to_have_url(re.compile("#step=parse"))
    expect(lines.get_by_text("fetch")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^parse: failed"))).to_have_attribute("aria-pressed", "true")


def test_an_entry_of_the_log_has_an_address(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")
    page.get_by_role("link", name="In the log").click()

    chosen = page.get_by_role("region", name="the chosen entry")
    expect(chosen).to_contain_text("KeyError")
    expect(page).to_have_url(re.compile(r"event=\d+"))
    page.reload()
    expect(page.get_by_role("region", name="the chosen entry")).to_contain_text("KeyError")


def test_the_log_is_searched_and_what_is_found_is_marked(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")
    page.get_by_role("searchbox", name="Find in the log").fill("rows only")

    expect(page.locator("mark").first).to_have_text("rows only")
    page.get_by_role("searchbox", name="Find in the log").fill("nothing says so")
    page.get_by_text("Nothing fits this filter").wait_for()
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_role("region", name="log entries")).to_be_visible()


def print_between(own: Site, run_id: str, lines: int) -> None:
    """A step of a run printed, just before it warned."""
    warned = next(each for each in own.instance.all_logs(run_id) if "rows only" in each.user_message)
    folder = own.home / "logs" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parse.out").write_text("".join(f"row {number:6}\n" for number in range(lines)))
    (folder / "parse.err").write_text("an amount is <b>missing</b>\n")
    sizes = [(folder / f"parse.{ending}").stat().st_size for ending in ("out", "err")]
    (folder / FILE_NAME).write_text(f"{warned.timestamp:.6f} {sizes[0]} {sizes[1]} parse\tparse\n")


def test_what_was_printed_stands_among_the_events_and_is_filtered_searched_and_followed(site, browse) -> None:
    own = site("small")
    run_id = own.facts["failed_run"]
    print_between(own, run_id, 100_000)
    page = browse(own, f"/runs/{run_id}")
    lines = page.get_by_role("region", name="log entries")
    drawn = lines.get_by_role("listitem")

    expect(lines.get_by_text("an amount is <b>missing</b>")).to_be_visible()
    told = drawn.all_inner_texts()
    assert [each for each in told if "99999" in each or "missing" in each or "rows only" in each] == told[
        told.index(next(each for each in told if "99999" in each)) :
    ][:3]
    assert drawn.count() <= 80

    page.get_by_role("searchbox", name="Find in the log").fill("row  99998")
    expect(page.locator("mark").first).to_have_text("row  99998")
    page.locator("mark").first.click()
    expect(page).to_have_url(re.compile(r"event=o\d+\.\d+"))
    page.goto(page.url.replace("find=row++99998", "find="))
    expect(page.get_by_role("region", name="the chosen entry")).to_contain_text("row  99998")
    expect(lines.get_by_text("row  99999")).to_be_visible()

    page.get_by_role("button", name="Events and output").click()
    page.get_by_role("menuitemcheckbox", name="stderr").click()
    expect(lines.get_by_text("row  99999")).to_have_count(0)
    expect(lines.get_by_text("an amount is <b>missing</b>")).to_be_visible()
    expect(page).to_have_url(re.compile("from=stderr"))


def test_what_a_run_prints_while_it_is_looked_at_appears(site, browse) -> None:
    own = site("small")
    run_id = own.facts["running_run"]
    page = browse(own, f"/runs/{run_id}")
    page.get_by_role("region", name="log", exact=True).wait_for()
    folder = own.home / "logs" / run_id
    folder.mkdir(parents=True, exist_ok=True)

    (folder / "fetch.out").write_text("hello from a process\n")
    (folder / FILE_NAME).write_text(f"{own.clock.now().timestamp():.6f} 21 0 fetch\tfetch\n")

    expect(page.get_by_text("hello from a process")).to_be_visible(timeout=20_000)


def test_steps_are_a_list_as_well_with_what_each_takes(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")
    page.get_by_role("button", name="List", exact=True).click()

    expect(page.get_by_role("row").filter(has_text="parse")).to_contain_text("failed")
    expect(page.get_by_role("row").filter(has_text="parse")).to_contain_text("fetch")


def test_a_line_that_is_written_appears_at_once(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/runs/{own.facts['running_run']}")
    page.get_by_role("region", name="log", exact=True).wait_for()
    run = own.instance.get_run_by_id(own.facts["running_run"])

    own.instance.report_engine_event("a word from afar", run)
    page.get_by_role("button", name="Engine events").click()

    expect(page.get_by_text("a word from afar")).to_be_visible(timeout=20_000)


def test_a_run_that_is_cancelled_can_be_forced_only_later(site, browse) -> None:
    own = site("small")
    page = browse(own, f"/runs/{own.facts['running_run']}")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_label("Reason (optional)").fill("the wrong day")
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("asked for the run to stop: the wrong day").first).to_be_visible()

    force = page.get_by_role("button", name="Force")
    expect(force).to_have_attribute("aria-disabled", "true")

    own.instance.store.request_cancel(own.facts["lost_run"], NOW - timedelta(seconds=11))
    page.goto(f"/runs/{own.facts['lost_run']}")
    expect(force).to_be_visible()
    expect(force).not_to_have_attribute("aria-disabled", "true")


def test_a_run_that_was_cancelled_is_no_failure(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['canceled_run']}")

    expect(page.get_by_label("the run", exact=True)).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Run again", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Run again from failure")).to_have_count(0)
    expect(page.locator("[data-error-card]")).to_have_count(0)


def test_config_and_tags_show_what_is_another_than_before(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}?tab=config")

    expect(page.get_by_role("heading", name="Other than in the run before")).to_be_visible()
    expect(page.get_by_role("heading", name="Tags")).to_be_visible()


def test_a_run_that_is_not_there_says_so(small, browse) -> None:
    page = browse(small, "/runs/none", allow=(r"404",))

    expect(page.get_by_role("alert")).to_contain_text("there is no run 'none'")


def test_the_page_is_accessible_in_every_look_also_its_dialogs(small, browse) -> None:
    for fact, tab in (
        ("failed_run", ""),
        ("running_run", "?tab=made"),
        ("failed_run", "?tab=config"),
        ("failed_run", "?steps=list"),
    ):
        page = browse(small, f"/runs/{small.facts[fact]}{tab}")
        page.get_by_role("region", name="the run", exact=True).wait_for()

        for look in in_all_looks(page):
            check_accessible(page, look)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Tags…").click()
    check_accessible(page, "dialog", "dialog")


def test_the_steps_are_a_graph_too_whose_nodes_filter_the_log(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")

    page.get_by_role("button", name="Graph", exact=True).click()
    page.locator('.graph[data-ready="true"]').wait_for()
    page.get_by_role("application", name="graph of the steps").press("ArrowDown")

    expect(page).to_have_url(re.compile(r"steps=graph#step="))
    expect(page.get_by_role("button", name="show all steps again")).to_be_visible()
    check_accessible(page)


def test_another_config_is_written_in_the_launchpad_where_the_job_is_known(small, browse) -> None:
    page = browse(small, f"/runs/{small.facts['failed_run']}")

    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Run again with another config…").click()

    page.wait_for_url(f"**/jobs/shop/load_orders/launch?run={small.facts['failed_run']}")


def test_a_log_that_says_nothing_of_a_text_is_looked_through_to_its_beginning(long_run, browse) -> None:
    page = browse(long_run, f"/runs/{long_run.facts['run']}?find=nowhere+to+be+found")

    page.get_by_text("looked through the log back to").wait_for()

    page.get_by_text("Nothing fits").or_(page.get_by_role("button", name="Clear")).first.wait_for()
