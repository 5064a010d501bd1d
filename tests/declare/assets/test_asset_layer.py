"""Which assets a job's ops make and take."""

from watchbell.declare.assets.asset_layer import AssetLayer, AssetLoad
from watchbell.record.keys import AssetKey

A, B, C = AssetKey("a"), AssetKey("b"), AssetKey("c")
LAYER = AssetLayer(
    keys_by_output={("x", "result"): A, ("y", "one"): B, ("y", "two"): C},
    keys_by_input={("y", "a"): A},
    assets_by_node={"x": 1, "y": 2},
    loads={A: AssetLoad("files", {"path": "p"})},
)


def test_a_job_makes_the_assets_of_its_outputs() -> None:
    assert LAYER.executable_keys == {A, B, C}


def test_an_asset_is_loaded_by_its_io_manager() -> None:
    assert LAYER.load_of(A) == AssetLoad("files", {"path": "p"})
    assert LAYER.load_of(B).io_manager_key == "io_manager"


def test_a_part_keeps_what_its_ops_make_and_take() -> None:
    part = LAYER.restricted({"y"})

    assert part.executable_keys == {B, C}
    assert part.keys_by_input == {("y", "a"): A}
    assert part.assets_by_node == {"y": 2}
    assert part.load_of(A).io_manager_key == "files"
