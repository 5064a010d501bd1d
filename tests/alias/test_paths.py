"""Module paths below `dagster` that documents import from give watchbell's objects; all others are refused."""

import importlib
import importlib.util
import pickle

import pytest

import dagster
import watchbell
from dagster._paths import PATHS


def present(path: str) -> list[str]:
    return sorted(name for name in PATHS[path] if name in watchbell.__all__)


def test_each_path_can_be_imported_whole() -> None:
    modules = {path: importlib.import_module(path) for path in PATHS}

    assert {path: module.__name__ for path, module in modules.items() if module.__name__ != path} == {}
    missing = {path: set(present(path)) - set(module.__all__) for path, module in modules.items()}
    assert {path: names for path, names in missing.items() if names} == {}


def test_paths_give_watchbells_objects() -> None:
    others = []
    for path in PATHS:
        found: dict[str, object] = {}
        for name in present(path):
            exec(f"from {path} import {name}", found)
            others += [f"{path}.{name}"] * (found[name] is not getattr(watchbell, name))

    assert others == []


def test_a_name_of_a_path_that_watchbell_lacks_is_refused_by_name() -> None:
    for path in PATHS:
        for name in set(PATHS[path]) - set(present(path)):
            with pytest.raises(ImportError, match=f"does not have '{name}' yet"):
                exec(f"from {path} import {name}", {})


def test_a_wrong_name_from_a_path_is_refused() -> None:
    with pytest.raises(ImportError, match="does not have 'no_such_thing' yet"):
        from dagster._core.definitions.decorators.schedule_decorator import no_such_thing  # noqa: F401


def test_the_parents_of_a_path_are_reached_as_attributes() -> None:
    import dagster._core.definitions.schedule_definition

    assert dagster._core.definitions.schedule_definition.__name__ == "dagster._core.definitions.schedule_definition"


@pytest.mark.parametrize("path", ["dagster._core.nothing", "dagster._core.execution.nothing", "dagster._no_such"])
def test_any_other_internal_path_is_refused_and_says_what_to_import(path: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"'{path}' is not there.*from dagster import <name>"):
        importlib.import_module(path)


def test_a_value_pickled_under_one_name_is_read_under_the_other() -> None:
    key = dagster.AssetKey(["raw", "users"])

    assert pickle.loads(pickle.dumps(key)) == watchbell.AssetKey(["raw", "users"])


def test_a_second_install_of_the_finder_changes_nothing() -> None:
    import sys

    from dagster import _finder

    before = list(sys.meta_path)
    _finder.install()

    assert sys.meta_path == before
