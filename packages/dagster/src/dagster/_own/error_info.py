"""Errors as values."""

from types import TracebackType

from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception

__all__ = ["SerializableErrorInfo", "serializable_error_info_from_exc_info"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def serializable_error_info_from_exc_info(
    exc_info: ExcInfo, hoist_user_code_error: bool | None = True
) -> SerializableErrorInfo:
    """An exception as a value, from ``sys.exc_info()`` inside an ``except``.

    Args:
        exc_info: of the exception.
        hoist_user_code_error: whether an error that wraps one of user code gives way to that.

    Raises:
        ValueError: nothing is being handled.
    """
    error = exc_info[1]
    if error is None:
        raise ValueError("no exception is being handled here: call it inside an `except` block")
    info = error_info_from_exception(error)
    wraps = info.cls_name == "DagsterUserCodeExecutionError" and info.cause is not None
    return info.root if wraps and hoist_user_code_error else info
