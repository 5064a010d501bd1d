"""What the pages may cost, in one table, with how it is measured and what Dagster's pages were seen to take.

Bytes and counts are exact. Times are ratios to a tiny page made with React (``ui/baseline``), measured in turn with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser

from tests.ui.baseline import Baseline
from tests.ui.heavy import GraphCost, graph_cost, home_growth_mb
from tests.ui.measuring import Cost, Part, costs_of, least, most_elements_while_scrolling, parts_of
from tests.ui.screens import SCREENS, Screen, settled
from tests.ui.sites import Site
from tests.ui.tabs import Tabs

ROW = "tbody tr"
ALL_SAY = """([what, word]) => {
  const said = [...document.querySelectorAll(what)].map((it) => it.innerText).filter((it) => it.trim() !== "");
  return said.length > 0 && said.every((it) => it.includes(word));
}"""

MEASURED = {
    "runs": ("small", "/runs", ROW),
    "long_run": ("long_run", "/runs/{run}", ".run-log-line"),
}
"""Pages whose times are measured: seed, address, and what is there when the content is."""
GRAPH = "graph"
TRIES_MAX = 4


@dataclass
class Scales:
    """What is measured, and with what.

    Args:
        browser: the browser.
        baseline: the tiny page.
        static: folder of the build.
        sites: gives the site over a seed.
    """

    browser: Browser
    baseline: Baseline
    static: Path
    sites: Callable[[str], Site]
    _least: dict[str, list[Cost]] = field(default_factory=dict)
    _graphs: list[GraphCost] = field(default_factory=list)

    @cached_property
    def parts(self) -> tuple[Part, list[Part]]:
        """The first content, and the parts that are loaded later."""
        return parts_of(self.static)

    def ratio(self, page: str, of: str) -> float:
        """How many times the tiny page's cost a page of ``MEASURED`` has, by a field of ``Cost``."""
        if page not in self._least:
            self._measure(page)
        ours, tiny = (getattr(each, of) for each in self._least[page])
        return float(ours / tiny)

    def cost(self, page: str) -> Cost:
        """What a page of ``MEASURED`` takes."""
        if page not in self._least:
            self._measure(page)
        return self._least[page][0]

    def figure_of(self, budget: Budget) -> float:
        """Our figure. Times are measured again, while they are too long: a busy machine only ever adds to them."""
        figure = budget.measure(self)
        for _ in range(TRIES_MAX):
            if figure <= budget.at_most or budget.page is None:
                break
            if budget.page == GRAPH:
                self._graphs.append(graph_cost(self.browser, self.sites("thousand_assets")))
            else:
                self._measure(budget.page)
            figure = budget.measure(self)
        return figure

    def graph(self, of: str) -> float:
        """The least that a graph of a thousand assets costs, by a field of ``GraphCost``."""
        if not self._graphs:
            self._graphs.append(graph_cost(self.browser, self.sites("thousand_assets")))
        return float(min(getattr(each, of) for each in self._graphs))

    def _measure(self, page: str) -> None:
        seed, path, content = MEASURED[page]
        site = self.sites(seed)
        found = costs_of(self.browser, [(site.at(path.format(**site.facts)), content), (self.baseline.url, "table tr")])
        before = self._least.get(page, found)
        self._least[page] = [least(pair) for pair in zip(before, found, strict=True)]

    def asked_by(self, screen: Screen) -> list[str]:
        """All that is asked for a screen, until it is settled."""
        site, tabs = self.sites("small"), Tabs(self.browser)
        page = tabs.open(site)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(site.url)))
        page.goto(screen.address.format(**site.facts))
        settled(page, screen)
        tabs.close_all()
        return [each for each in asked if not each.startswith(("/api/live", "/favicon"))]

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """The same of every screen; of dialogs nobody asks how they load."""
        return {screen.name: self.asked_by(screen) for screen in SCREENS if not screen.steps}


@dataclass(frozen=True)
class Budget:
    """A limit.

    Args:
        name: short, for tests.
        what: in words.
        at_most: the limit, in ``unit``.
        unit: of the figures; ``times`` is a ratio to the tiny page.
        dagster: what its pages were seen to take (release 1.13.27).
        measure: our figure.
        page: what is measured again while the figure is too high; None: it is exact.
    """

    name: str
    what: str
    at_most: float
    unit: str
    dagster: str
    measure: Callable[[Scales], float]
    page: str | None = None


def kilobytes(count: int) -> float:
    """Bytes as kB."""
    return count / 1000


