"""Question: what does ``import`` cost, and a file that declares ops, assets and a schedule?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.work.report import child_cpu_seconds, emit

DECLARATIONS = Path(__file__).parent / "definitions" / "declared.py"
FOOTPRINT = """
import sys
before = set(sys.modules)
import dagster
import resource
print(len(set(sys.modules) - before), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Measures start-up in children of this interpreter."""
    python = sys.executable
    empty = child_cpu_seconds([python, "-c", "pass"])
    package = child_cpu_seconds([python, "-c", "import dagster"])
    emit("empty-interpreter", empty * 1000, "ms cpu")
    emit("import", package * 1000, "ms cpu")
    emit("import-times-empty", package / empty, "x")
    emit("declaring-file", child_cpu_seconds([python, DECLARATIONS]) * 1000, "ms cpu")
    modules, megabytes = subprocess.run(
        [python, "-c", FOOTPRINT], capture_output=True, text=True, check=True
    ).stdout.split()
    emit("modules", float(modules), "modules")
    emit("memory", float(megabytes), "MB")


if __name__ == "__main__":
    main()
