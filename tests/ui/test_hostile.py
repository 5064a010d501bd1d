"""Every text that users can write, in every screen: it is shown as text, and does nothing."""

from __future__ import annotations

import re

import pytest

from tests.ui.axe import check_accessible
from tests.ui.screens import SCREENS

INERT = """(mark) => {
  const all = (what) => [...document.querySelectorAll(what)];
  return {
    ran: window[mark] !== undefined,
    scripts: all("script:not([src]):not([type='application/json'])").map((it) => it.outerHTML),
    handlers: all("*").flatMap((it) => it.getAttributeNames().filter((name) => /^on/i.test(name))),
    links: all("a[href]").map((it) => it.protocol).filter((it) => !/^(https?|mailto|blob):$/.test(it)),
    foreign: all("img, iframe, object, embed").map((it) => it.src ?? "").filter((it) => it && !it.startsWith(origin)),
  };
}"""


@pytest.mark.parametrize("screen", [each for each in SCREENS if each.hostile is not None], ids=lambda each: each.name)
def test_hostile_text_is_inert(hostile, browse, screen) -> None:
    page = browse(hostile, screen.hostile.format(**hostile.facts))
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_function("() => document.querySelector('[aria-busy=true]') === null")

    found = page.evaluate(INERT, hostile.facts["mark"].removeprefix("window."))

    assert found == {"ran": False, "scripts": [], "handlers": [], "links": [], "foreign": []}


@pytest.mark.parametrize("screen", [each for each in SCREENS if each.hostile is not None], ids=lambda each: each.name)
def test_long_and_strange_text_stays_in_its_place(hostile, browse, screen) -> None:
    page = browse(hostile, screen.hostile.format(**hostile.facts), look="phone")
    page.get_by_role("heading", level=1).wait_for()

    widths = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")

    assert widths[0] <= widths[1], "the page is wider than the phone"
    check_accessible(page, "phone")


def test_the_first_data_cannot_end_their_script(hostile) -> None:
    html = hostile.get("/runs").text
    [data] = re.findall(r'<script type="application/json" id="first">(.*?)</script>', html, flags=re.DOTALL)

    assert "<" not in data
