"""What is reported of assets outside any run."""

import pytest

from watchbell import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterEventType,
    DagsterInstance,
)
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.runless_event import RunlessFact, runless_event

KEY = AssetKey("orders")


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (AssetMaterialization(KEY), DagsterEventType.ASSET_MATERIALIZATION),
        (AssetObservation(KEY), DagsterEventType.ASSET_OBSERVATION),
        (AssetCheckEvaluation(KEY, "fine", True), DagsterEventType.ASSET_CHECK_EVALUATION),
    ],
)
def test_each_fact_has_its_kind_of_event(fact: RunlessFact, kind: DagsterEventType) -> None:
    event = runless_event(fact)

    assert (event.event_type, event.asset_key) == (kind, KEY)


def test_anything_else_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="AssetCheckEvaluation"):
        runless_event("made")  # type: ignore[arg-type]


def test_each_reported_evaluation_is_an_execution_of_its_own() -> None:
    with DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(AssetMaterialization(KEY))
        for passed in (True, False):
            instance.report_runless_asset_event(AssetCheckEvaluation(KEY, "fine", passed))
        found = instance.get_asset_check_execution_history(AssetCheckKey(KEY, "fine"), limit=5)

        evaluations = [each.evaluation for each in found]
        assert [each and each.passed for each in evaluations] == [False, True]
        targets = [each and each.target_materialization_data for each in evaluations]
        assert targets == [None, None]  # whoever reports says what it is about, or else it is about the asset
