"""The parent of IO managers that store each value as a file."""

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import PrivateAttr
from upath import UPath

from watchbell import (
    AssetIn,
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    DagsterInvariantViolationError,
    InitResourceContext,
    InputContext,
    Nothing,
    OutputContext,
    UPathIOManager,
    asset,
    build_input_context,
    build_output_context,
    job,
    materialize,
    op,
)


class Texts(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        path.write_text(str(obj))

    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        return path.read_text()

    def get_metadata(self, context: OutputContext, obj: Any) -> dict[str, Any]:
        return {"length": len(str(obj))}


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@asset(key_prefix=["p", "q"])
def first() -> str:
    return "text"


@asset(ins={"first": AssetIn(["p", "q", "first"])})
def second(first: str) -> str:
    return first + "!"


def test_the_file_of_an_asset_is_its_key(tmp_path: Path) -> None:
    result = materialize([first, second], resources={"io_manager": Texts(UPath(tmp_path))})

    assert files_below(tmp_path) == ["p/q/first.txt", "second.txt"]
    assert result.output_for_node("second") == "text!"
    metadata = result.get_asset_materialization_events()[0].materialization.metadata
    assert {label: each.value for label, each in metadata.items()} == {
        "path": str(tmp_path / "p/q/first.txt"),
        "length": 4,
    }


def test_the_file_of_an_output_is_run_step_and_output(tmp_path: Path) -> None:
    @op
    def give() -> str:
        return "a"

    @op
    def take(a: str) -> str:
        return a + "b"

    @job(resource_defs={"io_manager": Texts(UPath(tmp_path))})
    def made() -> None:
        take(give())

    run_id = made.execute_in_process().run_id

    assert files_below(tmp_path) == [f"{run_id}/give/result.txt", f"{run_id}/take/result.txt"]


OUTPUT = {"asset_key": ["x", "y"], "run_id": "r", "step_key": "s", "name": "n"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (OUTPUT, "x/y.txt"),
        ({**OUTPUT, "asset_key": None}, "r/s/n.txt"),
        ({**OUTPUT, "asset_key": None, "mapping_key": "m"}, "r/s/n/m.txt"),
        ({"asset_key": ["a.b"]}, "a.b.txt"),
        ({"asset_key": ["/etc", "x"]}, "%2Fetc/x.txt"),
    ],
)
def test_paths(tmp_path: Path, facts: Any, expected: str) -> None:
    assert Texts(UPath(tmp_path))._get_path(build_output_context(**facts)) == UPath(tmp_path) / expected


def test_a_key_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="is no name of a file"):
        Texts(UPath(tmp_path)).handle_output(build_output_context(asset_key=["..", "x"]), "a")


def test_subclasses_decide_where_files_lie(tmp_path: Path) -> None:
    class Own(Texts):
        def get_asset_relative_path(self, context: Any) -> UPath:
            return UPath("own") / "-".join(context.asset_key.path)

        def get_op_output_relative_path(self, context: Any) -> UPath:
            return UPath("-".join(context.get_identifier()))

    class Whole(Texts):
        def _get_path(self, context: Any) -> UPath:
            return UPath(tmp_path) / "whole.dat"

    own = Own(UPath(tmp_path))
    assert own._get_path(build_output_context(**OUTPUT)) == UPath(tmp_path) / "own/x-y.txt"
    assert own._get_path(build_output_context(**{**OUTPUT, "asset_key": None})) == UPath(tmp_path) / "r-s-n.txt"
    Whole().handle_output(build_output_context(**OUTPUT), "a")
    assert (tmp_path / "whole.dat").read_text() == "a"


@pytest.mark.parametrize(("extension", "expected"), [(None, "x/y"), (".tar.gz", "x/y.tar.gz")])
def test_the_extension_is_added(tmp_path: Path, extension: str | None, expected: str) -> None:
    texts = Texts(UPath(tmp_path))
    texts.extension = extension  # type: ignore[misc]

    assert texts._get_path(build_output_context(**OUTPUT)) == UPath(tmp_path) / expected


