"""Costs of pages that hold much or stay open for long: a graph of a thousand assets, Home under many changes.

Work is counted as time of processors, which a busy machine hardly changes; only the first frame is by the clock.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.ui.measuring import heap_of, metrics_of
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from tests.ui.tabs import Tabs

DRAWN = """(() => {
  const Plain = Worker;
  globalThis.frames_after_layout = [];
  globalThis.Worker = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => {
        const at = performance.now();
        const twice = () => requestAnimationFrame(() => globalThis.frames_after_layout.push(performance.now() - at));
        requestAnimationFrame(twice);
      });
    }
  };
})()"""
"""Notes how long it takes from the layout that a worker hands over until a frame has been drawn with it."""
WAIT_MS = 60_000
MOVES = 12
WARM_CHANGES, CHANGES = 10, 25
HOURS_OPEN = 8
CHANGES_AN_HOUR = 120
"""Far more than most homes have; more than one a second are told together."""


@dataclass(frozen=True)
class GraphCost:
    """What a graph costs.

    Args:
        layout_seconds: of the processors, for all that is not the page's main thread.
        frame_seconds: from the layout to the first frame that shows it.
        task_ms: the longest task of the main thread while the graph is moved (of its processor).
    """

    layout_seconds: float
    frame_seconds: float
    task_ms: float


def graph_cost(browser: Browser, site: Site) -> GraphCost:
    """What a graph of a thousand assets costs, all of them shown."""
    tabs = Tabs(browser)
    page = tabs.open(site)
    page.add_init_script(DRAWN)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    before = _renderer_seconds(browser)
    page.goto("/asset-graph?open=*")
    page.locator('.graph[data-ready="true"]').wait_for(timeout=WAIT_MS)
    page.wait_for_function("() => frames_after_layout.length > 0")
    layout = _renderer_seconds(browser) - before - metrics_of(devtools)["TaskDuration"]
    frame = float(page.evaluate("() => Math.max(...frames_after_layout)")) / 1000
    task = _longest_task_ms(browser, page)
    tabs.close_all()
    return GraphCost(max(0.0, layout), frame, task)


def _renderer_seconds(browser: Browser) -> float:
    devtools = browser.new_browser_cdp_session()
    found = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return float(sum(each["cpuTime"] for each in found if each["type"] == "renderer"))


def _longest_task_ms(browser: Browser, page: Page) -> float:
    """The longest task while the graph is zoomed by the wheel and dragged about."""
    box = page.locator(".graph-focus").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    for move in range(MOVES):
        page.mouse.wheel(0, -120 if move < MOVES / 2 else 120)
        _frame(page)
    page.mouse.down()
    for move in range(MOVES):
        page.mouse.move(x + 15 * move, y + 10 * move)
        _frame(page)
    page.mouse.up()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {(each["pid"], each["tid"]) for each in events if (each.get("args") or {}).get("name") == "CrRendererMain"}
    tasks = [each["tdur"] for each in events if "tdur" in each and (each["pid"], each["tid"]) in mains]
    assert tasks, "the browser told of no task"
    return float(max(tasks)) / 1000


def _frame(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def home_growth_mb(browser: Browser) -> float:
    """By how much Home's memory grows in hours of changes, reckoned from some dozens of them (MB)."""
    with tempfile.TemporaryDirectory() as folder, Site(made("small"), Path(folder) / "home") as site:
        site.start()
        tabs = Tabs(browser)
        page = tabs.open(site, "/")
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.get_by_role("heading", level=1).wait_for()
        _change(site, page, WARM_CHANGES)
        before = heap_of(devtools)
        _change(site, page, CHANGES)
        grown = heap_of(devtools) - before
        tabs.close_all()
    return max(0.0, grown) / CHANGES * CHANGES_AN_HOUR * HOURS_OPEN


def _change(site: Site, page: Page, times: int) -> None:
    """A run is there that was not; each time the page has asked again before the next one comes."""
    for number in range(times):
        with page.expect_response(lambda answer: "/api/home" in answer.url, timeout=WAIT_MS):
            site.instance.add_run_tags(site.facts["done_run"], {"seen": str(number)})
