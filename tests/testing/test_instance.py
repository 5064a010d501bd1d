import os
from pathlib import Path

import pytest

from watchbell import DagsterInstance, instance_for_test
from watchbell.ground.errors import DagsterInvalidConfigError


def test_the_environment_names_the_folder_while_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "/nowhere")
    monkeypatch.delenv("WATCHBELL_HOME", raising=False)

    with instance_for_test() as instance:
        assert instance.root_directory == os.environ["DAGSTER_HOME"] == os.environ["WATCHBELL_HOME"]
        with DagsterInstance.get() as same:
            assert instance.root_directory == same.root_directory

    assert os.environ["DAGSTER_HOME"] == "/nowhere"
    assert "WATCHBELL_HOME" not in os.environ
    assert not Path(instance.root_directory).exists()


def test_the_environment_can_be_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)

    with instance_for_test(set_dagster_home=False):
        assert "DAGSTER_HOME" not in os.environ


def test_a_given_folder_stays(tmp_path: Path) -> None:
    with instance_for_test(temp_dir=str(tmp_path)) as instance:
        assert instance.root_directory == str(tmp_path.resolve())

    assert any(tmp_path.iterdir())


def test_settings_can_be_overridden() -> None:
    with instance_for_test(overrides={"max_concurrent_runs": 3}) as instance:
        assert instance.settings.max_concurrent_runs == 3


def test_settings_in_dagsters_form_are_understood() -> None:
    overrides = {"concurrency": {"runs": {"max_concurrent_runs": 4}}}

    with instance_for_test(overrides=overrides) as instance:
        assert instance.settings.max_concurrent_runs == 4


def test_a_wrong_setting_is_refused() -> None:
    with pytest.raises(DagsterInvalidConfigError), instance_for_test(overrides={"max_concurrent_runs": "many"}):
        pass
