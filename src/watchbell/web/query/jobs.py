"""The fields by which the list of jobs is filtered."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from watchbell.web.query.language import Around, QueryField, QueryLanguage, choice
from watchbell.web.query.text import Term
from watchbell.web.shapes.jobs import JobRow

LAST = {
    "failed": ("FAILURE",),
    "done": ("SUCCESS",),
    "running": ("STARTING", "STARTED", "CANCELING"),
    "queued": ("QUEUED",),
    "cancelled": ("CANCELED",),
}
NEVER, LOST = "never", "lost"
Test = Callable[[JobRow], bool]


def _turned(term: Term, test: Test) -> Test:
    return (lambda row: not test(row)) if term.is_negated else test


def _status(term: Term, around: Around) -> Test:
    names = choice(term, [*LAST, LOST, NEVER])
    wanted = {each for name in names for each in LAST.get(name, ())}

    def test(row: JobRow) -> bool:
        if not row.marks:
            return NEVER in names
        last = row.marks[-1]
        return LOST in names if last.is_lost else last.status.value in wanted

    return _turned(term, test)


def _fits(value: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(value.lower(), each.lower()) for each in patterns)


def _location(term: Term, around: Around) -> Test:
    return _turned(term, lambda row: _fits(row.location, term.values))


def _job(term: Term, around: Around) -> Test:
    return _turned(term, lambda row: _fits(row.name, term.values))


def _owner(term: Term, around: Around) -> Test:
    return _turned(term, lambda row: any(_fits(each, term.values) for each in row.owners))


def _tag(term: Term, around: Around) -> Test:
    def test(row: JobRow) -> bool:
        return any(
            _fits(key, (wanted,)) and (not equals or _fits(value, (given,)))
            for key, value in row.tags.items()
            for wanted, equals, given in (each.partition("=") for each in term.values)
        )

    return _turned(term, test)


def _plain(term: Term, around: Around) -> Test:
    wanted = tuple(each.lower() for each in term.values)
    return _turned(term, lambda row: any(each in row.name.lower() for each in wanted))


LANGUAGE: QueryLanguage[Test] = QueryLanguage(
    fields=(
        QueryField("status", "how the last run ended", _status, (*LAST, LOST, NEVER)),
        QueryField("job", "name; * stands for anything", _job),
        QueryField("location", "code location", _location),
        QueryField("owner", "who answers for it", _owner),
        QueryField("tag", "tag of its runs, key or key=value", _tag),
    ),
    plain=_plain,
    plain_about="part of the name",
)
