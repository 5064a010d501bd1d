"""``python -m bench.ui_budgets``: what the pages cost, written to docs/ui-budgets.md with Dagster's figures beside."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.ui.baseline import Baseline
from tests.ui.budgets import BUDGETS, Budget, Scales
from tests.ui.chromium import ARGUMENTS, NoChromiumError, find_chromium
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from watchbell.web.static_files import folder_of_pages

PAGE = Path(__file__).parents[1] / "docs" / "ui-budgets.md"
HEAD = """# What the pages cost

Written by `make ui-budgets`; the table is `tests/ui/budgets.py`, and `make test-ui` fails when a limit is passed. Bytes
and counts are exact. Times are ratios to a tiny page made with React (`ui/baseline`: thirty rows with a button each),
measured in turn with it in the same browser, the least of several rounds each. Dagster's figures are of release
1.13.27 in the same way, on the same sort of machine.

| what | here | limit | Dagster |
|---|---|---|---|
"""


def figure(value: float, unit: str) -> str:
    """A figure with its unit."""
    text = f"{value:.0f}" if not unit else f"{value:.1f}"
    return f"{text} {unit}".strip()


def row(budget: Budget, value: float) -> str:
    """A line of the table."""
    limit = f"{budget.at_most:g} {budget.unit}".strip()
    return f"| {budget.what} | {figure(value, budget.unit)} | {limit} | {budget.dagster or 'not measured'} |"


def parts_table(scales: Scales) -> str:
    """What is loaded when."""
    first, later = scales.parts
    lines = ["", "| part | JavaScript, gzip | CSS, gzip |", "|---|---|---|"]
    for part in (first, *sorted(later, key=lambda each: -each.js_bytes)):
        name = part.name.removeprefix("src/").removesuffix(".tsx")
        lines.append(f"| {name} | {part.js_bytes / 1000:.1f} kB | {part.css_bytes / 1000:.1f} kB |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures all of them; the exit code is 1 if one is passed."""
    with ExitStack() as ending:
        playwright = ending.enter_context(sync_playwright())
        scratch = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        try:
            path = find_chromium(playwright.chromium)
        except NoChromiumError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        sites: dict[str, Site] = {}

        def site(seed: str) -> Site:
            if seed not in sites:
                sites[seed] = ending.enter_context(Site(made(seed), scratch / seed)).start()
            return sites[seed]

        baseline = ending.enter_context(Baseline(scratch / "baseline"))
        scales = Scales(browser, baseline, folder_of_pages(), site)
        lines, passed = [], 0
        for budget in BUDGETS:
            value = scales.figure_of(budget)
            passed += value > budget.at_most
            lines.append(row(budget, value))
            print(lines[-1], flush=True)
        machine = f"Chromium {browser.version}, Python {platform.python_version()}, {os.cpu_count()} cores"
        PAGE.write_text(
            HEAD + "\n".join(lines) + f"\n\nMeasured with {machine}.\n" + parts_table(scales), encoding="utf-8"
        )
        browser.close()
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
