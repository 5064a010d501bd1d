"""Environment variables as values."""

import json
import pickle

import pytest

from watchbell.declare.config.env_var import EnvVar, IntEnvVar, as_reference, environment, references_inside


def test_a_variable_is_read_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", "here")
    monkeypatch.setenv("PORT", "5432")

    assert EnvVar("PLACE").get_value() == "here"
    assert EnvVar.int("PORT").get_value() == 5432
    assert environment("PLACE") == "here"


def test_a_variable_that_is_not_set_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLACE", raising=False)

    assert EnvVar("PLACE").get_value(default="there") == "there"
    assert EnvVar.int("PLACE").get_value() is None


def test_a_variable_is_not_used_as_text() -> None:
    with pytest.raises(RuntimeError, match="get_value"):
        f"{EnvVar('PLACE')}"


def test_a_variable_is_not_used_as_a_number() -> None:
    with pytest.raises(RuntimeError, match="PORT"):
        int(EnvVar.int("PORT"))


def test_showing_a_variable_shows_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")

    assert repr([EnvVar("SECRET"), EnvVar.int("SECRET")]) == "[EnvVar('SECRET'), EnvVar.int('SECRET')]"


def test_references_are_plain_json() -> None:
    value = {"url": EnvVar("URL"), "ports": [EnvVar.int("PORT"), 3]}

    assert json.dumps(references_inside(value)) == '{"url": {"env": "URL"}, "ports": [{"env": "PORT"}, 3]}'


def test_what_is_no_variable_stays_as_it_is() -> None:
    assert as_reference("URL") == "URL"


def test_a_number_variable_survives_a_pickle() -> None:
    copy = pickle.loads(pickle.dumps(EnvVar.int("PORT")))

    assert isinstance(copy, IntEnvVar)
    assert copy.env_var_name == "PORT"
