"""Folding changelog fragments."""

from datetime import date
from pathlib import Path

import pytest

from scripts.fold_changelog import fold, read_fragments, section


def test_a_section_lists_kinds_in_their_order_with_one_line_per_entry() -> None:
    text = section("1.2.0", date(2026, 3, 1), {"fixed": ["One\nline.\n"], "added": ["First.", "Second."]})

    assert text == "## 1.2.0 (2026-03-01)\n\n### Added\n\n- First.\n- Second.\n\n### Fixed\n\n- One line.\n"


def test_the_newest_section_comes_first() -> None:
    once = fold("", "## 1 (2026-01-01)\n\n- a\n")

    twice = fold(once, "## 2 (2026-02-01)\n\n- b\n")

    assert twice == "# Changelog\n\n## 2 (2026-02-01)\n\n- b\n\n## 1 (2026-01-01)\n\n- a\n"


def test_fragments_are_read_with_their_kind_and_the_readme_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "new-door.added.md").write_text("A door.")

    assert read_fragments(tmp_path) == {tmp_path / "new-door.added.md": ("added", "A door.")}


def test_a_fragment_of_unknown_kind_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "new-door.improved.md").write_text("A door.")

    with pytest.raises(ValueError, match=r"new-door\.improved\.md: a fragment is named"):
        read_fragments(tmp_path)


def test_the_projects_own_fragments_are_well_named() -> None:
    folder = Path(__file__).parents[2] / "changelog.d"

    assert {kind for kind, _ in read_fragments(folder).values()} <= {"added", "changed", "fixed", "removed"}
