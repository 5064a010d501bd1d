"""Tabs of the browser, each with its faults noted and its clock at the tests' moment."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Browser, BrowserContext, Page

from tests.ui.looks import put_on
from tests.ui.moments import NOW, ZONE
from tests.ui.sites import Site
from tests.ui.watching import Watch

WAIT_MS = 10_000
"""How long a test waits for what it wants to see; far more than it takes."""
SHIFTED = """(() => {
  const real = Date, shift = %d;
  globalThis.Date = class extends real {
    constructor(...given) { if (given.length === 0) super(real.now() + shift); else super(...given); }
    static now() { return real.now() + shift; }
  };
})()"""
"""The clock of a page goes as the clock of the site that it shows."""


class Tabs:
    """The tabs of a test.

    Args:
        browser: where.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._watches: dict[Page, Watch] = {}

    def open(
        self,
        site: Site,
        path: str | None = None,
        *,
        look: str = "light",
        width: int | None = None,
        height: int = 800,
        allow: Iterable[str] = (),
        zone: str = ZONE,
    ) -> Page:
        """A new tab, with storage and cookies of its own.

        Args:
            site: whose pages; addresses without a host are its.
            path: where to go first; None: nowhere yet.
            look: a name of ``looks.LOOKS``.
            width: of the window (pixels), instead of the look's.
            height: of the window (pixels), with ``width``.
            allow: patterns of faults that the test is about.
            zone: the browser's time zone.
        """
        context = self._browser.new_context(base_url=site.url, locale="en-GB", timezone_id=zone)
        self._contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        self._watches[page] = Watch(page, allow)
        put_on(page, look)
        if width is not None:
            page.set_viewport_size({"width": width, "height": height})
        if site.is_working:
            page.add_init_script(SHIFTED % round(site.clock_shift_seconds * 1000))
        else:
            page.clock.set_fixed_time(NOW)
        if path is not None:
            page.goto(path)
        return page

    def watch(self, page: Page) -> Watch:
        """What was noted of a tab."""
        return self._watches[page]

    @property
    def faults(self) -> list[str]:
        """What went wrong in any of the tabs and was not allowed."""
        return [fault for watch in self._watches.values() for fault in watch.faults]

    def close_all(self) -> None:
        """Ends all tabs."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
