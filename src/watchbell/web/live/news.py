"""News: which topics something changed of, and what; merged while nobody takes it, so that it never grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.record.change_store import EventMark, StoreChanges, TickNote
from watchbell.record.tick import AutomationKey, TickStatus
from watchbell.web.live.topics import IDS_MAX, TOPICS

Ids = frozenset[str] | None
"""What changed; None: anything may have."""
News = Mapping[str, Ids]
"""By the name of a topic (of those of one thing, the ids are the things)."""

NEWS_IDS_MAX = 10_000
"""Ids of one topic that are kept apart while they are handed out (count)."""
RUN_MOVES = "PIPELINE_"
_ENDS = frozenset({"PIPELINE_FAILURE", "PIPELINE_SUCCESS", "PIPELINE_CANCELED"})
_BAD_TICKS = frozenset({TickStatus.FAILURE, TickStatus.MISSED})
_CHECKS = frozenset({"ASSET_CHECK_EVALUATION", "ASSET_CHECK_EVALUATION_PLANNED"})


class NewsBook:
    """News, written down topic by topic."""

    def __init__(self) -> None:
        self._found: dict[str, set[str] | None] = {}

    def add(self, topic: str, ids: Iterable[str] | None) -> None:
        """Notes that these changed; None: anything may have."""
        if ids is None or self._found.get(topic, ()) is None:
            self._found[topic] = None
            return
        known = self._found.setdefault(topic, set())
        assert known is not None
        known.update(ids)
        if len(known) > NEWS_IDS_MAX:
            self._found[topic] = None

    def news(self) -> News:
        """All that was noted, without topics of which nothing changed."""
        return {topic: None if ids is None else frozenset(ids) for topic, ids in self._found.items() if ids != set()}


def news_of(changes: StoreChanges) -> NewsBook:
    """What a look at the store found, as far as it has numbers."""
    book = NewsBook()
    _add_events(book, changes.events)
    _add_ticks(book, changes.ticks)
    for topic in ("runs", "run", "queue"):
        book.add(topic, changes.new_runs)
    # A check is written "asset:check", a job with the word before its name; no topic is about a job's condition.
    told = None if changes.entities is None else {each.partition(":")[0] for each in changes.entities}
    book.add("asset", told)
    return book


def address_of(key: AutomationKey) -> str:
    """An automation as topics name it: ``schedule:location:name``."""
    return f"{key.kind.value.lower()}:{key.location_name}:{key.name}"


def told_to(news: News, wanted: Iterable[str]) -> dict[str, Ids]:
    """What of some news a stream with these topics is told, by topic."""
    found: dict[str, Ids] = {}
    for topic in wanted:
        name, _, thing = topic.partition(":")
        if name not in news:
            continue
        ids = news[name]
        if TOPICS[name].parameter is None:
            found[topic] = ids
        elif ids is None or thing in ids:
            found[topic] = frozenset({thing})
    return found


def merged(before: Ids, more: Ids) -> Ids:
    """Two sets of ids as one; None once there are too many to tell."""
    if before is None or more is None or len(before) + len(more) > 2 * IDS_MAX:
        return None
    together = before | more
    return None if len(together) > IDS_MAX else together


def _add_events(book: NewsBook, marks: tuple[EventMark, ...] | None) -> None:
    if marks is None:
        for topic in ("runs", "run", "queue", "assets", "asset", "partitions", "checks", "attention"):
            book.add(topic, None)
        return
    moved = {each.run_id for each in marks if each.run_id and each.kind and each.kind.startswith(RUN_MOVES)}
    book.add("run", {each.run_id for each in marks if each.run_id})
    book.add("runs", moved)
    book.add("queue", moved)
    about = [(each.kind, each.asset.to_user_string()) for each in marks if each.asset is not None]
    if any(each.kind in _ENDS or each.kind in _CHECKS for each in marks):
        book.add("attention", None)
    # The end of a run is what makes planned assets failed, without an event of theirs.
    ends_badly = any(each.kind in {"PIPELINE_FAILURE", "PIPELINE_CANCELED"} for each in marks)
    for topic in ("assets", "asset", "partitions"):
        book.add(topic, None if ends_badly else {asset for _, asset in about})
    book.add("checks", {asset for kind, asset in about if kind in _CHECKS})


def _add_ticks(book: NewsBook, notes: tuple[TickNote, ...] | None) -> None:
    book.add("ticks", None if notes is None else [str(each.tick_id) for each in notes])
    for topic in ("automations", "automation"):
        book.add(topic, None if notes is None else [address_of(each.key) for each in notes])
    if notes is None or any(each.status in _BAD_TICKS for each in notes):
        book.add("attention", None)
