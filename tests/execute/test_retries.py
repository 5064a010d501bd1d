"""Whether a failed attempt is followed by another one."""

import pytest

from watchbell.declare.retry import Backoff, Failure, RetryPolicy, RetryRequested
from watchbell.execute.retries import Retry, retry_after

POLICY = RetryPolicy(max_retries=2, delay=3, backoff=Backoff.EXPONENTIAL)


def test_without_a_policy_an_error_is_final() -> None:
    assert retry_after(ValueError(), None, 0) is None


@pytest.mark.parametrize(("attempts_before", "expected"), [(0, Retry(3, False)), (1, Retry(9, False)), (2, None)])
def test_a_policy_counts_retries_and_sets_their_delay(attempts_before: int, expected: Retry | None) -> None:
    assert retry_after(ValueError(), POLICY, attempts_before) == expected


@pytest.mark.parametrize(("attempts_before", "expected"), [(0, Retry(5, True)), (1, None)])
def test_user_code_asks_for_its_own_retries(attempts_before: int, expected: Retry | None) -> None:
    assert retry_after(RetryRequested(max_retries=1, seconds_to_wait=5), POLICY, attempts_before) == expected


def test_a_failure_that_allows_no_retries_is_final() -> None:
    assert retry_after(Failure("no rows", allow_retries=False), POLICY, 0) is None
    assert retry_after(Failure("no rows"), POLICY, 0) == Retry(3, False)


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_whoever_ends_the_process_is_not_tried_again(error: BaseException) -> None:
    assert retry_after(error, POLICY, 0) is None
