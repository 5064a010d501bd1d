"""Where a live stream is: as text that a browser keeps and brings back, to this server or to the next one."""

from __future__ import annotations

import re
from dataclasses import astuple, fields

from watchbell.ground.value import dataclass
from watchbell.record.change_store import StorePosition

_COUNTERS = len(fields(StorePosition))
_TEXT = re.compile(rf"(\d{{1,18}}(?:\.\d{{1,18}}){{{_COUNTERS - 1}}})~([0-9a-f]{{8}})~(\d{{1,18}})", re.ASCII)


@dataclass(frozen=True)
class LivePosition:
    """Where a stream is.

    Args:
        stored: what of the store was told.
        server: the server that counted the rest.
        uncounted: number of the newest change that the store has no number for, in that server.
    """

    stored: StorePosition
    server: str
    uncounted: int

    def __str__(self) -> str:
        return f"{'.'.join(str(each) for each in astuple(self.stored))}~{self.server}~{self.uncounted}"


def position_of(text: str) -> LivePosition | None:
    """The position of a text; None: it is none that such a server gave out."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    return LivePosition(StorePosition(*(int(each) for each in found[1].split("."))), found[2], int(found[3]))
