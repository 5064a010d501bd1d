"""Where code stands, as metadata."""

import pytest

from watchbell import (
    CodeReferencesMetadataSet,
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    UrlCodeReference,
)
from watchbell.ground.errors import ParameterCheckError


def test_a_reference_has_one_source() -> None:
    assert (LocalFileCodeReference("a.py", 3).source, UrlCodeReference("https://x").source) == ("a.py", "https://x")


def test_places_are_a_metadata_value() -> None:
    value = CodeReferencesMetadataValue(code_references=(LocalFileCodeReference(file_path="a.py"),))

    assert value.value is value
    assert value.code_references == [LocalFileCodeReference(file_path="a.py")]


def test_what_is_no_reference_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="expected LocalFileCodeReference or UrlCodeReference"):
        CodeReferencesMetadataValue(code_references=["a.py"])  # type: ignore[list-item]


def test_a_set_is_spread_into_metadata() -> None:
    value = CodeReferencesMetadataValue()

    assert {**CodeReferencesMetadataSet(code_references=value)} == {"dagster/code_references": value}
    assert (len(CodeReferencesMetadataSet()), dict(CodeReferencesMetadataSet())) == (0, {})
