"""An asset that another program makes, in a process and an interpreter of its own; see README.md."""

import os
import sys
from pathlib import Path

from watchbell import (
    AssetCheckSpec,
    AssetExecutionContext,
    Config,
    Definitions,
    MaterializeResult,
    MetadataValue,
    PipesSubprocessClient,
    asset,
    define_asset_job,
)

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("PIPES_FOLDER", HERE / "out"))
# Any program will do; this one runs in the same interpreter, isolated from everything that is installed.
PROGRAM = [sys.executable, str(HERE / "program" / "warmest_days.py")]


class Look(Config):
    """What the program is asked."""

    days: int = 3
    source: str = str(HERE / "program" / "temperatures.csv")


@asset(
    group_name="stations",
    kinds={"subprocess"},
    check_specs=[AssetCheckSpec("plausible", asset="warmest_days", description="No day is hotter than any ever was.")],
)
def warmest_days(
    context: AssetExecutionContext, config: Look, pipes_subprocess_client: PipesSubprocessClient
) -> MaterializeResult:
    """The warmest days of each station, found by a program that reports what it does while it does it."""
    target = FOLDER / "warmest_days.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    return pipes_subprocess_client.run(
        command=PROGRAM,
        context=context,
        extras={"days": config.days, "source": config.source, "target": str(target)},
        env={"LC_ALL": "C.UTF-8"},
    ).get_materialize_result()


@asset(group_name="stations", deps=[warmest_days])
def summary() -> MaterializeResult:
    """One line on what the program found."""
    rows = (FOLDER / "warmest_days.csv").read_text().splitlines()[1:]
    text = f"{len(rows)} days; the warmest was {max(rows, key=lambda row: float(row.rsplit(',', 1)[1]))}"
    (FOLDER / "summary.txt").write_text(text + "\n")
    return MaterializeResult(metadata={"summary": MetadataValue.text(text)})


stations_job = define_asset_job("stations", selection=[warmest_days, summary])

defs = Definitions(
    assets=[warmest_days, summary],
    jobs=[stations_job],
    resources={"pipes_subprocess_client": PipesSubprocessClient()},
)
