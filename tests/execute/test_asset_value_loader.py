"""Stored values of assets, loaded outside any run."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    AssetValueLoader,
    ConfigurableIOManager,
    DagsterInstance,
    Definitions,
    asset,
    io_manager,
    materialize,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
)


@asset
def up() -> int:
    return 5


@asset
def down(up: int) -> int:
    return up + 1


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        materialize([up, down], instance=opened)
        yield opened


def test_values_are_loaded_from_where_they_were_stored(instance: DagsterInstance) -> None:
    defs = Definitions(assets=[up, down])

    assert defs.load_asset_value("down", instance=instance) == 6
    assert defs.get_repository_def().load_asset_value(AssetKey("up"), instance=instance, python_type=int) == 5


def test_one_loader_loads_several(instance: DagsterInstance) -> None:
    with Definitions(assets=[up, down]).get_asset_value_loader(instance) as loader:
        assert [loader.load_asset_value(name) for name in ("up", "down")] == [5, 6]


def test_a_loader_of_bare_assets_uses_files(instance: DagsterInstance) -> None:
    assert AssetValueLoader({up.key: up}, instance).load_asset_value("up") == 5


def test_the_manager_is_told_what_is_loaded(instance: DagsterInstance) -> None:
    told: dict[str, Any] = {}

    class Telling(ConfigurableIOManager):
        place: str

        def handle_output(self, context: Any, obj: Any) -> None: ...

        def load_input(self, context: Any) -> Any:
            told.update(
                key=context.asset_key,
                above=context.upstream_output.asset_key,
                said=dict(context.upstream_output.definition_metadata),
                here=dict(context.definition_metadata),
                type=context.dagster_type.typing_type,
                place=self.place,
            )
            return "loaded"

    @asset(io_manager_key="lake", metadata={"table": "t"})
    def stored() -> int:
        return 1

    defs = Definitions(assets=[stored], resources={"lake": Telling(place="s3")})

    assert defs.load_asset_value("stored", instance=instance, python_type=str, metadata={"columns": ["a"]}) == "loaded"
    assert told == {
        "key": stored.key,
        "above": stored.key,
        "said": {"table": "t"},
        "here": {"columns": ["a"]},
        "type": str,
        "place": "s3",
    }


def test_an_asset_made_elsewhere_is_loaded_by_its_manager(instance: DagsterInstance) -> None:
    @io_manager(config_schema={"value": int})
    def fixed(context: Any) -> Any:
        class Fixed:
            def load_input(self, _context: Any) -> int:
                return context.resource_config["value"]

        return Fixed()

    defs = Definitions(assets=[AssetSpec("far").with_io_manager_key("fixed")], resources={"fixed": fixed})

    loaded = defs.load_asset_value("far", instance=instance, resource_config={"fixed": {"config": {"value": 9}}})
    assert loaded == 9


def test_an_unknown_asset_is_refused_with_the_nearest(instance: DagsterInstance) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no asset 'dwon'; did you mean 'down'"):
        Definitions(assets=[up, down]).load_asset_value("dwon", instance=instance)


def test_one_partition_is_loaded(instance: DagsterInstance) -> None:
    @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
    def letters(context: AssetExecutionContext) -> str:
        return context.partition_key * 2

    materialize([letters], instance=instance, partition_key="b")

    assert Definitions([letters]).load_asset_value("letters", instance=instance, partition_key="b") == "bb"


def test_a_partition_that_is_not_there_is_refused(instance: DagsterInstance) -> None:
    letters = AssetSpec("letters", partitions_def=StaticPartitionsDefinition(["alpha", "beta"]))

    with pytest.raises(DagsterInvalidInvocationError, match="no partition 'alhpa' .* did you mean 'alpha'"):
        Definitions([letters]).load_asset_value("letters", instance=instance, partition_key="alhpa")


def test_a_resource_that_is_no_manager_is_refused(instance: DagsterInstance) -> None:
    @asset(io_manager_key="db")
    def stored() -> int:
        return 1

    with pytest.raises(DagsterInvalidDefinitionError, match="'db' is a str and no IO manager"):
        Definitions(assets=[stored], resources={"db": "text"}).load_asset_value("stored", instance=instance)


def test_nothing_stored_raises_what_the_manager_raises() -> None:
    with DagsterInstance.ephemeral() as empty, pytest.raises(DagsterInvariantViolationError, match="not stored yet"):
        Definitions(assets=[up]).load_asset_value("up", instance=empty)
