"""The commands beside `dagster` (`dagster-daemon`, `dagster-webserver`, `dg`…) are watchbell's, or say what to use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dagster
import watchbell

BIN = Path(sys.executable).parent
CODE = """
import dagster as dg

@dg.asset
def orders(): ...

@dg.op
def load(): ...

@dg.job(executor_def=dg.in_process_executor)
def etl(): load()

defs = dg.Definitions(assets=[orders], jobs=[etl])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "defs.py").write_text(CODE)
    return tmp_path


def run(folder: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WATCHBELL_HOME": str(folder / "home")}
    return subprocess.run(
        [BIN / program, *words], capture_output=True, text=True, check=False, timeout=60, cwd=folder, env=environment
    )


@pytest.mark.parametrize("program", ["dagster-daemon", "dagster-webserver", "dg"])
def test_the_version_names_both(folder: Path, program: str) -> None:
    done = run(folder, program, "--version")

    expected = f"{program}, version {dagster.__version__} (watchbell {watchbell.__version__})\n"
    assert (done.returncode, done.stdout) == (0, expected)


def test_the_daemon_takes_the_options_of_dagsters(folder: Path) -> None:
    done = run(folder, "dagster-daemon", "run", "--help")

    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--workspace", "--module-name", "--python-file"))


@pytest.mark.parametrize("program", ["dagster-webserver", "dagit"])
def test_the_page_is_for_this_machine_and_says_so(folder: Path, program: str) -> None:
    done = run(folder, program, "-h", "0.0.0.0", "-p", "0", "-f", "defs.py")

    assert done.returncode == 1
    assert "so this starts both" in done.stderr
    assert "or listen on 127.0.0.1" in done.stderr


def test_dg_lists_checks_and_launches(folder: Path) -> None:
    listed = run(folder, "dg", "list", "defs", "-f", "defs.py")
    checked = run(folder, "dg", "check", "defs", "-f", "defs.py")
    made = run(folder, "dg", "launch", "--assets", "orders", "-f", "defs.py")
    ran = run(folder, "dg", "launch", "--job", "etl", "-f", "defs.py")

    assert [each.returncode for each in (listed, checked, made, ran)] == [0, 0, 0, 0]
    assert "orders" in listed.stdout
    assert "etl" in listed.stdout
    assert "all definitions are sound" in checked.stdout
    assert "SUCCESS" in made.stdout
    assert "SUCCESS" in ran.stdout


def test_dg_dev_has_the_options_of_dev(folder: Path) -> None:
    done = run(folder, "dg", "dev", "--help")

    assert done.returncode == 0
    assert "--port" in done.stdout


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (["dg", "scaffold", "defs", "dagster.asset", "x.py"], "write definitions in Python"),
        (["dg", "check", "yaml"], "components are not taken over"),
        (["dg", "list", "components"], "components are not taken over"),
        (["dg", "plus", "login"], "no hosted service"),
        (["dagster-daemon", "liveness-check"], "dagster instance info"),
        (["dagster-daemon", "wipe"], "nothing has to be wiped"),
        (["dagster-graphql", "-t", "query"], "docs/http.md"),
        (["dagster", "project", "scaffold", "--name", "x"], "write a definitions.py"),
        (["dagster", "api", "grpc", "-f", "defs.py", "-h", "0.0.0.0", "-p", "4000"], "there are no code servers"),
        (["dagster", "api", "grpc-health-check", "-p", "4000"], "there are no code servers"),
        (["dagster", "code-server", "start", "-m", "x", "-p", "4000"], "there are no code servers"),
    ],
    ids=lambda value: "-".join(value[:3]) if isinstance(value, list) else "",
)
def test_what_has_no_counterpart_is_refused_with_what_to_use(folder: Path, words: list[str], instead: str) -> None:
    done = run(folder, *words)

    assert done.returncode == 2
    assert "not taken over" in done.stderr
    assert instead in done.stderr


def test_help_of_dg_tells_what_there_is(folder: Path) -> None:
    done = run(folder, "dg", "--help")

    assert done.returncode == 0
    assert "launch --assets" in done.stdout


def test_a_wrong_word_of_dg_ends_with_the_usage(folder: Path) -> None:
    done = run(folder, "dg", "no-such-word")

    assert done.returncode == 2
    assert done.stdout.startswith("Usage: dg dev")
