"""Training, judging and releasing a model, on data that scikit-learn brings along; see README.md."""

import json
import os
from pathlib import Path

import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from watchbell import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetIn,
    AssetOut,
    AssetsDefinition,
    AssetSelection,
    Config,
    DefaultScheduleStatus,
    Definitions,
    FilesystemIOManager,
    MaterializeResult,
    MetadataValue,
    Output,
    ScheduleDefinition,
    asset,
    asset_check,
    define_asset_job,
    multi_asset,
)

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("TRAINING_FOLDER", HERE / "out"))
LABEL = "malignant"


class Split(Config):
    """How the samples are split."""

    test_share: float = 0.25
    seed: int = 7


@asset(group_name="data", code_version="1", kinds={"sklearn"})
def samples() -> Output[pd.DataFrame]:
    """All samples with their features, and whether the tumour was malignant."""
    frame = load_breast_cancer(as_frame=True).frame
    frame[LABEL] = frame.pop("target") == 0
    share = float(frame[LABEL].mean())
    return Output(frame, metadata={"rows": len(frame), "columns": len(frame.columns), "malignant share": share})


@multi_asset(
    group_name="data",
    outs={
        "training_set": AssetOut(description="What models learn from."),
        "test_set": AssetOut(description="Never seen."),
    },
)
def split(config: Split, samples: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Splits the samples, the share of malignant ones being the same on both sides."""
    training, test = train_test_split(
        samples, test_size=config.test_share, random_state=config.seed, stratify=samples[LABEL]
    )
    return training, test


def model_asset(name: str, estimator: ClassifierMixin) -> AssetsDefinition:
    """An asset that is the trained estimator: models that differ only in kind are made by one function."""

    @asset(name=name, key_prefix="models", group_name="models", kinds={"sklearn"}, code_version="1")
    def model(context: AssetExecutionContext, training_set: pd.DataFrame) -> Pipeline:
        fitted = make_pipeline(StandardScaler(), estimator).fit(
            training_set.drop(columns=LABEL).to_numpy(), training_set[LABEL].to_numpy()
        )
        context.add_output_metadata({"estimator": repr(estimator), "rows": len(training_set)})
        return fitted

    return model


CANDIDATES = {
    "logistic": LogisticRegression(max_iter=500),
    "forest": RandomForestClassifier(n_estimators=60, random_state=7),
}
models = [model_asset(name, estimator) for name, estimator in CANDIDATES.items()]


def judge(model: Pipeline, test_set: pd.DataFrame) -> dict[str, float]:
    """How good a model is on samples it has not seen."""
    guessed = model.predict(test_set.drop(columns=LABEL).to_numpy())
    return {
        "accuracy": round(float(accuracy_score(test_set[LABEL], guessed)), 4),
        "recall": round(float(recall_score(test_set[LABEL], guessed)), 4),
    }


@asset(group_name="models", ins={name: AssetIn(key=["models", name]) for name in CANDIDATES})
def scores(test_set: pd.DataFrame, logistic: Pipeline, forest: Pipeline) -> Output[pd.DataFrame]:
    """The candidates' scores, the best one first."""
    judged = {"logistic": judge(logistic, test_set), "forest": judge(forest, test_set)}
    table = pd.DataFrame(judged).T.sort_values("recall", ascending=False)
    rows = [f"| {name} | {row.accuracy} | {row.recall} |" for name, row in table.iterrows()]
    shown = "\n".join(["| model | accuracy | recall |", "|---|---|---|", *rows])
    return Output(table, metadata={"scores": MetadataValue.md(shown), "best": str(table.index[0])})


@asset_check(asset=scores, blocking=True, description="A model that misses too many is not released.")
def best_is_good_enough(scores: pd.DataFrame) -> AssetCheckResult:
    """Nine of ten malignant tumours have to be found."""
    recall = float(scores["recall"].iloc[0])
    return AssetCheckResult(passed=recall >= 0.9, metadata={"recall": recall})


@asset(group_name="models", deps=models)
def released_model(context: AssetExecutionContext, scores: pd.DataFrame) -> MaterializeResult:
    """The card of the model in use: which one it is and how good. Kept as it was when a better one fails its check."""
    best = str(scores.index[0])
    card = {"model": best, "run": context.run_id, **scores.iloc[0].to_dict()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "released_model.json"
    path.write_text(json.dumps(card, indent=2))
    return MaterializeResult(metadata={"model": best, "card": MetadataValue.path(str(path))})


train_job = define_asset_job("train", selection=AssetSelection.all(), tags={"team": "models"})
nightly = ScheduleDefinition(
    name="nightly_training", job=train_job, cron_schedule="0 3 * * *", default_status=DefaultScheduleStatus.STOPPED
)

defs = Definitions(
    assets=[samples, split, *models, scores, released_model],
    asset_checks=[best_is_good_enough],
    jobs=[train_job],
    schedules=[nightly],
    resources={"io_manager": FilesystemIOManager(base_dir=str(FOLDER / "values"))},
)
