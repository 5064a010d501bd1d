"""Files that ops pass on to each other."""

import io
from pathlib import Path
from typing import Any

import pytest

from watchbell.declare.graphs.op import op
from watchbell.declare.io.file_manager import FileHandle, LocalFileHandle, LocalFileManager, local_file_manager
from watchbell.declare.job import job
from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.testing.instance import instance_for_test


@op(required_resource_keys={"files"})
def write(context: Any) -> Any:
    return context.resources.files.write_data(b"rows", ext="csv")


@op(required_resource_keys={"files"})
def read(context: Any, file: Any) -> Any:
    return context.resources.files.read_data(file)


def test_a_handle_goes_from_op_to_op(tmp_path: Path) -> None:
    @job(resource_defs={"files": local_file_manager.configured({"base_dir": str(tmp_path / "new")})})
    def small() -> None:
        read(write())

    result = small.execute_in_process()

    handle = result.output_for_node("write")
    assert result.output_for_node("read") == b"rows"
    assert (tmp_path / "new", ".csv") == (Path(handle.path).parent, Path(handle.path).suffix)
    assert isinstance(handle, FileHandle)


def test_files_lie_in_the_instances_storage_by_default() -> None:
    @job(resource_defs={"files": local_file_manager})
    def small() -> None:
        write()

    with instance_for_test() as instance:
        path = small.execute_in_process(instance=instance).output_for_node("write").path_desc

        assert Path(instance.storage_directory(), "file_manager") == Path(path).parent


def test_streams_are_written_and_read(tmp_path: Path) -> None:
    files = LocalFileManager(str(tmp_path))

    text, data = files.write(io.StringIO("ä"), mode="w"), files.write(io.BytesIO(b"b"), ext="bin")

    with files.read(text, "r") as stream:
        assert stream.read() == "ä"
    with files.read(data) as stream:
        assert stream.read() == b"b"
    assert data.path == files.copy_handle_to_local_temp(data)
    files.delete_local_temp()
    assert files.read_data(data) == b"b"


def test_what_is_no_stream_or_bytes_is_refused(tmp_path: Path) -> None:
    files = LocalFileManager(str(tmp_path))

    with pytest.raises(CheckError, match="takes an open file"):
        files.write(b"x")  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match=r"data of write_data\(\)"):
        files.write_data("x")  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="path of a LocalFileHandle"):
        LocalFileHandle(3)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="mode 'r' or 'rb'"), files.read(LocalFileHandle("x"), "w"):
        pass
