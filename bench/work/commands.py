"""Question: what does one command cost, from the shell's prompt to the next one?"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.work.report import child_cpu_seconds, command_line, emit, fresh_home

DEFINITIONS = Path(__file__).parent / "definitions" / "jobs.py"


def main() -> None:
    """Runs each command once on a home folder that has been used before."""
    with tempfile.TemporaryDirectory() as folder:
        home = fresh_home(Path(folder))
        execute = command_line("job", "execute", "-f", DEFINITIONS, "-j")
        child_cpu_seconds([*execute, "ops_1_in_process"], home)  # makes the database
        emit("version", child_cpu_seconds(command_line("--version"), home) * 1000, "ms cpu")
        for count in (1, 10):
            for executor in ("in_process", "default"):
                job = f"ops_{count}_{executor}"
                emit(job.replace("_", "-"), child_cpu_seconds([*execute, job], home) * 1000, "ms cpu")
        one_asset = command_line("asset", "materialize", "-f", DEFINITIONS, "--select", "lone")
        emit("asset-materialize", child_cpu_seconds(one_asset, home) * 1000, "ms cpu")


if __name__ == "__main__":
    main()
