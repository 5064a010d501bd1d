"""The world as conditions see it: what is known of each entity at one moment, and what is new since the last tick.

An *entity* is an asset, an asset check, or a job that has a condition. A world is kept in memory and brought up to date
by whoever knows the facts:
``reader.py`` from the store, ``simulated.py`` from a simulation, tests by hand. It speaks of partitions in the numbers
of the definitions that are in use; an entity without partitions has ``True`` and ``False`` instead of sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from watchbell.automate.conditions.subset import Subset
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey

EntityKey = AssetKey | AssetCheckKey | AssetJobKey


@wired("condition.position")
@dataclass(frozen=True)
class Position:
    """Up to where the past was taken in.

    Args:
        event_id: storage id of the newest event.
        at: the time of the tick, aware.
    """

    event_id: int
    at: datetime


@dataclass(frozen=True)
class Update:
    """An entity was made (a source observed, a check executed) since the last tick.

    Args:
        ordinal: which partition; None: it has none, or the event named none.
        event_id: storage id of the event.
        at: when, seconds since the epoch.
        run_id: by which run; empty: by none.
        data_version: what it says of its data.
        data_version_before: what was said of the data (of the same partition) before it; None: nothing. Known only of
            entities in ``World.versioned``, and of sources that are observed; of these empty at first, since to say
            nothing of the data is another thing than to be there not yet.
    """

    ordinal: int | None
    event_id: int
    at: float
    run_id: str = ""
    data_version: str | None = None
    data_version_before: str | None = None


@dataclass(frozen=True)
class RunFact:
    """What conditions ask of a run that made something.

    Args:
        tags: its tags.
        asset_keys: what it was to make; None: whatever its job makes.
        check_keys: the checks it was to execute; None: those that belong to its assets.
        job_name: its job.
        partition: the key of its partition; None: it has none, or a range.
        planned: what it planned to make, where ``asset_keys`` does not say; known while there are entities in
            ``World.timed``.
    """

    tags: Mapping[str, str]
    asset_keys: frozenset[AssetKey] | None
    check_keys: frozenset[AssetCheckKey] | None = None
    job_name: str = ""
    partition: str | None = None
    planned: frozenset[AssetKey] = frozenset()


@dataclass(eq=False)
class Fact:
    """What is known of one entity. Changed in place by who keeps the world, read by everybody else.

    Args:
        made: was ever made (of a source: observed or reported; of a check: executed), and not wiped since.
        failed: the last attempt failed, and it was not made since.
        running: a run that is not over, queued ones included, is to make it.
        backfilling: an unfinished backfill is to make it.
        updates: what made it since the last tick, oldest first.
        made_at: when it was made last, seconds since the epoch; by partition, if it has some. Kept only of entities in
            ``World.timed``.
        failed_at: when a run that was to make it ended in failure without having made it, the newest such time; by
            partition, if it has some. Kept only of entities in ``World.timed``.
        data_version: of what was made last; by partition, if it has some. Kept only of entities in ``World.versioned``.
        last_run_id: the run that made it last; by partition, if it has some. Kept only of entities in ``World.traced``.
        check_passed: of a check, whether its last execution passed; None: none has ended, or it belongs to an older
            materialization than the asset's newest.
        freshness: of an asset with a freshness policy, ``"PASS"``, ``"WARN"``, ``"FAIL"`` or ``"UNKNOWN"``.
        freshness_until: when that may change though nothing happens, seconds since the epoch; None: never.
    """

    made: Subset
    failed: Subset
    running: Subset
    backfilling: Subset
    updates: tuple[Update, ...] = ()
    made_at: dict[int, float] | float | None = None
    failed_at: dict[int, float] | float | None = None
    data_version: dict[int, str] | str | None = None
    last_run_id: dict[int, str] | str | None = None
    check_passed: bool | None = None
    freshness: str = "UNKNOWN"
    freshness_until: float | None = None


@dataclass(eq=False)
class World:
    """All that is known at one moment.

    Args:
        position: up to where the past was taken in.
        facts: by entity; there is one for each entity that any condition looks at.
        runs: the runs named by updates (and by ``last_run_id``).
        timed: entities whose times of making are asked for.
        versioned: entities whose data versions are asked for.
        traced: entities of which the last run is asked for.
    """

    position: Position
    facts: dict[EntityKey, Fact] = field(default_factory=dict)
    runs: dict[str, RunFact] = field(default_factory=dict)
    timed: frozenset[EntityKey] = frozenset()
    versioned: frozenset[EntityKey] = frozenset()
    traced: frozenset[EntityKey] = frozenset()
