"""`import dagster` in every spelling gives watchbell's own objects, and says what is missing."""

import importlib.metadata
import subprocess
import sys

import pytest
from packaging.specifiers import SpecifierSet

import dagster
import dagster as dg
import watchbell
from watchbell._names import HOMES


def test_the_alias_distribution_is_the_one_installed() -> None:
    assert importlib.metadata.version("dagster") == f"{dagster.__version__}+watchbell"


@pytest.mark.parametrize("pin", [">=1.5", "==1.13.27", "<=1.13.27", "~=1.13.0", "<1.14"])
def test_usual_pins_of_other_packages_accept_it(pin: str) -> None:
    assert SpecifierSet(pin).contains(importlib.metadata.version("dagster"))


def test_each_name_is_the_same_object_under_both_names() -> None:
    assert {name for name in HOMES if getattr(dg, name) is not getattr(watchbell, name)} == set()


def test_from_import_gives_the_same_object() -> None:
    from dagster import AssetKey

    assert AssetKey is watchbell.AssetKey


def test_import_star_gives_every_public_name_and_keeps_the_own_version() -> None:
    names: dict[str, object] = {}
    exec("from dagster import *", names)

    assert {name for name in HOMES if names.get(name) is not getattr(watchbell, name)} == set()
    assert names["__version__"] == dagster.__version__


def test_completion_lists_every_public_name() -> None:
    assert set(HOMES) <= set(dir(dagster))


def test_hasattr_answers_for_a_name_watchbell_lacks() -> None:
    assert not hasattr(dagster, "NoSuchThing")


def test_an_attribute_watchbell_lacks_is_an_attribute_error_with_the_nearest_name() -> None:
    with pytest.raises(AttributeError, match=r"does not have 'AssetKee' yet; did you mean 'AssetKey'\?"):
        _ = dagster.AssetKee  # type: ignore[attr-defined]


def test_importing_a_name_watchbell_lacks_says_so() -> None:
    with pytest.raises(ImportError) as refused:
        from dagster import AssetKee  # type: ignore[attr-defined]  # noqa: F401

    assert str(refused.value) == (
        f"'dagster' is served by watchbell {watchbell.__version__} here, which does not have 'AssetKee' yet; "
        "did you mean 'AssetKey'? What is there, and what is not: docs/coverage.md in watchbell's repository."
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Component", "components, which build definitions from YAML files, are not taken over"),
        ("solid", "Dagster itself removed it; use op"),
        ("freshness_policy_sensor", "Dagster itself removed it; use build_sensor_for_freshness_checks"),
    ],
)
def test_a_name_that_is_known_to_be_missing_says_why(name: str, why: str) -> None:
    with pytest.raises(ImportError, match=f"does not have '{name}' yet: {why}"):
        exec(f"from dagster import {name}", {})


def test_importing_a_module_watchbell_lacks_says_so() -> None:
    with pytest.raises(ImportError, match="does not have 'no_such_module' yet"):
        import dagster.no_such_module  # type: ignore[import-not-found]  # noqa: F401


def test_code_can_fall_back_when_a_name_is_missing() -> None:
    try:
        from dagster import no_such_thing  # type: ignore[attr-defined]
    except ImportError:
        no_such_thing = None

    assert no_such_thing is None


def test_other_packages_of_the_same_prefix_are_left_alone() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'dagster_no_such_integration'"):
        import dagster_no_such_integration  # type: ignore[import-not-found]  # noqa: F401


def test_importing_the_alias_loads_neither_a_library_nor_slow_import_machinery() -> None:
    script = "import sys; before = set(sys.modules); import dagster; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    ours = {"dagster", "watchbell"}
    assert [name for name in loaded if name.split(".")[0] not in {*sys.stdlib_module_names, *ours}] == []
    assert {"importlib.abc", "difflib", "typing"} & set(loaded) == set()
