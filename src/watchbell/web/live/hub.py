"""The hub of the live streams: one look at the store for all who follow it, whenever something may have changed.

Hints of other processes (``store/notify.py``) say that something was committed; as they may be lost, the hub looks now
and then without one. It compares counters, so a look at a store where nothing happened is a few short queries,
however many streams there are, and none at all while nobody follows. What the store has no numbers for (slots of pools,
parts of backfills, code locations, the service) gets numbers here, which are forgotten with the process: to a stream
that comes from another server all of that may have changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from watchbell.ground.errors import StoreError
from watchbell.ground.ids import new_run_id
from watchbell.record.change_store import StoreChanges, StorePosition
from watchbell.web.live.feed import Feed
from watchbell.web.live.news import News, NewsBook, news_of
from watchbell.web.live.position import LivePosition
from watchbell.web.live.printing import PrintWatch
from watchbell.web.problem import Problem
from watchbell.web.view import View

LOOK_SECONDS = 5.0
"""So often the store is looked at without a hint."""
GAP_SECONDS = 0.2
"""Between two looks, however many hints come."""
LINGER_SECONDS = 30.0
"""So long the hub goes on after its last stream: pages change their topics by opening another."""
STREAMS_MAX = 500
MINUTE_SECONDS = 60.0
_UNSEEN = ("queue", "backfills", "backfill", "views", "locations", "service", "attention")
"""Topics of which changes have no number in the store, or not all of them."""
_log = logging.getLogger("watchbell.web")


class Hub:
    """Knows who follows what, and looks for them.

    Args:
        view: the store, and the link to the service.
        state_of: a text that changes when the service falls behind or catches up.
        look_seconds: see :data:`LOOK_SECONDS`.
        streams_max: so many streams at once.
    """

    def __init__(
        self,
        view: View,
        state_of: Callable[[], str],
        look_seconds: float = LOOK_SECONDS,
        streams_max: int | None = None,
    ) -> None:
        self._view, self._state_of = view, state_of
        self._look_seconds = look_seconds
        self._streams_max = STREAMS_MAX if streams_max is None else streams_max
        self._server = new_run_id()[:8]
        self._numbers = 0
        self._changed_at = dict.fromkeys(_UNSEEN, 0)  # the number of the newest change of each
        self._feeds: set[Feed] = set()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hinted: asyncio.Event | None = None
        self._ready: asyncio.Future[None] | None = None
        self._hints: set[str] = set()
        self._is_over = False
        self._last: StoreChanges | None = None
        self._minute_at = 0.0
        self._state = ""
        self._printing = PrintWatch(view)
        view.link.on_change(self._on_link)

    # ---------------------------------------------------------------- position

    def position(self) -> LivePosition:
        """Where a stream that is opened now would be. Asks the store; from any thread."""
        return self._at(self._view.store.position())

    def _at(self, stored: StorePosition) -> LivePosition:
        return LivePosition(stored, self._server, self._numbers)

    # ----------------------------------------------------------------- streams

    @asynccontextmanager
    async def follow(self, topics: frozenset[str], after: LivePosition | None) -> AsyncIterator[Feed]:
        """The news of these topics from a position on; None: from now on.

        Raises:
            Problem: 503, there are too many streams already, or the server ends.
            StoreError: the store cannot be read.
        """
        if len(self._feeds) >= self._streams_max or self._is_over:
            text = "the server ends" if self._is_over else f"{self._streams_max:,} live streams are open already"
            raise Problem(503, "too-many-streams", f"{text}; ask now and then instead")
        await self._begin()
        asked = self._view.store.changes_since
        # Registered before the look: what is committed meanwhile is told twice rather than never.
        feed = Feed(topics, self._at(StorePosition()))
        self._feeds.add(feed)
        try:
            if after is None:
                feed.put({}, self._at(await asyncio.to_thread(self._view.store.position)))
            else:
                changes = await asyncio.to_thread(asked, after.stored)
                self._resume(feed, after, changes)
            yield feed
        finally:
            self._feeds.discard(feed)

    def _resume(self, feed: Feed, after: LivePosition, changes: StoreChanges) -> None:
        now = changes.position
        lists = (changes.events, changes.ticks, changes.new_runs, changes.entities)
        if any(each is None for each in lists) or now.events < after.stored.events or now.ticks < after.stored.ticks:
            feed.put({}, self._at(now))
            feed.reset()
            return
        book = news_of(changes)
        _add_counted(book, after.stored, now)
        is_stranger = after.server != self._server
        for topic, number in self._changed_at.items():
            if is_stranger or number > after.uncounted:
                book.add(topic, None)
        feed.put(book.news(), self._at(now))

    def end(self) -> None:
        """Ends all streams, and the hub with them. From any thread."""
        self._is_over = True
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # it was closed just now
                self._loop.call_soon_threadsafe(self._end_feeds)

    def _end_feeds(self) -> None:
        for feed in self._feeds:
            feed.end()
        if self._task is not None:
            self._task.cancel()

    @staticmethod
    def time() -> float:
        """Seconds on the event loop's clock."""
        return asyncio.get_running_loop().time()

    # ------------------------------------------------------------------- looks

    async def _begin(self) -> None:
        """Has the store watched; when this returns, nothing that is committed later is missed.

        Raises:
            StoreError: it cannot be read.
        """
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._loop is not loop:
            self._loop, self._hinted, self._ready = loop, asyncio.Event(), loop.create_future()
            self._state, self._minute_at = self._state_of(), loop.time()
            self._task = loop.create_task(self._watch(self._hinted, self._ready), name="watchbell-live")
        assert self._ready is not None
        await asyncio.shield(self._ready)

    async def _watch(self, hinted: asyncio.Event, ready: asyncio.Future[None]) -> None:
        """Looks until nobody has followed for a while."""
        loop = asyncio.get_running_loop()

        def hint(topic: str) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody listens any more
                loop.call_soon_threadsafe(self._on_hint, topic)

        with self._view.instance.notifier.subscribe(hint):
            # While nobody looked, what has no numbers may have changed unseen.
            self._number(_UNSEEN)
            try:
                now = await asyncio.to_thread(self._view.store.position)
                self._last = await asyncio.to_thread(self._view.store.changes_since, now)
            except StoreError as error:
                ready.set_exception(error)
                return
            ready.set_result(None)
            idle_since: float | None = None
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(hinted.wait(), self._look_seconds)
                hinted.clear()
                try:
                    await self._look()
                except StoreError as error:  # looked again soon
                    _log.warning("the live streams stand still: %s", error)
                await asyncio.sleep(GAP_SECONDS)
                idle_since = None if self._feeds else (idle_since or loop.time())
                if idle_since is not None and loop.time() - idle_since > LINGER_SECONDS:
                    return

    async def _look(self) -> None:
        before = self._last
        assert before is not None
        hints = frozenset(self._hints)
        changes = await asyncio.to_thread(self._view.store.changes_since, before.position)
        self._hints -= hints
        self._last = changes
        book = self._compared(before, changes, hints)
        book.add("printed", await asyncio.to_thread(self._printing.grown, self._followed("printed")))
        state = self._state_of()
        if state != self._state:
            self._state = state
            self._number(("service", "attention"))
            book.add("service", None)
            book.add("attention", None)
        if self.time() - self._minute_at >= MINUTE_SECONDS:  # what grows too old does so without an event
            self._minute_at = self.time()
            self._number(("attention",))
            book.add("attention", None)
        self._tell(book.news(), changes.position)

    def _followed(self, name: str) -> set[str]:
        """Of which things somebody follows a topic."""
        split = (topic.partition(":") for feed in self._feeds for topic in feed.topics)
        return {thing for topic, _, thing in split if topic == name}

    def _compared(self, before: StoreChanges, now: StoreChanges, hints: frozenset[str]) -> NewsBook:
        """What two looks differ in."""
        book = news_of(now)
        _add_counted(book, before.position, now.position)
        old, new = before.open_backfills, now.open_backfills
        moved = {each for each in {*old, *new} if old.get(each) != new.get(each)}
        if "backfills" in hints and not moved:
            self._number(("backfills", "backfill"))
            book.add("backfills", None)
            book.add("backfill", None)
        elif moved:
            self._number(("backfills", "backfill"))
            book.add("backfills", moved)
            book.add("backfill", moved)
        if before.claims != now.claims or "slots" in hints:
            self._number(("queue",))
            book.add("queue", None)
        if "views" in hints:
            self._number(("views", "attention"))
            book.add("views", None)
            book.add("attention", None)
        if "runs" in hints and before.position.events == now.position.events:
            for topic in ("runs", "run"):  # tags were added: nothing in the log says to which
                book.add(topic, None)
        return book

    def _on_hint(self, topic: str) -> None:
        self._hints.add(topic)
        if self._hinted is not None:
            self._hinted.set()

    def _on_link(self, topic: str) -> None:
        """The service said something, or is gone: told at once, without a look."""
        self._number((topic, "attention"))
        if self._feeds and self._last is not None:
            self._tell({topic: None, "attention": None}, self._last.position)

    def _number(self, topics: tuple[str, ...]) -> None:
        self._numbers += 1
        for topic in topics:
            self._changed_at[topic] = self._numbers

    def _tell(self, news: News, stored: StorePosition) -> None:
        position = self._at(stored)
        for feed in self._feeds:
            feed.put(news, position)


def _add_counted(book: NewsBook, before: StorePosition, now: StorePosition) -> None:
    """What only counters tell: that it changed, not what."""
    if now.states > before.states:
        for topic in ("automations", "automation", "attention"):
            book.add(topic, None)
    if now.forgotten > before.forgotten:
        for topic in ("runs", "run", "queue", "assets", "asset", "partitions", "checks", "attention"):
            book.add(topic, None)
    if now.dynamic > before.dynamic:
        book.add("partitions", None)
    if now.backfills > before.backfills:
        book.add("backfills", None)
    if now.audit > before.audit:
        book.add("audit", None)
    if now.views > before.views:
        book.add("views", None)
