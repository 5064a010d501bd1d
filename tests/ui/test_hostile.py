"""Every text that users can write, in every screen: it is shown as text, and does nothing."""

from __future__ import annotations

import re

import pytest

from tests.ui.axe import check_accessible
from tests.ui.looks import put_on
from tests.ui.screens import ALL, settled

INERT = """(mark) => {
  const all = (what) => [...document.querySelectorAll(what)];
  return {
    ran: window[mark] !== undefined,
    scripts: all("script:not([src]):not([type='application/json'])").map((it) => it.outerHTML),
    handlers: all("*").flatMap((it) => it.getAttributeNames().filter((name) => /^on/i.test(name))),
    links: all("a").map((it) => it.href?.baseVal ?? it.href).filter((it) => it)
      .map((it) => new URL(it, location).protocol).filter((it) => !/^(https?|mailto|blob):$/.test(it)),
    foreign: all("img, iframe, object, embed").map((it) => it.src ?? "").filter((it) => it && !it.startsWith(origin)),
  };
}"""
TELLING = tuple(each for each in ALL if each.hostile is not None)


@pytest.mark.parametrize("screen", TELLING, ids=lambda each: each.name)
def test_hostile_text_is_inert_and_stays_in_its_place(hostile, browse, screen) -> None:
    page = browse(hostile, screen.hostile.format(**hostile.facts))
    settled(page, screen, is_small=False)
    found = page.evaluate(INERT, hostile.facts["mark"].removeprefix("window."))
    put_on(page, "phone")
    content, window = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")

    assert found == {"ran": False, "scripts": [], "handlers": [], "links": [], "foreign": []}
    assert content <= window, "the page is wider than the phone"
    if screen.looks:  # those of each sort of view; all of them with tame text: test_every_screen
        check_accessible(page, "phone")


def test_the_first_data_cannot_end_their_script(hostile) -> None:
    html = hostile.get("/runs").text
    [data] = re.findall(r'<script type="application/json" id="first">(.*?)</script>', html, flags=re.DOTALL)

    assert "<" not in data
