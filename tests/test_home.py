"""The home folder: named by the environment, with a key that is made once."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchbell.ground.errors import DagsterHomeNotSetError, DagsterInvariantViolationError, StoreDamagedError
from watchbell.home import KEY_BYTES, KEY_FILE, HomeFolder, home_of_environment


def test_watchbells_own_variable_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))

    assert home_of_environment() == tmp_path


def test_dagsters_variable_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))

    assert home_of_environment() == tmp_path


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_home_the_way_out_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("WATCHBELL_HOME", value)

    with pytest.raises(DagsterHomeNotSetError, match="export WATCHBELL_HOME"):
        home_of_environment()


def test_a_relative_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", "somewhere")

    with pytest.raises(DagsterInvariantViolationError, match="absolute path"):
        home_of_environment()


def test_a_home_that_is_no_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))

    with pytest.raises(DagsterInvariantViolationError, match="DAGSTER_HOME is .* which is no folder"):
        home_of_environment()


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = HomeFolder(tmp_path).signing_key()

    assert len(key) == KEY_BYTES
    assert HomeFolder(tmp_path).signing_key() == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]


def test_processes_that_race_for_the_key_read_the_same(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from watchbell.home import HomeFolder; sys.stdin.readline(); "
        "print(HomeFolder(Path(sys.argv[1])).signing_key().hex())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]

    keys = {process.communicate("go\n", timeout=60)[0].strip() for process in processes}

    assert keys == {HomeFolder(tmp_path).signing_key().hex()}


def test_a_key_of_another_length_is_told(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")

    with pytest.raises(StoreDamagedError, match="5 bytes"):
        HomeFolder(tmp_path).signing_key()


def test_homes_without_a_key_file_have_the_key_of_the_process(tmp_path: Path) -> None:
    home = HomeFolder(tmp_path, has_key_file=False)

    assert home.signing_key() == HomeFolder(tmp_path, has_key_file=False).signing_key()
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_is_made_when_asked_for_and_removed_when_closed() -> None:
    home = HomeFolder(None)
    folder = home.subfolder("storage")
    assert folder.is_dir()

    home.close()
    home.close()

    assert not home.path.exists()


def test_a_folder_that_was_given_stays(tmp_path: Path) -> None:
    HomeFolder(tmp_path).close()

    assert tmp_path.exists()


def test_a_forked_child_leaves_the_temporary_folder_to_its_parent() -> None:
    home = HomeFolder(None)
    folder = home.path
    child = os.fork()
    if child == 0:
        home.close()
        os._exit(0)
    os.waitpid(child, 0)

    assert folder.exists()
    home.close()
