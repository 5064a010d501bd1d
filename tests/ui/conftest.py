"""A browser, sites to look at, and tabs whose faults fail the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ui.chromium import ARGUMENTS, SHARING, NoChromiumError, find_chromium
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from tests.ui.tabs import WAIT_MS, Profiles, Tabs

expect.set_options(timeout=WAIT_MS)


class MakeSite(Protocol):
    """What the fixture ``site`` is."""

    def __call__(self, seed: str, *, working: bool = False, settings: Mapping[str, object] | None = None) -> Site:
        """A site over a copy of the seed that is this test's own."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        try:
            path = find_chromium(playwright.chromium)
        except NoChromiumError as error:
            pytest.fail(str(error), pytrace=False)
        found = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *SHARING])
        yield found
        found.close()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Iterator[Profiles]:
    """The browser's profiles, which tests take one after the other."""
    found = Profiles(browser)
    yield found
    found.close()


@pytest.fixture
def tabs(browser: Browser, profiles: Profiles) -> Iterator[Tabs]:
    """The tabs of this test; checked and closed at its end."""
    opened = Tabs(browser, profiles)
    yield opened
    opened.close_all()

    assert opened.faults == []


@pytest.fixture
def browse(tabs: Tabs) -> Callable[..., Page]:
    """Opens a tab on a site: ``browse(site, "/runs", look="dark")``."""
    return tabs.open


@pytest.fixture
def site(tmp_path: Any) -> Iterator[MakeSite]:
    """Makes sites that are this test's own."""
    sites: list[Site] = []

    def make(seed: str, *, working: bool = False, settings: Mapping[str, object] | None = None) -> Site:
        sites.append(Site(made(seed), tmp_path / f"site-{len(sites)}", working=working, settings=settings))
        return sites[-1].start()

    yield make
    for each in sites:
        each.close()


def _shared(seed: str) -> Any:
    @pytest.fixture(scope="session", name=seed)
    def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        with Site(made(seed), tmp_path_factory.mktemp("shared") / seed) as one:
            yield one.start()

    shared.__doc__ = f"A site over the seed {seed!r}, for all tests that only look."
    return shared


empty = _shared("empty")
small = _shared("small")
thousand_assets = _shared("thousand_assets")
ten_thousand_runs = _shared("ten_thousand_runs")
long_run = _shared("long_run")
hostile = _shared("hostile")
