"""The fields by which the list of backfills is filtered."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.ground.value import dataclass
from watchbell.record.backfill import BackfillStatus
from watchbell.web.query.language import Around, QueryField, QueryLanguage, WrongValueError, choice, one_value
from watchbell.web.query.text import Term

_B = BackfillStatus
STATUSES = {
    "running": (_B.IN_PROGRESS,),
    "paused": (_B.PAUSED,),
    "canceling": (_B.CANCELING,),
    "done": (_B.COMPLETED_SUCCESS,),
    "failed": (_B.COMPLETED_FAILED,),
    "cancelled": (_B.CANCELED,),
    "canceled": (_B.CANCELED,),
    "open": (_B.IN_PROGRESS, _B.PAUSED, _B.CANCELING),
    "over": (_B.COMPLETED_SUCCESS, _B.COMPLETED_FAILED, _B.CANCELED),
}
"""The words for states, and the states they mean."""


@dataclass(frozen=True)
class BackfillClause:
    """A condition of a query.

    Args:
        statuses: in one of these; None: nothing was said of it.
        text: what stands in what was asked for; None: nothing was said of it.
    """

    statuses: frozenset[BackfillStatus] | None = None
    text: str | None = None


def _status(term: Term, around: Around) -> BackfillClause:
    named = frozenset(each for name in choice(term, list(STATUSES)) for each in STATUSES[name])
    return BackfillClause(frozenset(_B) - named if term.is_negated else named)


def _text(term: Term, around: Around) -> BackfillClause:
    if term.is_negated:
        raise WrongValueError("backfills can be looked for by a text, not by its absence")
    return BackfillClause(text=one_value(term))


LANGUAGE: QueryLanguage[BackfillClause] = QueryLanguage(
    fields=(
        QueryField("status", "how far it is", _status, tuple(STATUSES)),
        QueryField("asset", "an asset it makes", _text),
        QueryField("job", "a job it runs", _text),
        QueryField("by", "who asked for it", _text),
    ),
    plain=_text,
    plain_about="title, asset, job, tag or who asked",
)


def statuses_of(clauses: Sequence[BackfillClause]) -> frozenset[BackfillStatus] | None:
    """The states that all clauses allow; None: any."""
    found: frozenset[BackfillStatus] | None = None
    for each in clauses:
        if each.statuses is not None:
            found = each.statuses if found is None else found & each.statuses
    return found


def texts_of(clauses: Sequence[BackfillClause]) -> tuple[str, ...]:
    """The texts that all have to be there."""
    return tuple(each.text for each in clauses if each.text is not None)
