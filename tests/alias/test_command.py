"""The command `dagster`, and `python -m dagster`, are watchbell's under the old name."""

import subprocess
import sys
from pathlib import Path

import pytest

import dagster
import watchbell

SPELLINGS = [[str(Path(sys.executable).with_name("dagster"))], [sys.executable, "-m", "dagster"]]


def run(command: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", SPELLINGS, ids=["script", "module"])
def test_the_version_names_both(command: list[str]) -> None:
    done = run(command, "--version")

    expected = f"dagster, version {dagster.__version__} (watchbell {watchbell.__version__})\n"
    assert (done.returncode, done.stdout) == (0, expected)


@pytest.mark.parametrize("command", SPELLINGS, ids=["script", "module"])
def test_the_help_speaks_under_the_name_it_was_called_by(command: list[str]) -> None:
    done = run(command, "--help")

    called_by = "dagster" if command == SPELLINGS[0] else "python -m dagster"
    assert (done.returncode, done.stdout.splitlines()[0].strip()) == (
        0,
        f"Usage: {called_by} [OPTIONS] COMMAND [ARGS]...",
    )


@pytest.mark.parametrize(
    "words", [["dev"], ["job", "execute"], ["asset", "materialize"], ["definitions", "validate"]], ids=" ".join
)
def test_a_command_that_dagster_has_is_there(words: list[str]) -> None:
    done = run(SPELLINGS[0], *words, "--help")

    assert done.returncode == 0, done.stderr
    assert f"dagster {' '.join(words)}" in done.stdout


def test_a_command_that_is_not_there_is_refused() -> None:
    done = run(SPELLINGS[0], "no-such-command")

    assert done.returncode == 2
    assert "no-such-command" in done.stderr
