"""Features that meet: what one part of the house promises holds when another is in use too."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetKey,
    AssetSelection,
    AssetSpec,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterInvalidConfigError,
    DataVersion,
    Definitions,
    ExecuteInProcessResult,
    Failure,
    IOManager,
    IOManagerDefinition,
    MaterializeResult,
    RetryPolicy,
    asset,
    define_asset_job,
    executor,
    job,
    materialize,
    multi_asset,
    observable_source_asset,
    op,
)
from watchbell.record.provenance import extract_data_provenance_from_entry


@multi_asset(
    specs=[AssetSpec(name, skippable=True) for name in "ab"],
    check_specs=[AssetCheckSpec(f"of_{name}", asset=name) for name in "ab"],
    can_subset=True,
)
def letters(context: Any) -> Iterator[Any]:
    for name in "ab":
        if AssetKey(name) in context.selected_asset_keys:
            yield MaterializeResult(asset_key=name)
        if AssetCheckKey(name, f"of_{name}") in context.selected_asset_check_keys:
            yield AssetCheckResult(passed=True, asset_key=name, check_name=f"of_{name}")


class TestChecksOfAFunctionOfSeveralAssets:
    def test_a_check_runs_without_any_asset(self) -> None:
        result = materialize([letters], selection=AssetSelection.checks(AssetCheckKey("b", "of_b")))

        assert [each.check_name for each in result.get_asset_check_evaluations()] == ["of_b"]
        assert result.get_asset_materialization_events() == []

    def test_a_job_is_cut_down_to_one_of_them(self) -> None:
        job = Definitions(assets=[letters], jobs=[define_asset_job("all")]).get_job_def("all")

        part = job.get_subset(asset_selection=[], asset_check_selection=[AssetCheckKey("a", "of_a")])
        result = part.execute_in_process()

        assert [each.check_name for each in result.get_asset_check_evaluations()] == ["of_a"]
        assert result.get_asset_materialization_events() == []


def test_config_of_assets_that_a_run_leaves_out_is_passed_over() -> None:
    @asset(config_schema={"limit": int})
    def limited() -> int:
        return 1

    @asset
    def plain() -> int:
        return 2

    config = {"ops": {"limited": {"config": {"limit": 3}}}}
    job = Definitions(assets=[limited, plain], jobs=[define_asset_job("all", config=config)]).get_job_def("all")

    result = job.execute_in_process(asset_selection=[AssetKey("plain")])

    assert result.asset_value("plain") == 2


def test_what_a_run_looks_at_first_is_what_its_assets_are_made_of() -> None:
    @observable_source_asset
    def prices() -> DataVersion:
        return DataVersion("7")

    @asset(deps=[prices])
    def bill() -> int:
        return 1

    everything = define_asset_job("all", AssetSelection.all(include_sources=True))
    job = Definitions(assets=[prices, bill], jobs=[everything]).get_job_def("all")
    with DagsterInstance.ephemeral() as instance:
        job.execute_in_process(instance=instance)

        entry = instance.get_latest_materialization_event(AssetKey("bill"))
        assert entry is not None
        made = extract_data_provenance_from_entry(entry)
        (seen,) = instance.fetch_observations(AssetKey("prices"), limit=1).records
        assert made is not None
        assert made.input_data_versions == {AssetKey("prices"): DataVersion("7")}
        assert made.input_storage_ids == {AssetKey("prices"): seen.storage_id}


class Refusing(IOManager):
    def handle_output(self, context: Any, obj: Any) -> None:
        if obj == 13:
            raise Failure("unlucky", metadata={"number": obj}, allow_retries=False)

    def load_input(self, context: Any) -> Any:
        raise Failure("nothing there")


@pytest.mark.parametrize(("number", "step", "said"), [(13, "count", "unlucky"), (1, "take", "nothing there")])
def test_a_failure_that_an_io_manager_describes_is_the_steps_failure(number: int, step: str, said: str) -> None:
    @op(retry_policy=RetryPolicy(max_retries=1))
    def count() -> int:
        return number

    @op
    def take(number: int) -> None: ...

    @job(resource_defs={"io_manager": IOManagerDefinition.hardcoded_io_manager(Refusing())})
    def counting() -> None:
        take(count())

    result = counting.execute_in_process(raise_on_error=False)

    (failed,) = result.get_step_failure_events()
    assert failed.step_key == step
    assert failed.step_failure_data.user_failure_description == said
    assert result.retry_attempts_for_node("count") == 0
    with pytest.raises(Failure, match=said):
        counting.execute_in_process()


def test_an_executor_that_a_run_does_not_use_needs_no_config() -> None:
    @executor(name="fleet", config_schema={"machines": int})
    def fleet(context: Any) -> Any:
        raise NotImplementedError

    @op
    def one() -> int:
        return 1

    @job(executor_def=fleet)
    def counting() -> None:
        one()

    assert counting.execute_in_process().output_for_node("one") == 1
    with pytest.raises(DagsterInvalidConfigError, match="execution:config:machines"):
        counting.execute_in_process(run_config={"execution": {"config": {"machines": "many"}}})


def test_a_function_that_runs_in_pieces_makes_each_check_once_and_with_its_asset() -> None:
    @multi_asset(
        specs=[AssetSpec("first"), AssetSpec("last", deps=["between"])],
        check_specs=[AssetCheckSpec("full", asset=name) for name in ("first", "last")],
        can_subset=True,
    )
    def ends(context: Any) -> Iterator[Any]:
        for key in sorted(context.selected_asset_keys):
            yield MaterializeResult(asset_key=key)
        for check in sorted(context.selected_asset_check_keys):
            yield AssetCheckResult(passed=True, asset_key=check.asset_key, check_name=check.name)

    @asset(deps=["first"])
    def between() -> None: ...

    result = materialize([ends, between])

    found = [(event.step_key, each.asset_key.to_user_string()) for event, each in _evaluations(result)]
    assert found == [("ends", "first"), ("ends_2", "last")]


def _evaluations(result: ExecuteInProcessResult) -> list[tuple[DagsterEvent, Any]]:
    kind = DagsterEventType.ASSET_CHECK_EVALUATION
    return [(each, each.asset_check_evaluation_data) for each in result.all_events if each.event_type is kind]
