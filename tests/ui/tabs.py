"""Tabs of the browser, each with its faults noted and its clock at the tests' moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page

from tests.ui.looks import put_on
from tests.ui.moments import NOW, ZONE
from tests.ui.sites import Site
from tests.ui.watching import Watch

WAIT_MS = 20_000
"""How long a test waits for what it wants to see; far more than it takes."""
SHIFTED = """(() => {
  const real = Date, shift = %d;
  globalThis.Date = class extends real {
    constructor(...given) { if (given.length === 0) super(real.now() + shift); else super(...given); }
    static now() { return real.now() + shift; }
  };
})()"""
"""The clock of a page goes as the clock of the site that it shows."""


STILL_PATH = "/favicon.svg"
"""Something of the same origin that runs nothing and asks for nothing."""


def new_context(browser: Browser, site: Site, zone: str) -> BrowserContext:
    """An empty profile of the browser, with the clock of the site.

    Args:
        browser: where.
        site: whose pages; addresses without a host are its.
        zone: its time zone.
    """
    context = browser.new_context(base_url=site.url, locale="en-GB", timezone_id=zone)
    context.set_default_timeout(WAIT_MS)
    if site.is_working:
        context.add_init_script(SHIFTED % round(site.clock_shift_seconds * 1000))
    else:
        context.clock.set_fixed_time(NOW)
    return context


@dataclass(frozen=True)
class Profile:
    """A user's profile of the browser: cookies, storage, cache.

    Args:
        context: Playwright's name of it.
        site: the address that it is for.
        zone: its time zone.
        keeper: a tab that is always open, so that the process which draws stays, and what it has compiled.
    """

    context: BrowserContext
    site: str
    zone: str
    keeper: Page


class Profiles:
    """Profiles that one test takes after the other, each empty of what the last one left but for the cache.

    The cache holds files whose names say what is in them, and answers that the server is asked about again. A start
    from nothing takes a process, and everything compiled anew: three times the work of most tests.

    Args:
        browser: where.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Profile] = []

    def take(self, site: Site, zone: str) -> Profile:
        """One for the tabs of a site that nobody else has now."""
        for each in self._free:
            if (each.site, each.zone) == (site.url, zone):
                self._free.remove(each)
                return each
        context = new_context(self._browser, site, zone)
        keeper = context.new_page()
        keeper.goto(STILL_PATH)
        return Profile(context, site.url, zone, keeper)

    def give_back(self, profile: Profile) -> None:
        """Empties it, for the next one."""
        for page in profile.context.pages:
            if page is not profile.keeper:
                page.close()
        profile.context.clear_cookies()
        profile.keeper.evaluate("() => localStorage.clear()")
        self._free.append(profile)

    def close(self) -> None:
        """Ends all that are free."""
        for each in self._free:
            each.context.close()
        self._free.clear()


class Tabs:
    """The tabs of a test.

    Args:
        browser: where.
        profiles: where their profiles come from; None: each tab has a new one.
    """

    def __init__(self, browser: Browser, profiles: Profiles | None = None) -> None:
        self._browser = browser
        self._profiles = profiles
        self._taken: list[Profile] = []
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
        page = self._context(site, zone).new_page()
        self._watches[page] = Watch(page, allow)
        put_on(page, look)
        if width is not None:
            page.set_viewport_size({"width": width, "height": height})
        if path is not None:
            page.goto(path)
        return page

    def _context(self, site: Site, zone: str) -> BrowserContext:
        if self._profiles is None or site.is_working:  # the clock of a profile stays as it is
            self._contexts.append(new_context(self._browser, site, zone))
            return self._contexts[-1]
        self._taken.append(self._profiles.take(site, zone))
        return self._taken[-1].context

    def watch(self, page: Page) -> Watch:
        """What was noted of a tab."""
        return self._watches[page]

    @property
    def faults(self) -> list[str]:
        """What went wrong in any of the tabs and was not allowed."""
        return [fault for watch in self._watches.values() for fault in watch.faults]

    def close_all(self) -> None:
        """Ends all tabs."""
        while self._taken:
            assert self._profiles is not None
            self._profiles.give_back(self._taken.pop())
        while self._contexts:
            self._contexts.pop().close()
