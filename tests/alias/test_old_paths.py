"""Inner paths of Dagster that projects import: those of its first versions, small things, and what is refused."""

import importlib

import pytest

import dagster
import watchbell
from dagster._finder import OLD_PACKAGES
from dagster._own_paths import FILES, OWN_PATHS
from dagster._reasons import ABSENT, INNER, INNER_NAMES, LATER

OWN = [(path, module, name) for path, homes in OWN_PATHS.items() for module, names in homes.items() for name in names]


@pytest.mark.parametrize(("path", "module", "name"), OWN, ids=[f"{path}.{name}" for path, _, name in OWN])
def test_a_small_thing_is_found_at_its_path(path: str, module: str, name: str) -> None:
    found: dict[str, object] = {}
    exec(f"from {path} import {name}", found)

    assert found[name] is getattr(importlib.import_module(f"dagster._own.{module}"), name)
    assert name in importlib.import_module(path).__all__


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_is_a_module_of_the_package(path: str) -> None:
    assert importlib.import_module(path).__file__ is not None


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("dagster.core.types.dagster_type", "PythonObjectDagsterType"),
        ("dagster.core.definitions.events", "AssetMaterialization"),
        ("dagster.core.errors", "DagsterInvariantViolationError"),
        ("dagster.core.storage.fs_io_manager", "fs_io_manager"),
        ("dagster.config.field", "Field"),
        ("dagster.serdes", "serialize_value"),
        ("dagster.utils", "file_relative_path"),
        ("dagster.experimental", "DynamicOutput"),
    ],
)
def test_a_path_of_dagsters_first_versions_gives_what_the_path_of_today_gives(old: str, name: str) -> None:
    found: dict[str, object] = {}
    exec(f"from {old} import {name}", found)

    assert found[name] is getattr(watchbell, name)


def test_the_old_package_check_is_the_one_of_today() -> None:
    from dagster import _check
    from dagster.check import str_param

    assert str_param is _check.str_param


def test_the_old_packages_themselves_can_be_imported() -> None:
    for old, today in OLD_PACKAGES.items():
        known = importlib.import_module(old)
        assert known.__name__ == old, today


def test_a_name_that_an_old_path_lacks_is_told_by_the_path_of_today() -> None:
    with pytest.raises(ImportError, match=r"'dagster\._core\.types\.dagster_type' is served by watchbell"):
        from dagster.core.types.dagster_type import NoSuchType  # noqa: F401


def test_a_module_of_the_name_of_a_function_does_not_take_its_place() -> None:
    importlib.import_module("dagster._core.definitions.materialize")
    from dagster._core.definitions import materialize

    assert materialize is watchbell.materialize


INNER_PATHS = [(path, words) for words, paths in INNER.items() for path in paths if path != "dagster.components"]


@pytest.mark.parametrize(("path", "words"), INNER_PATHS, ids=[path for path, _ in INNER_PATHS])
def test_an_inner_module_is_refused_with_the_reason_and_the_document(path: str, words: str) -> None:
    for asked in (path, f"{path}.inside"):
        with pytest.raises(ImportError) as caught:
            importlib.import_module(asked)

        assert words[1:] in str(caught.value)
        assert "docs/coverage.md" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("dagster._serdes", "ConfigurableClass"),
        ("dagster._serdes", "whitelist_for_serdes"),
        ("dagster._core.execution.api", "create_execution_plan"),
        ("dagster._core.storage.event_log", "SqlEventLogStorage"),
        ("dagster.core.execution.context.compute", "AbstractComputeExecutionContext"),
        ("dagster.components", "Component"),
    ],
)
def test_an_inner_name_is_refused_with_the_reason(path: str, name: str) -> None:
    groups = [*INNER_NAMES.items(), *ABSENT.items(), *LATER.items()]
    words = next(words for words, names in groups if name in names)

    with pytest.raises(ImportError) as caught:
        exec(f"from {path} import {name}", {})

    assert words in str(caught.value)
    assert "docs/coverage.md" in str(caught.value)


def test_the_decorator_definitions_is_found_among_components() -> None:
    from dagster.components import definitions

    assert definitions is dagster.definitions


@pytest.mark.parametrize("module", ["dagster_dbt", "dagster_aws.s3", "dagster_shared.check", "dagster_graphql"])
def test_an_integration_package_that_is_not_installed_is_missed_in_pythons_own_words(module: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"^No module named '{module.partition('.')[0]}'$"):
        importlib.import_module(module)
