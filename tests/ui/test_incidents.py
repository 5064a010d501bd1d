"""What breaks at night, broken for real: each shows on Home within a heartbeat, without anybody reloading the page."""

from __future__ import annotations

import re

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.ui.sites import Site, wait_until
from tests.ui.walking import try_again
from watchbell.ground.ids import new_run_id
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind

HEARTBEAT_MS = 15_000
"""Of the stream of changes; a lease is as long."""
SLOW_MS = 2 * HEARTBEAT_MS
"""The heartbeat, and a machine that has other things to do."""
LOST = (r"net::ERR", r"answered 5\d\d", r"Failed to fetch", r"EventSource")


@pytest.fixture
def working(site) -> Site:
    """A service that works, with code that can go wrong, and room for one run."""
    return site("fragile", working=True, settings={"max_concurrent_runs": 1})


def attention(page: Page):
    return page.get_by_role("region", name="Attention")


def on_home(page: Page) -> Page:
    attention(page).wait_for()
    return page


def launch(own: Site) -> str:
    """Asks for a run of the job that does not end; its id."""
    run = DagsterRun(
        own.facts["job"], new_run_id(), status=DagsterRunStatus.QUEUED, location_name=own.facts["location"]
    )
    own.instance.store.add_runs([run], own.clock.now())
    return run.run_id


def reload(own: Site) -> None:
    """Has the code loaded anew, as its button does."""
    answer = httpx.post(own.at("/api/locations/fragile/reload"), json={}, timeout=60)
    assert answer.status_code == 200, answer.text


def worker_of(own: Site, run_id: str) -> psutil.Process:
    """The process that executes a run, once it does."""

    def works() -> bool:
        run = own.instance.get_run_by_id(run_id)
        return run is not None and run.status is DagsterRunStatus.STARTED

    wait_until(works, "the run has begun")
    _, worker = own.instance.store.run_workers()[run_id]
    assert worker is not None
    return psutil.Process(worker.pid)


def test_a_worker_that_is_killed_is_seen(working, browse) -> None:
    page = on_home(browse(working, "/"))
    worker = worker_of(working, launch(working))

    worker.kill()

    expect(attention(page).get_by_role("link", name=working.facts["job"])).to_be_visible(timeout=SLOW_MS)


def test_a_queue_that_is_full_is_seen_with_what_it_waits_for(working, browse) -> None:
    worker_of(working, launch(working))
    page = browse(working, "/runs")
    waiting = launch(working)

    row = page.locator(f'tr[data-row="{waiting}"]')

    expect(row).to_contain_text("1 of 1", timeout=SLOW_MS)


def test_code_that_is_broken_is_seen_and_gone_when_it_is_mended(working, browse) -> None:
    page = on_home(browse(working, "/"))
    file = working.code / "fragile.py"
    good = file.read_text(encoding="utf-8")

    file.write_text("import nothing_of_this_name\n", encoding="utf-8")
    reload(working)
    expect(attention(page).get_by_role("link", name="fragile")).to_be_visible(timeout=SLOW_MS)
    expect(attention(page)).to_contain_text("nothing_of_this_name")
    file.write_text(good, encoding="utf-8")
    reload(working)

    expect(attention(page).get_by_role("link", name="fragile")).to_have_count(0, timeout=SLOW_MS)


def test_a_cursor_that_was_edited_wrongly_is_seen(working, browse) -> None:
    page = on_home(browse(working, "/"))
    key = AutomationKey("fragile", AutomationKind.SENSOR, working.facts["sensor"])
    wait_until(lambda: _cursor(working, key), "the sensor has ticked")

    def edited() -> bool:  # between two ticks: what moved meanwhile is not overwritten
        answer = httpx.put(
            working.at(f"/api/automations/sensor/fragile/{key.name}/cursor"),
            json={"expected": _cursor(working, key), "cursor": "twelve", "reason": "start again at twelve"},
            timeout=30,
        )
        assert answer.status_code in {200, 409}, answer.text
        return answer.status_code == 200

    wait_until(edited, "the cursor is edited")

    expect(attention(page).get_by_role("link", name=key.name)).to_be_visible(timeout=SLOW_MS)
    expect(attention(page)).to_contain_text("'twelve'")


def _cursor(own: Site, key: AutomationKey) -> str | None:
    state = own.instance.store.automation_state(key)
    return None if state is None else state.cursor


def test_a_service_that_is_stopped_is_seen_and_back(site, browse) -> None:
    own = site("small")
    page = on_home(browse(own, "/"))
    chip = page.locator(".chip")
    expect(chip).to_contain_text("service works")

    own.stop_service()
    expect(attention(page).get_by_role("heading", name=re.compile("^Service"))).to_be_visible(timeout=SLOW_MS)
    expect(chip).to_contain_text("no service works")
    own.start_service()

    expect(chip).to_contain_text("service works", timeout=SLOW_MS)
    expect(attention(page).get_by_role("heading", name=re.compile("^Service"))).to_have_count(0, timeout=SLOW_MS)


def test_a_server_that_is_killed_is_seen_and_back(site, browse) -> None:
    own = site("small")
    page = on_home(browse(own, "/", allow=LOST))
    chip = page.locator(".chip")
    expect(chip).to_contain_text("service works")

    own.stop_web()
    expect(chip).to_contain_text("connection lost")
    own.start_web()

    expect(chip).to_contain_text("service works", timeout=SLOW_MS)
    expect(attention(page).get_by_role("link", name="nightly_marts")).to_be_visible()


def test_a_store_that_breaks_is_seen_and_home_is_whole_when_it_is_mended(site, browse) -> None:
    own = site("small")
    page = browse(own, "/settings", allow=LOST)
    page.get_by_role("heading", name="Settings").wait_for()
    own.break_store()
    page.get_by_role("navigation", name="main").get_by_role("link", name=re.compile("^Home")).click()
    expect(page.get_by_role("alert").first).to_be_visible(timeout=SLOW_MS)
    own.mend_store()
    try_again(page)

    expect(attention(page).get_by_role("link", name="nightly_marts")).to_be_visible(timeout=SLOW_MS)
