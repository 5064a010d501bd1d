"""Why a job ran or did not, where no condition looks after it: its runs around a time, and what may ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watchbell.automate.explain.entity_refs import refs_of_runs
from watchbell.automate.explain.explanation import Explanation, told
from watchbell.automate.explain.refs import Ref, distinct
from watchbell.automate.explain.words import at_text, listed, run_text, sentence_of
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import LAUNCHED_BY_TAG, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind

NEAR_SECONDS = 300.0
"""A run that was asked for so soon after a time is the one of that time (seconds)."""


@dataclass(frozen=True)
class Asker:
    """A schedule or sensor that may ask for runs of a job.

    Args:
        key: which.
        is_on: whether it is on.
        next_at: when it ticks next; None: it is off, or nobody knows.
    """

    key: AutomationKey
    is_on: bool
    next_at: datetime | None = None


@dataclass(frozen=True)
class JobFacts:
    """What is known of a job.

    Args:
        name: the job.
        now: the time of the question, aware.
        asked_at: the time that is asked about; None: the last time.
        before: its newest run that was stored by then.
        after: the first one stored later.
        askers: what may ask for it, by its definitions.
        zone: in which times are told.
    """

    name: str
    now: datetime
    asked_at: datetime | None
    before: DagsterRun | None
    after: DagsterRun | None
    askers: tuple[Asker, ...]
    zone: str = "UTC"


def explain_job(facts: JobFacts) -> Explanation:
    """Whether a job ran at a time, or when it ran last; who asked for that; who may ask next."""
    runs = [each for each in (facts.before, facts.after) if each is not None]
    askers = [Ref(each.key.kind.value.lower(), each.key.name, each.key.name, each.key.location_name)
              for each in facts.askers]  # fmt: skip
    details = [("run before", _told(facts, facts.before)), ("run after", _told(facts, facts.after))]
    return Explanation(
        sentence_of([_sentence(facts)]),
        told([*(details if facts.asked_at is not None else ()), ("may be asked for by", _askers(facts))]),
        tuple(_changes(facts)),
        refs=distinct([*refs_of_runs(each.run_id for each in runs), *askers]),
    )


def _sentence(facts: JobFacts) -> str:
    name, asked_at = f"job {facts.name!r}", facts.asked_at
    if asked_at is None:
        if facts.before is None:
            return f"{name} has never run: {_nobody(facts)}"
        return f"the last run of {name} was {_told(facts, facts.before)}"
    when = at_text(asked_at, facts.zone)
    near = _near(facts, asked_at)
    if near is not None:
        return f"{name} ran: {_told(facts, near)}"
    before = facts.before
    if before is not None and before.created_at is not None:
        end = before.ended_at or facts.now
        if end >= asked_at:
            return f"{name} was asked for before {when}, and was not over then: {_told(facts, before)}"
    return f"nothing asked for a run of {name} at {when}: {_nobody(facts)}"


def _near(facts: JobFacts, asked_at: datetime) -> DagsterRun | None:
    after = facts.after
    if after is None or after.created_at is None:
        return None
    return after if (after.created_at - asked_at).total_seconds() <= NEAR_SECONDS else None


def _nobody(facts: JobFacts) -> str:
    """Why nobody asked, as far as definitions tell."""
    on = [each for each in facts.askers if each.is_on]
    if not facts.askers:
        return "no schedule, sensor or condition asks for it; people launch it"
    if not on:
        return f"what may ask for it is off ({listed(each.key.name for each in facts.askers)})"
    return f"{listed(each.key.name for each in on)} may ask for it; why not then is told by their own pages"


def _told(facts: JobFacts, run: DagsterRun | None) -> str:
    if run is None:
        return ""
    at = "" if run.created_at is None else f", asked for at {at_text(run.created_at, facts.zone)}"
    took = ""
    if run.started_at is not None and run.ended_at is not None:
        took = f"; it took {duration_text((run.ended_at - run.started_at).total_seconds())}"
    return f"{run_text(run.run_id, run)}{at} by {_who(run)}{took}"


def _who(run: DagsterRun) -> str:
    tags = run.tags
    for tag, what in ((SCHEDULE_NAME_TAG, "schedule"), (SENSOR_NAME_TAG, "sensor")):
        if tags.get(tag):
            return f"{what} {tags[tag]}"
    if tags.get(BACKFILL_TAG):
        return f"backfill {tags[BACKFILL_TAG][:8]}"
    return tags.get(LAUNCHED_BY_TAG) or ("a retry" if run.parent_run_id else "a person or a program")


def _askers(facts: JobFacts) -> str:
    named = [f"{each.key.kind.value.lower()} {each.key.name}{'' if each.is_on else ' (off)'}" for each in facts.askers]
    return listed(named, maximum=10) if named else "people and programs alone"


def _changes(facts: JobFacts) -> Iterator[str]:
    times = [each for each in facts.askers if each.next_at is not None]
    for each in sorted(times, key=lambda each: each.next_at or facts.now)[:3]:
        assert each.next_at is not None
        yield f"schedule {each.key.name} ticks next at {at_text(each.next_at, facts.zone)}"
    for each in facts.askers:
        if not each.is_on:
            word = "schedule" if each.key.kind is AutomationKind.SCHEDULE else "sensor"
            yield f"turn on {word} {each.key.name}"
