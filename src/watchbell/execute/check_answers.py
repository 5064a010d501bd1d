"""What the function of a step with checks returned, parted into values and answers."""

from __future__ import annotations

from typing import Any

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.execute.check_plan import StepChecks
from watchbell.execute.plan import Step
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.asset_check import AssetCheckEvaluation

Answer = AssetCheckResult | AssetCheckEvaluation


def returned_results(step: Step, checks: StepChecks, returned: Any) -> tuple[Any, list[Answer]]:
    """What the function of a step with checks returned, parted: the value of its assets, and the answers of checks.

    Args:
        step: the step.
        checks: its checks.
        returned: a value, an answer, or a tuple (for checks alone, also a list) with answers in it.

    Raises:
        DagsterInvariantViolationError: a function that makes only checks returned something else.
    """
    if isinstance(returned, Answer):
        return None, [returned]
    if checks.is_check:
        if isinstance(returned, list | tuple) and all(isinstance(each, Answer) for each in returned):
            return None, list(returned)
        raise DagsterInvariantViolationError(
            f'the check "{step.key}" returned {returned!r:.80} ({type(returned).__name__}); a check answers with '
            "AssetCheckResult(passed=…)",
            step_key=step.key,
        )
    if not isinstance(returned, tuple):
        return returned, []
    rest = tuple(each for each in returned if not isinstance(each, Answer))
    answers = [each for each in returned if isinstance(each, Answer)]
    if not answers:
        return returned, []
    return (rest[0] if len(rest) == 1 else rest), answers
