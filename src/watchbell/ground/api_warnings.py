"""Warnings about parts of the API: new, replaced, going away. By these classes they can be filtered."""

from __future__ import annotations

import warnings


class BetaWarning(Warning):
    """A part of the API that may still change."""


class PreviewWarning(Warning):
    """A part of the API that is there to be looked at, not to be relied on."""


class SupersessionWarning(FutureWarning):
    """A part of the API that has a better successor and stays."""


class ConfigArgumentWarning(SyntaxWarning):
    """A parameter called ``config`` that is not what is meant by it."""


def deprecation_warning(
    subject: str, breaking_version: str, additional_warn_text: str | None = None, stacklevel: int = 3
) -> None:
    """Warns that a part of an API goes away.

    Args:
        subject: the part.
        breaking_version: from which version on it is gone.
        additional_warn_text: what to use instead, a sentence.
        stacklevel: whose line is shown; 3: that of the caller of the function that calls this.

    Example:
            def old(path):
                deprecation_warning("old()", "2.0", "Use new() instead.")
    """
    more = f" {additional_warn_text}" if additional_warn_text else ""
    warnings.warn(
        f"{subject} is deprecated and will be removed in {breaking_version}.{more}", DeprecationWarning, stacklevel
    )
