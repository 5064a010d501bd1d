"""What can be pressed above a page's content: once it is seen it stays where it is, or a click goes elsewhere."""

from __future__ import annotations

from playwright.sync_api import Page

LEAST_PX = 3
"""What a finger does not notice (pixels)."""
CONTROLS = ".frame-head a, .frame-head button, nav a, .page-head a, .page-head button, .tabs a, .query-bar input"
NOTED = """(() => {
  const seen = new Map(), moved = globalThis.movedControls = [];
  const look = () => {
    for (const it of document.querySelectorAll("%s")) {
      const { x, y, width } = it.getBoundingClientRect(), before = seen.get(it);
      if (width === 0) continue;
      if (before && Math.hypot(x - before.x, y - before.y) > %d)
        moved.push(`${it.textContent.trim() || it.tagName}: ${before.x},${before.y} -> ${x},${y}`);
      seen.set(it, { x, y });
    }
  };
  const all = { childList: true, subtree: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, all);
})()"""


def note_moves(page: Page) -> None:
    """Notes from the next address on what moves; call it before the page is opened."""
    page.add_init_script(NOTED % (CONTROLS, LEAST_PX))


def moved(page: Page) -> list[str]:
    """What could be pressed and moved since: its text, from where to where (pixels)."""
    return list(page.evaluate("() => globalThis.movedControls"))
