"""Run config from YAML."""

import sys
from pathlib import Path

import pytest

from watchbell.declare.config.config_files import config_from_files, config_from_pkg_resources, config_from_yaml_strings
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, ParameterCheckError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text("ops:\n  load:\n    config:\n      n: 1\n      rows: [1, 2]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("ops: {load: {config: {m: 2, rows: [3]}}}", encoding="utf-8")
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    return tmp_path


def test_later_files_win_dict_by_dict(folder: Path) -> None:
    given = [str(folder / "a.yaml"), str(folder / "b.yaml"), str(folder / "empty.yaml")]

    assert config_from_files(given) == {"ops": {"load": {"config": {"n": 1, "rows": [3], "m": 2}}}}


def test_a_pattern_takes_files_in_the_order_of_names(folder: Path) -> None:
    assert config_from_files([str(folder / "[ab].yaml")])["ops"]["load"]["config"]["rows"] == [3]


def test_a_pattern_that_finds_nothing_is_an_error(folder: Path) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no file is called, or matches"):
        config_from_files([str(folder / "c*.yaml")])


def test_a_syntax_error_is_told_with_file_and_line(folder: Path) -> None:
    (folder / "bad.yaml").write_text("ops:\n  load: [1\n  x: 2\n", encoding="utf-8")

    with pytest.raises(DagsterInvariantViolationError, match=r"bad\.yaml, line 3, column 4 is no YAML"):
        config_from_files([str(folder / "bad.yaml")])


def test_something_else_than_a_dict_is_an_error() -> None:
    with pytest.raises(CheckError, match="YAML text 2 holds .1. .list.; expected a dict"):
        config_from_yaml_strings(["a: 1", "- 1"])


def test_one_path_or_text_instead_of_a_list_is_an_error() -> None:
    with pytest.raises(ParameterCheckError, match="is a list of paths"):
        config_from_files("a.yaml")
    with pytest.raises(ParameterCheckError, match="is a list of texts"):
        config_from_yaml_strings("a: 1")


def test_dates_stay_text() -> None:
    assert config_from_yaml_strings(["day: 2020-01-01\n'on': on\nn: 0x10"]) == {
        "day": "2020-01-01",
        "on": True,
        "n": 16,
    }


def test_files_inside_packages_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "config_in_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "x.yaml").write_text("a: 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert config_from_pkg_resources([("config_in_package", "x.yaml")]) == {"a": 1}
    with pytest.raises(DagsterInvariantViolationError, match=r"'y\.yaml' of package 'config_in_package'"):
        config_from_pkg_resources([("config_in_package", "y.yaml")])
    with pytest.raises(DagsterInvariantViolationError, match="ModuleNotFoundError"):
        config_from_pkg_resources([("no_such_package", "x.yaml")])
    sys.modules.pop("config_in_package")
