"""Changed copies of Definitions."""

from typing import Any

import pytest

from watchbell import AssetCheckResult, AssetSpec, Definitions, ScheduleDefinition, asset, asset_check, job, op
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


@asset
def up() -> int:
    return 1


@asset
def down(up: int) -> int:
    return up + 1


@asset_check(asset=up)
def fine() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


@op
def nothing() -> None: ...


@job
def plain() -> None:
    nothing()


DEFS = Definitions(
    assets=[up, down, AssetSpec("outside", group_name="far")],
    asset_checks=[fine],
    jobs=[plain],
    schedules=[ScheduleDefinition("daily", cron_schedule="@daily", job=plain, metadata={"m": 1})],
)


def groups(defs: Definitions) -> dict[str, str | None]:
    return {spec.key.to_user_string(): spec.group_name for spec in defs.resolve_all_asset_specs()}


def test_what_is_said_of_all_assets_is_changed() -> None:
    changed = DEFS.map_asset_specs(func=lambda spec: spec.replace_attributes(group_name="shop"))

    assert groups(changed) == {"up": "shop", "down": "shop", "outside": "shop"}
    assert groups(DEFS)["outside"] == "far"
    assert (changed.asset_checks, changed.jobs) == (DEFS.asset_checks, DEFS.jobs)


@pytest.mark.parametrize("selection", ["down", ["down"], 'key:"down"'])
def test_only_those_that_are_selected_change(selection: Any) -> None:
    changed = DEFS.map_resolved_asset_specs(
        func=lambda spec: spec.replace_attributes(group_name="shop"), selection=selection
    )

    assert groups(changed) == {**groups(DEFS), "down": "shop"}
    assert up in changed.assets


def test_a_function_that_gives_something_else_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="what the function of map_asset_specs returns"):
        DEFS.map_asset_specs(func=lambda spec: 5)  # type: ignore[arg-type, return-value]


def test_a_function_that_changes_a_key_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError):
        Definitions(assets=[up]).map_asset_specs(func=lambda spec: spec.replace_attributes(key="other"))


def test_metadata_of_every_definition_is_changed() -> None:
    changed = DEFS.with_definition_metadata_update(lambda metadata: {**metadata, "team": "shop"})

    assert [spec.metadata["team"] for spec in changed.resolve_all_asset_specs()] == ["shop"] * 3
    assert {name: value.value for name, value in changed.schedules[0].metadata.items()} == {"m": 1, "team": "shop"}


def test_resources_are_added() -> None:
    defs = Definitions(resources={"a": 1}).with_resources({"b": 2})

    assert defs.resources == {"a": 1, "b": 2}
    with pytest.raises(DagsterInvariantViolationError, match="the resource 'a' is given twice"):
        defs.with_resources({"a": 2})


def test_names_of_older_versions_do_the_same() -> None:
    assert [spec.key for spec in DEFS.get_all_asset_specs()] == list(DEFS.resolve_all_asset_keys())
    assert [each.name for each in DEFS.get_all_job_defs()] == ["__ASSET_JOB", "plain"]


def test_a_job_of_some_assets_is_found() -> None:
    found = DEFS.resolve_implicit_job_def_def_for_assets([up.key])

    assert found is not None
    assert found.name == "__ASSET_JOB"


def test_whether_it_was_resolved_is_known() -> None:
    defs = Definitions(assets=[up])
    before = defs.has_resolved_repository_def()
    defs.get_repository_def()

    assert (before, defs.has_resolved_repository_def()) == (False, True)
