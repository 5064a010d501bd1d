"""What holds for every screen: one heading, landmarks, axe in all looks, nothing wider than the window."""

from __future__ import annotations

import pytest

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.screens import SCREENS
from tests.ui.screenshots import settled

EVERY = pytest.mark.parametrize("screen", SCREENS, ids=lambda each: each.name)


@EVERY
def test_axe_finds_nothing_in_any_look(small, browse, screen) -> None:
    page = browse(small, screen.address.format(**small.facts))
    settled(page, screen)

    for look in in_all_looks(page):
        check_accessible(page, look)


@EVERY
def test_there_is_one_heading_and_each_landmark_once(small, browse, screen) -> None:
    page = browse(small, screen.address.format(**small.facts))
    settled(page, screen)

    counts = {role: page.get_by_role(role).count() for role in ("main", "banner")}

    assert page.get_by_role("heading", level=1).count() == 1
    assert counts == {"main": 1, "banner": 1}


@EVERY
@pytest.mark.parametrize("width", [360, 640])
def test_nothing_is_wider_than_the_window(small, browse, screen, width) -> None:
    """640 pixels are also a window of 1,280 at a zoom of 200 %."""
    page = browse(small, screen.address.format(**small.facts), width=width)
    settled(page, screen)

    widths = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")

    assert widths[0] <= widths[1]


@EVERY
def test_the_first_content_comes_with_at_most_three_questions(small, browse, screen) -> None:
    page = browse(small)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(small.url)))
    page.goto(screen.address.format(**small.facts))
    settled(page, screen)

    own = [each for each in asked if not each.startswith(("/api/live", "/favicon"))]
    api = [each for each in own if each.startswith("/api/")]

    assert len(api) <= 3, api
    assert len(own) <= 10, own
