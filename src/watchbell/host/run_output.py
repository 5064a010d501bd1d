"""Where a run worker's output goes: ``logs/<run id>/run.out`` and ``run.err`` below the home folder."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

TAIL_BYTES = 4_000
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def output_files(home: Path, run_id: str) -> tuple[Path, Path]:
    """The files for standard output and standard error of a run's process."""
    folder = home / "logs" / run_id
    return folder / "run.out", folder / "run.err"


def write_output_to_files(home: Path, run_id: str) -> None:
    """Lets this process write its output to the run's files from now on; another attempt appends.

    Raises:
        OSError: the files cannot be made.
    """
    for fd, path in zip((1, 2), output_files(home, run_id), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        os.dup2(opened, fd)
        os.close(opened)
    if isinstance(sys.stdout, io.TextIOWrapper):  # else somebody's own object, who knows what to do with it
        sys.stdout.reconfigure(line_buffering=True)  # to be read while the run goes on


def error_tail(home: Path, run_id: str) -> str:
    """The end of what a run's process wrote to standard error; empty if there is nothing."""
    try:
        with output_files(home, run_id)[1].open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            return file.read(TAIL_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
