"""Errands of the launchpad: schema, check and launch, as a command would do it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from watchbell import (
    Config,
    Definitions,
    Field,
    Selector,
    job,
    op,
    resource,
    static_partitioned_config,
)
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError
from watchbell.host.errands.launchpad import check_config, config_schema, launch_job

NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)


class Mode(Enum):
    FAST = "fast"
    SLOW = "slow"


class LoadConfig(Config):
    path: str
    limit: int = 10
    mode: Mode = Mode.FAST
    more: dict[str, int] = {}
    perhaps: float | None = None


@resource(config_schema={"url": str, "password": Field(str, is_secret=True)})
def database(context) -> None: ...


@op(required_resource_keys={"database"})
def load(config: LoadConfig) -> int:
    return config.limit


@op(config_schema={"target": Selector({"file": str, "table": {"name": str}})})
def store(context, rows: int) -> None: ...


@job(resource_defs={"database": database})
def etl() -> None:
    store(load())


@static_partitioned_config(["north", "south"])
def of_region(region: str) -> dict[str, Any]:
    return {"ops": {"sized": {"config": {"region": region}}}}


@op(config_schema={"region": str})
def sized(context) -> None: ...


@job(config=of_region)
def regions() -> None:
    sized()


GOOD = """
ops:
  load:
    config:
      path: in.csv
  store:
    config:
      target: {file: out.csv}
resources:
  database:
    config: {url: here, password: hush}
