"""Decorators that say how settled a part of an API is, under their old names.

``@public`` only marks. ``@beta``, ``@preview``, ``@superseded`` and ``@deprecated`` also warn when the function is
called or the class is made, unless ``emit_runtime_warning=False``; ``@beta_param`` and ``@deprecated_param`` when the
parameter is given by name. Above a ``property``, ``staticmethod`` or ``classmethod`` they mark without a warning.
"""

import functools
import warnings
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from watchbell import BetaWarning, PreviewWarning, SupersessionWarning

T = TypeVar("T")
PUBLIC = "public"
PublicAttr = Annotated[T, PUBLIC]
# How many frames lie between a warning here and the line that is to be shown.
STACK_LEVEL = 3
_MARKS = "_api_marks"


def _target(annotated: Any) -> Any:
    if isinstance(annotated, property):
        return annotated.fget
    return annotated.__func__ if isinstance(annotated, staticmethod | classmethod) else annotated


def _mark(annotated: T, word: str) -> T:
    target = _target(annotated)
    setattr(target, _MARKS, {*getattr(target, _MARKS, ()), word})
    return annotated


def _is(annotated: Any, word: str) -> bool:
    target = _target(annotated)
    marks = vars(target).get(_MARKS, ()) if hasattr(target, "__dict__") else ()
    return word in marks


def _subject(annotated: Any) -> str:
    kind = "class" if isinstance(annotated, type) else "function"
    return f"{kind} `{annotated.__qualname__.rpartition('<locals>.')[2]}`"


def _before(annotated: Any, act: Callable[[tuple[Any, ...], dict[str, Any]], None]) -> Any:
    """The same function or class, which calls ``act`` with the arguments of each call before its own work."""
    if isinstance(annotated, type):
        made: Any = annotated
        made.__init__ = _before(made.__init__, lambda given, named: act(given[1:], named))
        return annotated
    if isinstance(annotated, staticmethod | classmethod | property):
        return annotated
    function: Any = annotated

    @functools.wraps(function)
    def wrapped(*given: Any, **named: Any) -> Any:
        act(given, named)
        return function(*given, **named)

    return wrapped


def public(annotated: T) -> T:
    """Marks what users may rely on."""
    return _mark(annotated, PUBLIC)


def _stage(
    word: str,
    category: type[Warning],
    says: Callable[[str, str], str],
    needs_version: bool = False,
) -> Callable[..., Any]:
    def decorator(
        annotated: Any = None,
        *,
        breaking_version: str = "",
        additional_warn_text: str | None = None,
        subject: str | None = None,
        emit_runtime_warning: bool = True,
    ) -> Any:
        if needs_version and not breaking_version:
            raise TypeError(f"@{word} needs breaking_version=: from which version on it is gone")

        def apply(target: Any) -> Any:
            text = says(subject or _subject(_target(target)), breaking_version)
            more = f" {additional_warn_text}" if additional_warn_text else ""

            def warn(given: tuple[Any, ...], named: dict[str, Any]) -> None:
                warnings.warn(f"{text}.{more}", category, STACK_LEVEL)

            return _mark(_before(target, warn) if emit_runtime_warning else target, word)

        return apply if annotated is None else apply(annotated)

    decorator.__doc__ = f"Marks what is {word}, and warns of it with a {category.__name__} when it is used."
    return decorator


def _stage_of_param(word: str, category: type[Warning], says: Callable[[str, str], str]) -> Callable[..., Any]:
    def decorator(
        annotated: Any = None,
        *,
        param: str,
        breaking_version: str = "",
        additional_warn_text: str | None = None,
        emit_runtime_warning: bool = True,
    ) -> Any:
        def apply(target: Any) -> Any:
            text = says(f"parameter `{param}` of {_subject(_target(target))}", breaking_version)
            more = f" {additional_warn_text}" if additional_warn_text else ""

            def warn(given: tuple[Any, ...], named: dict[str, Any]) -> None:
                if named.get(param) is not None:
                    warnings.warn(f"{text}.{more}", category, STACK_LEVEL)

            return _mark(_before(target, warn) if emit_runtime_warning else target, f"{word} {param}")

        return apply if annotated is None else apply(annotated)

    decorator.__doc__ = f"Marks a parameter as {word}, and warns of it with a {category.__name__} when it is given."
    return decorator


def _beta(subject: str, version: str) -> str:
    return f"{subject} is in beta: it may change in a minor version"


def _preview(subject: str, version: str) -> str:
    return f"{subject} is a preview: it may change in any version, and is not for production"


def _superseded(subject: str, version: str) -> str:
    return f"{subject} is superseded: there is something better"


def _deprecated(subject: str, version: str) -> str:
    return f"{subject} is deprecated and will be removed in {version}"


beta = _stage("beta", BetaWarning, _beta)
preview = _stage("preview", PreviewWarning, _preview)
superseded = _stage("superseded", SupersessionWarning, _superseded)
deprecated = _stage("deprecated", DeprecationWarning, _deprecated, needs_version=True)
experimental = beta  # its name before Dagster 1.10
beta_param = _stage_of_param("beta", BetaWarning, _beta)
experimental_param = beta_param
deprecated_param = _stage_of_param("deprecated", DeprecationWarning, _deprecated)
hidden_param = deprecated_param


def is_public(obj: Any) -> bool:
    """Whether it is marked as public."""
    return _is(obj, PUBLIC)


def is_beta(obj: Any) -> bool:
    """Whether it is marked as beta."""
    return _is(obj, "beta")


def is_preview(obj: Any) -> bool:
    """Whether it is marked as a preview."""
    return _is(obj, "preview")


def is_superseded(obj: Any) -> bool:
    """Whether it is marked as superseded."""
    return _is(obj, "superseded")


def is_deprecated(obj: Any) -> bool:
    """Whether it is marked as deprecated."""
    return _is(obj, "deprecated")


def is_beta_param(obj: Any, param_name: str) -> bool:
    """Whether that parameter is marked as beta."""
    return _is(obj, f"beta {param_name}")


def is_deprecated_param(obj: Any, param_name: str) -> bool:
    """Whether that parameter is marked as deprecated."""
    return _is(obj, f"deprecated {param_name}")
