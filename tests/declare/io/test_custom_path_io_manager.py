"""Files that lie where their outputs' metadata says."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    DagsterInstance,
    Out,
    build_input_context,
    build_output_context,
    custom_path_fs_io_manager,
    job,
    op,
)
from watchbell.declare.io.custom_path_io_manager import CustomPathFiles
from watchbell.declare.io.signed_pickle import UnsignedPickleError
from watchbell.ground.errors import ParameterCheckError


def test_the_metadata_says_where_a_value_lies(tmp_path: Path) -> None:
    @op(out=Out(metadata={"path": "sub/first.pickle"}))
    def give() -> dict[str, int]:
        return {"a": 1}

    @op(out=Out(metadata={"path": "second.pickle"}))
    def take(rows: Any) -> Any:
        return rows

    @job(resource_defs={"io_manager": custom_path_fs_io_manager.configured({"base_dir": str(tmp_path)})})
    def made() -> None:
        take(give())

    with DagsterInstance.ephemeral() as instance:
        result = made.execute_in_process(instance=instance)
        key = AssetKey(["made", "give", "result"])
        event = instance.get_latest_materialization_event(key)

    assert result.output_for_node("take") == {"a": 1}
    assert sorted(path.name for path in tmp_path.rglob("*.pickle")) == ["first.pickle", "second.pickle"]
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["path"].value == str(tmp_path / "sub/first.pickle")


def test_an_output_without_a_path_says_what_to_write() -> None:
    files = CustomPathFiles(Path("x"), b"key")

    with pytest.raises(ParameterCheckError, match=r"needs the path of the output 'n' of 's', found None"):
        files.path_of(build_output_context(name="n", step_key="s"))


def test_a_file_that_somebody_else_wrote_is_not_loaded(tmp_path: Path) -> None:
    @op(out=Out(metadata={"path": "a.pickle"}))
    def give() -> int:
        return 1

    @op(out=Out(metadata={"path": "b.pickle"}))
    def take(context: Any, a: Any) -> Any:
        return a

    class Other(CustomPathFiles):
        def load_input(self, context: Any) -> Any:
            self._key = b"another"
            return super().load_input(context)

    @job(resource_defs={"io_manager": Other(tmp_path, b"key")})
    def made() -> None:
        take(give())

    with pytest.raises(UnsignedPickleError):
        made.execute_in_process()


def test_a_file_of_somebody_who_is_trusted_may_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.pickle").write_bytes(pickle.dumps({"a": 1}))
    output = build_output_context(definition_metadata={"path": "a.pickle"}, name="n", step_key="s")
    context = build_input_context(upstream_output=output)

    assert CustomPathFiles(tmp_path, b"key", allow_unsigned=True).load_input(context) == {"a": 1}
    with pytest.raises(UnsignedPickleError, match="allow_unsigned=True"):
        CustomPathFiles(tmp_path, b"key").load_input(context)
