"""What holds for every screen: few questions, one heading, landmarks, axe in all looks, nothing too wide."""

from __future__ import annotations

import pytest

from tests.ui.axe import violations
from tests.ui.budgets import BUDGETS
from tests.ui.looks import in_all_looks
from tests.ui.moves import moved, note_moves
from tests.ui.screens import ALL, DIALOGS, SCREENS, settled

NARROW = (360, 640)
"""Widths (pixels); the second is also a window of 1,280 at a zoom of 200 %."""
MOST = {each.name: each.at_most for each in BUDGETS if each.name in {"requests", "api-calls"}}
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"


@pytest.mark.parametrize("screen", ALL, ids=lambda each: each.name)
def test_it_asks_little_stands_still_is_accessible_in_every_look_and_fits_any_window(small, browse, screen) -> None:
    page = browse(small, allow=screen.allow)
    note_moves(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(small.url)))
    page.goto(screen.address.format(**small.facts))
    settled(page, screen)
    moves = moved(page)
    own = [each for each in asked if not each.startswith(("/api/live", "/favicon"))]
    counts = {role: page.get_by_role(role).count() for role in ("main", "banner")}
    headings = page.get_by_role("heading", level=1).count()

    found = {look: violations(page, look=look) for look in in_all_looks(page)}
    wider = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        content, window = page.evaluate(WIDTHS)
        wider += [(width, content)] if content > window else []

    assert [f"{look}: {each}" for look, those in found.items() for each in those] == []
    assert wider == []
    assert moves == []
    if not screen.steps:
        api = [each for each in own if each.startswith("/api/")]
        assert len(api) <= MOST["api-calls"], api
        assert len(own) <= MOST["requests"] + screen.later, own
        assert (headings, counts) == (1, {"main": 1, "banner": 1})


def test_every_picture_has_a_name_of_its_own() -> None:
    names = [each.name for each in ALL]

    assert sorted(set(names)) == sorted(names)
    assert {each.name for each in DIALOGS}.isdisjoint(each.name for each in SCREENS)