"""


@pytest.fixture
def desk() -> Iterator[ErrandDesk]:
    """Two jobs."""
    clock = ManualClock(NOW)
    defs = Definitions(jobs=[etl, regions])
    with call_upward("open_instance", "ephemeral", clock=clock) as instance:
        yield ErrandDesk(defs.get_repository_def(), "shop", "", instance=instance, clock=clock)


def field_of(facts: dict[str, Any], *path: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": facts}
    for name in path:
        [found] = [each for each in found["type"]["fields"] if each["name"] == name]
    return found


def test_the_schema_of_a_job_says_what_each_entry_takes(desk) -> None:
    schema = config_schema(desk, {"job": "etl"})["schema"]
    config = ("ops", "load", "config")

    assert tuple(field_of(schema, *config, "path")[each] for each in ("required", "type")) == (
        True,
        {"kind": "scalar", "label": "String", "type": "string"},
    )
    assert tuple(field_of(schema, *config, "limit")[each] for each in ("required", "default")) == (False, 10)
    assert field_of(schema, *config, "mode")["type"]["values"] == ["FAST", "SLOW"]
    assert field_of(schema, *config, "more")["type"]["kind"] == "map"
    assert field_of(schema, *config, "perhaps")["type"]["kind"] == "noneable"
    target = field_of(schema, "ops", "store", "config", "target")["type"]
    assert (target["kind"], [each["name"] for each in target["fields"]]) == ("selector", ["file", "table"])
    assert field_of(schema, "resources", "database", "config", "password")["secret"]


def test_an_empty_section_is_left_out_of_the_schema(desk) -> None:
    schema = config_schema(desk, {"job": "etl", "op_selection": ["load"]})["schema"]

    assert [each["name"] for each in field_of(schema, "ops")["type"]["fields"]] == ["load"]
    assert "inputs" not in [each["name"] for each in schema["fields"]]


def test_secrets_of_an_earlier_run_are_not_filled_in_again(desk) -> None:
    earlier = {"resources": {"database": {"config": {"url": "here", "password": "hush"}}}}

    told = config_schema(desk, {"job": "etl", "run_config": earlier})

    assert (told["config"], told["left_out"]) == ("resources:\n  database:\n    config:\n      url: here\n", True)


def test_a_reference_to_a_secret_is_no_secret(desk) -> None:
    earlier = {"resources": {"database": {"config": {"password": {"env": "PASSWORD"}}}}}

    told = config_schema(desk, {"job": "etl", "run_config": earlier})

    assert ("env: PASSWORD" in told["config"], False) == (True, told["left_out"])


def test_a_good_config_has_no_mistakes(desk) -> None:
    told = check_config(desk, {"job": "etl", "text": GOOD})

    assert (told["mistakes"], told["config"]["ops"]["load"]["config"]["path"]) == ([], "in.csv")


def test_each_mistake_is_told_with_its_line(desk) -> None:
    text = GOOD.replace("path: in.csv", "path: 3\n      limitt: 4")

    told = check_config(desk, {"job": "etl", "text": text})

    assert [(each["line"], each["path"][-1]) for each in told["mistakes"]] == [(5, "path"), (6, "limitt")]
    assert "limit" in told["mistakes"][1]["message"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("ops:\n  load: [", 2, "no YAML"),
        ("- a", 1, "mapping"),
        ("ops: {}\nops: {}", 2, "second time"),
        ("a: !!python/object/apply:os.system [ls]", 1, "no YAML"),
    ],
)
def test_what_is_no_config_at_all_is_told_where(desk, text: str, line: int, words: str) -> None:
    [mistake] = check_config(desk, {"job": "etl", "text": text})["mistakes"]

    assert line == mistake["line"]
    assert words in mistake["message"]


def test_a_launched_run_is_queued_with_config_tags_and_parent(desk) -> None:
    parent = launch_job(desk, {"job": "etl", "text": GOOD})["run_id"]

    run_id = launch_job(desk, {"job": "etl", "text": GOOD, "tags": {"why": "x"}, "parent_run_id": parent})["run_id"]

    run = desk.instance.get_run_by_id(run_id)
    assert ("QUEUED", "shop", parent, parent, "x") == (
        run.status.value,
        run.location_name,
        run.parent_run_id,
        run.root_run_id,
        run.tags["why"],
    )


def test_a_config_that_does_not_fit_is_not_launched(desk) -> None:
    with pytest.raises(ErrandRefusedError, match="missing") as refused:
        launch_job(desk, {"job": "etl", "text": "ops: {}"})

    assert refused.value.where == "text"
    assert desk.instance.get_runs_count() == 0


def test_only_some_steps_are_launched(desk) -> None:
    text = "ops: {load: {config: {path: a}}}\nresources: {database: {config: {url: u, password: p}}}"

    run_id = launch_job(desk, {"job": "etl", "text": text, "op_selection": ["load"]})["run_id"]

    assert list(desk.instance.get_run_by_id(run_id).op_selection) == ["load"]


def test_a_partition_brings_the_config_that_the_job_makes_for_it(desk) -> None:
    told = config_schema(desk, {"job": "regions", "partition": "south"})
    run_id = launch_job(desk, {"job": "regions", "partition": "south"})["run_id"]

    run = desk.instance.get_run_by_id(run_id)
    assert "region: south" in told["config"]
    assert (told["partitions"]["count"], told["partitions"]["newest"]) == (2, ["south", "north"])
    assert (
        run.tags["dagster/partition"],
        run.run_config,
    ) == ("south", {"ops": {"sized": {"config": {"region": "south"}}}})


def test_a_run_for_no_partition_is_remarked(desk) -> None:
    told = check_config(desk, {"job": "regions", "text": "ops: {sized: {config: {region: x}}}"})

    assert (told["mistakes"], len(told["remarks"])) == ([], 1)


@pytest.mark.parametrize(
    ("params", "kind", "where"),
    [
        ({"job": "elt"}, "not_found", "job"),
        ({"job": "etl", "op_selection": ["nothing"]}, "bad_request", "op_selection"),
        ({"job": "regions", "partition": "east"}, "bad_request", "partition"),
        ({"job": "etl", "partition": "east"}, "bad_request", "partition"),
        ({"job": "etl", "text": GOOD, "tags": ["x"]}, "bad_request", "tags"),
        ({"job": "etl", "text": GOOD, "parent_run_id": "no"}, "not_found", "parent_run_id"),
    ],
)
def test_what_cannot_be_launched_is_refused_with_its_field(desk, params, kind, where) -> None:
    with pytest.raises(ErrandRefusedError) as refused:
        launch_job(desk, params)

    assert (kind, where) == (refused.value.kind, refused.value.where)
