"""Commands run in this process, as a terminal would run them: words in; text, errors and an exit code out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from watchbell.cli import code
from watchbell.cli.main import main
from watchbell.instance import DagsterInstance

DEFINITIONS = '''
from watchbell import (
    Config,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorResult,
    SkipReason,
    asset,
    define_asset_job,
    in_process_executor,
    job,
    op,
    schedule,
    sensor,
)


class Limits(Config):
    rows: int
    name: str = "all"


@op
def load(context, config: Limits):
    context.log.info(f"loading {config.rows} rows of {config.name}")
    return config.rows


@op
def count(context, rows):
    context.log.info(f"there are {rows}")


@job(executor_def=in_process_executor, tags={"team": "weather"}, description="Loads and counts.")
def etl():
    count(load())


@op
def explode():
    raise ValueError("the disk is on fire")


@job(executor_def=in_process_executor)
def broken():
    explode()


@asset(group_name="raw", kinds={"csv"})
def orders():
    """What was ordered."""
    return [1, 2, 3]


@asset
def summary(orders):
    return len(orders)


@asset
def unlucky():
    raise ValueError("no luck")


nightly_assets = define_asset_job("nightly_assets", selection=[orders, summary], executor_def=in_process_executor)


@schedule(job=etl, cron_schedule="5 3 * * *", execution_timezone="Europe/Berlin")
def nightly(context):
    context.log.info("thinking")
    return RunRequest(
        run_key=f"{context.scheduled_execution_time:%Y-%m-%d}",
        run_config={"ops": {"load": {"config": {"rows": 3}}}},
        tags={"by": "night"},
    )


@sensor(job=etl, minimum_interval_seconds=2, default_status=DefaultSensorStatus.RUNNING)
def landing(context):
    number = int(context.cursor or 0)
    if number == 7:
        return SkipReason("seven is enough")
    if number == 13:
        raise RuntimeError("thirteen")
    return SensorResult(run_requests=[RunRequest(run_key=str(number))], cursor=str(number + 1))


defs = Definitions(
    assets=[orders, summary, unlucky],
    jobs=[etl, broken, nightly_assets],
    schedules=[nightly],
    sensors=[landing],
)
'''


@dataclass
class Said:
    """What a command printed, and how it ended.

    Args:
        code: exit code.
        out: on stdout.
        err: on stderr.
    """

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Its output, which is one JSON value and nothing else."""
        assert self.code == 0, self
        return json.loads(self.out)


class Terminal:
    """Runs commands in a project's folder.

    Args:
        folder: the current folder, with ``definitions.py`` in it.
        capsys: sees what is printed.
    """

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._capsys = capsys

    def run(self, *words: str) -> Said:
        """A command to its end; never lets a traceback through."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words), program="watchbell")
        out, err = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, out, err)

    def run_on_code(self, *words: str) -> Said:
        """The same with ``-f definitions.py``."""
        return self.run(*words, "-f", "definitions.py")

    def write(self, text: str, name: str = "definitions.py") -> Path:
        """Writes a file of the project."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def instance(self) -> DagsterInstance:
        """The home's instance; to be closed."""
        return DagsterInstance.from_home(self.home)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in a folder with definitions and a home; what loading code changes is put back."""
    modules, path = set(sys.modules), list(sys.path)
    made = Terminal(tmp_path, capsys)
    made.write(DEFINITIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(code, "STARTED_IN", tmp_path)
    monkeypatch.setenv("WATCHBELL_HOME", str(made.home))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    yield made
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(tmp_path) + os.sep):
            del sys.modules[name]
