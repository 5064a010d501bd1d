"""What goes wrong in a page without anybody seeing it: noted, and a failure at the end of the test."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

GOOD_BELOW = 400
LEFT = ("net::ERR_ABORTED",)
"""A request that ended because the page was left, or the stream because its tab was closed."""
POLICY = """document.addEventListener("securitypolicyviolation", (it) =>
  console.error(`content policy: ${it.violatedDirective} ${it.blockedURI}`));"""
"""The browser's own message names no address in every case; this one does."""


class Watch:
    """Notes the faults of a page.

    Args:
        page: the page.
        allowed: patterns of faults that the test is about.
    """

    def __init__(self, page: Page, allowed: Iterable[str] = ()) -> None:
        self._faults: list[str] = []
        self._allowed = [re.compile(each) for each in allowed]
        page.add_init_script(POLICY)
        page.on("console", self._console)
        page.on("pageerror", self._thrown)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def allow(self, *patterns: str) -> None:
        """From now on (and until now) faults like these are none."""
        self._allowed += [re.compile(each) for each in patterns]

    @property
    def faults(self) -> list[str]:
        """What went wrong and was not allowed, in order."""
        return [each for each in self._faults if not any(pattern.search(each) for pattern in self._allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        # Chromium repeats there what "requestfailed" and "response" tell with the address.
        if not message.text.startswith("Failed to load resource"):
            self._faults.append(f"console: {message.text}")

    def _thrown(self, error: Error) -> None:
        self._faults.append(f"thrown: {error}")

    def _failed(self, request: Request) -> None:
        if request.failure not in LEFT:
            self._faults.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= GOOD_BELOW:
            self._faults.append(f"answered {response.status}: {response.request.method} {response.url}")
