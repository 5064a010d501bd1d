"""The query language of lists: each list says which fields it has; what is typed becomes clauses of these fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.web.problem import Problem
from watchbell.web.query.moments import moment_of, seconds_of
from watchbell.web.query.text import Mistake, Term, terms_of

C = TypeVar("C")

TIME_EXAMPLES = "-2h, -1d, today, 2026-05-03, 2026-05-03T02:00 or 2026-05-03T02:00+02:00"


@dataclass(frozen=True)
class Around:
    """What a query is read in.

    Args:
        now: the present instant.
        zone: IANA zone of times that are typed without one; None: UTC.
    """

    now: datetime
    zone: str | None = None


class WrongValueError(Exception):
    """A value that its field cannot have; the text says why, and what it can."""


@dataclass(frozen=True)
class QueryField(Generic[C]):
    """A field of a list.

    Args:
        name: before the colon.
        about: what it looks at, for the completion.
        read: makes a clause of the term's values.
        values: what can stand there, if that is known beforehand.
    """

    name: str
    about: str
    read: Callable[[Term, Around], C]
    values: Sequence[str] = ()


@dataclass(frozen=True)
class QueryLanguage(Generic[C]):
    """What can be typed over a list.

    Args:
        fields: by which it is filtered.
        plain: makes a clause of text without a field.
        plain_about: what such text looks for.
        other_names: names that mean a field, too.
    """

    fields: Sequence[QueryField[C]]
    plain: Callable[[Term, Around], C]
    plain_about: str
    other_names: dict[str, str] = field(default_factory=dict)

    def read(self, text: str, around: Around) -> list[C]:
        """The clauses of a query; all of them hold for what it finds.

        Raises:
            Problem: 422, with every mistake and its place in ``extra.mistakes``.
        """
        terms, mistakes = terms_of(text)
        by_name = {each.name: each for each in self.fields}
        found: list[C] = []
        for term in terms:
            try:
                found.append(self._clause(term, by_name, around))
            except WrongValueError as error:
                mistakes.append(Mistake(term.place, term.length, str(error)))
        if mistakes:
            raise query_problem(mistakes)
        return found

    def _clause(self, term: Term, by_name: dict[str, QueryField[C]], around: Around) -> C:
        if not term.field:
            return self.plain(term, around)
        name = self.other_names.get(term.field, term.field)
        known = by_name.get(name)
        if known is None:
            hint = did_you_mean(term.field, [*by_name, *self.other_names])
            names = ", ".join(by_name)
            raise WrongValueError(f"there is no field {term.field[:100]!r}{hint or f'; there are {names}'}")
        return known.read(term, around)


def query_problem(mistakes: Iterable[Mistake]) -> Problem:
    """What the caller is told of a query with mistakes."""
    told = sorted(mistakes, key=lambda each: each.place)
    return Problem(
        422,
        "wrong-query",
        "; ".join(each.text for each in told),
        mistakes=[{"place": each.place, "length": each.length, "text": each.text} for each in told],
    )


def zone_or_problem(zone: str | None) -> str | None:
    """A zone that the caller named.

    Raises:
        Problem: 422, there is no such zone.
    """
    if zone is None:
        return None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Problem(422, "invalid-request", f"there is no time zone {zone[:100]!r}") from error
    return zone


def one_value(term: Term) -> str:
    """The only value of a term.

    Raises:
        WrongValueError: there are several.
    """
    if len(term.values) > 1:
        raise WrongValueError(f"{term.field}: takes one value, not {len(term.values)}")
    return term.values[0]


def choice(term: Term, known: Sequence[str]) -> list[str]:
    """The values of a term, each one of those known, in small letters.

    Raises:
        WrongValueError: one of them is none; the nearest is named.
    """
    found = []
    for value in term.values:
        if value.lower() not in known:
            hint = did_you_mean(value.lower(), known) or f"; there are {', '.join(known)}"
            raise WrongValueError(f"{value[:100]!r} is no {term.field}{hint}")
        found.append(value.lower())
    return found


def moment(term: Term, around: Around) -> datetime:
    """The only value of a term, a time.

    Raises:
        WrongValueError: it is none.
    """
    text = one_value(term)
    found = moment_of(text, around.now, around.zone)
    if found is None:
        raise WrongValueError(f"{text[:100]!r} is no time; write {TIME_EXAMPLES}")
    return found


def length(term: Term) -> tuple[str, float]:
    """The only value of a term, a length of time with ``>`` or ``<`` before it (``>`` if there is none): both.

    Raises:
        WrongValueError: it is none.
    """
    text = one_value(term)
    sign = text[:1] if text[:1] in {"<", ">"} else ""
    seconds = seconds_of(text.removeprefix(sign).removeprefix("="))
    if seconds is None:
        raise WrongValueError(f"{text[:100]!r} is no length of time; write {term.field}:>5m or {term.field}:<90s")
    return sign or ">", seconds
