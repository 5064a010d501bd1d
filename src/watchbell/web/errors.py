"""What user code raised, taken apart for people: the innermost error first, its frames with their lines of code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from watchbell.ground.masking import masked_text
from watchbell.record.error_info import LIBRARY_FOLDERS, PACKAGE_FOLDER, SerializableErrorInfo
from watchbell.web.shapes.errors import ErrorShape, FrameShape, SourceLine

FILE_BYTES_MAX = 2_000_000
"""No longer file is looked into for lines of code."""
CAUSES_MAX = 5
_FRAME = re.compile(r'\s*File "(?P<file>.*)", line (?P<line>\d+)(?:, in (?P<function>.*))?')
_MARKS = re.compile(r"[\s~^]*")
_LIBRARY = re.compile(r"[\\/]lib(?:64)?[\\/]python\d|^<frozen |[\\/]Lib[\\/]")


def error_shape(error: SerializableErrorInfo, *, with_files: bool = True) -> ErrorShape:
    """An error as the API tells it, from the user's own exception on.

    Args:
        error: as it was stored.
        with_files: whether lines around those that were executed are read from the files, if these are here.
    """
    root = error.root
    causes: list[ErrorShape] = []
    following = root.cause or root.context
    while following is not None and len(causes) < CAUSES_MAX:
        causes.append(_one(following, with_files))
        following = following.cause or following.context
    kind, message = _parts(root)
    frames = _frames(root.stack, with_files)
    return ErrorShape(
        kind=kind, message=message, frames=frames, causes=causes, text=masked_text(error.to_string().strip())
    )


def error_line(error: SerializableErrorInfo) -> str:
    """The user's own exception in one line, as lists show it."""
    return masked_text(error.root.message.strip().partition("\n")[0])


def _one(error: SerializableErrorInfo, with_files: bool) -> ErrorShape:
    kind, message = _parts(error)
    frames = _frames(error.stack, with_files)
    text = f"{error.message.strip()}\n{''.join(error.stack)}".strip()
    return ErrorShape(kind=kind, message=message, frames=frames, causes=[], text=masked_text(text))


def _parts(error: SerializableErrorInfo) -> tuple[str, str]:
    """Class and text of a message as Python prints it."""
    message = error.message.strip()
    kind = error.cls_name or ""
    head, colon, rest = message.partition(":")
    if colon and (not kind or head.rpartition(".")[2] == kind) and not any(sign.isspace() for sign in head):
        return kind or head, masked_text(rest.strip())
    return kind, masked_text("" if message.rpartition(".")[2] == kind else message)


def _frames(stack: Sequence[str], with_files: bool) -> list[FrameShape]:
    found = (_frame(entry, with_files) for entry in stack)
    return [each for each in found if each is not None]


def _frame(entry: str, with_files: bool) -> FrameShape | None:
    """The frame that an entry of a traceback tells; None: it tells none."""
    head, *rest = entry.rstrip("\n").split("\n")
    found = _FRAME.match(head)
    if found is None:
        return None
    file, number = found["file"], int(found["line"])
    code = next((line for line in rest if line.strip() and not _MARKS.fullmatch(line)), None)
    source = [] if code is None else [SourceLine(number=number, text=code.strip(), is_it=True)]
    is_users = _is_users(file)
    if code is not None and is_users and with_files:
        source = _around(file, number, code.strip()) or source
    return FrameShape(file=file, line=number, function=found["function"] or "", source=source, is_users=is_users)


def _is_users(file: str) -> bool:
    if file.startswith(PACKAGE_FOLDER) or any(f"/{part}/" in file.replace("\\", "/") for part in LIBRARY_FOLDERS):
        return False
    return _LIBRARY.search(file) is None


def _around(file: str, number: int, code: str) -> list[SourceLine]:
    """The line and the one before it, if the file still has the line there; else nothing."""
    lines = _lines_of(file)
    if not 0 < number <= len(lines) or lines[number - 1].strip() != code:
        return []
    shown = [(number - 1, lines[number - 2]), (number, lines[number - 1])] if number > 1 else [(1, lines[0])]
    indent = min((len(text) - len(text.lstrip()) for _, text in shown if text.strip()), default=0)
    return [SourceLine(number=at, text=text[indent:].rstrip(), is_it=at == number) for at, text in shown]


def _lines_of(file: str) -> tuple[str, ...]:
    path = Path(file)
    try:
        facts = path.stat()
        if path.suffix != ".py" or facts.st_size > FILE_BYTES_MAX:
            return ()
        return _read(file, facts.st_mtime_ns)
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=64)
def _read(file: str, changed: int) -> tuple[str, ...]:
    return tuple(Path(file).read_text("utf-8", "replace").split("\n"))
