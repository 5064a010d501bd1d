"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT

TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#|mailto:)([^)#\s]+)")


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/*.md")])


def named_files(text: str) -> list[str]:
    """The paths between backticks; what is no path (a command, a name) has neither a slash nor a known ending."""
    quoted = re.findall(r"`([^`\n]+)`", text)
    return [each for each in quoted if re.fullmatch(r"[\w./<>*-]+(?:/|\.(?:py|pyi|md|toml|html|typed))", each)]


def is_there(name: str) -> bool:
    """Whether a file is at ``name``, from the root or from the package; ``<kind>`` stands for any word."""
    pattern = re.sub(r"<[^>]+>", "*", name).rstrip("/")
    return any(next(folder.glob(pattern), None) is not None for folder in (ROOT, PACKAGE))


def test_where_names_only_files_that_exist() -> None:
    named = named_files((ROOT / "docs" / "where.md").read_text())

    assert len(named) > 0
    assert [name for name in named if not is_there(name)] == []


def test_the_readmes_two_commands_are_make_targets() -> None:
    commands = re.findall(r"^make ([a-z-]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE)

    assert {"demo", "test"} <= set(commands)
    assert set(commands) <= set(TARGETS)


def test_every_make_command_in_a_document_is_a_target() -> None:
    found = [
        f"{path.relative_to(ROOT)}: make {target}"
        for path in documents()
        for target in re.findall(r"`make ([a-z-]+)", path.read_text())
        if target not in TARGETS
    ]

    assert found == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_documents_links_lead_somewhere(path: Path) -> None:
    broken = [target for target in LINK.findall(path.read_text()) if not (path.parent / target).exists()]

    assert broken == []
