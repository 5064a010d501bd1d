"""The address of a socket in a folder whose path may be longer than what the system takes as an address."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATH_BYTES_MAX = 100  # what every system takes as the address of a UNIX socket


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """While entered, an address by which ``path`` can be bound or connected to; it leads to the very same file.

    Args:
        path: where the socket lies, or is to lie; its folder exists.

    Raises:
        OSError: the path is long, and no short way to it can be made.
    """
    if len(os.fsencode(path)) <= PATH_BYTES_MAX:
        yield str(path)
        return
    # A folder of our own: nobody else can put another target in its place.
    with tempfile.TemporaryDirectory(prefix="wb-") as folder:
        way = Path(folder) / "h"
        way.symlink_to(path.parent.resolve(), target_is_directory=True)
        yield str(way / path.name)
