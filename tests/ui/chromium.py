"""Which Chromium the tests use: the one that is named, the system's, or Playwright's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import BrowserType

VARIABLE = "WATCHBELL_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ADVICE = (
    "no Chromium was found, and these tests are about what a browser shows. Get one: apt-get install chromium "
    f"(Debian, Ubuntu), or .venv/bin/playwright install chromium, or name one in {VARIABLE}"
)
ARGUMENTS = (
    "--no-sandbox",  # a container's root has none; the pages are our own
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
SHARING = ("--process-per-site",)
"""Tabs of one profile are drawn by one process, which has compiled our scripts already."""


class NoChromiumError(RuntimeError):
    """There is no browser on this machine; the message says how to get one."""


def find_chromium(kind: BrowserType) -> str:
    """The program's path.

    Args:
        kind: Playwright's ``chromium``.

    Raises:
        NoChromiumError: there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise NoChromiumError(f"{VARIABLE} is {named!r}, which is no file. {ADVICE}")
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    own = kind.executable_path
    if own and Path(own).is_file():
        return own
    raise NoChromiumError(ADVICE)
