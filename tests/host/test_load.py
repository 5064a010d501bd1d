"""Loading user code: what is taken, and how mistakes are told."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchbell.ground.errors import UserCodeLoadError
from watchbell.host.load import LoadedCode, load_repository, version_of
from watchbell.host.targets import CodeTarget, file_target

LOOSE = """
from watchbell import asset, job, op, schedule, sensor

@asset
def orders():
    return 1

@op
def work():
    pass

@job
def nightly():
    work()

@job
def hourly():
    work()

@schedule(job=nightly, cron_schedule="0 0 * * *")
def at_night():
    return {}

@sensor(job=nightly)
def files():
    return None
"""
EMPTY = "from watchbell import Definitions\ndefs = Definitions()\n"


@pytest.fixture(autouse=True)
def _own_imports() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    hooks = list(sys.path_hooks)
    yield
    sys.path[:], sys.path_hooks[:] = path, hooks
    sys.path_importer_cache.clear()
    for name in set(sys.modules) - modules:
        if not name.startswith("watchbell"):
            del sys.modules[name]


def load(folder: Path, text: str, attribute: str | None = None) -> LoadedCode:
    path = folder / "code_under_test.py"
    path.write_text(text)
    return load_repository(file_target(path, attribute))


def refusal(folder: Path, text: str, attribute: str | None = None) -> UserCodeLoadError:
    with pytest.raises(UserCodeLoadError) as caught:
        load(folder, text, attribute)
    return caught.value


# ---------------------------------------------------------------- what is taken


def test_loose_definitions_are_collected(tmp_path: Path) -> None:
    snapshot = load(tmp_path, LOOSE).repository.snapshot("here")

    names = {"nightly", "hourly"} <= {job.name for job in snapshot.jobs}
    assert names
    assert [each.name for each in snapshot.schedules] == ["at_night"]
    assert [each.name for each in snapshot.sensors] == ["files"]
    assert [each.key.path for each in snapshot.assets] == [["orders"]] or len(snapshot.assets) == 1


def test_a_definitions_object_is_the_whole(tmp_path: Path) -> None:
    text = LOOSE + "from watchbell import Definitions\ndefs = Definitions(jobs=[hourly])\n"

    snapshot = load(tmp_path, text).repository.snapshot("here")

    assert (snapshot.schedules, snapshot.assets) == ((), ())
    assert "hourly" in {job.name for job in snapshot.jobs}


def test_one_object_under_two_names_is_one(tmp_path: Path) -> None:
    assert load(tmp_path, EMPTY + "again = defs\n").repository.snapshot("here").schedules == ()


def test_a_repository_is_taken(tmp_path: Path) -> None:
    text = LOOSE + "from watchbell import repository\n@repository\ndef all_of_it():\n    return [nightly, at_night]\n"

    snapshot = load(tmp_path, text).repository.snapshot("here")

    assert ([each.name for each in snapshot.schedules], snapshot.sensors) == (["at_night"], ())


@pytest.mark.parametrize(
    ("attribute", "more"),
    [
        ("nightly", ""),
        ("make", "def make():\n    from watchbell import Definitions\n    return Definitions(jobs=[nightly])\n"),
        ("several", "several = [nightly, hourly]\n"),
    ],
)
def test_an_attribute_names_what_to_take(tmp_path: Path, attribute: str, more: str) -> None:
    snapshot = load(tmp_path, LOOSE + more, attribute).repository.snapshot("here")

    assert "nightly" in {job.name for job in snapshot.jobs}
    assert snapshot.schedules == ()


def test_a_module_is_found_from_the_working_directory(tmp_path: Path) -> None:
    package = tmp_path / "a_shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text(LOOSE)
    (package / "defs.py").write_text("from a_shop.parts import *\n")

    code = load_repository(CodeTarget("x", module_name="a_shop.defs", working_directory=str(tmp_path)))

    expected = [package / name for name in ("__init__.py", "defs.py", "parts.py")]
    assert set(map(str, expected)) <= set(code.watched_files)
    assert not [path for path in code.watched_files if "site-packages" in path or path.startswith(sys.base_prefix)]


def test_a_package_is_loaded_by_name(tmp_path: Path) -> None:
    (tmp_path / "b_shop").mkdir()
    (tmp_path / "b_shop" / "__init__.py").write_text(LOOSE)

    code = load_repository(CodeTarget("x", package_name="b_shop", working_directory=str(tmp_path)))

    assert [each.name for each in code.repository.snapshot("x").sensors] == ["files"]


def test_a_file_called_like_a_library_does_not_replace_it(tmp_path: Path) -> None:
    path = tmp_path / "json.py"
    path.write_text(EMPTY)

    load_repository(file_target(path))

    assert importlib.import_module("json").__file__ != str(path)


def test_neighbours_of_the_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_it.py").write_text(LOOSE)

    assert load(tmp_path, "from neighbour_of_it import nightly\n").repository.snapshot("x").jobs


# --------------------------------------------------------------------- mistakes


def test_nothing_defined_is_said(tmp_path: Path) -> None:
    assert "defines nothing" in refusal(tmp_path, "x = 1\n").message


def test_two_wholes_are_named(tmp_path: Path) -> None:
    assert "2 Definitions objects (defs, more)" in refusal(tmp_path, EMPTY + "more = Definitions()\n").message


def test_a_wrong_attribute_is_named_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'defs'?" in refusal(tmp_path, EMPTY, "defz").message


def test_an_attribute_that_is_no_definition_is_refused(tmp_path: Path) -> None:
    assert "expected a Definitions object" in refusal(tmp_path, "x = 1\n", "x").message


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, "x = 1\ndef f(:\n")

    assert (error.file, error.line) == (str(tmp_path / "code_under_test.py"), 2)
    assert "SyntaxError" in error.message
    assert "def f(:" in error.details


def test_an_error_at_import_is_told_with_the_users_frames_only(tmp_path: Path) -> None:
    (tmp_path / "inner_of_it.py").write_text("def f():\n    return 1 / 0\n")

    error = refusal(tmp_path, "import inner_of_it\n\ninner_of_it.f()\n")

    assert (error.file, error.line) == (str(tmp_path / "inner_of_it.py"), 2)
    assert "ZeroDivisionError: division by zero" in error.message
    assert "inner_of_it.f()" in error.details
    assert "importlib" not in error.details
    assert f"{os.sep}host{os.sep}load.py" not in error.details


def test_a_wrong_definition_is_told_at_the_users_line(tmp_path: Path) -> None:
    text = LOOSE + "\n@schedule(job=nightly, cron_schedule='61 * * * *')\ndef wrong():\n    return {}\n"

    error = refusal(tmp_path, text)

    assert error.line == len(LOOSE.splitlines()) + 2
    assert "minute" in error.message


def test_a_missing_module_says_where_imports_start(tmp_path: Path) -> None:
    error = refusal(tmp_path, "import not_there_at_all\n")

    assert "No module named 'not_there_at_all'" in error.message
    assert f"imports start from {tmp_path}" in error.message


def test_a_missing_target_module_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "my_pipeline.py").write_text(EMPTY)

    with pytest.raises(UserCodeLoadError, match="did you mean 'my_pipeline'"):
        load_repository(CodeTarget("x", module_name="my_pipelin", working_directory=str(tmp_path)))


def test_code_that_ends_the_process_is_told(tmp_path: Path) -> None:
    error = refusal(tmp_path, "import sys\nsys.exit(3)\n")

    assert "ended the process itself" in error.message
    assert error.line == 2


def test_the_causes_of_an_error_are_in_its_details(tmp_path: Path) -> None:
    text = "try:\n    {}['k']\nexcept KeyError as e:\n    raise RuntimeError('no k') from e\n"

    error = refusal(tmp_path, text)

    assert error.details.index("KeyError") < error.details.index("RuntimeError: no k")


# -------------------------------------------------------------------- freshness


def test_a_change_within_a_second_to_the_same_length_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "quick_change.py"
    target = CodeTarget("x", module_name="quick_change", working_directory=str(tmp_path))
    path.write_text(LOOSE)
    load_repository(target)
    stats = path.stat()
    path.write_text(LOOSE.replace("def files", "def filez"))
    os.utime(path, ns=(stats.st_atime_ns, stats.st_mtime_ns))
    for name in ("quick_change",):
        del sys.modules[name]

    snapshot = load_repository(target).repository.snapshot("x")

    assert [each.name for each in snapshot.sensors] == ["filez"]


def test_bytecode_of_a_source_that_is_old_enough_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "old_enough.py"
    path.write_text(EMPTY)
    an_hour_ago = path.stat().st_mtime - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))

    load_repository(CodeTarget("x", module_name="old_enough", working_directory=str(tmp_path)))

    assert sys.dont_write_bytecode or list((tmp_path / "__pycache__").glob("old_enough.*.pyc"))


# ------------------------------------------------------- what is shown of a mistake


def test_a_mistake_in_definitions_is_told_once_and_without_our_rooms(tmp_path: Path) -> None:
    error = refusal(tmp_path, "from watchbell import *\n@asset\ndef a(b): ...\n@asset\ndef b(a): ...\n")

    assert "DagsterInvalidDefinitionError: assets are made from each other in a circle" in str(error)
    assert "watchbell.ground" not in str(error)
    assert error.details == ""


def test_a_mistake_that_a_line_makes_shows_that_line_alone(tmp_path: Path) -> None:
    text = "from watchbell import *\ns = ScheduleDefinition(name='x', target='*', cron_schedule='0 25 * * *')\n"

    error = refusal(tmp_path, text)

    assert error.line == 2
    assert error.details.count("File ") == 1
    assert "Traceback" not in error.details


def test_a_missing_value_of_a_resource_is_told_without_pydantics_addresses(tmp_path: Path) -> None:
    error = refusal(tmp_path, "from watchbell import *\nclass Db(ConfigurableResource):\n    url: str\nDb()\n")

    assert "ValidationError: 1 validation error for Db" in str(error)
    assert "errors.pydantic.dev" not in str(error)
    assert "main.py" not in error.details


def test_the_version_of_code_is_that_of_its_files(tmp_path: Path) -> None:
    one = tmp_path / "a.py"
    one.write_text("x = 1")
    before = version_of([str(one)])
    one.write_text("x = 2")

    assert len(before) == 12
    assert version_of([str(one)]) != before
    assert version_of([str(tmp_path / "gone.py")]) != version_of([])
    assert version_of([]) == ""
