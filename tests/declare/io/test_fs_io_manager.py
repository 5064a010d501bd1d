"""The IO manager that stores values as files."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import Definitions, asset, materialize
from watchbell.declare.config.env_var import EnvVar
from watchbell.declare.graphs.op import op
from watchbell.declare.io.fs_io_manager import FilesystemIOManager, PickledFiles, _safe, fs_io_manager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.job import job
from watchbell.declare.resource import InitResourceContext
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey

KEY = b"k" * 32


def output(*path: str, name: str = "rows") -> OutputContext:
    return OutputContext(run_id="r", step_key="load", name=name, asset_key=AssetKey(list(path)) if path else None)


def stored(files: PickledFiles, context: OutputContext, value: Any) -> Any:
    files.handle_output(context, value)
    return files.load_input(InputContext(name="x", upstream_output=context))


def test_an_output_lies_below_its_run_and_step(tmp_path: Path) -> None:
    files = PickledFiles(tmp_path, KEY)

    assert stored(files, output(), [1]) == [1]
    assert (tmp_path / "r" / "load" / "rows").is_file()


def test_an_asset_lies_below_its_key(tmp_path: Path) -> None:
    files = PickledFiles(tmp_path, KEY)
    context = output("raw", "orders")

    assert stored(files, output("raw", "orders"), 1) == 1
    assert stored(files, context, 2) == 2
    assert context.get_logged_metadata()["path"].value == str(tmp_path / "raw" / "orders")


def test_an_asset_that_was_not_stored_says_so(tmp_path: Path) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="the asset 'orders' was not stored yet; materialize it"):
        PickledFiles(tmp_path, KEY).load_input(InputContext(name="x", upstream_output=output("orders")))


def test_an_input_without_an_upstream_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no upstream output"):
        PickledFiles(tmp_path, KEY).load_input(InputContext(name="x"))


def test_a_value_that_cannot_be_pickled_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=r"\(function\) cannot be pickled"):
        PickledFiles(tmp_path, KEY).handle_output(output(), lambda: 1)


def test_a_key_that_begins_another_one_is_told(tmp_path: Path) -> None:
    files = PickledFiles(tmp_path, KEY)
    files.handle_output(output("orders"), 1)

    with pytest.raises(DagsterInvariantViolationError, match="both a file and a folder"):
        files.handle_output(output("orders", "eu"), 1)


@given(parts=st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=3))
def test_no_key_leaves_the_folder(parts: list[str]) -> None:
    folder = Path("/home/storage")

    path = folder.joinpath(*_safe(parts))

    assert folder in path.parents
    assert ".." not in path.parts
    assert all(len(part.encode()) <= 240 for part in path.parts)


@given(one=st.text(min_size=1, max_size=300), other=st.text(min_size=1, max_size=300))
def test_different_parts_are_different_files(one: str, other: str) -> None:
    assert (_safe([one]) == _safe([other])) == (one == other)


@pytest.mark.parametrize("part", ["orders", "2024-01-01", "a b", "x.parquet", "Sales_EU", "k=v"])
def test_usual_names_stay_readable(part: str) -> None:
    assert _safe([part]) == [part]


@pytest.mark.parametrize("part", ["..", ".", "../../etc/passwd", "/etc", "a/b", "a\\b", ".hidden", "end."])
def test_unusual_names_are_quoted(part: str) -> None:
    (name,) = _safe([part])

    assert name.startswith(("%", "a%", "end%"))
    assert "/" not in name


@op
def one() -> int:
    return 1


@op
def same(a: int) -> int:
    return a


def run(manager: Any, instance: DagsterInstance, config: Any = None) -> Any:
    @job(name="j", resource_defs={"files": manager, "io_manager": manager})
    def made() -> None:
        same(one())

    return made.execute_in_process(instance=instance, run_config=config).output_for_node("same")


def test_values_lie_below_the_home_folder(tmp_path: Path) -> None:
    with DagsterInstance.local_temp(tmp_path) as instance:
        assert run(FilesystemIOManager(), instance) == 1
        assert list(Path(instance.storage_directory()).rglob("result"))


def test_the_folder_may_be_given_as_config_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLDER", str(tmp_path / "env"))
    with DagsterInstance.ephemeral() as instance:
        run(FilesystemIOManager(base_dir=tmp_path / "path"), instance)
        run(FilesystemIOManager(base_dir=EnvVar("FOLDER")), instance)
        run(fs_io_manager.configured({"base_dir": str(tmp_path / "configured")}), instance)

    assert sorted(each.name for each in tmp_path.iterdir()) == ["configured", "env", "path"]


def test_without_an_instance_there_is_no_key() -> None:
    with (
        pytest.raises(DagsterInvariantViolationError, match="needs an instance"),
        fs_io_manager.open(InitResourceContext(resource_config={})),
    ):
        pass


@asset
def number() -> int:
    return 1


def test_instances_without_a_home_read_what_the_process_stored(tmp_path: Path) -> None:
    files = FilesystemIOManager(base_dir=tmp_path)
    materialize([number], resources={"io_manager": files})

    with DagsterInstance.ephemeral() as instance:
        defs = Definitions(assets=[number], resources={"io_manager": files})
        assert defs.load_asset_value("number", instance=instance) == 1


def test_a_folder_that_was_given_is_read_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHBELL_HOME", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    files = FilesystemIOManager(base_dir=tmp_path)
    materialize([number], resources={"io_manager": files})

    assert Definitions(assets=[number], resources={"io_manager": files}).load_asset_value("number") == 1


def test_what_was_not_stored_is_a_file_not_found(tmp_path: Path) -> None:
    defs = Definitions(assets=[number], resources={"io_manager": FilesystemIOManager(base_dir=tmp_path)})

    with (
        DagsterInstance.ephemeral() as instance,
        pytest.raises(FileNotFoundError, match="the asset 'number' was not stored yet") as raised,
    ):
        defs.load_asset_value("number", instance=instance)
    assert isinstance(raised.value, DagsterInvariantViolationError)
