"""The tests' own tools: they see what goes wrong."""

from __future__ import annotations

from tests.ui.axe import violations
from tests.ui.looks import in_all_looks
from tests.ui.walking import Walk


def test_a_page_is_served_and_the_clock_stands(empty, browse) -> None:
    page = browse(empty, "/")

    assert page.evaluate("() => new Date().toISOString()") == "2026-05-12T09:12:30.000Z"


def test_the_console_is_watched(empty, browse, tabs) -> None:
    page = browse(empty, "/")
    page.evaluate("() => console.error('lost')")

    assert tabs.faults == ["console: lost"]

    tabs.watch(page).allow("lost")


def test_requests_that_fail_are_watched(empty, browse, tabs) -> None:
    page = browse(empty, "/")
    page.evaluate("() => fetch('/api/nothing')")

    assert tabs.faults == [f"answered 404: GET {empty.at('/api/nothing')}"]

    tabs.watch(page).allow("answered 404")


def test_what_the_policy_forbids_is_watched(empty, browse, tabs) -> None:
    page = browse(empty, "/")
    with page.expect_console_message(lambda it: it.text.startswith("content policy")):
        page.evaluate("() => document.head.append(Object.assign(document.createElement('style'), {innerText: 'a{}'}))")

    assert any(fault.startswith("console: content policy: style-src-elem") for fault in tabs.faults)

    tabs.watch(page).allow("content policy|Content Security Policy|violates")


def test_axe_finds_a_field_without_a_label(empty, browse) -> None:
    page = browse(empty, "/")
    page.evaluate("() => document.body.append(document.createElement('input'))")

    found = [each.partition(" ")[0] for look in in_all_looks(page) for each in violations(page)]

    assert found.count("label") == 3


def test_axe_sees_colours_that_are_too_faint_in_the_dark_only(empty, browse) -> None:
    page = browse(empty, "/")
    page.evaluate("""() => {
      const it = Object.assign(document.createElement("p"), { innerText: "dim" });
      it.style.color = "#333";
      document.querySelector("main").append(it);
    }""")

    found = {look: [each.partition(" ")[0] for each in violations(page, look=look)] for look in in_all_looks(page)}

    assert found == {"light": [], "dark": ["color-contrast"], "phone": []}


def test_a_walk_counts_clicks_and_keys_but_not_text(empty, browse) -> None:
    page = browse(empty, "/")
    page.evaluate("() => { document.body.innerHTML = '<button>Go</button><input aria-label=Name>' }")
    walk = Walk(page)

    walk.click("button", "Go").press("Tab").type("ada").press("Control+a Escape")

    assert (walk.clicks, walk.keys) == (1, 3)
    assert page.get_by_label("Name").input_value() == "ada"


def test_the_small_seed_is_what_it_promises(small) -> None:
    runs = {name: small.instance.get_run_by_id(run_id) for name, run_id in small.facts.items() if name.endswith("_run")}

    assert {name: run.status.value for name, run in runs.items() if run is not None} == {
        "canceled_run": "CANCELED",
        "done_run": "SUCCESS",
        "failed_again_run": "FAILURE",
        "failed_run": "FAILURE",
        "first_failed_run": "FAILURE",
        "lost_run": "STARTED",
        "queued_run": "QUEUED",
        "retried_run": "SUCCESS",
        "running_run": "STARTED",
        "unloadable_run": "QUEUED",
        "waiting_run": "STARTED",
    }


def test_what_a_test_does_to_its_own_site_is_seen_by_the_server(site) -> None:
    own = site("small")
    own.finish_run(own.facts["running_run"])
    own.fail_run(own.facts["waiting_run"], "the disk is full")
    own.append(own.facts["lost_run"], ["still here"])
    runs = [own.instance.get_run_by_id(own.facts[name]) for name in ("running_run", "waiting_run")]

    assert [run.status.value for run in runs] == ["SUCCESS", "FAILURE"]
    assert own.get("/api/runs").status_code == 200


def test_a_broken_store_is_an_error_of_the_server_until_it_is_mended(site) -> None:
    own = site("empty")
    own.break_store()
    broken = own.get("/api/runs").status_code
    own.mend_store()

    assert broken >= 500
    assert own.get("/api/runs").status_code == 200


def test_a_server_that_was_stopped_comes_back_at_the_same_address(site, browse) -> None:
    own = site("empty")
    page = browse(own, "/", allow=("answered", "request failed", "preload", "Failed to fetch"))
    own.stop_web()
    own.start_web()

    assert page.goto("/") is not None


def test_a_working_site_has_a_clock_that_goes(site, browse) -> None:
    own = site("empty", working=True)
    page = browse(own, "/")
    shown, served = page.evaluate("() => new Date().toISOString()"), own.get("/api/service").json()["at"]

    assert shown[:16] == served[:16] >= "2026-05-12T09:12"
