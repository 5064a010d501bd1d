"""``python -m tests.ui.screenshots [NAME…]``: the main screens over the seed ``small``, as docs/screens/*.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.ui.chromium import ARGUMENTS, NoChromiumError, find_chromium
from tests.ui.screens import ALL, Screen, settled
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from tests.ui.tabs import Tabs

FOLDER = Path(__file__).parents[2] / "docs" / "screens"


def picture(tabs: Tabs, site: Site, screen: Screen, look: str) -> Path:
    """Takes a picture; where it is."""
    page = tabs.open(site, screen.address.format(**site.facts), look=look, zone="UTC")
    settled(page, screen)
    path = FOLDER / f"{screen.name}{'' if look == 'light' else '-' + look.replace(' ', '-')}.png"
    page.screenshot(path=path, animations="disabled")
    return path


def main() -> int:
    """Takes all of them, or those named; the exit code."""
    wanted = [each for each in ALL if not sys.argv[1:] or each.name in sys.argv[1:]]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        try:
            path = find_chromium(playwright.chromium)
        except NoChromiumError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        with Site(made("small"), Path(scratch) / "site") as site:
            site.start()
            tabs = Tabs(browser)
            for screen in wanted:
                for look in screen.looks:
                    print(picture(tabs, site, screen, look).relative_to(FOLDER.parents[1]))
                tabs.close_all()
            for fault in tabs.faults:
                print(f"fault: {fault}", file=sys.stderr)
        browser.close()
    return 1 if tabs.faults else 0


if __name__ == "__main__":
    sys.exit(main())
