"""Materializations and observations as values."""

from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation


def test_a_file_is_an_asset_named_by_its_path() -> None:
    made = AssetMaterialization.file("/data/out.csv", description="the rows")

    assert made.asset_key == AssetKey(["data", "out.csv"])
    assert made.description == "the rows"
    assert made.metadata["path"].value == "/data/out.csv"


def test_a_file_may_be_a_named_asset() -> None:
    assert AssetMaterialization.file("/data/out.csv", asset_key="rows").asset_key == AssetKey("rows")


def test_metadata_is_replaced_and_the_rest_stays() -> None:
    made = AssetMaterialization("rows", "d", {"a": 1}, "2024", {"k": "v"}).with_metadata({"b": 2})

    assert type(made) is AssetMaterialization
    assert {label: each.value for label, each in made.metadata.items()} == {"b": 2}
    assert (made.description, made.partition, made.tags) == ("d", "2024", {"k": "v"})


def test_the_data_version_is_a_tag() -> None:
    assert AssetObservation("rows", tags={DATA_VERSION_TAG: "7"}).data_version == "7"
    assert AssetObservation("rows").data_version is None


def test_text_names_an_asset_by_its_words() -> None:
    made = AssetMaterialization("s3://bucket/orders.csv")

    assert made.asset_key == AssetKey(["s3", "bucket", "orders", "csv"])
    assert AssetObservation("order_items").asset_key == AssetKey("order_items")
    assert AssetMaterialization(["a", "b/c"]).asset_key == AssetKey(["a", "b/c"])
