import pytest

from watchbell import AllPartitionMapping, AssetDep, AssetKey, AssetSpec, asset
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


def test_a_spec_reads_keys_deps_and_labels_from_what_users_write() -> None:
    spec = AssetSpec(
        ["raw", "orders"],
        deps=["a", AssetSpec("b"), AssetDep("c"), ["d", "e"]],
        kinds={"python"},
        tags={"tier": "gold"},
    )

    assert AssetKey(["raw", "orders"]) == spec.key
    assert [dep.asset_key.to_user_string() for dep in spec.deps] == ["a", "b", "c", "d/e"]
    assert {"python"} == spec.kinds
    assert spec.tags == {"tier": "gold", "dagster/kind/python": ""}


def test_a_definition_of_one_asset_stands_for_its_key() -> None:
    @asset(key_prefix="raw")
    def orders() -> None: ...

    assert [AssetKey(["raw", "orders"])] == [dep.asset_key for dep in AssetSpec("a", deps=[orders]).deps]


def test_a_dependency_given_twice_counts_once() -> None:
    assert len(AssetSpec("a", deps=["b", AssetDep("b")]).deps) == 1


def test_a_dependency_given_twice_with_other_metadata_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="'a' depends on 'b' twice"):
        AssetSpec("a", deps=["b", AssetDep("b", metadata={"x": 1})])


@pytest.mark.parametrize("deps", ["b", 5, [5], [None]])
def test_deps_that_name_no_assets_are_refused(deps: object) -> None:
    with pytest.raises(ParameterCheckError, match="deps of asset 'a'"):
        AssetSpec("a", deps=deps)  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{"description": 3}, {"code_version": 1}, {"skippable": "yes"}])
def test_arguments_of_the_wrong_type_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ParameterCheckError, match="of asset 'a'"):
        AssetSpec("a", **arguments)  # type: ignore[arg-type]


def test_a_bad_owner_is_refused_with_the_assets_name() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="owner 'ann' of asset 'a/b'"):
        AssetSpec(["a", "b"], owners=["ann"])


def test_replace_attributes_changes_only_what_is_named() -> None:
    spec = AssetSpec("a", deps=["b"], kinds={"python"}, tags={"tier": "gold"}, owners=["team:x"], skippable=True)

    changed = spec.replace_attributes(kinds={"sql"}, description="new")

    assert (
        AssetSpec(
            "a", deps=["b"], kinds={"sql"}, tags={"tier": "gold"}, owners=["team:x"], skippable=True, description="new"
        )
        == changed
    )


def test_merge_attributes_adds_to_what_there_is() -> None:
    spec = AssetSpec("a", deps=["b"], kinds={"python"}, tags={"tier": "gold"}, owners=["team:x"])

    merged = spec.merge_attributes(deps=["c", "b"], kinds={"sql"}, tags={"area": "eu"}, owners=["team:y"])

    assert [dep.asset_key.to_user_string() for dep in merged.deps] == ["b", "c"]
    assert {"python", "sql"} == merged.kinds
    assert merged.tags["tier"] == "gold"
    assert merged.owners == ("team:x", "team:y")


def test_with_io_manager_key_says_who_stores_it() -> None:
    assert AssetSpec("a").with_io_manager_key("warehouse").metadata["dagster/io_manager_key"] == "warehouse"


def test_equal_specs_are_equal_and_hashable() -> None:
    assert len({AssetSpec("a", tags={"x": "y"}), AssetSpec("a", tags={"x": "y"})}) == 1


def test_mappings_of_partitions_are_those_that_were_given() -> None:
    mapping = AllPartitionMapping()

    spec = AssetSpec("a", deps=["b", AssetDep("c", partition_mapping=mapping)])

    assert spec.partition_mappings == {AssetKey("c"): mapping}
