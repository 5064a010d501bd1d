"""How a training pipeline is tested: its checks on values made up for them, and the whole of it once."""

import json
from pathlib import Path

import cancer_model
import pandas as pd
import pytest
from cancer_model import best_is_good_enough, defs, models, released_model, samples, scores, split

from watchbell import AssetKey, DagsterInstance, FilesystemIOManager, materialize

EVERYTHING = [samples, split, *models, scores, released_model, best_is_good_enough]


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancer_model, "FOLDER", tmp_path)


def test_a_bad_model_does_not_pass() -> None:
    result = best_is_good_enough(pd.DataFrame({"accuracy": [0.99], "recall": [0.5]}, index=["careless"]))

    assert not result.passed
    assert result.metadata["recall"].value == 0.5


def test_the_best_model_is_released(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = materialize(
            EVERYTHING,
            instance=instance,
            resources={"io_manager": FilesystemIOManager(base_dir=str(tmp_path / "values"))},
        )

        assert result.success
        assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
        card = json.loads((tmp_path / "released_model.json").read_text())
        assert card["model"] in {"logistic", "forest"}
        assert card["recall"] >= 0.9
        assert instance.get_latest_materialization_event(AssetKey(["models", "forest"])) is not None


def test_a_model_that_fails_its_check_is_not_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancer_model, "judge", lambda _model, _test: {"accuracy": 0.6, "recall": 0.2})

    result = materialize(
        EVERYTHING,
        resources={"io_manager": FilesystemIOManager(base_dir=str(tmp_path / "values"))},
        raise_on_error=False,
    )

    assert [evaluation.passed for evaluation in result.get_asset_check_evaluations()] == [False]
    assert not (tmp_path / "released_model.json").exists()


def test_the_definitions_load() -> None:
    assert defs.get_job_def("train").name == "train"
