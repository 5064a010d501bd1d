import pytest

from watchbell.declare.labels import check_group_name, check_metadata, check_owners, kind_tags, kinds_in, strict_tags
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@pytest.mark.parametrize("key", ["tier", "a.b", "a-b_c", "domain/tier", "x" * 63])
def test_short_plain_tag_keys_are_accepted(key: str) -> None:
    assert {key: "gold"} == strict_tags({key: "gold"}, "asset 'a'")


@pytest.mark.parametrize("key", ["", "a b", "a@b", "ü", "x" * 64, "/a", "a\n", 5])
def test_other_tag_keys_are_refused_by_name(key: object) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="asset 'a'"):
        strict_tags({key: "gold"}, "asset 'a'")  # type: ignore[dict-item]


@pytest.mark.parametrize("value", ["a b", "a/b", "x" * 64, "a\n", 1, None])
def test_long_or_odd_tag_values_are_refused(value: object) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'tier' of asset 'a'"):
        strict_tags({"tier": value}, "asset 'a'")  # type: ignore[dict-item]


def test_tags_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(ParameterCheckError, match="tags of asset 'a'"):
        strict_tags("tier", "asset 'a'")  # type: ignore[arg-type]


def test_kinds_are_kept_as_tags_and_found_again() -> None:
    tags = kind_tags({"python", "duckdb"}, "asset 'a'")

    assert tags == {"dagster/kind/duckdb": "", "dagster/kind/python": ""}
    assert {"python", "duckdb"} == kinds_in({**tags, "tier": "gold"})


def test_a_text_instead_of_a_set_of_kinds_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="kinds=\\{'python'\\}"):
        kind_tags("python", "asset 'a'")


@pytest.mark.parametrize("name", [None, "sales", "sales/eu/north", "a_1"])
def test_group_names_of_letters_and_segments_are_accepted(name: str | None) -> None:
    assert name == check_group_name(name, "asset 'a'")


@pytest.mark.parametrize("name", ["", "a b", "a.b", "/a", "a/", 3])
def test_other_group_names_are_refused(name: object) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="group_name of asset 'a'"):
        check_group_name(name, "asset 'a'")


def test_teams_and_addresses_are_owners() -> None:
    assert check_owners(["team:data", "ann@example.com"], "asset 'a'") == ("team:data", "ann@example.com")


@pytest.mark.parametrize("owner", ["ann", "team:", "a@b", "a b@c.de", "TEAM:x"])
def test_other_owners_are_refused_with_the_way_out(owner: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="write 'team:"):
        check_owners([owner], "asset 'a'")


def test_one_text_instead_of_a_list_of_owners_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="owners of asset 'a'"):
        check_owners("team:data", "asset 'a'")  # type: ignore[arg-type]


def test_metadata_values_stay_as_they_were_given() -> None:
    value = object()

    assert {"x": value} == check_metadata({"x": value}, "asset 'a'")


def test_a_metadata_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="metadata keys of asset 'a' are text; 1 is not"):
        check_metadata({1: 2}, "asset 'a'")  # type: ignore[dict-item]
