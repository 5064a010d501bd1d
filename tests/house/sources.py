"""The project's own source files, parsed once, for the tests of the house rules."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "watchbell"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file below ``src/watchbell``."""

    path: str  # relative to src/watchbell, with slashes: "ground/cron.py"
    module: str  # "watchbell.ground.cron"
    text: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        """The folder directly under ``watchbell``, or the stem of a file that lies there itself."""
        return self.path.split("/")[0].removesuffix(".py")


def paths() -> Iterator[tuple[Path, str]]:
    """All Python files of the package with their modules' names, sorted by path."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("watchbell", *path.relative_to(PACKAGE).with_suffix("").parts)
        yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> tuple[Source, ...]:
    """All Python files of the package, sorted by path."""
    found = []
    for path, module in paths():
        text = path.read_text()
        found.append(Source(path.relative_to(PACKAGE).as_posix(), module, text, ast.parse(text, str(path))))
    return tuple(found)


def functions(source: Source) -> Iterator[tuple[str, Function]]:
    """Every function of a file with its dotted name inside it (``Class.method``, ``outer.inner``)."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield prefix + child.name, child
                yield from walk(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")
            else:
                yield from walk(child, prefix)

    yield from walk(source.tree, "")


@cache
def committed_files() -> tuple[Path, ...]:
    """The files git knows of; in an unpacked sdist, which has no git, all files that are not generated."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        generated = ("dist/", "build/", ".")
        paths = [path for path in ROOT.rglob("*") if not path.relative_to(ROOT).as_posix().startswith(generated)]
    return tuple(sorted(path for path in paths if path.is_file()))
