"""Accessibility as far as a program can see it: axe-core, rules of WCAG 2.2 A and AA and best practice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that can find in one colour scheme what they do not find in the other: only colours differ."""
RUN = """async ([runOnly, within]) => {
  const how = { runOnly, resultTypes: ["violations"] };
  const found = await axe.run(within ?? document, how);
  const told = (node) => {
    const why = [...node.any, ...node.all, ...node.none].map((it) => it.message).join("; ");
    return `\\n    ${node.target.join(" ")}: ${node.html.slice(0, 200)}\\n      ${why}`;
  };
  return found.violations.map((it) => `${it.id} (${it.impact}): ${it.help}${it.nodes.map(told).join("")}`);
}"""


@cache
def _source() -> str:
    if not AXE.is_file():
        raise FileNotFoundError(f"{AXE} is not there; get what the UI is built with: make build-ui")
    return AXE.read_text(encoding="utf-8")


def violations(page: Page, within: str | None = None, *, look: str = "") -> list[str]:
    """Which rules the page breaks, and where.

    Args:
        page: the page as it is now.
        within: a CSS selector, to look at one part only.
        look: how it looks; of ``dark``, which comes after ``light``, only its colours are looked at.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())  # a way that the page's content policy has no part in
    only = {"type": "rule", "values": COLOURS} if look == "dark" else {"type": "tag", "values": TAGS}
    return list(page.evaluate(RUN, [only, within]))


def check_accessible(page: Page, look: str = "", within: str | None = None) -> None:
    """Fails if the page breaks any rule.

    Args:
        page: the page as it is now.
        look: how it looks, as of ``violations``.
        within: a CSS selector, to look at one part only.
    """
    broken = violations(page, within, look=look)

    assert broken == [], f"{page.url} {look}:\n" + "\n".join(broken)
