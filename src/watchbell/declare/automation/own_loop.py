"""Evaluations that wait: driven inside an event loop, or, where there is none, in one of their own."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from watchbell.declare.automation.evaluation import Steps
from watchbell.ground.errors import DagsterUserCodeExecutionError

T = TypeVar("T")
_FRAMES = ("cr_frame", "ag_frame", "gi_frame")
_AWAITED = ("cr_await", "ag_await", "gi_yieldfrom")


async def awaited(steps: Steps[T], first: Any = None) -> T:
    """The result of an evaluation, whose waiting leaves the loop to others.

    Args:
        steps: the evaluation.
        first: what it yielded already; None: it has not begun.
    """
    try:
        waits_for = next(steps) if first is None else first
        while True:
            try:
                value = await in_full(waits_for)
            except BaseException as error:  # also a cancellation: resources are to be torn down
                waits_for = steps.throw(_seen_from_outside(error))
            else:
                waits_for = steps.send(value)
    except StopIteration as end:
        result: T = end.value
        return result


def _seen_from_outside(error: BaseException) -> BaseException:
    """What a function raised; a cancellation that is not of its own task, but of something it waited for, is an error
    like others."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling():
        text = f"what the function waited for was cancelled{': ' if error.args else ''}{error}"
        return DagsterUserCodeExecutionError(text, user_exception=error)
    return error


def in_full(returned: Any) -> Awaitable[Any]:
    """What a function returned as something to await: of an async generator the list of what it yields."""
    if inspect.isawaitable(returned):
        return returned
    return _collected(returned)


async def _collected(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def finish_in_own_loop(steps: Steps[T], first: Any) -> T:
    """The result of an evaluation that has come to its first wait, where no event loop is at hand.

    A loop that runs in this thread already, as in a notebook, cannot be entered once more: then this one runs in
    another thread, and the caller waits for it.

    Args:
        steps: the evaluation.
        first: what it yielded.
    """
    coroutine = awaited(steps, first)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    context = copy_context()
    with ThreadPoolExecutor(1, "watchbell-own-loop") as pool:
        return pool.submit(context.run, asyncio.run, coroutine).result()


def frames_of(coroutine: Any) -> list[traceback.FrameSummary]:
    """Where a coroutine waits, outermost frame first."""
    frames: list[traceback.FrameSummary] = []
    while coroutine is not None:
        frame = next((getattr(coroutine, name) for name in _FRAMES if hasattr(coroutine, name)), None)
        if frame is None:
            break  # a future: what is waited for
        frames += traceback.StackSummary.extract(iter([(frame, frame.f_lineno)]))
        inner = next((getattr(coroutine, name) for name in _AWAITED if hasattr(coroutine, name)), None)
        # What an async generator gives next does not tell of whom it is.
        coroutine = frame.f_locals["items"] if frame.f_code is _collected.__code__ else inner
    return frames
