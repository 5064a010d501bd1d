"""What the documents name is there, and what there is to know is in the documents."""

import json
import re
from pathlib import Path

import click
import pytest

from scripts.http_table import document_with
from scripts.make_openapi import description
from tests.house.sources import PACKAGE, ROOT
from watchbell.cli.dagster_flags import WITHOUT_EFFECT
from watchbell.cli.main import cli
from watchbell.record.settings import Settings

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


# ------------------------------------------------------------- references

SHARED_OPTIONS = {
    "--python-file",
    "--module-name",
    "--package-name",
    "--workspace",
    "--attribute",
    "--working-directory",
    "--location",
    "--json",
    "--help",
}


def commands() -> dict[str, click.Command]:
    """Every command that does something, by its words."""
    found: dict[str, click.Command] = {}

    def walk(group: click.Group, words: tuple[str, ...]) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                walk(command, (*words, name))
            elif not command.hidden:
                found[" ".join((*words, name))] = command

    walk(cli, ())
    return found


COMMANDS = commands()
CLI_SECTIONS = dict(
    re.findall(
        r"^### watchbell ([a-z]+(?: [a-z-]+)*)[^\n]*\n(.*?)(?=^##)",
        (ROOT / "docs" / "cli.md").read_text() + "\n##",
        flags=re.MULTILINE | re.DOTALL,
    )
)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_documented_with_its_options_and_an_example(words: str) -> None:
    section = CLI_SECTIONS[words]

    options = [each for each in COMMANDS[words].params if isinstance(each, click.Option) and not each.hidden]
    names = {name for each in options for name in (*each.opts, *each.secondary_opts) if name.startswith("--")}
    missing = {name for name in names - SHARED_OPTIONS if f"`{name}" not in section}
    assert missing == set()
    assert f"$ watchbell {words}" in section


def test_no_command_is_documented_that_is_not_there() -> None:
    assert CLI_SECTIONS.keys() - COMMANDS.keys() == set()


def test_the_options_that_commands_share_are_documented() -> None:
    shared = (ROOT / "docs" / "cli.md").read_text().partition("## The service")[0]

    assert {name for name in {*SHARED_OPTIONS, *WITHOUT_EFFECT} if f"`{name}" not in shared} == set()


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `?([^`|]+?)`? \|", (ROOT / "docs" / "settings.md").read_text(), flags=re.MULTILINE
    )

    as_yaml = {None: "none", True: "true", False: "false", (): "[]"}
    values = vars(Settings()).items()
    expected = {
        name: str(value) if type(value) in (int, float) else as_yaml.get(value, value) for name, value in values
    }
    assert dict(rows) == expected


def test_every_route_is_documented() -> None:
    told = document_with(json.loads(description()))

    assert told == (ROOT / "docs" / "http.md").read_text(), "run `make api-types`"


def test_every_file_of_the_package_is_named_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    by_group = {"cli", "api", "shapes", "migrations", "versions"}  # a sentence speaks of these files together

    files = [path for path in PACKAGE.rglob("*.py") if path.parent.name not in by_group and path.name[:2] != "__"]
    assert [str(path.relative_to(PACKAGE)) for path in files if not named_in(text, path)] == []


def named_in(text: str, path: Path) -> bool:
    """Whether a text has the file's name, or its stem, as a word in backticks or in a list of files."""
    return re.search(rf"\b{path.stem}(?:\.py\b|`)", text) is not None
