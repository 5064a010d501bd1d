"""Where the code of a definition stands, as metadata: files of this machine, addresses of a repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.metadata import MetadataValue

CODE_REFERENCES_LABEL = "dagster/code_references"


@wired("code.file")
@dataclass(frozen=True)
class LocalFileCodeReference:
    """Code in a file of this machine.

    Args:
        file_path: the file.
        line_number: where it begins there, from 1.
        label: what to call it.

    Example:
        >>> LocalFileCodeReference(file_path="shop/orders.py", line_number=12).source
        'shop/orders.py'
    """

    file_path: str
    line_number: int | None = None
    label: str | None = None

    @property
    def source(self) -> str:
        """The file."""
        return self.file_path


@wired("code.url")
@dataclass(frozen=True)
class UrlCodeReference:
    """Code at an address.

    Args:
        url: the address.
        label: what to call it.

    Example:
        >>> UrlCodeReference(url="https://example.org/orders.py").source
        'https://example.org/orders.py'
    """

    url: str
    label: str | None = None

    @property
    def source(self) -> str:
        """The address."""
        return self.url


CodeReference = LocalFileCodeReference | UrlCodeReference


@wired("md.code")
@dataclass(frozen=True)
class CodeReferencesMetadataValue(MetadataValue):
    """Where the code of a definition stands.

    Args:
        code_references: the places.

    Raises:
        ParameterCheckError: one is neither a LocalFileCodeReference nor a UrlCodeReference.

    Example:
        >>> places = CodeReferencesMetadataValue(code_references=[LocalFileCodeReference("orders.py", 3)])
        >>> places.code_references[0].line_number
        3
    """

    code_references: Sequence[CodeReference] = ()

    def __post_init__(self) -> None:
        for each in self.code_references:
            if not isinstance(each, LocalFileCodeReference | UrlCodeReference):
                raise ParameterCheckError(
                    f"code_references holds {each!r}; expected LocalFileCodeReference or UrlCodeReference",
                    parameter="code_references",
                    value=each,
                )
        object.__setattr__(self, "code_references", list(self.code_references))

    @property
    def value(self) -> CodeReferencesMetadataValue:
        """This object itself."""
        return self


@dataclass(frozen=True)
class CodeReferencesMetadataSet(Mapping[str, MetadataValue]):
    """Code references under the label they are looked for: ``metadata={**CodeReferencesMetadataSet(...)}``.

    Args:
        code_references: the places; None: none.

    Example:
        >>> list(CodeReferencesMetadataSet(CodeReferencesMetadataValue()))
        ['dagster/code_references']
    """

    code_references: CodeReferencesMetadataValue | None = field(default=None)

    def __getitem__(self, key: str) -> MetadataValue:
        if key != CODE_REFERENCES_LABEL or self.code_references is None:
            raise KeyError(key)
        return self.code_references

    def __iter__(self) -> Iterator[str]:
        return iter(() if self.code_references is None else (CODE_REFERENCES_LABEL,))

    def __len__(self) -> int:
        return 0 if self.code_references is None else 1
