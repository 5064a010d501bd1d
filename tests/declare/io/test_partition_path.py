"""Where the file of a partition lies."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.io.partition_path import (
    NAME_BYTES_MAX,
    partition_name,
    partition_parts,
    values_of_partitions,
)
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError

ODD = st.text(st.sampled_from("a/\\.%\"'|:2eé\U0001f600 ~-\n"), max_size=12)
KEYS = st.one_of(ODD, st.text(max_size=400))


@pytest.mark.parametrize("key", ["2026-01-31", "2026-01-31-13:00", "de", "Zürich", "north america", "a.b", "a%b"])
def test_a_usual_key_is_its_own_name(key: str) -> None:
    assert partition_name(key) == key.replace("%", "%25")


def test_keys_that_would_lead_elsewhere_stay_in_the_folder() -> None:
    assert [partition_name(key) for key in ("../x", "..", ".", "/etc", "a\\b", "", "a/b")] == [
        "%2e.%2fx",
        "%2e%2e",
        "%2e",
        "%2fetc",
        "a%5cb",
        "%",
        "a%2fb",
    ]


@given(KEYS)
def test_every_name_is_one_file_of_its_folder(key: str) -> None:
    name = partition_name(key)

    assert name.encode("utf-8", "surrogatepass")
    assert len(name.encode()) <= NAME_BYTES_MAX
    assert not name.startswith(".")
    assert name[-1] not in ". "
    assert PurePosixPath("folder", name).parent == PurePosixPath("folder")
    assert PureWindowsPath(name.replace(":", "")).name == name.replace(":", "")


@given(st.lists(KEYS, unique=True, max_size=20))
def test_different_keys_have_different_names(keys: list[str]) -> None:
    assert len({partition_name(key) for key in keys}) == len(keys)


def test_a_long_key_ends_in_a_digest() -> None:
    long = ["x" * 900 + last for last in "ab"]

    names = [partition_name(key) for key in long]

    assert names[0] != names[1]
    assert all(name.startswith("x" * 100) and "%%" in name for name in names)


def test_a_key_of_two_dimensions_is_a_folder_and_a_file_in_the_order_of_names() -> None:
    letters = StaticPartitionsDefinition(["a/b", "c"])
    grid = MultiPartitionsDefinition({"letter": letters, "country": StaticPartitionsDefinition(["de", "fr"])})

    assert partition_parts("de|a/b", grid) == ["de", "a%2fb"]
    assert partition_parts("de|c", None) == ["de|c"]
    assert partition_parts("a/b", letters) == ["a%2fb"]


def test_a_mapping_of_all_partitions_is_taken_apart() -> None:
    assert values_of_partitions({"a": 1, "b": 2}, ["a", "b"], "it") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("value", "words"),
    [([1, 2], "not a list"), ({"a": 1}, "not a mapping without 'b'"), ({"a": 1, "b": 2, "c": 3}, "a mapping with 'c'")],
)
def test_any_other_value_of_several_partitions_is_refused(value: object, words: str) -> None:
    with pytest.raises(CheckError, match=f"it stores a file for each partition.*{words}.*multi_run"):
        values_of_partitions(value, ["a", "b"], "it")
