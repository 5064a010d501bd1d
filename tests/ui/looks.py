"""The ways a page can look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page, ViewportSize

WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
    "phone": ("light", NARROW),
    "dark phone": ("dark", NARROW),
}
"""Name: colour scheme and size."""


def in_all_looks(page: Page) -> Iterator[str]:
    """Gives the page one look after the other, light, dark and phone, and the name of each; then light again."""
    try:
        for name in ("light", "dark", "phone"):
            put_on(page, name)
            yield name
    finally:
        put_on(page, "light")


def put_on(page: Page, look: str) -> None:
    """Gives the page a look."""
    scheme, size = LOOKS[look]
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(size)
    # The page hears of it with its next frame; one that is looked at before is half in the one look, half in the other.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
