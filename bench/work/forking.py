"""Question: what does a step cost in a process of its own, beyond one in the run's process?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.work.report import child_cpu_seconds, command_line, emit, fresh_home

DEFINITIONS = Path(__file__).parent / "definitions" / "many_steps.py"


def main() -> None:
    """Arguments: how many steps the definitions have."""
    (count,) = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        home = fresh_home(Path(folder))
        execute = command_line("job", "execute", "-f", DEFINITIONS, "-j")
        child_cpu_seconds([*execute, "lone"], home)  # makes the database
        lone = child_cpu_seconds([*execute, "lone"], home)
        many = child_cpu_seconds([*execute, "many"], home)
    emit(f"forked-step-{count}", (many - lone) * 1000 / (count - 1), "ms cpu/step")


if __name__ == "__main__":
    main()
