"""Watching source files, with real files."""

import os
import queue
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell.host import file_watch
from watchbell.host.file_watch import FileWatch

WAIT_SECONDS = 20
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONG_HENCE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def told() -> "queue.Queue[None]":
    return queue.Queue()


@pytest.fixture
def watch(told: "queue.Queue[None]") -> Iterator[FileWatch]:
    made = FileWatch(lambda: told.put(None))
    yield made
    made.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "defs.py"
    path.write_text("")
    return path


def established(watch: FileWatch, file: Path, told: "queue.Queue[None]") -> None:
    """Returns when changes are surely seen: each try writes once more until one is."""
    watch.watch([str(file)], LONG_HENCE)
    while told.empty():
        file.write_text(file.read_text() + "\n")
        try:
            told.get(timeout=0.5)
            return
        except queue.Empty:
            continue


def test_a_watched_file_that_changes_is_told(watch: FileWatch, file: Path, told: "queue.Queue[None]") -> None:
    established(watch, file, told)

    file.write_text("x = 1\n")

    assert told.get(timeout=WAIT_SECONDS) is None


def test_a_file_put_in_place_of_it_is_told(watch: FileWatch, file: Path, told: "queue.Queue[None]") -> None:
    """As many editors save."""
    established(watch, file, told)
    other = file.with_suffix(".tmp")
    other.write_text("x = 1\n")

    other.replace(file)

    assert told.get(timeout=WAIT_SECONDS) is None


def test_a_new_python_file_beside_it_is_told_and_data_is_not(
    watch: FileWatch, file: Path, told: "queue.Queue[None]"
) -> None:
    established(watch, file, told)

    assert watch._matters(str(file.with_name("more.py")))
    assert not watch._matters(str(file.with_name("landing.csv")))


def test_a_file_that_changed_before_it_was_watched_is_told_once(
    watch: FileWatch, file: Path, told: "queue.Queue[None]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watch, "ESTABLISH_SECONDS", 0.01)
    os.utime(file, (4e9, 4e9))  # and so late that every load is before it

    watch.watch([str(file)], LONG_AGO)
    told.get(timeout=WAIT_SECONDS)
    watch.watch([str(file)], LONG_AGO)
    assert watch._look is not None
    watch._look.join(WAIT_SECONDS)

    assert told.empty()


def test_a_watch_may_be_stopped_unstarted_and_twice(watch: FileWatch, file: Path) -> None:
    watch.stop()
    watch.stop()
    watch.watch([str(file)], LONG_AGO)

    assert watch._thread is None


def test_a_folder_that_is_gone_is_no_trouble(watch: FileWatch, tmp_path: Path) -> None:
    watch.watch([str(tmp_path / "gone" / "defs.py")], LONG_AGO)

    assert watch._thread is None
