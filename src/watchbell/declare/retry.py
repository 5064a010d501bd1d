"""Retries: how often a failed step is tried again, how long it waits, and how user code asks for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from enum import Enum

from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


class Backoff(Enum):
    """How the wait grows from one retry to the next.

    LINEAR: ``delay``, 2 ``delay``, 3 ``delay`` … EXPONENTIAL: ``delay``, 3 ``delay``, 7 ``delay`` …
    """

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How chance changes the wait, so that many steps do not retry at the same moment.

    FULL: anything from 0 to the wait. PLUS_MINUS: the wait, up to one ``delay`` less or more.
    """

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


@dataclass(frozen=True)
class RetryPolicy:
    """When a step that failed is tried again.

    Args:
        max_retries: most retries after the first attempt (count).
        delay: seconds before a retry; None: none.
        backoff: how the wait grows; None: it stays the same.
        jitter: how chance changes it; None: not at all.

    Raises:
        ParameterCheckError: a value has the wrong type.
        DagsterInvalidDefinitionError: ``backoff`` or ``jitter`` without ``delay``.

    Example:
        >>> RetryPolicy(max_retries=3, delay=2, backoff=Backoff.EXPONENTIAL).calculate_delay(2)
        6
    """

    max_retries: int = 1
    delay: int | float | None = None
    backoff: Backoff | None = None
    jitter: Jitter | None = None

    def __post_init__(self) -> None:
        _check_count(self.max_retries, "max_retries of a RetryPolicy")
        _check_seconds(self.delay, "delay of a RetryPolicy")
        for name, kind in (("backoff", Backoff), ("jitter", Jitter)):
            value = getattr(self, name)
            if value is None:
                continue
            check_instance(value, kind, f"{name} of a RetryPolicy")
            if self.delay is None:
                raise DagsterInvalidDefinitionError(
                    f"a RetryPolicy has {name}={value} but no delay to apply it to; pass delay= in seconds"
                )

    def calculate_delay(self, attempt_num: int, chance: Callable[[], float] = random.random) -> float:
        """Seconds to wait before a retry.

        Args:
            attempt_num: which retry, 1 for the first.
            chance: gives a number in [0, 1).
        """
        base = self.delay or 0
        wait: float = base
        if self.backoff is Backoff.LINEAR:
            wait = base * attempt_num
        elif self.backoff is Backoff.EXPONENTIAL:
            wait = base * (2**attempt_num - 1)
        if self.jitter is Jitter.FULL:
            wait *= chance()
        elif self.jitter is Jitter.PLUS_MINUS:
            wait += base * (2 * chance() - 1)
        return max(wait, 0)


class RetryRequested(Exception):
    """Raised by user code: try this step again.

    Args:
        max_retries: most retries after the first attempt (count).
        seconds_to_wait: wait before the next one; None: none.

    Raises:
        ParameterCheckError: a value has the wrong type.

    Example:
        >>> @op
        ... def fetch():
        ...     try:
        ...         return 1 / 0
        ...     except ZeroDivisionError as error:
        ...         raise RetryRequested(max_retries=3, seconds_to_wait=5) from error
    """

    def __init__(self, max_retries: int | None = 1, seconds_to_wait: float | None = None) -> None:
        super().__init__("the step asks to be tried again")
        self.max_retries = 1 if max_retries is None else _check_count(max_retries, "max_retries of a RetryRequested")
        self.seconds_to_wait = _check_seconds(seconds_to_wait, "seconds_to_wait of a RetryRequested")


class Failure(Exception):
    """Raised by user code: the step failed for a known reason.

    Args:
        description: the reason, for people.
        metadata: labelled facts, shown with the failure.
        allow_retries: False: no retry policy may try again. None means True.

    Raises:
        DagsterInvalidMetadata: a value cannot be metadata.

    Example:
        >>> @op
        ... def check(rows):
        ...     if not rows:
        ...         raise Failure("no rows arrived", metadata={"rows": 0}, allow_retries=False)
    """

    def __init__(
        self,
        description: str | None = None,
        metadata: RawMetadataMapping | None = None,
        allow_retries: bool | None = None,
    ) -> None:
        super().__init__(description)
        self.description = description
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)
        self.allow_retries = True if allow_retries is None else allow_retries

    def __str__(self) -> str:
        return self.description or ""


def _check_count(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ParameterCheckError(f"{what} is a count, 0 or more, not {value!r}", parameter=what, value=value)
    return value


def _check_seconds(value: object, what: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
        raise ParameterCheckError(f"{what} is in seconds, 0 or more, not {value!r}", parameter=what, value=value)
    return value
