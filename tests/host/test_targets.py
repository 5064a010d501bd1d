"""Code targets: from options, workspace files and pyproject files, with mistakes named."""

from pathlib import Path

import pytest

from watchbell.ground.errors import UserCodeLoadError
from watchbell.host.targets import CodeTarget, TargetOptions, find_targets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "defs.py").write_text("")
    (tmp_path / "other.py").write_text("")
    return tmp_path


def test_a_file_is_a_location_named_after_it(folder: Path) -> None:
    found = find_targets(TargetOptions(python_files=["defs.py"]), folder)

    assert found == [CodeTarget("defs.py", python_file=str(folder / "defs.py"), working_directory=str(folder))]


def test_an_attribute_is_part_of_the_name(folder: Path) -> None:
    (folder / "src").mkdir()
    options = TargetOptions(module_names=["shop.jobs"], attribute="defs", working_directory="src")

    found = find_targets(options, folder)

    expected = CodeTarget(
        "shop.jobs:defs", module_name="shop.jobs", attribute="defs", working_directory=str(folder / "src")
    )
    assert found == [expected]


def test_an_attribute_needs_exactly_one_place(folder: Path) -> None:
    with pytest.raises(UserCodeLoadError, match="name exactly one"):
        find_targets(TargetOptions(python_files=["defs.py", "other.py"], attribute="x"), folder)


def test_a_missing_file_is_named_with_the_nearest(folder: Path) -> None:
    with pytest.raises(UserCodeLoadError, match=r"no file .*deffs\.py; did you mean 'defs\.py'\?"):
        find_targets(TargetOptions(python_files=["deffs.py"]), folder)


def test_nothing_to_load_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserCodeLoadError, match=r"-f definitions\.py"):
        find_targets(TargetOptions(), tmp_path)


def test_a_workspace_lists_several_locations(folder: Path) -> None:
    (folder / "workspace.yaml").write_text(
        """
        load_from:
          - python_file: defs.py
          - python_file: {relative_path: other.py, location_name: second, attribute: repo, working_directory: sub}
          - python_module: shop.jobs
          - python_package: {package_name: shop, executable_path: /usr/bin/python3}
        """
    )

    found = find_targets(TargetOptions(), folder)

    here = str(folder)
    assert found == [
        CodeTarget("defs.py", python_file=f"{here}/defs.py", working_directory=here),
        CodeTarget("second", python_file=f"{here}/other.py", attribute="repo", working_directory=f"{here}/sub"),
        CodeTarget("shop.jobs", module_name="shop.jobs", working_directory=here),
        CodeTarget("shop", package_name="shop", working_directory=here, executable="/usr/bin/python3"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("load_from: []", "needs a list under load_from"),
        ("[1", "is not YAML"),
        ("load_from: [{grpc_server: {port: 1}}]", "not supported"),
        ("load_from: [{python_fil: defs.py}]", "did you mean 'python_file'"),
        ("load_from: [{python_file: {relative_pth: defs.py}}]", "did you mean 'relative_path'"),
        ("load_from: [{python_file: nope.py}]", "there is no file"),
        ("load_from: [{python_module: {module_name: 3}}]", "module_name is text"),
        ("load_from: [{python_module: {attribute: x}}]", "needs module_name"),
        ("load_from: [{python_file: defs.py}, {python_file: defs.py}]", "two code locations are named 'defs.py'"),
    ],
)
def test_a_mistake_in_a_workspace_is_named(folder: Path, text: str, message: str) -> None:
    (folder / "workspace.yaml").write_text(text)

    with pytest.raises(UserCodeLoadError, match=message) as caught:
        find_targets(TargetOptions(), folder)

    assert caught.value.file.startswith(str(folder))


@pytest.mark.parametrize("table", ["watchbell", "dagster"])
def test_pyproject_names_a_module(folder: Path, table: str) -> None:
    (folder / "pyproject.toml").write_text(f'[tool.{table}]\nmodule_name = "shop"\ncode_location_name = "store"\n')

    found = find_targets(TargetOptions(), folder)

    assert found == [CodeTarget("store", module_name="shop", working_directory=str(folder))]


def test_pyproject_names_several_modules(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.dagster]\nmodules = [{type = "module", name = "a"}, {type = "module", name = "b"}]\n'
    )

    assert [target.location_name for target in find_targets(TargetOptions(), folder)] == ["a", "b"]


def test_a_pyproject_of_another_tool_names_nothing(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.ruff]\nline-length = 120\n")

    with pytest.raises(UserCodeLoadError, match="no code to load"):
        find_targets(TargetOptions(), folder)


def test_a_mistake_in_pyproject_is_named(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.watchbell]\nmodule_name = 3\n")

    with pytest.raises(UserCodeLoadError, match="module_name is text, not 3"):
        find_targets(TargetOptions(), folder)


def test_a_project_of_dg_names_its_module(folder: Path) -> None:
    (folder / "src" / "shop").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop"\n'
    )

    found = find_targets(TargetOptions(), folder)

    expected = CodeTarget(folder.name, module_name="shop.definitions", working_directory=str(folder / "src"))
    assert found == [expected]


def test_a_project_of_dg_may_name_the_module_and_the_location(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.dg.project]\nroot_module = "shop"\ncode_location_target_module = "shop.defs"\n'
        'code_location_name = "store"\n'
    )

    found = find_targets(TargetOptions(), folder)

    assert found == [CodeTarget("store", module_name="shop.defs", working_directory=str(folder))]


def test_the_table_of_dagster_goes_before_that_of_dg(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.dagster]\nmodule_name = "first"\n[tool.dg.project]\nroot_module = "second"\n'
    )

    assert [each.module_name for each in find_targets(TargetOptions(), folder)] == ["first"]


def test_a_workspace_of_dg_names_its_projects(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "pyproject.toml").write_text(f'[tool.dg.project]\nroot_module = "{name}"\n')
    (folder / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "workspace"\n[[tool.dg.workspace.projects]]\npath = "one"\n'
        '[[tool.dg.workspace.projects]]\npath = "two"\n'
    )

    found = find_targets(TargetOptions(), folder)

    assert [(each.location_name, each.module_name) for each in found] == [
        ("one", "one.definitions"),
        ("two", "two.definitions"),
    ]


def test_a_workspace_of_dg_with_a_project_that_is_not_there_is_refused(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[[tool.dg.workspace.projects]]\npath = "gone"\n')

    with pytest.raises(UserCodeLoadError, match="names 'gone', where there is no pyproject.toml"):
        find_targets(TargetOptions(), folder)
