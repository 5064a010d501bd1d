"""Values of user code as text for messages: short, and also where they cannot say what they are."""

from __future__ import annotations

SHOWN_CHARS_MAX = 200


def shown(value: object, chars_max: int = SHOWN_CHARS_MAX) -> str:
    """The ``repr`` of a value, cut when it is long.

    Args:
        value: anything.
        chars_max: where it is cut (characters).

    Example:
        >>> shown("a" * 300, 5)
        "'aaaa…"
    """
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= chars_max else f"{text[:chars_max]}…"


def shown_error(error: BaseException) -> str:
    """Class and text of an exception, also of one whose text cannot be made.

    Args:
        error: what was raised.

    Example:
        >>> shown_error(ValueError("no disk"))
        'ValueError: no disk'
    """
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception as second:
        return f"{kind} whose text raises {type(second).__name__}"
    return f"{kind}: {text}" if text else kind
