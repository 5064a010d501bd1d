"""Two decisions about one tick, the recorded one and that of today's code: what each asked for, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watchbell.ground.value import dataclass
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import (
    AUTO_RETRY_TAG,
    CODE_LOCATION_TAG,
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SCHEDULED_TIME_TAG,
    SENSOR_NAME_TAG,
    DagsterRun,
)
from watchbell.record.tick import Tick
from watchbell.record.tick_effects import TickEffects, effect_texts

NOT_ASKED_FOR = frozenset(
    {SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, CODE_LOCATION_TAG, RUN_KEY_TAG, SCHEDULED_TIME_TAG, AUTO_RETRY_TAG,
     "dagster/will_retry", "dagster/did_retry"}
)  # fmt: skip
"""Tags that a run is given with its tick or later, whatever user code asked for."""
OWN_PREFIX = "watchbell/"


@dataclass(frozen=True)
class Asked:
    """A run as it was asked for.

    Args:
        place: how it is named: by its run key, or its number among those without one.
        facts: job, partition, assets, run config and tags, flat: each leaf by its path.
        is_known: whether more than its place is known: not of a run that was deleted, nor of a key that made none.
    """

    place: str
    facts: Mapping[str, Any]
    is_known: bool = True


@dataclass(frozen=True)
class Decision:
    """What came of an evaluation.

    Args:
        asked: the runs it asked for, in order; also those whose run key had its run already.
        skip_reason: why there are none.
        cursor: the cursor after it.
        error: what was raised, without where; None: nothing.
        effects: what it changed besides runs; None: nothing.
    """

    asked: tuple[Asked, ...] = ()
    skip_reason: str | None = None
    cursor: str | None = None
    error: str | None = None
    effects: TickEffects | None = None


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was.

    Args:
        what: which.
        then: as recorded; None: it was not there.
        now: as it is with today's code; None: it is not there.
    """

    what: str
    then: str | None
    now: str | None


def decision_of(tick: Tick, runs: Mapping[str, DagsterRun]) -> Decision:
    """What a tick decided, from its record.

    Args:
        tick: the tick.
        runs: the runs it caused, by id; those that were deleted are left out.
    """
    there = [runs[run_id] for run_id in tick.run_ids if run_id in runs]
    keys = {run.tags[RUN_KEY_TAG] for run in there if RUN_KEY_TAG in run.tags}
    lost_keys = len(set(tick.run_keys) - keys)  # of so many of the deleted runs at least their key is known
    asked: list[Asked] = []
    unkeyed = 0
    for run_id in tick.run_ids:
        run = runs.get(run_id)
        if run is None and lost_keys:
            lost_keys -= 1
            continue
        key = None if run is None else run.tags.get(RUN_KEY_TAG)
        unkeyed += key is None
        place = f"run {unkeyed}" if key is None else _place_of(key)
        asked.append(Asked(place, {}, is_known=False) if run is None else Asked(place, facts_of(run)))
    places = [_place_of(key) for key in dict.fromkeys((*tick.run_keys, *tick.dropped_run_keys)) if key not in keys]
    asked += [Asked(place, {}, is_known=False) for place in places]
    error = None if tick.error is None else tick.error.root.message.strip()
    reason = None if asked or error is not None else tick.skip_reason
    return Decision(tuple(asked), reason, tick.cursor, error, tick.effects)


def facts_of(run: DagsterRun) -> dict[str, Any]:
    """What was asked for with a run, flat: each leaf by its path; tags that we add are left out."""
    facts: dict[str, Any] = {"job": run.job_name}
    if PARTITION_TAG in run.tags:
        facts["partition"] = run.tags[PARTITION_TAG]
    if run.asset_selection is not None:
        facts["assets"] = ", ".join(sorted(each.to_user_string() for each in run.asset_selection))
    facts.update(_leaves("config", run.run_config))
    tags = {key: value for key, value in run.tags.items() if not is_our_tag(key) and key != PARTITION_TAG}
    return {**facts, **{f"tag {key}": value for key, value in sorted(tags.items())}}


def is_our_tag(key: str) -> bool:
    """Whether a tag is on a run whatever was asked for."""
    return key in NOT_ASKED_FOR or key.startswith(OWN_PREFIX)


def differences(then: Decision, now: Decision) -> list[Difference]:
    """What is not the same in two decisions: errors first, then the runs one by one, skip reasons, cursors."""
    found: list[Difference] = []
    if then.error != now.error:
        found.append(Difference("error", then.error, now.error))
    before, after = ({each.place: each for each in decision.asked} for decision in (then, now))
    for place in dict.fromkeys((*before, *after)):
        found += _of_run(place, before.get(place), after.get(place))
    both = {place for place in before if place in after and before[place].is_known and after[place].is_known}
    common, order = ([place for place in places if place in both] for places in (before, after))
    if common != order:
        found.append(Difference("order of the runs", ", ".join(common), ", ".join(order)))
    if then.skip_reason != now.skip_reason:
        found.append(Difference("skip reason", then.skip_reason, now.skip_reason))
    if then.cursor != now.cursor:
        found.append(Difference("cursor", then.cursor, now.cursor))
    changed, changes = effect_texts(then.effects), effect_texts(now.effects)
    for what in dict.fromkeys((*changed, *changes)):
        if changed.get(what) != changes.get(what):
            found.append(Difference(what, changed.get(what), changes.get(what)))
    return found


def _of_run(place: str, then: Asked | None, now: Asked | None) -> Iterator[Difference]:
    if then is None or now is None:
        yield Difference(place, None if then is None else _summary(then), None if now is None else _summary(now))
        return
    if not (then.is_known and now.is_known):
        return
    for path in dict.fromkeys((*then.facts, *now.facts)):
        before, after = then.facts.get(path), now.facts.get(path)
        if before != after or (path in then.facts) != (path in now.facts):
            yield Difference(f"{place}, {path}", _text(then.facts, path), _text(now.facts, path))


def _place_of(run_key: str) -> str:
    return f"run key {run_key!r}"


def _summary(asked: Asked) -> str:
    if not asked.is_known:
        return "asked for"
    return ", ".join(f"{path}={value}" for path, value in asked.facts.items())


def _text(facts: Mapping[str, Any], path: str) -> str | None:
    if path not in facts:
        return None
    value = facts[path]
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings, each with its path; an empty mapping below the top is a leaf."""
    if isinstance(value, Mapping) and (value or path == "config"):
        for key in value:
            yield from _leaves(f"{path}.{key}", value[key])
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield path, list(value)
    else:
        yield path, value
