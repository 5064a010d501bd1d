"""Seeds: homes full of a past, made once for what they are made from, and copied from then on."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.ui.moments import NOW
from watchbell.ground.clock import TEST_CLOCK_VARIABLE

HERE = Path(__file__).parent
CODE = HERE / "code"
SHOWN = Path(tempfile.gettempdir()) / "shop"
"""Where the code is loaded from, so that the paths that pages show are the same on every machine."""
SOURCE = HERE.parents[2] / "src" / "watchbell"
SHAPING = ("store", "record", "declare/partitions", "automate/backfills")
"""Rooms whose files decide what is stored, and how."""

KEEP_SECONDS = 6 * 3_600


@dataclass(frozen=True)
class Seed:
    """A home that was filled.

    Args:
        name: what it is called.
        home: the folder; copied, never used itself.
        modules: code locations, modules of ``seeds/code``.
        facts: names and ids that tests look for.
    """

    name: str
    home: Path
    modules: tuple[str, ...]
    facts: Mapping[str, str]


@cache
def made(name: str) -> Seed:
    """A seed, filled if that was not done yet for the code as it is.

    Args:
        name: a module of this folder, which has ``MODULES`` and ``fill(home) -> facts``.
    """
    modules = tuple(importlib.import_module(f"tests.ui.seeds.{name}").MODULES)
    shown_code()
    place = Path(tempfile.gettempdir()) / f"watchbell-seeds-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    folder = place / f"{name}-{_digest()}"
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of pytest begin with the same seed
        if not folder.is_dir():
            _remove_old(place, name)
            _fill(name, place / f"{name}.draft")
            (place / f"{name}.draft").rename(folder)
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return Seed(name, folder / "home", modules, facts)


@cache
def shown_code() -> Path:
    """The folder of the seeds' code at its neutral place; written if what is there is another's, or older."""
    with Path(f"{SHOWN}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        SHOWN.mkdir(mode=0o700, exist_ok=True)
        if SHOWN.stat().st_uid != os.getuid():
            raise PermissionError(f"{SHOWN} is another user's; the code of the seeds is to be copied there: remove it")
        for file in CODE.glob("*.py"):
            there = SHOWN / file.name
            if not there.is_file() or there.read_bytes() != file.read_bytes():
                draft = there.with_suffix(".draft")
                shutil.copyfile(file, draft)
                draft.rename(there)
    return SHOWN


def _remove_old(place: Path, name: str) -> None:
    """Not the newer ones: another checkout may be using those."""
    oldest = time.time() - KEEP_SECONDS
    for old in place.glob(f"{name}-*"):
        if old.stat().st_mtime < oldest:
            shutil.rmtree(old, ignore_errors=True)


def _fill(name: str, draft: Path) -> None:
    """In a process of its own, whose clock stands at the tests' moment."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("WATCHBELL_", "DAGSTER_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.seeds.making", name, str(draft)],
        cwd=HERE.parents[2],
        env={**variables, TEST_CLOCK_VARIABLE: NOW.isoformat(), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"the seed {name} cannot be made:\n{done.stdout}{done.stderr}"


@cache
def _digest() -> str:
    seen = hashlib.sha256()
    for folder in (HERE, *(SOURCE / each for each in SHAPING)):
        for file in sorted(folder.rglob("*.py")):
            seen.update(f"{file.relative_to(HERE.parents[2])}\0".encode())
            seen.update(file.read_bytes())
    return seen.hexdigest()[:12]


def main() -> int:
    """Fills the home of a seed: its name and folder are the arguments."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    facts = importlib.import_module(f"tests.ui.seeds.{name}").fill(folder / "home")
    (folder / "facts.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
