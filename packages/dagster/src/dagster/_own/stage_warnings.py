"""Warnings about stages of an API, and turning them off."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from watchbell import BetaWarning, ConfigArgumentWarning, PreviewWarning, SupersessionWarning

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _warn(text: str, more: str | None, category: type[Warning], stacklevel: int) -> None:
    warnings.warn(f"{text}.{' ' + more if more else ''}", category, stacklevel + 1)


def beta_warning(subject: str, additional_warn_text: str | None = None, stacklevel: int = 3) -> None:
    """Warns that a part of an API is in beta."""
    _warn(f"{subject} is in beta: it may change in a minor version", additional_warn_text, BetaWarning, stacklevel)


def preview_warning(subject: str, additional_warn_text: str | None = None, stacklevel: int = 3) -> None:
    """Warns that a part of an API is a preview."""
    text = f"{subject} is a preview: it may change in any version, and is not for production"
    _warn(text, additional_warn_text, PreviewWarning, stacklevel)


def supersession_warning(subject: str, additional_warn_text: str | None = None, stacklevel: int = 3) -> None:
    """Warns that there is something better than a part of an API."""
    text = f"{subject} is superseded: there is something better"
    _warn(text, additional_warn_text, SupersessionWarning, stacklevel)


@contextmanager
def disable_dagster_warnings() -> Iterator[None]:
    """While it is open, warnings about stages of the API are not shown."""
    with warnings.catch_warnings():
        for category in (BetaWarning, PreviewWarning, SupersessionWarning, ConfigArgumentWarning):
            warnings.simplefilter("ignore", category)
        yield


def suppress_dagster_warnings(function: F) -> F:
    """The function, which runs inside :func:`disable_dagster_warnings`."""

    @functools.wraps(function)
    def quiet(*given: Any, **named: Any) -> Any:
        with disable_dagster_warnings():
            return function(*given, **named)

    return cast("F", quiet)


def normalize_renamed_param(
    new_val: T | None, new_arg: str, old_val: Any, old_arg: str, coerce_old_to_new: Callable[[Any], T] | None = None
) -> T | None:
    """The value of an argument that has an old name, too.

    Raises:
        ValueError: it was given under both names.
    """
    if old_val is None:
        return new_val
    if new_val is not None:
        raise ValueError(f"{new_arg}= and {old_arg}= are two names of one argument: give only {new_arg}=")
    given: T = old_val if coerce_old_to_new is None else coerce_old_to_new(old_val)
    return given