def elements_of_ten_thousand(scales: Scales) -> float:
    """Rows in the page while ten thousand runs are scrolled through."""
    site, tabs = scales.sites("ten_thousand_runs"), Tabs(scales.browser)
    page = tabs.open(site, "/runs")
    page.locator(ROW).first.wait_for()
    page.mouse.move(600, 400)
    most = most_elements_while_scrolling(page, ROW)
    tabs.close_all()
    return most


def questions_of_a_filter(scales: Scales) -> float:
    """Requests that a filter of ten thousand runs takes."""
    site, tabs = scales.sites("ten_thousand_runs"), Tabs(scales.browser)
    page = tabs.open(site, "/runs")
    page.locator(ROW).first.wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    field = page.get_by_role("combobox", name="filter")
    field.fill("status:failed")
    field.press("Enter")
    page.wait_for_function(ALL_SAY, arg=[ROW, "failed"])
    tabs.close_all()
    return len([each for each in asked if "/api/" in each and "/api/live" not in each])


def largest(parts: Sequence[Part]) -> int:
    """The bytes of script of the largest part."""
    return max(part.js_bytes for part in parts)


BUDGETS = (
    Budget(
        "first-js",
        "JavaScript for the first content of any page, gzip",
        180,
        "kB",
        "1,140 kB if it compressed; it sends 3,910 kB",
        lambda it: kilobytes(it.parts[0].js_bytes),
    ),
    Budget(
        "lazy-js",
        "the largest part that is loaded later, gzip",
        160,
        "kB",
        "",
        lambda it: kilobytes(largest(it.parts[1])),
    ),
    Budget(
        "css",
        "CSS of all screens together, gzip",
        20,
        "kB",
        "703 kB, not compressed",
        lambda it: kilobytes(it.parts[0].css_bytes),
    ),
    Budget(
        "requests",
        "requests of the first load, of the screen with the most (without the tab's icon and the stream of changes)",
        10,
        "",
        "55 to 101",
        lambda it: max(len(it.asked[each.name]) - each.later for each in SCREENS if not each.steps),
    ),
    Budget(
        "api-calls",
        "of these questions to the API",
        3,
        "",
        "7 to 49",
        lambda it: max(len([each for each in asked if each.startswith("/api/")]) for asked in it.asked.values()),
    ),
    Budget(
        "first-paint",
        "list of runs: first paint",
        2,
        "times",
        "5 to 10 times",
        lambda it: it.ratio("runs", "paint_ms"),
        "runs",
    ),
    Budget(
        "list-content",
        "list of runs: content",
        4,
        "times",
        "7 to 23 times",
        lambda it: it.ratio("runs", "content_ms"),
        "runs",
    ),
    Budget(
        "list-cpu",
        "list of runs: main thread until the content is there",
        5,
        "times",
        "30 to 36 times",
        lambda it: it.ratio("runs", "cpu_ms"),
        "runs",
    ),
    Budget("rows", "10,000 runs: rows in the page at any time", 80, "", "paged, no total", elements_of_ten_thousand),
    Budget("filter", "10,000 runs: requests of a filter", 1, "", "", questions_of_a_filter),
    Budget(
        "long-run-cpu",
        "run of 1,000 steps and 100,000 lines: main thread until the log is there",
        8,
        "times",
        "42 times (1,000 steps, 3,000 lines)",
        lambda it: it.ratio("long_run", "cpu_ms"),
        "long_run",
    ),
    Budget("long-run-heap", "the same: memory of scripts", 60, "MB", "67 MB", lambda it: it.cost("long_run").heap_mb),
    Budget(
        "graph-layout",
        "graph of 1,000 assets, all shown: layout, beside the main thread",
        3,
        "s",
        "25 s on the main thread",
        lambda it: it.graph("layout_seconds"),
        GRAPH,
    ),
    Budget(
        "graph-frame",
        "the same: from the layout to the first frame",
        0.3,
        "s",
        "",
        lambda it: it.graph("frame_seconds"),
        GRAPH,
    ),
    Budget(
        "graph-move",
        "the same: the longest task while it is zoomed and dragged",
        50,
        "ms",
        "",
        lambda it: it.graph("task_ms"),
        GRAPH,
    ),
    Budget(
        "home-heap",
        "Home left open for 8 hours with 120 changes an hour: growth of memory",
        10,
        "MB",
        "",
        lambda it: home_growth_mb(it.browser),
    ),
)
