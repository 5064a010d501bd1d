"""The fields by which lists of runs are filtered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from watchbell.record.partition import BACKFILL_TAG, PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.run import (
    LAUNCHED_BY_TAG,
    PARENT_RUN_ID_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
)
from watchbell.record.run_query import RunFact, RunTerm
from watchbell.web.query.language import (
    Around,
    QueryField,
    QueryLanguage,
    WrongValueError,
    choice,
    length,
    moment,
    one_value,
)
from watchbell.web.query.text import Term

STATUSES = {
    "queued": ("QUEUED", "NOT_STARTED"),
    "starting": ("STARTING",),
    "started": ("STARTED",),
    "running": ("STARTING", "STARTED", "CANCELING"),
    "canceling": ("CANCELING",),
    "done": ("SUCCESS",),
    "success": ("SUCCESS",),
    "failed": ("FAILURE",),
    "failure": ("FAILURE",),
    "cancelled": ("CANCELED",),
    "canceled": ("CANCELED",),
    "open": ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"),
    "over": ("SUCCESS", "FAILURE", "CANCELED"),
}
"""The words for states, and the states they mean."""
KINDS = {
    "schedule": SCHEDULE_NAME_TAG,
    "sensor": SENSOR_NAME_TAG,
    "backfill": BACKFILL_TAG,
    "retry": PARENT_RUN_ID_TAG,
}
"""What asks for runs, and the tag that such runs have."""
PERSON = "person"


def _status(term: Term, around: Around) -> RunTerm:
    names = choice(term, list(STATUSES))
    values = dict.fromkeys(each for name in names for each in STATUSES[name])
    return RunTerm(RunFact.STATUS, tuple(values), is_negated=term.is_negated)


def _text_fact(fact: RunFact) -> QueryField[RunTerm]:
    def read(term: Term, around: Around) -> RunTerm:
        return RunTerm(fact, term.values, is_negated=term.is_negated)

    abouts = {
        RunFact.JOB: "name of the job; * stands for anything",
        RunFact.LOCATION: "code location",
        RunFact.ASSET: "asset that it makes, as raw/orders",
        RunFact.ID: "beginning of its id",
    }
    return QueryField(fact.value, abouts[fact], read)


def _tag(term: Term, around: Around) -> RunTerm:
    parts = [_tag_is(each) for each in term.values]
    return parts_of(parts, is_negated=term.is_negated)


def _tag_is(text: str) -> RunTerm:
    key, equals, value = text.partition("=")
    if not key:
        raise WrongValueError("tag: takes a key, or key=value: tag:team=platform")
    return RunTerm(RunFact.TAG, (value,) if equals else (), tag=key)


def _partition(term: Term, around: Around) -> RunTerm:
    tags = (PARTITION_TAG, RANGE_START_TAG, RANGE_END_TAG)
    return parts_of([RunTerm(RunFact.TAG, term.values, tag=each) for each in tags], is_negated=term.is_negated)


def _backfill(term: Term, around: Around) -> RunTerm:
    values = tuple(each if each.endswith("*") else f"{each}*" for each in term.values)
    return RunTerm(RunFact.TAG, values, tag=BACKFILL_TAG, is_negated=term.is_negated)


def _trigger(term: Term, around: Around) -> RunTerm:
    parts: list[RunTerm] = []
    for value in term.values:
        if value.lower() in KINDS:
            parts.append(RunTerm(RunFact.TAG, tag=KINDS[value.lower()]))
        elif value.lower() == PERSON:
            any_kind = tuple(RunTerm(RunFact.TAG, tag=each) for each in KINDS.values())
            parts.append(RunTerm(RunFact.ANY, parts=any_kind, is_negated=True))
        else:
            tags = (SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, LAUNCHED_BY_TAG)
            parts += [RunTerm(RunFact.TAG, (value,), tag=each) for each in tags]
    return parts_of(parts, is_negated=term.is_negated)


def _after(term: Term, around: Around) -> RunTerm:
    return RunTerm(RunFact.CREATED_AFTER, number=moment(term, around).timestamp(), is_negated=term.is_negated)


def _before(term: Term, around: Around) -> RunTerm:
    return RunTerm(RunFact.CREATED_BEFORE, number=moment(term, around).timestamp(), is_negated=term.is_negated)


def _took(term: Term, around: Around) -> RunTerm:
    sign, seconds = length(term)
    fact = RunFact.TOOK_OVER if sign == ">" else RunFact.TOOK_UNDER
    return RunTerm(fact, number=seconds, is_negated=term.is_negated)


def _plain(term: Term, around: Around) -> RunTerm:
    text = one_value(term)
    within = text if "*" in text else f"*{text}*"
    parts = [
        RunTerm(RunFact.JOB, (within,)),
        RunTerm(RunFact.ID, (text.rstrip("*"),)),
        RunTerm(RunFact.TAG, (within,), tag=PARTITION_TAG),
    ]
    return parts_of([each for each in parts if each.values != ("",)], is_negated=term.is_negated)


def parts_of(parts: Sequence[RunTerm], *, is_negated: bool = False) -> RunTerm:
    """Conditions of which one has to hold, as one."""
    if len(parts) == 1:  # as itself, for which the store knows the short way
        return replace(parts[0], is_negated=parts[0].is_negated != is_negated)
    return RunTerm(RunFact.ANY, parts=tuple(parts), is_negated=is_negated)


RUNS: QueryLanguage[RunTerm] = QueryLanguage(
    (
        QueryField("status", "state of the run", _status, ("failed", "running", "queued", "done", "cancelled", "open")),
        _text_fact(RunFact.JOB),
        _text_fact(RunFact.ASSET),
        QueryField("partition", "partition it is for", _partition),
        QueryField("tag", "key of a tag, or key=value", _tag),
        QueryField("trigger", "what asked for it: a kind, or a name", _trigger, (*KINDS, PERSON)),
        QueryField("backfill", "beginning of a backfill's id", _backfill),
        _text_fact(RunFact.LOCATION),
        _text_fact(RunFact.ID),
        QueryField("after", "stored later than: -1d, 2026-05-03", _after, ("-1h", "-1d", "-7d", "today")),
        QueryField("before", "stored earlier than", _before, ("-1h", "-1d", "-7d", "today")),
        QueryField("took", "how long it took: >5m", _took, (">1m", ">10m", ">1h")),
    ),
    _plain,
    "name of the job, id or partition",
    {"state": "status", "by": "trigger", "run": "id", "created": "after"},
)
