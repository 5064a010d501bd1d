"""Calls that are made again when they fail, after growing pauses."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
BACKOFF_MAX_RETRIES = 4


def exponential_delay_generator(base_delay: float = 0.1, backoff_factor: float = 2.0) -> Iterator[float]:
    """Pauses in seconds, each the last one times the factor, without end."""
    delay = base_delay
    while True:
        yield delay
        delay *= backoff_factor


def backoff(
    fn: Callable[..., T],
    retry_on: tuple[type[BaseException], ...],
    args: Sequence[object] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    max_retries: int = BACKOFF_MAX_RETRIES,
    delay_generator: Iterator[float] | None = None,
) -> T:
    """What ``fn`` gives, called again while it raises one of ``retry_on``.

    Args:
        fn: what to call.
        retry_on: exceptions after which it is called again.
        args: its arguments.
        kwargs: its named arguments.
        max_retries: how often it is called again (count); the last exception is raised.
        delay_generator: the pauses in seconds; by default 0.1, 0.2, 0.4 …
    """
    delays = exponential_delay_generator() if delay_generator is None else delay_generator
    for _ in range(max_retries):
        try:
            return fn(*(args or ()), **(kwargs or {}))
        except retry_on:
            time.sleep(next(delays))
    return fn(*(args or ()), **(kwargs or {}))


async def async_backoff(
    fn: Callable[..., Awaitable[T]],
    retry_on: Callable[[BaseException], bool],
    args: Sequence[object] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    max_retries: int = BACKOFF_MAX_RETRIES,
    delay_generator: Iterator[float] | None = None,
) -> T:
    """As :func:`backoff`, for a coroutine function; ``retry_on`` says of an exception whether to call again."""
    delays = exponential_delay_generator() if delay_generator is None else delay_generator
    for _ in range(max_retries):
        try:
            return await fn(*(args or ()), **(kwargs or {}))
        except Exception as error:
            if not retry_on(error):
                raise
            await asyncio.sleep(next(delays))
    return await fn(*(args or ()), **(kwargs or {}))
