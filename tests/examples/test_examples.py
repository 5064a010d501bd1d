"""The example projects: each in a copy of its own, by its README's commands and by its own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if (path / "pyproject.toml").exists())
# The quickstart is a service that goes on; its README is tried by tests/services.
WITH_TESTS = [name for name in FOLDERS if name != "quickstart"]
LEFT_BEHIND = shutil.ignore_patterns("out", ".watchbell", "__pycache__", ".pytest_cache")


@pytest.fixture
def copy_of(tmp_path: Path):
    def copied(name: str) -> Path:
        return Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=LEFT_BEHIND))

    return copied


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in an example's folder, with a home of its own and this environment's commands."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "WATCHBELL_HOME": str(folder / "home"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # an example's tests need pytest alone, and plugins load slowly
    }
    (folder / "home").mkdir(exist_ok=True)
    return subprocess.run(  # the commands stand in this repository
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def commands_of(name: str) -> list[str]:
    """The first code block under "Try it" in an example's README: what a reader types."""
    _, _, try_it = (EXAMPLES / name / "README.md").read_text().partition("## Try it")
    (first, *_rest) = re.findall(r"^```\n(.*?)^```$", try_it, re.MULTILINE | re.DOTALL)
    return [line.strip() for line in first.splitlines() if line.strip()]


@pytest.mark.parametrize("name", WITH_TESTS)
def test_its_own_tests_pass(name: str, copy_of) -> None:
    ended = run(copy_of(name), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", FOLDERS)
def test_its_definitions_are_valid(name: str, copy_of) -> None:
    ended = run(copy_of(name), "watchbell", "definitions", "validate")

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", WITH_TESTS)
def test_the_first_commands_of_its_readme_work(name: str, copy_of) -> None:
    folder = copy_of(name)
    first, second, *_rest = commands_of(name)

    for command in (first, second):
        ended = run(folder, "sh", "-c", command)

        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
