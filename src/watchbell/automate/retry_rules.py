"""Which failed runs are executed again, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchbell.ground.value import dataclass
from watchbell.record.overlap import WAITS_TAG
from watchbell.record.run import (
    AUTO_RETRY_TAG,
    PARENT_RUN_ID_TAG,
    RESUME_RETRY_TAG,
    ROOT_RUN_ID_TAG,
    STOP_REASON_TAG,
    DagsterRun,
    DagsterRunStatus,
)
from watchbell.record.settings import Settings

MAX_RETRIES_TAG = "dagster/max_retries"
RETRY_STRATEGY_TAG = "dagster/retry_strategy"
RETRY_ON_STEP_FAILURE_TAG = "dagster/retry_on_asset_or_op_failure"
RETRY_NUMBER_TAG = "dagster/retry_number"
FROM_FAILURE, ALL_STEPS = "FROM_FAILURE", "ALL_STEPS"
STEP_FAILURE = "STEP_FAILURE"
# What is said of one run and not of its next one.
_OF_ONE_RUN = (
    AUTO_RETRY_TAG, RETRY_NUMBER_TAG, STOP_REASON_TAG, RESUME_RETRY_TAG, PARENT_RUN_ID_TAG, ROOT_RUN_ID_TAG, WAITS_TAG,
)  # fmt: skip


@dataclass(frozen=True)
class RetryAnswer:
    """Whether a failed run is executed again.

    Args:
        run: the new run, QUEUED; None: none.
        mistake: what is wrong with a tag that was not understood, for the log.
    """

    run: DagsterRun | None = None
    mistake: str = ""


def retry_of(run: DagsterRun, failure_reason: str | None, settings: Settings, new_run_id: str) -> RetryAnswer:
    """What follows on a failed run.

    Args:
        run: the run; only one of a code location, since others belong to whoever started them.
        failure_reason: what its RUN_FAILURE event gives.
        settings: ``run_retries_enabled`` and its like.
        new_run_id: id for the new run.
    """
    if not settings.run_retries_enabled or run.status is not DagsterRunStatus.FAILURE or run.location_name is None:
        return RetryAnswer()
    if AUTO_RETRY_TAG in run.tags:
        return RetryAnswer()
    most, mistake = _number(run.tags, MAX_RETRIES_TAG, settings.run_max_retries)
    if mistake:
        return RetryAnswer(mistake=mistake)
    done, _ = _number(run.tags, RETRY_NUMBER_TAG, 0)
    if done >= most:
        return RetryAnswer()
    if failure_reason == STEP_FAILURE and not _retries_on_step_failure(run.tags, settings):
        return RetryAnswer()
    strategy = run.tags.get(RETRY_STRATEGY_TAG, FROM_FAILURE)
    if strategy not in (FROM_FAILURE, ALL_STEPS):
        return RetryAnswer(
            mistake=f"its tag {RETRY_STRATEGY_TAG} is {strategy!r}; expected {FROM_FAILURE} or {ALL_STEPS}"
        )
    made = reexecution_of(run, new_run_id, from_failure=strategy == FROM_FAILURE)
    return RetryAnswer(made.with_tags({**made.tags, RETRY_NUMBER_TAG: str(done + 1)}))


def reexecution_of(
    run: DagsterRun,
    new_run_id: str,
    *,
    from_failure: bool = False,
    step_keys: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> DagsterRun:
    """A queued run that executes another again.

    Args:
        run: the other.
        new_run_id: id for the new run.
        from_failure: whether only what did not end well; which steps that are is found out when it begins.
        step_keys: only these steps; None: those the other was to execute.
        tags: more tags.
    """
    root = run.root_run_id or run.run_id
    kept = {key: value for key, value in run.tags.items() if key not in _OF_ONE_RUN}
    own = {PARENT_RUN_ID_TAG: run.run_id, ROOT_RUN_ID_TAG: root, RESUME_RETRY_TAG: "true" if from_failure else "false"}
    again = run.step_keys_to_execute if step_keys is None else tuple(step_keys)
    return DagsterRun(
        run.job_name,
        new_run_id,
        run.run_config,
        DagsterRunStatus.QUEUED,
        {**kept, **own, **(tags or {})},
        asset_selection=run.asset_selection,
        op_selection=run.op_selection,
        parent_run_id=run.run_id,
        root_run_id=root,
        step_keys_to_execute=None if from_failure else again,
        location_name=run.location_name,
        asset_check_selection=run.asset_check_selection,
    )


def _number(tags: Mapping[str, str], key: str, otherwise: int) -> tuple[int, str]:
    text = tags.get(key)
    if text is None:
        return otherwise, ""
    try:
        return int(text), ""
    except ValueError:
        return 0, f"its tag {key} is {text!r}; expected a whole number"


def _retries_on_step_failure(tags: Mapping[str, str], settings: Settings) -> bool:
    text = tags.get(RETRY_ON_STEP_FAILURE_TAG)
    return settings.retry_on_asset_or_op_failure if text is None else text.strip().lower() != "false"
