"""What pages cost: bytes from the build, requests, time and memory from the browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.ui.moments import NOW, ZONE

ROUNDS = 5
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
CONTENT = """(what) => new Promise((done) => {
  const look = () => document.querySelector(what) ? requestAnimationFrame(() => done(performance.now()))
    : requestAnimationFrame(look);
  look();
})"""


@dataclass(frozen=True)
class Cost:
    """What it takes until a page shows its content.

    Args:
        paint_ms: until anything is shown.
        content_ms: until the content is there.
        cpu_ms: of the page's main thread.
        heap_mb: of scripts, after a collection.
        rows: elements of the page (count).
    """

    paint_ms: float
    content_ms: float
    cpu_ms: float
    heap_mb: float
    rows: int


def costs_of(browser: Browser, pages: Sequence[tuple[str, str]], *, rounds: int = ROUNDS) -> list[Cost]:
    """The least cost of each page: whatever else the machine does only adds to it.

    Args:
        browser: where; each time in a new context without a cache.
        pages: addresses, each with a CSS selector of what is there when the content is; measured in turn.
        rounds: how often.
    """
    found: list[list[Cost]] = [[] for _ in pages]
    for _ in range(rounds):
        for costs, (url, content) in zip(found, pages, strict=True):
            costs.append(_once(browser, url, content))
    return [least(costs) for costs in found]


def least(costs: Sequence[Cost]) -> Cost:
    """The least of each figure."""
    return Cost(*(min(getattr(each, field.name) for each in costs) for field in fields(Cost)))


def _once(browser: Browser, url: str, content: str) -> Cost:
    context = browser.new_context(timezone_id=ZONE, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(f"Date.now = () => {NOW.timestamp() * 1000:.0f}")  # lighter than a whole clock of the tests
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.goto(url, wait_until="commit")
    content_ms = float(page.evaluate(CONTENT, content))
    metrics = metrics_of(devtools)
    paint_ms = float(page.evaluate(PAINTED) or content_ms)
    heap_mb = heap_of(devtools)
    rows = int(page.evaluate("() => document.querySelectorAll('*').length"))
    context.close()
    return Cost(paint_ms, content_ms, metrics["TaskDuration"] * 1000, heap_mb, rows)


def metrics_of(devtools: Any) -> dict[str, float]:
    """The browser's own counters of a page."""
    return {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}


def heap_of(devtools: Any) -> float:
    """Megabytes of live objects."""
    devtools.send("HeapProfiler.collectGarbage")
    return metrics_of(devtools)["JSHeapUsedSize"] / 1e6


# ----------------------------------------------------------------------- bytes


@dataclass(frozen=True)
class Part:
    """Some code that is loaded together.

    Args:
        name: the source it stands for.
        js_bytes: its scripts that the first content did not bring, compressed by gzip.
        css_bytes: its styles, likewise.
    """

    name: str
    js_bytes: int
    css_bytes: int


def parts_of(static: Path) -> tuple[Part, list[Part]]:
    """What every page loads first, and each part that is loaded when it is needed.

    Args:
        static: folder of a build.
    """
    manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
    entries = [name for name, each in manifest.items() if each.get("isEntry")]
    first = _closure(manifest, entries)
    lazy = [name for name, each in manifest.items() if each.get("isDynamicEntry")]
    parts = [_part(static, manifest, name, _closure(manifest, [name]) - first) for name in sorted(lazy)]
    known = {each["file"] for each in manifest.values()}
    workers = [path for path in (static / "static").glob("*.js") if f"static/{path.name}" not in known]
    parts += [Part(path.stem.rpartition("-")[0], _packed(path), 0) for path in sorted(workers)]
    sheets = {name for name, each in manifest.items() if each["file"].endswith(".css")}  # all pages have them all
    return _part(static, manifest, "first content", first | sheets), parts


def _closure(manifest: dict[str, Any], names: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += manifest[name].get("imports", ())
    return frozenset(seen)


def _part(static: Path, manifest: dict[str, Any], name: str, members: Iterable[str]) -> Part:
    chosen = list(members)
    files = {manifest[each]["file"] for each in chosen}
    scripts = {each for each in files if each.endswith(".js")}
    styles = {each for each in files if each.endswith(".css")}
    return Part(name, sum(_packed(static / each) for each in scripts), sum(_packed(static / each) for each in styles))


def _packed(path: Path) -> int:
    packed = path.with_name(path.name + ".gz")
    return packed.stat().st_size if packed.is_file() else path.stat().st_size


def most_elements_while_scrolling(page: Page, what: str, steps: int = 25) -> int:
    """The most elements of a kind that there are at any time, while a list is scrolled to its end (count)."""
    most = 0
    for _ in range(steps):
        page.mouse.wheel(0, 4_000)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        most = max(most, page.locator(what).count())
    return most
