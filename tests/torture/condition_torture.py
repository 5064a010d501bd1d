"""Kills the service, its hosts, the processes that evaluate conditions and runs, while conditions make assets.

    python -m tests.torture.condition_torture --seed 1 --kills 40

The service works on two code locations (``conditions/one.py``, ``two.py``); what happens from outside is a script
(``conditions/script.py``), which says of each step what conditions ask for because of it. First it lives undisturbed,
then it is killed again and again: both lives ask for exactly the same, as often. A failing run prints its seed; the
moments of the kills follow from it, though not what the machine makes of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.torture.conditions.life import Life, Report
from tests.torture.conditions.script import LONG, Step
from tests.torture.conditions.stored import check


def torture(seed: int, kills: int, folder: Path, steps: Sequence[Step] = LONG) -> Report:
    """A life of the script with so many kills, and what is left of it.

    Args:
        seed: of the moments.
        kills: how often the service is killed (count); 0: nobody is.
        folder: for the home and for what user code writes; empty, or not there.
        steps: the script.
    """
    life = Life(folder, seed, kills, steps)
    report = life.live()
    check(life)
    return report


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description="kill -9 whatever evaluates conditions, again and again")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=40)
    arguments.add_argument("--alone", action="store_true", help="without the undisturbed life")
    given = arguments.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        asked = None
        for kills in (given.kills,) if given.alone else (0, given.kills):
            place = Path(folder) / str(kills)
            report = torture(given.seed, kills, place)
            if asked is not None and asked != report.asked:
                report.violations.append("the undisturbed life asked for something else")
            asked = report.asked
            if report.violations:
                sys.stderr.write((place / "service.log").read_text()[-5_000:])
            is_good = is_good and not report.violations
            counts = [sum(each.values()) for each in report.asked]
            sys.stdout.write(json.dumps(asdict(report) | {"asked": counts}, indent=2) + "\n")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
