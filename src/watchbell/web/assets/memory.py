"""What is kept between questions about assets: the catalog of the snapshots in use, and from what assets were made.

Both are made anew only where something changed: the catalog when a location's snapshot did, the origin of an asset when
it was made again. So a page about 5,000 assets reads the numbers of all and the bodies of few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from watchbell.automate.catalog.assets import Catalog
from watchbell.automate.catalog.standing import AssetFact, Standing, fact_of, standing_of
from watchbell.automate.catalog.up_to_date import origin_of, why_stale
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.provenance import DataProvenance
from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.view import View


@dataclass(frozen=True)
class Origin:
    """What the newest event of an asset says of its data.

    Args:
        made_by: storage ids of its newest materialization and observation; others make this old.
        version: the version of its data; None: nobody said.
        provenance: from what it was made; None: nobody said.
    """

    made_by: tuple[int | None, int | None]
    version: DataVersion | None
    provenance: DataProvenance | None


class AssetMemory:
    """What is kept for one instance. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locations: tuple[LocationSnapshot, ...] = ()
        self._catalog = Catalog(())
        self._origins: dict[AssetKey, Origin] = {}

    def catalog(self, locations: Iterable[LocationSnapshot]) -> Catalog:
        """The catalog of these snapshots; the one before, if they are the same objects."""
        given = tuple(locations)
        with self._lock:
            same = len(given) == len(self._locations)
            if not same or any(one is not other for one, other in zip(given, self._locations, strict=True)):
                self._catalog, self._locations = Catalog(given), given
            return self._catalog

    def origins(self, store: Store, facts: Mapping[AssetKey, AssetFact]) -> Mapping[AssetKey, Origin]:
        """From what these assets were made; two statements, whatever their number.

        Args:
            store: asked for those that were made since they were asked for last.
            facts: the newest of each.
        """
        now = {key: (each.materialization_id, each.observation_id) for key, each in facts.items()}
        with self._lock:
            known = {key: self._origins[key] for key in now if key in self._origins}
        new = [key for key, ids in now.items() if key not in known or known[key].made_by != ids]
        if new:
            made = store.latest_materializations(new)
            versions = store.asset_data_versions([key.to_string() for key in new])
            for key in new:
                told = versions.get(key.to_string())
                known[key] = Origin(now[key], None if told is None else DataVersion(told), origin_of(made.get(key)))
            with self._lock:
                self._origins.update({key: known[key] for key in new})
        return known


_MEMORIES: WeakKeyDictionary[DagsterInstance, AssetMemory] = WeakKeyDictionary()
_LOCK = Lock()


def memory_of(view: View) -> AssetMemory:
    """What is kept for the instance of a view."""
    with _LOCK:
        found = _MEMORIES.get(view.instance)
        if found is None:
            found = _MEMORIES[view.instance] = AssetMemory()
        return found


def catalog_of(view: View) -> Catalog:
    """The assets of the code locations in use."""
    return memory_of(view).catalog(view.locations())


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of all assets at a moment.

    Args:
        catalog: all that are defined.
        facts: the newest of each that was ever heard of.
        standings: how each stands that is defined.
        now: the moment.
        why_stale: of those that are stale, why.
        failed_partitions: of those with partitions that failed, how many did.
    """

    catalog: Catalog
    facts: Mapping[AssetKey, AssetFact]
    standings: Mapping[AssetKey, Standing]
    now: datetime
    why_stale: Mapping[AssetKey, str] = field(default_factory=dict)
    failed_partitions: Mapping[AssetKey, int] = field(default_factory=dict)

    def fact(self, key: AssetKey) -> AssetFact:
        """The newest of an asset."""
        return self.facts.get(key) or fact_of(None)


def known_of(view: View) -> Known:
    """How all assets stand; a fixed number of statements."""
    catalog = catalog_of(view)
    facts: dict[AssetKey, AssetFact] = {}
    for row in view.store.asset_facts():
        key = AssetKey.from_db_string(row.asset)
        if key is not None:
            facts[key] = fact_of(row)
    heard = {key: facts[key] for key in catalog.by_key if key in facts}
    origins = memory_of(view).origins(view.store, heard)
    why = why_stale(
        catalog,
        {key: (each.version, each.provenance) for key, each in origins.items()},
        {key for key, each in heard.items() if each.made_at is not None},
    )
    failed = failed_partitions(view, catalog)
    standings = {
        key: standing_of(
            facts.get(key) or fact_of(None),
            is_made_here=each.told.executable,
            is_stale=key in why,
            has_failed_partitions=key in failed,
        )
        for key, each in catalog.by_key.items()
    }
    return Known(catalog, facts, standings, view.now(), why, failed)


def failed_partitions(view: View, catalog: Catalog) -> dict[AssetKey, int]:
    """Of the assets with partitions that failed, how many did; what is no partition any more counts no more."""
    definitions = catalog.partitions_defs(view.store.assets_with_failed_partitions())
    found = view.instance.failed_partitions(definitions) if definitions else {}
    return {key: len(ordinals) for key, ordinals in found.items() if ordinals}
