import pytest

from watchbell import AssetsDefinition, AssetSelection, asset, define_asset_job, graph, job, op
from watchbell.declare.automation.automation_target import TargetArguments
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@op
def load() -> None: ...


@job
def etl() -> None:
    load()


@graph
def flow() -> None:
    load()


@asset
def orders() -> None: ...


def resolved(**arguments: object) -> list[tuple[str, bool, tuple[AssetsDefinition, ...]]]:
    targets = TargetArguments("sensor 's'", "s", **arguments).resolve()  # type: ignore[arg-type]
    return [(each.job_name, each.job is not None, each.assets_defs) for each in targets]


def test_no_target_is_none() -> None:
    assert resolved() == []


def test_jobs_are_given_as_objects_or_by_name() -> None:
    assert [("etl", True, ())] == resolved(job=etl) == resolved(target=etl)
    assert resolved(job_name="later") == [("later", False, ())]
    assert resolved(jobs=[etl, flow, define_asset_job("all")]) == [
        ("etl", True, ()),
        ("flow", True, ()),
        ("all", True, ()),
    ]


def test_assets_as_a_target_get_a_job_of_their_own() -> None:
    name = "__anonymous_asset_job_s"

    assert [(name, True, (orders,))] == resolved(target=[orders]) == resolved(target=orders)
    assert [(name, True, ())] == resolved(target="group:x") == resolved(target=AssetSelection.all())
    assert TargetArguments("sensor 's'", "s", target="*").resolve()[0].is_anonymous


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="sensor 's' has both job= and target="):
        resolved(job=etl, target="*")


@pytest.mark.parametrize(
    "arguments", [{"job": 5}, {"jobs": [etl, "x"]}, {"jobs": "etl"}, {"job_name": 5}, {"target": 5}]
)
def test_what_is_no_job_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ParameterCheckError):
        resolved(**arguments)
