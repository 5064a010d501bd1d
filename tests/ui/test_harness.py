"""The tests' own tools: they see what goes wrong."""

from __future__ import annotations

import pytest


def test_a_page_is_served_and_the_clock_stands(empty, browse) -> None:
    page = browse(empty, "/")

    assert page.evaluate("() => new Date().toISOString()") == "2026-05-12T09:12:30.000Z"


def test_the_console_is_watched(empty, browse, tabs) -> None:
    page = browse(empty, "/")
    page.evaluate("() => console.error('lost')")

    assert tabs.faults == ["console: lost"]

    tabs.watch(page).allow("lost")
