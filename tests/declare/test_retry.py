"""Retry policies and the exceptions that ask for a retry or fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.retry import Backoff, Failure, Jitter, RetryPolicy, RetryRequested
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


def waits(policy: RetryPolicy, chance: float = 0.5) -> list[float]:
    return [policy.calculate_delay(number, lambda: chance) for number in range(1, 5)]


def test_without_a_delay_nothing_is_waited() -> None:
    assert waits(RetryPolicy(max_retries=4)) == [0, 0, 0, 0]


def test_without_backoff_each_wait_is_the_same() -> None:
    assert waits(RetryPolicy(delay=3)) == [3, 3, 3, 3]


def test_linear_backoff_adds_a_delay_each_time() -> None:
    assert waits(RetryPolicy(delay=2, backoff=Backoff.LINEAR)) == [2, 4, 6, 8]


def test_exponential_backoff_doubles_and_adds_a_delay() -> None:
    assert waits(RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL)) == [2, 6, 14, 30]


@given(chance=st.floats(0, 1, exclude_max=True), number=st.integers(1, 8), backoff=st.sampled_from([None, *Backoff]))
def test_jitter_stays_within_its_bounds(chance: float, number: int, backoff: Backoff | None) -> None:
    plain = RetryPolicy(delay=2, backoff=backoff).calculate_delay(number)
    full = RetryPolicy(delay=2, backoff=backoff, jitter=Jitter.FULL).calculate_delay(number, lambda: chance)
    around = RetryPolicy(delay=2, backoff=backoff, jitter=Jitter.PLUS_MINUS).calculate_delay(number, lambda: chance)

    assert 0 <= full <= plain
    assert plain - 2 <= around <= plain + 2


@pytest.mark.parametrize("given", [{"backoff": Backoff.LINEAR}, {"jitter": Jitter.FULL}])
def test_what_changes_a_delay_needs_one(given: dict[str, object]) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="no delay"):
        RetryPolicy(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"max_retries": -1}, {"max_retries": "3"}, {"delay": -1}, {"max_retries": True}])
def test_values_of_the_wrong_kind_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ParameterCheckError, match=next(iter(given))):
        RetryPolicy(**given)  # type: ignore[arg-type]


def test_a_request_for_a_retry_knows_its_limits() -> None:
    request = RetryRequested(max_retries=3, seconds_to_wait=5)

    assert (request.max_retries, request.seconds_to_wait) == (3, 5)


def test_a_failure_reads_as_its_description() -> None:
    failure = Failure("no rows", metadata={"rows": 0}, allow_retries=False)

    assert str(failure) == "no rows"
    assert failure.metadata["rows"].value == 0
    assert failure.allow_retries is False


def test_a_failure_may_be_tried_again_unless_it_says_otherwise() -> None:
    assert Failure().allow_retries is True
