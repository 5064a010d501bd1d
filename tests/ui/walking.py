"""A person's way through the pages, counted."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Self

from playwright.sync_api import Error, Locator, Page

AGAIN_MS = 1_000
FOCUSED = "(it) => [it.isConnected, it === document.activeElement]"


class Walk:
    """Does what a person does, and counts it.

    Args:
        page: where.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        """Clicks so far."""
        self.keys = 0
        """Keys pressed so far; those that write text into a field are not counted."""

    def click(self, role: Any, name: str | re.Pattern[str], *, exact: bool = False) -> Self:
        """A click on what has this role and name; the first one, where there are several."""
        return self.choose(self.page.get_by_role(role, name=name, exact=exact).first)

    def choose(self, what: Locator, **options: Any) -> Self:
        """A click on ``what``."""
        what.click(**options)
        self.clicks += 1
        return self

    def press(self, keys: str) -> Self:
        """Keys one after the other, as ``"g r"`` or ``"Control+k"``."""
        for key in keys.split(" "):
            self.page.keyboard.press(key)
            self.keys += 1
        return self

    def type(self, text: str) -> Self:
        """Text, into what has the focus."""
        self.page.keyboard.type(text)
        return self

    def tab_to(self, what: Locator, at_most: int = 60) -> Self:
        """Tab, until ``what`` has the focus; each is a key."""
        wanted = what.element_handle()
        for _ in range(at_most):
            self.press("Tab")
            is_there, is_focused = self.page.evaluate(FOCUSED, wanted)
            if not is_there:  # drawn anew
                wanted = what.element_handle()
                _, is_focused = self.page.evaluate(FOCUSED, wanted)
            if is_focused:
                return self
        raise AssertionError(f"{what} cannot be reached with {at_most} tabs")


def try_again(page: Page) -> None:
    """Presses "Retry" until no part of the page offers it; a part may find out by itself just then that all is well."""
    retry = page.get_by_role("button", name="Retry", exact=True)
    while retry.count() > 0:
        with suppress(Error):
            retry.first.click(timeout=AGAIN_MS)
