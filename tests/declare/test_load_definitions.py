"""All that modules and packages define, without a list of names."""

from types import ModuleType
from typing import Any

import pytest

import tests.declare.shelf
from tests.declare.shelf import first, second
from watchbell import (
    Definitions,
    RepositoryDefinition,
    asset,
    create_repository_using_definitions_args,
    in_process_executor,
    job,
    load_definitions_from_current_module,
    load_definitions_from_module,
    load_definitions_from_modules,
    load_definitions_from_package_module,
    load_definitions_from_package_name,
    op,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


def names_in(defs: Definitions) -> dict[str, list[str]]:
    keys = [key for each in defs.assets for key in (each.keys if hasattr(each, "keys") else [each.key])]
    return {
        "assets": [key.to_user_string() for key in keys],
        "asset_checks": [key.name for each in defs.asset_checks for key in each.check_keys],
        "jobs": [each.name for each in defs.jobs],
        "schedules": [each.name for each in defs.schedules],
        "sensors": [each.name for each in defs.sensors],
    }


FIRST = {
    "assets": ["orders", "outside", "x1", "x2"],
    "asset_checks": ["is_positive"],
    "jobs": ["of_assets", "plain"],
    "schedules": ["daily"],
    "sensors": ["watcher"],
}


def test_a_modules_definitions_of_every_kind_are_taken() -> None:
    defs = load_definitions_from_module(first, resources={"db": "somewhere"}, executor=in_process_executor)

    assert names_in(defs) == FIRST
    assert (defs.resources, defs.executor) == ({"db": "somewhere"}, in_process_executor)
    Definitions.validate_loadable(defs)


def test_what_two_modules_share_is_taken_once() -> None:
    defs = load_definitions_from_modules([first, second])

    assert names_in(defs) == {**FIRST, "assets": [*FIRST["assets"], "stock"]}


def test_definitions_objects_inside_are_left_alone() -> None:
    assert names_in(load_definitions_from_module(second))["assets"] == ["orders", "stock"]


@pytest.mark.parametrize(
    "load",
    [
        lambda: load_definitions_from_package_module(tests.declare.shelf),
        lambda: load_definitions_from_package_name("tests.declare.shelf"),
    ],
)
def test_a_package_is_loaded_to_its_depth(load: Any) -> None:
    assert set(names_in(load())["assets"]) == {*FIRST["assets"], "stock", "deep"}


@asset
def here() -> int:
    return 1


def test_the_current_module_is_the_one_that_calls() -> None:
    assert "here" in names_in(load_definitions_from_current_module())["assets"]


def test_two_assets_of_one_key_are_refused_where_they_are_loaded() -> None:
    other = ModuleType("other")

    @asset(name="orders")
    def again() -> int:
        return 1

    other.again = again  # type: ignore[attr-defined]

    with pytest.raises(DagsterInvalidDefinitionError, match="'orders' is defined a second time in 'other'"):
        load_definitions_from_modules([first, other])


@pytest.mark.parametrize(
    "load",
    [
        lambda: load_definitions_from_modules(first),  # type: ignore[arg-type]
        lambda: load_definitions_from_modules(["tests"]),  # type: ignore[list-item]
        lambda: load_definitions_from_module("tests"),  # type: ignore[arg-type]
        lambda: load_definitions_from_package_module(first),
        lambda: load_definitions_from_package_name(5),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_module_is_refused(load: Any) -> None:
    with pytest.raises(ParameterCheckError):
        load()


def test_a_package_that_is_not_there_says_so() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        load_definitions_from_package_name("no_such_package")


def test_a_repository_has_its_own_name() -> None:
    @op
    def nothing() -> None: ...

    @job
    def plain() -> None:
        nothing()

    made = create_repository_using_definitions_args("nightly", assets=[here], jobs=[plain], resources={"db": 1})

    assert isinstance(made, RepositoryDefinition)
    assert (made.name, set(made.job_names)) == ("nightly", {"__ASSET_JOB", "plain"})
    with pytest.raises(DagsterInvalidDefinitionError):
        create_repository_using_definitions_args("not a name")
