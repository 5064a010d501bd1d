"""Which assets are stale, from snapshots and what the newest materializations say; by the rules of ``stale_rules.py``.

What has partitions is left out on the side of what is made from: whether a partition is up to date is asked of each
partition (``stale_partitions.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from watchbell.automate.catalog.assets import Catalog
from watchbell.declare.assets.stale_rules import Definition, Known, StaleStatus, staleness
from watchbell.record.data_version import DataVersion
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.provenance import DEFAULT_DATA_VERSION, DataProvenance, extract_data_provenance_from_entry

Said = tuple[DataVersion | None, DataProvenance | None]
CAUSES_SHOWN = 3


def origin_of(entry: EventLogEntry | None) -> DataProvenance | None:
    """From what an asset was made, as its newest materialization says; None: it does not, or there is none."""
    return None if entry is None else extract_data_provenance_from_entry(entry)


def why_stale(catalog: Catalog, said: Mapping[AssetKey, Said], made: Collection[AssetKey]) -> dict[AssetKey, str]:
    """The assets that are stale, each with why.

    Args:
        catalog: all assets.
        said: version and origin of those that were ever heard of.
        made: those that were ever made.
    """
    definitions, known = {}, {}
    for key, each in catalog.by_key.items():
        left_out = {dep for dep in each.told.deps if _has_partitions(catalog, dep)}
        deps = tuple(dep for dep in each.told.deps if dep not in left_out)
        definitions[key] = Definition(deps, each.told.code_version, each.told.executable)
        if key in said:
            version, provenance = said[key]
            known[key] = Known(version or DEFAULT_DATA_VERSION, _without(provenance, left_out), key in made)
    found = {}
    for key, stale in staleness(definitions, known).items():
        if stale.status is StaleStatus.STALE:
            more = len(stale.causes) - CAUSES_SHOWN
            reasons = "; ".join(cause.reason for cause in stale.causes[:CAUSES_SHOWN])
            found[key] = f"{reasons}; and {more} more" if more > 0 else reasons
    return found


def _has_partitions(catalog: Catalog, key: AssetKey) -> bool:
    asset = catalog.find(key)
    return asset is not None and asset.told.partitions is not None


def _without(provenance: DataProvenance | None, deps: Collection[AssetKey]) -> DataProvenance | None:
    if provenance is None or not deps:
        return provenance
    used = {dep: version for dep, version in provenance.input_data_versions.items() if dep not in deps}
    return DataProvenance(provenance.code_version, used, provenance.input_storage_ids, provenance.is_user_provided)
