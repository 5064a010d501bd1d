"""Values of user code as text for messages: short, and also where they cannot say what they are."""

from __future__ import annotations

import re

SHOWN_CHARS_MAX = 200
ERROR_CHARS_MAX = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tabs and line breaks


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


def shown_error(error: BaseException, chars_max: int = ERROR_CHARS_MAX) -> str:
    """Class and text of an exception, cut when it is long, also of one whose text cannot be made or written.

    Args:
        error: what was raised.
        chars_max: where its text is cut (characters).

    Example:
        >>> shown_error(ValueError("no disk"))
        'ValueError: no disk'
    """
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception as second:
        return f"{kind} whose text raises {type(second).__name__}"
    cut = text if len(text) <= chars_max else f"{text[:chars_max]}…"
    sendable = cut.encode("utf-8", "backslashreplace").decode()  # halves of surrogate pairs have no bytes
    return f"{kind}: {sendable}" if sendable else kind


def harmless(text: str) -> str:
    r"""Text of user code without the codes by which it could take over a terminal.

    Args:
        text: anything; tabs and line breaks stay.

    Example:
        >>> print(harmless("\x1b[2J gone"))
        \x1b[2J gone
    """
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
