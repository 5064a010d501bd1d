"""Asset keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.errors import DagsterInvalidAssetKey, ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.keys import PART_LENGTH_MAX, AssetKey

parts = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=20).filter(
        lambda part: not part.endswith("\\")
    ),
    min_size=1,
    max_size=4,
)


@given(parts)
def test_a_key_comes_back_from_every_written_form(path: list[str]) -> None:
    key = AssetKey(path)

    assert loads(dumps(key)) == key
    assert AssetKey.from_db_string(key.to_string()) == key
    if not any("\\" in part for part in path):
        assert AssetKey.from_escaped_user_string(key.to_escaped_user_string()) == key


def test_keys_of_the_same_parts_are_one_key() -> None:
    assert len({AssetKey("a"), AssetKey(["a"]), AssetKey(("a",))}) == 1


def test_keys_sort_by_their_parts() -> None:
    assert sorted([AssetKey("b"), AssetKey(["a", "z"]), AssetKey("a")]) == [
        AssetKey("a"),
        AssetKey(["a", "z"]),
        AssetKey("b"),
    ]


def test_a_key_reads_as_the_specification_says() -> None:
    assert str(AssetKey(["raw", "users"])) == "AssetKey(['raw', 'users'])"


def test_a_prefix_goes_in_front() -> None:
    assert AssetKey("c").with_prefix(["a", "b"]) == AssetKey(["a", "b", "c"])
    assert AssetKey(["a", "b", "c"]).has_prefix(["a", "b"])


@pytest.mark.parametrize("path", [[], [""], "", "a\x00b", "tab\there", "\ud800", "x" * (PART_LENGTH_MAX + 1)])
def test_a_key_that_cannot_be_stored_is_refused(path: str | list[str]) -> None:
    with pytest.raises(DagsterInvalidAssetKey):
        AssetKey(path)


@pytest.mark.parametrize("path", [3, ["a", 3], None, {"a": 1}])
def test_a_key_of_no_text_is_refused(path: object) -> None:
    with pytest.raises(ParameterCheckError):
        AssetKey(path)  # type: ignore[arg-type]


def test_what_is_no_key_is_named() -> None:
    with pytest.raises(ParameterCheckError, match="3 cannot be read as an asset key"):
        AssetKey.from_coercible(3)  # type: ignore[arg-type]
