"""What one stream is still to be told: merged, so that a reader that is slow costs no more than one that is quick."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from watchbell.ground.value import dataclass
from watchbell.web.live.news import Ids, News, merged, told_to
from watchbell.web.live.position import LivePosition


@dataclass(frozen=True)
class Told:
    """What a stream is told at once.

    Args:
        position: where it is then.
        changes: by topic, what changed; None: anything may have.
        is_reset: what changed since its position is not known any more: all is to be asked anew.
    """

    position: LivePosition
    changes: dict[str, Ids]
    is_reset: bool = False


class Feed:
    """The news for one stream. Used in the event loop's thread alone.

    Args:
        topics: what it follows.
        position: where it begins.
    """

    def __init__(self, topics: frozenset[str], position: LivePosition) -> None:
        self.topics = topics
        self._position = position
        self._changes: dict[str, Ids] = {}
        self._is_reset = False
        self._has_come = asyncio.Event()
        self.is_over = False

    def put(self, news: News, position: LivePosition) -> None:
        """There is something new."""
        self._position = position
        for topic, ids in told_to(news, self.topics).items():
            self._changes[topic] = merged(self._changes.get(topic, frozenset()), ids)
        if self._changes:
            self._has_come.set()

    def reset(self) -> None:
        """Nobody knows what is new."""
        self._is_reset = True
        self._has_come.set()

    def end(self) -> None:
        """The server ends, or nobody listens."""
        self.is_over = True
        self._has_come.set()

    async def take(self, seconds: float) -> Told:
        """What came since the last call, waiting for it at most so long; nothing may have."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_come.wait(), seconds)
        self._has_come.clear()
        told = Told(self._position, self._changes, self._is_reset)
        self._changes, self._is_reset = {}, False
        return told
