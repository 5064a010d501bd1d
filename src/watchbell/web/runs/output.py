"""What the processes of a run printed: the files below ``logs/<run id>`` in the home folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watchbell.ground.masking import masked_text
from watchbell.web.problem import Problem
from watchbell.web.shapes.run import OutputShape
from watchbell.web.view import View

ENDINGS = {"stdout": ".out", "stderr": ".err"}
WHOLE = "run"
"""The part that the run's own process printed; the others are of steps."""
READ_BYTES_MAX = 256 * 1024
CHUNK_BYTES = 1024 * 1024
PARTS_MAX = 2_000


def folder_of(home: Path, run_id: str) -> Path | None:
    """Where the output of a run lies; None: nothing can be called so."""
    if "/" in run_id or "\\" in run_id or run_id in {"", ".", ".."} or "\x00" in run_id:
        return None
    return home / "logs" / run_id


def has_output(home: Path, run_id: str) -> bool:
    """Whether a process of the run printed something."""
    folder = folder_of(home, run_id)
    if folder is None:
        return False
    try:
        return any(each.suffix in ENDINGS.values() and each.stat().st_size for each in folder.rglob("*"))
    except OSError:
        return False


def parts_of(home: Path, run_id: str) -> dict[str, list[Path]]:
    """By part the files, standard output first; only files that are there and have something in them."""
    folder = folder_of(home, run_id)
    found: dict[str, list[Path]] = {}
    if folder is None or not folder.is_dir():
        return found
    for path in sorted(folder.rglob("*"))[: 2 * PARTS_MAX]:
        if path.suffix in ENDINGS.values() and path.is_file() and not path.is_symlink() and path.stat().st_size:
            found.setdefault(path.stem, []).append(path)
    return dict(sorted(found.items(), key=lambda each: (each[0] != WHOLE, each[0])))


def output(view: View, run_id: str, stream: str, part: str, begin: int | None) -> OutputShape:
    """A piece of what was printed.

    Args:
        view: what may be looked at.
        run_id: the run.
        stream: ``"stdout"`` or ``"stderr"``.
        part: ``"run"`` or a step.
        begin: place of the first byte; None: the last piece.
    """
    parts = parts_of(view.instance.home, run_id)
    path = _file(parts, part, stream)
    size = 0 if path is None else path.stat().st_size
    start = max(0, size - READ_BYTES_MAX) if begin is None else min(begin, size)
    text = b""
    if path is not None:
        with path.open("rb") as file:
            file.seek(start)
            text = file.read(READ_BYTES_MAX)
    if begin is None and start > 0:  # the first line may be half a line
        start += text.find(b"\n") + 1
        text = text[text.find(b"\n") + 1 :]
    whole = _whole_signs(text)
    return OutputShape(
        stream=stream,
        begin=start,
        end=start + len(whole),
        size=size,
        text=masked_text(whole.decode("utf-8", "replace")),
        parts=list(parts),
        at=view.now(),
    )


def _file(parts: dict[str, list[Path]], part: str, stream: str) -> Path | None:
    return next((each for each in parts.get(part, []) if each.suffix == ENDINGS[stream]), None)


def _whole_signs(text: bytes) -> bytes:
    """The bytes without the beginning of a sign at their end."""
    for back in range(1, min(4, len(text)) + 1):
        byte = text[-back]
        if byte & 0xC0 == 0x80:
            continue
        needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return text[:-back] if needed > back else text
    return text


def output_file(view: View, run_id: str, stream: str, part: str) -> Iterator[bytes]:
    """The whole of what was printed, piece by piece.

    Raises:
        Problem: 404, nothing was.
    """
    path = _file(parts_of(view.instance.home, run_id), part, stream)
    if path is None:
        raise Problem(404, "not-found", f"run {run_id[:8]} printed nothing to {stream}")
    return _chunks(path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        left = b""
        while chunk := file.read(CHUNK_BYTES):
            lines, newline, rest = (left + chunk).rpartition(b"\n")
            if newline or len(rest) > CHUNK_BYTES:
                yield masked_text((lines + newline).decode("utf-8", "replace")).encode()
            left = rest
        if left:
            yield masked_text(left.decode("utf-8", "replace")).encode()
