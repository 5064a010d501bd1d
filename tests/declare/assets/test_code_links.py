"""Assets that know where their code stands."""

from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    AnchorBasedFilePathMapping,
    AssetSpec,
    CodeReferencesMetadataValue,
    FilePathMapping,
    LocalFileCodeReference,
    UrlCodeReference,
    asset,
    link_code_references_to_git,
    with_source_code_references,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError

HERE = Path(__file__)
LABEL = "dagster/code_references"


@asset(metadata={"team": "shop"})
def orders() -> int:
    return 12


LINE = next(number for number, line in enumerate(HERE.read_text().splitlines(), 1) if line.startswith("@asset(meta"))


def references(definition: Any) -> list[Any]:
    specs = [definition] if isinstance(definition, AssetSpec) else definition.specs
    found = [spec.metadata[LABEL].code_references for spec in specs]
    return found[0] if len(found) == 1 else found


def test_an_asset_knows_its_file_and_line() -> None:
    (linked,) = with_source_code_references([orders])

    assert references(linked) == [LocalFileCodeReference(str(HERE), LINE)]
    assert linked.metadata_by_key[orders.key]["team"] is not None
    assert LABEL not in orders.metadata_by_key[orders.key]


def test_doing_it_twice_adds_nothing() -> None:
    linked = with_source_code_references(with_source_code_references([orders]))

    assert references(linked[0]) == [LocalFileCodeReference(str(HERE), LINE)]


def test_a_spec_has_no_function() -> None:
    spec = AssetSpec("elsewhere")

    assert with_source_code_references([spec]) == [spec]


def test_references_of_ones_own_are_kept() -> None:
    own = UrlCodeReference("https://example.org/notebook")

    @asset(metadata={LABEL: CodeReferencesMetadataValue([own])})
    def noted() -> int:
        return 1

    assert references(with_source_code_references([noted])[0])[0] == own


ANCHOR = AnchorBasedFilePathMapping(HERE, "src/shop/test_code_links.py")


@pytest.mark.parametrize(
    ("url", "platform", "expected"),
    [
        ("https://github.com/me/shop", None, "https://github.com/me/shop/tree/main/src/shop/test_code_links.py#L{}"),
        ("https://gitlab.com/me/shop/", None, "https://gitlab.com/me/shop/-/tree/main/src/shop/test_code_links.py#L{}"),
        ("https://git.me.org/shop", "gitlab", "https://git.me.org/shop/-/tree/main/src/shop/test_code_links.py#L{}"),
    ],
)
def test_files_become_links(url: str, platform: Any, expected: str) -> None:
    linked = link_code_references_to_git(with_source_code_references([orders]), url, "main", ANCHOR, platform)

    assert references(linked[0]) == [UrlCodeReference(expected.format(LINE))]


def test_an_address_that_does_not_say_what_runs_there_is_refused() -> None:
    with pytest.raises(ValueError, match="give platform='github' or 'gitlab'"):
        link_code_references_to_git([orders], "https://git.me.org/shop", "main", ANCHOR)


def test_links_and_assets_without_references_stay_as_they_are() -> None:
    spec = AssetSpec("a", metadata={LABEL: CodeReferencesMetadataValue([UrlCodeReference("https://x")])})

    linked = link_code_references_to_git([orders, spec], "https://github.com/me/shop", "main", ANCHOR)

    assert LABEL not in linked[0].metadata_by_key[orders.key]
    assert linked[1] == spec


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a/b/c.py", "repo/b/c.py"), ("/a/b/d/e.py", "repo/b/d/e.py"), ("/a/x.py", "repo/x.py")],
)
def test_files_lie_there_as_they_lie_here(path: str, expected: str) -> None:
    mapping = AnchorBasedFilePathMapping(
        local_file_anchor=Path("/a/b/c.py"), file_anchor_path_in_repository="repo/b/c.py"
    )

    assert mapping.convert_to_source_control_path(Path(path)) == expected


def test_a_file_outside_is_refused() -> None:
    mapping = AnchorBasedFilePathMapping(Path("/a/b/c.py"), "repo/b/c.py")

    with pytest.raises(DagsterInvalidDefinitionError, match="does not lie below /a"):
        mapping.convert_to_source_control_path(Path("/z/y.py"))


def test_a_mapping_of_ones_own_is_used() -> None:
    class Flat(FilePathMapping):
        def convert_to_source_control_path(self, local_path: Path) -> str:
            return local_path.name

    linked = link_code_references_to_git(
        with_source_code_references([orders]), "https://github.com/me/shop", "v1", Flat()
    )

    assert references(linked[0]) == [UrlCodeReference(f"https://github.com/me/shop/tree/v1/test_code_links.py#L{LINE}")]


def test_what_is_no_asset_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="a member of assets_defs"):
        with_source_code_references([5])  # type: ignore[list-item]
