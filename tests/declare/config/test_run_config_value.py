"""Run config as an object and as a plain dict."""

from typing import Any

import pytest

from watchbell.declare.config.config import Config
from watchbell.declare.config.env_var import EnvVar
from watchbell.declare.config.run_config_value import RunConfig, plain_run_config
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.request import RunRequest


class Limits(Config):
    rows: int = 3


class Database(ConfigurableResource[Any]):
    url: str


CONFIG = RunConfig(ops={"load": Limits(rows=1)}, resources={"db": Database(url=EnvVar("URL"))})
PLAIN = {
    "loggers": {},
    "resources": {"db": {"config": {"url": {"env": "URL"}}}},
    "ops": {"load": {"config": {"rows": 1}}},
    "execution": {},
}


def test_objects_become_plain_config() -> None:
    assert CONFIG.to_config_dict() == PLAIN


def test_dicts_stay_as_they_are() -> None:
    config = RunConfig(ops={"load": {"inputs": {"a": 1}}}, execution={"config": {"in_process": {}}})

    assert config.to_config_dict()["ops"] == {"load": {"inputs": {"a": 1}}}
    assert config.to_config_dict()["execution"] == {"config": {"in_process": {}}}


def test_objects_inside_a_dict_become_plain_too() -> None:
    given = {"ops": {"load": {"config": Limits(rows=2)}}, "resources": {"db": {"config": {"url": EnvVar("URL")}}}}

    assert plain_run_config(given, "run_config") == {
        "ops": {"load": {"config": {"rows": 2}}},
        "resources": {"db": {"config": {"url": {"env": "URL"}}}},
    }


def test_a_run_request_takes_it() -> None:
    assert RunRequest(run_config=CONFIG).run_config == PLAIN  # type: ignore[arg-type]


def test_run_configs_are_equal_by_what_they_say() -> None:
    assert RunConfig(ops={"load": Limits(rows=1)}) == RunConfig(ops={"load": {"config": {"rows": 1}}})


@pytest.mark.parametrize("given", [3, [1], "ops"])
def test_what_is_no_run_config_is_refused(given: Any) -> None:
    with pytest.raises(ParameterCheckError, match="run_config is a dict or a RunConfig"):
        plain_run_config(given, "run_config")


def test_a_part_that_is_no_dict_is_named() -> None:
    with pytest.raises(ParameterCheckError, match="ops of a RunConfig"):
        RunConfig(ops=3)  # type: ignore[arg-type]
