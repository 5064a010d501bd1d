"""What the tortured backfill works on: the four years of the quickstart, a partition a day, and then a month.

The assets are the example's own. The source they are given leaves a line in ``executed`` for each day it is asked for,
and does not answer at first for some; values are loaded by an IO manager that leaves a line for each month. Runs are
killed, too; a service executes them again.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from watchbell import (
    Definitions,
    Failure,
    FilesystemIOManager,
    InitResourceContext,
    InputContext,
    IOManager,
    OutputContext,
    in_process_executor,
)

sys.path.append(str(Path(__file__).parents[2] / "examples" / "quickstart"))
from four_years import Source, weather_of_day, weather_of_month  # where it lies is known only now

FOLDER = Path(os.environ["TORTURE_FOLDER"])
EXECUTED_FILE = FOLDER / "executed"
FAILS_EVERY = 97
PACKAGE = find_spec("vega_datasets")
assert PACKAGE is not None
assert PACKAGE.submodule_search_locations is not None
SOURCE = Path(PACKAGE.submodule_search_locations[0]) / "_data" / "seattle-weather.csv"


def write_down(run_id: str, asset: str, partition_key: str) -> None:
    """One line an execution, written with one call, so that workers that end together do not mix."""
    with EXECUTED_FILE.open("a") as lines:
        lines.write(f"{run_id} {asset} {partition_key}\n")


class TorturedSource(Source):
    """The source, not there at first for one of 97 days."""

    _run_id: str = ""

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Remembers which run it is."""
        self._run_id = context.run_id or ""

    def row_of(self, day: str) -> dict[str, str]:
        """As the source, after a while."""
        write_down(self._run_id, "weather_of_day", day)
        tried = FOLDER / f"tried-{day}"
        if date.fromisoformat(day).toordinal() % FAILS_EVERY == 0 and not tried.exists():
            tried.touch()
            raise Failure("the source was not there")
        time.sleep(0.02)  # user code
        return super().row_of(day)


class WritingDown(IOManager):
    """Files, and a line for each step that loads what it is made from."""

    def __init__(self) -> None:
        self._files = FilesystemIOManager()

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """As for files."""
        self._files.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        """As for files."""
        assert context.step_context is not None
        write_down(context.step_context.run_id, "weather_of_month", context.step_context.partition_key)
        return self._files.load_input(context)


defs = Definitions(
    assets=[weather_of_day, weather_of_month],
    resources={"source": TorturedSource(path=str(SOURCE)), "io_manager": WritingDown()},
    executor=in_process_executor,
)
