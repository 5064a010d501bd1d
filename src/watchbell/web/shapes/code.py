"""Where code stands, as the API tells it."""

from __future__ import annotations

from watchbell.web.shapes.shape import Shape


class CodePlace(Shape):
    """Where the code of a definition stands.

    Args:
        file: the path of the file, whole.
        line: the line's number (from 1).
        shown: the path as it is shown: from the folder that all code of its location is in.
    """

    file: str
    line: int
    shown: str
