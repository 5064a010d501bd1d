"""The answers of asset checks: read, written down, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.execute.check_answers import Answer
from watchbell.execute.check_plan import StepChecks
from watchbell.execute.plan import Step
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import (
    DagsterAssetCheckFailedError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from watchbell.record.event import DagsterEvent, DagsterEventType, StepOutputData
from watchbell.record.keys import AssetKey


def take_results(
    scope: RunScope, step: Step, state: StepScope, answers: Iterable[Answer], asset_key: AssetKey | None = None
) -> None:
    """Takes the answers of checks and writes them down.

    Args:
        scope: the run.
        step: the step.
        state: the attempt.
        answers: what the function gave.
        asset_key: the asset that answers without one speak of.

    Raises:
        DagsterInvariantViolationError: the step does not make such a check, or it was answered already.
    """
    for answer in answers:
        spec = _spec_of(step, answer, answer.asset_key or asset_key)
        checks = step.checks
        assert checks is not None
        found = state.evaluations = {} if state.evaluations is None else state.evaluations
        if spec.key in found:
            raise DagsterInvariantViolationError(
                f'step "{step.key}" answered for the check {spec.key.to_user_string()!r} twice', step_key=step.key
            )
        evaluation = found[spec.key] = _evaluation(spec, answer, _partition_of(scope, spec))
        name = checks.output_names[spec.key]
        journal = scope.journal
        journal.event(DagsterEventType.STEP_OUTPUT, f"{step.key} gave {name}", step.key, StepOutputData(name))
        said = "passed" if evaluation.passed else f"did not pass ({evaluation.severity.value})"
        text = f"check {spec.key.to_user_string()} {said}"
        journal.event(DagsterEventType.ASSET_CHECK_EVALUATION, text, step.key, evaluation)


def know_results(step: Step, answers: Iterable[Answer], asset_key: AssetKey | None) -> None:
    """Does nothing if the step makes the checks that were answered; raises as :func:`take_results`."""
    for answer in answers:
        _spec_of(step, answer, answer.asset_key or asset_key)


def finish_checks(step: Step, checks: StepChecks, state: StepScope) -> None:
    """The end of a step with checks.

    Raises:
        DagsterStepOutputNotFoundError: a check was not answered.
        DagsterAssetCheckFailedError: blocking checks did not pass, with severity ERROR.
    """
    found = state.evaluations or {}
    for key in checks.specs:
        if key not in found:
            raise DagsterStepOutputNotFoundError(
                f'step "{step.key}" ended without an answer for the check {key.to_user_string()!r}; yield or return an '
                "AssetCheckResult for each check",
                step_key=step.key,
                output_name=checks.output_names[key],
            )
    failed = [each.asset_check_key.to_user_string() for each in found.values() if each.blocks]
    if failed:
        count = f"{len(failed)} blocking asset check{'s' if len(failed) > 1 else ''}"
        raise DagsterAssetCheckFailedError(
            f"{count} failed with ERROR severity: {', '.join(failed)}; nothing downstream runs", checks=failed
        )


def say_checks_planned(scope: RunScope, step: Step, checks: StepChecks) -> None:
    """Writes down which checks a step is to make."""
    for key in checks.specs:
        text = f"{scope.journal.job_name} is to evaluate the check {key.to_user_string()}"
        data = AssetCheckEvaluationPlanned(key.asset_key, key.name, _partition_of(scope, checks.specs[key]))
        scope.journal.planned(DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, text, step.key, data)


def _partition_of(scope: RunScope, spec: AssetCheckSpec) -> str | None:
    """The partition that a check looks at, in a run for one, if it looks at single partitions at all."""
    key = scope.partitions.key
    return None if key is None or spec.partitions_def is None else str(key)


def _evaluation(spec: AssetCheckSpec, answer: Answer, partition: str | None) -> AssetCheckEvaluation:
    return AssetCheckEvaluation(
        spec.asset_key,
        spec.name,
        answer.passed,
        answer.metadata,
        severity=answer.severity,
        description=answer.description,
        blocking=spec.blocking,
        partition=partition,
    )


def _spec_of(step: Step, answer: Answer, asset_key: AssetKey | None) -> AssetCheckSpec:
    """The check that an answer is of: named by asset and name, where these leave a choice."""
    if step.checks is None:
        raise DagsterInvariantViolationError(
            f'step "{step.key}" gave an AssetCheckResult and makes no check; declare it: check_specs=[AssetCheckSpec('
            f"{answer.check_name or 'name'!r}, asset=…)]",
            step_key=step.key,
        )
    specs = list(step.checks.specs.values())
    of_asset = [spec for spec in specs if asset_key is None or spec.asset_key == asset_key]
    if not of_asset:
        assert asset_key is not None
        name = asset_key.to_user_string()
        near = did_you_mean(name, {spec.asset_key.to_user_string() for spec in specs})
        raise DagsterInvariantViolationError(
            f'step "{step.key}" gave an AssetCheckResult for the asset {name!r}, which none of its checks looks at'
            f"{near}",
            step_key=step.key,
        )
    named = [spec for spec in of_asset if answer.check_name is None or spec.name == answer.check_name]
    if len(named) == 1:
        return named[0]
    shown = ", ".join(spec.key.to_user_string() for spec in named or of_asset)
    if named:
        raise DagsterInvariantViolationError(
            f'step "{step.key}" makes the checks {shown}, so an AssetCheckResult has to name one by check_name= (and '
            "asset_key= where assets have checks of one name)",
            step_key=step.key,
        )
    near = did_you_mean(str(answer.check_name), [spec.name for spec in of_asset])
    raise DagsterInvariantViolationError(
        f'step "{step.key}" gave an AssetCheckResult called {answer.check_name!r}, which it does not make'
        f" ({shown}){near}",
        step_key=step.key,
    )


def as_stored(events: Sequence[DagsterEvent], run_id: str, instance: DagsterInstance) -> list[DagsterEvent]:
    """The events of a run, its evaluations as they were stored: with the materializations that they looked at."""
    kind = DagsterEventType.ASSET_CHECK_EVALUATION
    if not any(event.event_type is kind for event in events):
        return list(events)
    stored = iter(instance.all_logs(run_id, kind))
    return [next(stored).get_dagster_event() if event.event_type is kind else event for event in events]
