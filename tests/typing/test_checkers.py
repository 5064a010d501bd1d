"""What mypy and pyright make of code that uses watchbell: signatures survive decorators, and every name is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from watchbell._names import HOMES

SAMPLES = sorted(Path(__file__).parent.glob("sample_*.py"))
# Lines that have to be refused, so that a checker that sees `Any` everywhere cannot pass.
MISTAKES = """
import dagster as dg


class Settings(dg.Config):
    limit: int


class Client(dg.ConfigurableResource):
    url: str


settings: str = Settings(limit=1).limit
client: int = Client(url="u").url
key: int = dg.AssetKey("a")
dg.op(retry_policy=5)
dg.RunRequest(run_key=5)
dg.RetryPolicy(max_retries="three")
wrong: int = dg.materialize([])
keys: int = dg.DailyPartitionsDefinition("2026-01-01").get_partition_keys()
dg.BackfillPolicy.multi_run("three")
dg.TimeWindowPartitionMapping(start_offset="one")
dg.PartitionKeyRange("a")
"""
MISTAKEN_LINES = range(12, 23)


def mypy(folder: Path, *files: Path) -> list[str]:
    """The errors mypy reports in these files, as ``file:line: …``."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context", "--strict"]
    command += ["--cache-dir", str(folder / "mypy"), "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, *map(str, files)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    names = {each.name for each in files}
    return [line for line in done.stdout.splitlines() if Path(line.split(":")[0]).name in names and ": error:" in line]


def pyright(*files: Path) -> list[tuple[str, int, str]]:
    """The errors pyright reports in these files: file, line, text."""
    command = [str(Path(sys.executable).with_name("basedpyright")), "--pythonpath", sys.executable]
    command += ["--level", "error", "--outputjson", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [(Path(each["file"]).name, each["range"]["start"]["line"] + 1, each["message"]) for each in found]


def all_names(package: str) -> str:
    """A file that imports every public name of a package and looks at each."""
    lines = [f"from {package} import {name} as {name}" for name in HOMES]
    return "\n".join(["import typing", *lines, *(f"typing.reveal_type({name})" for name in HOMES)]) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("typing")
    written = {"mistakes.py": MISTAKES.lstrip("\n"), "of_watchbell.py": all_names("watchbell")}
    written["of_dagster.py"] = all_names("dagster")
    for name, text in written.items():
        (folder / name).write_text(text)
    return [folder / name for name in written]


def test_mypy_accepts_right_code_refuses_wrong_code_and_finds_every_name(tmp_path: Path, files: list[Path]) -> None:
    found = [(Path(line.split(":")[0]).name, int(line.split(":")[1])) for line in mypy(tmp_path, *SAMPLES, *files)]

    assert {("mistakes.py", line) for line in MISTAKEN_LINES} == set(found)


def test_pyright_accepts_right_code_refuses_wrong_code_and_finds_every_name(files: list[Path]) -> None:
    found = pyright(*SAMPLES, *files)

    assert {("mistakes.py", line) for line in MISTAKEN_LINES} == {(name, line) for name, line, _ in found}
