"""Executors as values."""

import pytest

from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.executor import in_process_executor, multiprocess_executor
from watchbell.ground.errors import DagsterInvalidConfigError


def test_the_ready_made_ones_have_defaults() -> None:
    assert multiprocess_executor.config_field.resolve(ABSENT, "e") == {
        "max_concurrent": None,
        "retries": {"enabled": {}},
    }
    assert in_process_executor.config_field.resolve(ABSENT, "e") == {"retries": {"enabled": {}}}


def test_a_configured_executor_keeps_its_kind() -> None:
    made = multiprocess_executor.configured({"max_concurrent": 4, "retries": {"disabled": {}}}, name="four")

    assert (made.name, made.kind) == ("four", "multiprocess")
    config = made.config_field.resolve(ABSENT, "e")
    assert (config["max_concurrent"], config["retries"]) == (4, {"disabled": {}})


def test_config_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(DagsterInvalidConfigError, match="did you mean 'max_concurrent'"):
        multiprocess_executor.configured({"max_concurent": 4})
