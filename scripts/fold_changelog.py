"""Fold the fragments of ``changelog.d/`` into ``CHANGELOG.md`` and delete them.

A fragment is ``<slug>.<kind>.md``; the kinds and their order are ``KINDS``. The new section takes its version from
``pyproject.toml`` and goes above the older ones;
a version that has its section already is refused.
"""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = ("added", "changed", "fixed", "removed")
TITLE = "# Changelog\n"


def section(version: str, day: date, entries: Mapping[str, Sequence[str]]) -> str:
    """The Markdown of one release: a heading, then one list per kind that has entries."""
    parts = [f"## {version} ({day.isoformat()})\n"]
    for kind in KINDS:
        if entries.get(kind):
            bullets = [f"- {' '.join(text.split())}" for text in entries[kind]]
            parts.append("\n".join([f"### {kind.capitalize()}\n", *bullets, ""]))
    return "\n".join(parts)


def fold(changelog: str, new_section: str) -> str:
    """``changelog`` with ``new_section`` as its newest; an empty changelog gets its title first."""
    older = changelog.removeprefix(TITLE).lstrip("\n")
    return f"{TITLE}\n{new_section}" + (f"\n{older}" if older else "")


def read_fragments(folder: Path) -> dict[Path, tuple[str, str]]:
    """Each fragment with its kind and text, sorted by name.

    Raises:
        ValueError: a file's name does not end in one of the kinds.
    """
    found: dict[Path, tuple[str, str]] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        kind = path.suffixes[-2].removeprefix(".") if len(path.suffixes) > 1 else ""
        if kind not in KINDS:
            raise ValueError(f"{path.name}: a fragment is named <slug>.<{'|'.join(KINDS)}>.md")
        found[path] = (kind, path.read_text())
    return found


def main() -> int:
    """Fold what is there; without fragments nothing is written."""
    fragments = read_fragments(ROOT / "changelog.d")
    if not fragments:
        print("changelog.d holds no fragments; CHANGELOG.md stays as it is")
        return 0
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = ROOT / "CHANGELOG.md"
    entries = {kind: [text for each, text in fragments.values() if each == kind] for kind in KINDS}
    older = changelog.read_text() if changelog.exists() else ""
    if f"## {version} (" in older:
        print(f"CHANGELOG.md already has a section {version}: raise the version in pyproject.toml first")
        return 1
    changelog.write_text(fold(older, section(version, datetime.now(UTC).date(), entries)))
    for path in fragments:
        path.unlink()
    print(f"folded {len(fragments)} fragments into CHANGELOG.md under {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
