"""Assets that know where their code stands: in files of this machine, or in a repository on the web."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.code_place import begins_at
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass
from watchbell.record.code_references import (
    CODE_REFERENCES_LABEL,
    CodeReference,
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    UrlCodeReference,
)

Platform = Literal["github", "gitlab"]
# Between the repository's address and the branch.
TREE = {"github": "tree", "gitlab": "-/tree"}


class FilePathMapping(ABC):
    """Where a file of this machine stands in the repository. Base class of the one below, and of your own.

    Example:
        >>> class Flat(FilePathMapping):
        ...     def convert_to_source_control_path(self, local_path):
        ...         return local_path.name
    """

    @abstractmethod
    def convert_to_source_control_path(self, local_path: Path) -> str:
        """The path inside the repository, with slashes.

        Args:
            local_path: the file on this machine.
        """


@dataclass(frozen=True)
class AnchorBasedFilePathMapping(FilePathMapping):
    """Files lie in the repository as they lie here, relative to one file whose place there is known.

    Args:
        local_file_anchor: that file on this machine.
        file_anchor_path_in_repository: the same file in the repository, with slashes.

    Example:
        >>> from pathlib import Path
        >>> mapping = AnchorBasedFilePathMapping(Path("/app/shop/defs.py"), "src/shop/defs.py")
        >>> mapping.convert_to_source_control_path(Path("/app/shop/assets/orders.py"))
        'src/shop/assets/orders.py'
    """

    local_file_anchor: Path
    file_anchor_path_in_repository: str

    def convert_to_source_control_path(self, local_path: Path) -> str:
        """The path inside the repository, with slashes; see :class:`FilePathMapping`."""
        here, there = list(self.local_file_anchor.parts), list(Path(self.file_anchor_path_in_repository).parts)
        while here and there and here[-1] == there[-1]:  # the end that both share says nothing about the beginning
            here.pop()
            there.pop()
        local_root, remote_root = Path(*here), Path(*there)
        try:
            inside = local_path.relative_to(local_root)
        except ValueError as error:
            raise DagsterInvalidDefinitionError(
                f"{local_path} does not lie below {local_root}, which is the repository's {remote_root.as_posix()!r} "
                f"by the anchor {self.local_file_anchor}; use a FilePathMapping of your own",
                path=str(local_path),
            ) from error
        return (remote_root / inside).as_posix()


def with_source_code_references(assets_defs: Sequence[AssetsDefinition | AssetSpec | SourceAsset]) -> Sequence[Any]:
    """Assets that know the file and line of the function that makes them.

    Args:
        assets_defs: assets; AssetSpecs, which no function makes, stay as they are.

    Returns:
        Changed copies, with metadata ``dagster/code_references``.

    Example:
        >>> @asset
        ... def orders() -> int:
        ...     return 12
        >>> [linked] = with_source_code_references([orders])
        >>> list(linked.metadata_by_key[orders.key])
        ['dagster/code_references']
    """
    return _mapped(assets_defs, lambda each, found: _with_place(_place_of(each), found))


def link_code_references_to_git(
    assets_defs: Sequence[AssetsDefinition | AssetSpec | SourceAsset],
    git_url: str,
    git_branch: str,
    file_path_mapping: FilePathMapping,
    platform: Platform | None = None,
) -> Sequence[Any]:
    """Assets whose references to files of this machine have become links to a repository.

    Args:
        assets_defs: assets, as :func:`with_source_code_references` gives them.
        git_url: the repository's address.
        git_branch: branch, tag or commit.
        file_path_mapping: where files stand in the repository.
        platform: ``"github"`` or ``"gitlab"``; None: as the address says.

    Returns:
        Changed copies.

    Raises:
        ValueError: the address does not say which platform it is.
        DagsterInvalidDefinitionError: a file has no place in the repository.

    Example:
            link_code_references_to_git(
                with_source_code_references(assets), "https://github.com/me/shop", "main",
                AnchorBasedFilePathMapping(Path(__file__), "src/shop/defs.py"),
            )
    """
    kind: str | None = platform or next((each for each in TREE if each in git_url), None)
    if kind not in TREE:
        raise ValueError(f"the address {git_url!r} does not say what runs there; give platform='github' or 'gitlab'")
    front = f"{git_url.rstrip('/')}/{TREE[kind]}/{git_branch}"

    def linked(reference: CodeReference) -> CodeReference:
        if not isinstance(reference, LocalFileCodeReference):
            return reference
        path = file_path_mapping.convert_to_source_control_path(Path(reference.file_path))
        line = "" if reference.line_number is None else f"#L{reference.line_number}"
        return UrlCodeReference(f"{front}/{path}{line}", reference.label)

    return _mapped(assets_defs, lambda _, found: [linked(each) for each in found])


Change = Callable[[AssetsDefinition | AssetSpec, Sequence[CodeReference]], Sequence[CodeReference]]


def _mapped(assets_defs: Iterable[AssetsDefinition | AssetSpec | SourceAsset], change: Change) -> list[Any]:
    made: list[Any] = []
    for each in assets_defs:
        if isinstance(each, SourceAsset):  # something else makes it
            made.append(each)
            continue
        if not isinstance(each, AssetSpec):
            check_instance(each, AssetsDefinition, "a member of assets_defs", "from @asset, or an AssetSpec")

        def changed(spec: AssetSpec, of: AssetsDefinition | AssetSpec = each) -> AssetSpec:
            held = spec.metadata.get(CODE_REFERENCES_LABEL)
            before = held.code_references if isinstance(held, CodeReferencesMetadataValue) else []
            after = change(of, before)
            if list(after) == list(before):
                return spec
            return spec.merge_attributes(metadata={CODE_REFERENCES_LABEL: CodeReferencesMetadataValue(after)})

        made.append(changed(each) if isinstance(each, AssetSpec) else each.map_asset_specs(changed))
    return made


def _with_place(place: CodeReference | None, found: Sequence[CodeReference]) -> Sequence[CodeReference]:
    return found if place is None or place in found else [*found, place]


def _place_of(assets_def: AssetsDefinition | AssetSpec) -> LocalFileCodeReference | None:
    node = getattr(assets_def, "op", None)
    found = begins_at(getattr(getattr(node, "function", None), "fn", None))
    return None if found is None else LocalFileCodeReference(*found)
