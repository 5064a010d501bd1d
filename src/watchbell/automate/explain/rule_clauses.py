"""The rules of policies in words: what was seen, and what can change it."""

from __future__ import annotations

from collections.abc import Callable

from watchbell.automate.explain.words import counted
from watchbell.ground.value import dataclass

Words = tuple[str, tuple[str, ...]]
"""What was seen, and what can make it otherwise."""


@dataclass(frozen=True)
class AskedRule:
    """A rule that was asked about an asset.

    Args:
        is_true: what it said.
        name: the asset in a sentence, ``it`` where it is the one whose policy that is.
        noun: the asset with its name always.
        cron: the rule's cron string with its zone, for people; empty: it has none.
        last_fire: its last time, for people; empty: there was none, or it has none.
        next_fire: its next time.
        minutes: of a rule about how old things may be, that age; None: it says none.
        is_made: whether it is known to have been made.
    """

    is_true: bool
    name: str
    noun: str
    cron: str = ""
    last_fire: str = ""
    next_fire: str = ""
    minutes: float | None = None
    is_made: bool = False


def rule_words(kind: str, asked: AskedRule) -> Words | None:
    """A rule in words; None: it is no rule, or one of which nothing is known."""
    make = _WORDS.get(kind)
    return None if make is None else make(asked)


def _missing(asked: AskedRule) -> Words:
    if asked.is_true:
        return f"{asked.name} is missing", (f"a materialization of {asked.noun}",)
    if asked.is_made:
        return f"{asked.name} is not missing", (f"{asked.noun} turns missing",)
    return (
        f"{asked.name} is missing, but was asked for already, or waits for an update of what it is made from",
        (f"a materialization of something {asked.noun} is made from",),
    )


def _parent_updated(asked: AskedRule) -> Words:
    if asked.is_true:
        return f"something {asked.name} is made from was made since", ("the next evaluation",)
    return (
        f"nothing {asked.name} is made from was made since {asked.name} was made or asked for last",
        (f"a materialization of something {asked.noun} is made from",),
    )


def _cron(asked: AskedRule) -> Words:
    last = f"; the last was {asked.last_fire}" if asked.last_fire else ""
    if asked.is_true:
        return f"a time of {asked.cron} has come{last}", ("the next evaluation",)
    changes = (f"the next time of {asked.cron}, {asked.next_fire}",) if asked.next_fire else ()
    return f"no time of {asked.cron} has come since {asked.name} was made or asked for last{last}", changes


def _freshness(asked: AskedRule) -> Words:
    return f"no freshness policy demands {asked.name}: that is not evaluated here", ()


def _parent_missing(asked: AskedRule) -> Words:
    if asked.is_true:
        why = f"something {asked.name} is made from is missing"
        return why, (f"a materialization of what {asked.noun} is made from and was never made",)
    return f"nothing {asked.name} is made from is missing", (f"something {asked.noun} is made from is wiped",)


def _parent_outdated(asked: AskedRule) -> Words:
    if asked.minutes is not None:
        age = (
            counted(int(asked.minutes), "minute") if asked.minutes == int(asked.minutes) else f"{asked.minutes} minutes"
        )
        if asked.is_true:
            why = f"something {asked.name} is made from was made more than {age} ago"
            return why, (f"a materialization of what {asked.noun} is made from",)
        return f"all that {asked.name} is made from was made within {age}", ("time that passes",)
    if asked.is_true:
        return (
            f"something {asked.name} is made from is outdated itself: what that is made from was made later",
            (f"a materialization of what {asked.noun} is made from",),
        )
    return f"nothing {asked.name} is made from is outdated", (f"a materialization further upstream of {asked.noun}",)


def _not_all_updated(asked: AskedRule) -> Words:
    since = f"{asked.name} was made last"
    if asked.cron:
        since = f"{asked.last_fire}, the last time of {asked.cron}" if asked.last_fire else asked.cron
    if asked.is_true:
        why = f"something {asked.name} is made from was not made since {since}"
        return why, (f"a materialization of what {asked.noun} is made from and was not made since",)
    changes = (f"the next time of {asked.cron}, {asked.next_fire}",) if asked.next_fire else ("the next evaluation",)
    return f"all that {asked.name} is made from was made since {since}", changes


def _nonexistent(asked: AskedRule) -> Words:
    if asked.is_true:
        return f"{asked.name} needs partitions upstream that do not exist", ("these partitions are added",)
    return f"all partitions that {asked.name} needs upstream exist", ("one of them is deleted",)


def _backfill(asked: AskedRule) -> Words:
    if asked.is_true:
        return f"a backfill is to make some of {asked.noun}", ("the end of that backfill",)
    return f"no backfill is to make any of {asked.noun}", (f"a backfill of {asked.noun}",)


def _limit(asked: AskedRule) -> Words:
    if asked.is_true:
        return f"{asked.name} is within the limit of the policy", ("the next evaluation",)
    why = f"{asked.name} is beyond the limit of the policy, which leaves it out and does not come back to it"
    return why, (f"a backfill of {asked.noun}", f"its policy has a reason to make {asked.noun} once more")


_WORDS: dict[str, Callable[[AskedRule], Words]] = {
    "rule_missing": _missing,
    "rule_parent_updated": _parent_updated,
    "rule_cron": _cron,
    "rule_required_for_freshness": _freshness,
    "rule_parent_missing": _parent_missing,
    "rule_parent_outdated": _parent_outdated,
    "rule_not_all_parents_updated": _not_all_updated,
    "rule_not_all_parents_updated_since_cron": _not_all_updated,
    "rule_nonexistent_parents": _nonexistent,
    "rule_backfill_in_progress": _backfill,
    "rule_max_materializations": _limit,
}