def test_an_extension_begins_with_a_dot(tmp_path: Path) -> None:
    class Wrong(Texts):
        extension = "txt"

    with pytest.raises(DagsterInvariantViolationError, match="begins with a dot"):
        Wrong()._get_path(build_output_context(**OUTPUT))


def test_loading_may_be_asynchronous(tmp_path: Path) -> None:
    class Slow(Texts):
        async def load_from_path(self, context: InputContext, path: UPath) -> Any:
            await asyncio.sleep(0)
            return path.read_text()

    slow = Slow(UPath(tmp_path))
    slow.handle_output(build_output_context(**OUTPUT), "a")
    context = build_input_context(asset_key=["x", "y"])

    async def inside() -> Any:
        return slow.load_input(context)

    assert slow.load_input(context) == "a"
    assert asyncio.run(inside()) == "a", "also where an event loop runs already"


def test_an_asynchronous_load_that_fails_raises_what_it_raised(tmp_path: Path) -> None:
    class Broken(Texts):
        async def load_from_path(self, context: InputContext, path: UPath) -> Any:
            raise KeyError("gone")

    async def inside() -> Any:
        return Broken(UPath(tmp_path)).load_input(build_input_context(asset_key="a"))

    with pytest.raises(KeyError, match="gone"):
        asyncio.run(inside())


def test_a_missing_file_is_the_file_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Texts(UPath(tmp_path)).load_input(build_input_context(asset_key="nope"))


def test_files_can_be_asked_for_and_removed() -> None:
    texts, output = Texts(UPath("memory://test_upath_io_manager")), build_output_context(**OUTPUT)

    assert not texts.has_output(output)
    texts.handle_output(output, "a")
    assert texts.has_output(output)
    assert texts.load_input(build_input_context(upstream_output=output, asset_key=["x", "y"])) == "a"
    texts.unlink(texts._get_path(output))
    assert not texts.has_output(output)
    assert (type(texts.fs).__name__, dict(texts.storage_options)) == ("MemoryFileSystem", {})


def test_done_without_a_value_is_not_stored(tmp_path: Path) -> None:
    texts = Texts(UPath(tmp_path))

    texts.handle_output(build_output_context(dagster_type=Nothing, **OUTPUT), None)

    assert files_below(tmp_path) == []
    assert texts.load_input(build_input_context(dagster_type=Nothing, asset_key="x")) is None
    with pytest.raises(DagsterInvariantViolationError, match="declared as Nothing, but a int was given"):
        texts.handle_output(build_output_context(dagster_type=Nothing, **OUTPUT), 3)


def test_a_value_of_none_is_stored_without_a_path_in_its_metadata(tmp_path: Path) -> None:
    output = build_output_context(**OUTPUT)

    Texts(UPath(tmp_path)).handle_output(output, None)

    assert list(output.get_logged_metadata()) == ["length"]
    assert files_below(tmp_path) == ["x/y.txt"]


def test_what_is_abstract_must_be_written() -> None:
    class Half(UPathIOManager):
        pass

    with pytest.raises(TypeError, match="dump_to_path"):
        Half()  # type: ignore[abstract]


def test_a_class_of_config_sets_its_folder_up(tmp_path: Path) -> None:
    class Configured(ConfigurableIOManager, Texts):
        extension: ClassVar[str | None] = ".cfg"
        folder: str
        _base_path: UPath = PrivateAttr()

        def setup_for_execution(self, context: InitResourceContext) -> None:
            self._base_path = UPath(self.folder)

    class Factory(ConfigurableIOManagerFactory[Texts]):
        folder: str

        def create_io_manager(self, context: InitResourceContext) -> Texts:
            return Texts(UPath(self.folder))

    materialize([first], resources={"io_manager": Configured(folder=str(tmp_path))})
    materialize([first], resources={"io_manager": Factory(folder=str(tmp_path))})

    assert files_below(tmp_path) == ["p/q/first.cfg", "p/q/first.txt"]
