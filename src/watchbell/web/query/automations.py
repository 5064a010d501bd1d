"""What can be typed over the list of schedules and sensors. Each clause is a question about one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Protocol

from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey
from watchbell.web.query.language import Around, QueryField, QueryLanguage, choice
from watchbell.web.query.text import Term

STATES = ("quarantined", "failing", "late", "paused", "on", "off")
TYPES = ("schedule", "sensor", "run_status", "asset", "multi_asset", "condition")


class Asked(Protocol):
    """What is asked of one schedule or sensor."""

    @property
    def key(self) -> AutomationKey:
        """Which one."""

    @property
    def snapshot(self) -> ScheduleSnapshot | SensorSnapshot:
        """Its definition."""

    @property
    def state_name(self) -> str:
        """How it is, in a word."""

    @property
    def type_name(self) -> str:
        """What sort it is."""

    @property
    def targets(self) -> list[str]:
        """Jobs and assets it starts or looks after."""


Clause = Callable[[Asked], bool]


def _clause(term: Term, holds: Callable[[Asked], bool]) -> Clause:
    return (lambda asked: not holds(asked)) if term.is_negated else holds


def matches(pattern: str, text: str) -> bool:
    """Whether a text fits what was typed: ``*`` stands for anything; without one any part of the text will do."""
    pattern, text = pattern.lower(), text.lower()
    return fnmatchcase(text, pattern) if "*" in pattern else pattern in text


def _any_of(term: Term, texts: Callable[[Asked], Iterable[str]]) -> Clause:
    def holds(asked: Asked) -> bool:
        return any(matches(value, text) for text in texts(asked) for value in term.values)

    return _clause(term, holds)


def _state(term: Term, around: Around) -> Clause:
    wanted = frozenset(choice(term, STATES))
    return _clause(term, lambda asked: asked.state_name in wanted)


def _kind(term: Term, around: Around) -> Clause:
    wanted = frozenset(choice(term, TYPES))
    return _clause(term, lambda asked: asked.type_name in wanted)


def _tag(term: Term, around: Around) -> Clause:
    def holds(asked: Asked) -> bool:
        for value in term.values:
            name, equals, wanted = value.partition("=")
            found = asked.snapshot.tags.get(name)
            if found is not None and (not equals or matches(wanted, found) or wanted == found):
                return True
        return False

    return _clause(term, holds)


def _location(term: Term, around: Around) -> Clause:
    def holds(asked: Asked) -> bool:
        return any(fnmatchcase(asked.key.location_name, value) for value in term.values)

    return _clause(term, holds)


AUTOMATION_QUERY: QueryLanguage[Clause] = QueryLanguage(
    fields=(
        QueryField("state", "how it is", _state, STATES),
        QueryField("kind", "what sort it is", _kind, TYPES),
        QueryField("location", "its code location", _location),
        QueryField("target", "a job or asset it starts", lambda term, around: _any_of(term, lambda it: it.targets)),
        QueryField("owner", "who answers for it", lambda term, around: _any_of(term, lambda it: it.snapshot.owners)),
        QueryField("tag", "a label, name or name=value", _tag),
        QueryField("name", "its name", lambda term, around: _any_of(term, lambda it: [it.key.name])),
    ),
    plain=lambda term, around: _any_of(term, lambda it: [it.key.name, it.snapshot.description or ""]),
    plain_about="name or description",
    other_names={"job": "target", "asset": "target", "type": "kind"},
)
