"""What a page can ask to be told of: every topic of the live stream, in one table."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.web.problem import Problem

TOPICS_MAX = 200
"""Topics of one stream (count)."""
IDS_MAX = 100
"""Ids told in one message (count); where more changed, it says that anything may have."""


@dataclass(frozen=True)
class Topic:
    """Something that changes.

    Args:
        name: the topic; of one thing what stands before the colon.
        about: what changed, for the description of the API.
        ids: what the ids of its messages are.
        parameter: of a topic of one thing, how the thing is named; None: it is of all.
    """

    name: str
    about: str
    ids: str
    parameter: str | None = None

    def __str__(self) -> str:
        return self.name if self.parameter is None else f"{self.name}:<{self.parameter}>"


TOPICS = {
    each.name: each
    for each in (
        Topic("runs", "runs were stored, moved to another state, tagged or deleted", "runs"),
        Topic("run", "anything of one run, also a line of its log", "the run", "id"),
        Topic("printed", "one run printed something, of which no event tells", "the run", "id"),
        Topic("ticks", "schedules or sensors ticked", "numbers of ticks"),
        Topic("automations", "schedules, sensors or conditions ticked, or were changed", "kind:location:name"),
        Topic("automation", "one of these", "itself", "kind:location:name"),
        Topic("assets", "assets were made, looked at, planned, wiped", "asset keys, their parts joined by /"),
        Topic("asset", "one of these, or its condition was evaluated", "its key", "key"),
        Topic("partitions", "partitions were made, failed, were added or deleted", "asset keys"),
        Topic("checks", "checks were planned or executed", "asset keys"),
        Topic("backfills", "backfills began, moved, ended", "backfills"),
        Topic("backfill", "one of these", "itself", "id"),
        Topic("queue", "runs came into the line or left it, slots were taken or freed", "runs"),
        Topic("locations", "code was loaded, or could not be", "none"),
        Topic("service", "the service began, ended, fell behind or caught up", "none"),
        Topic("attention", "something went wrong or well, or a minute is over", "none"),
        Topic("audit", "somebody did something", "none"),
        Topic("views", "views were saved or deleted, something was snoozed", "none"),
    )
}


def check_topics(wanted: Iterable[str]) -> frozenset[str]:
    """The topics that a stream asked for.

    Raises:
        Problem: 422, one of them is none, or there are too many.
    """
    topics = frozenset(wanted)
    if len(topics) > TOPICS_MAX:
        raise Problem(422, "invalid-request", f"a stream follows {TOPICS_MAX} topics at most, and not {len(topics):,}")
    for each in topics:
        name, colon, rest = each.partition(":")
        topic = TOPICS.get(name)
        if topic is None:
            shown = ", ".join(str(topic) for topic in TOPICS.values())
            text = f"there is no topic {each[:100]!r}{did_you_mean(name, TOPICS)}; topics are {shown}"
            raise Problem(422, "invalid-request", text)
        if bool(topic.parameter) != bool(colon and rest):
            raise Problem(422, "invalid-request", f"{each[:100]!r} is no topic; this one is written {topic}")
    return topics
