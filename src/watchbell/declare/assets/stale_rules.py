"""Whether assets are up to date with their code and with what they are made from. Pure: facts in, states out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey
from watchbell.record.provenance import DataProvenance


class StaleStatus(Enum):
    """Whether an asset is up to date.

    MISSING: it was never made. STALE: making it again may give something else. FRESH: it would not.
    """

    MISSING = "MISSING"
    STALE = "STALE"
    FRESH = "FRESH"


class StaleCauseCategory(Enum):
    """Why an asset is stale: its CODE, the DATA it was made from, or its DEPENDENCIES changed."""

    CODE = "CODE"
    DATA = "DATA"
    DEPENDENCIES = "DEPENDENCIES"


@dataclass(frozen=True)
class StaleCause:
    """One reason why an asset is stale.

    Args:
        key: the asset.
        category: what changed.
        reason: in words.
        dependency: the asset that it is made from and that the reason is about.
    """

    key: AssetKey
    category: StaleCauseCategory
    reason: str
    dependency: AssetKey | None = None


@dataclass(frozen=True)
class Staleness:
    """Whether an asset is up to date, and why not.

    Args:
        status: whether it is.
        causes: why not, if it is STALE.
    """

    status: StaleStatus
    causes: tuple[StaleCause, ...] = ()


@dataclass(frozen=True)
class Definition:
    """What an asset's definition says now.

    Args:
        deps: what it is made from.
        code_version: the version of its code; None: it does not say, and no change is noticed.
        is_made_here: whether something here makes it; what is made elsewhere is never stale.
    """

    deps: tuple[AssetKey, ...] = ()
    code_version: str | None = None
    is_made_here: bool = True


@dataclass(frozen=True)
class Known:
    """What the newest event of an asset says.

    Args:
        version: the version of its data.
        provenance: from what it was made; None: nobody says.
        was_made: whether it was ever materialized.
    """

    version: DataVersion
    provenance: DataProvenance | None = None
    was_made: bool = True


def staleness(
    definitions: Mapping[AssetKey, Definition], known: Mapping[AssetKey, Known]
) -> Mapping[AssetKey, Staleness]:
    """Whether each asset is up to date.

    An asset is looked at by itself: what stale assets were made of counts when those are made again.

    Args:
        definitions: what is said of each asset now.
        known: what its newest event says; left out: it was never made.
    """
    return {key: _one(key, each, known) for key, each in definitions.items()}


def _one(key: AssetKey, definition: Definition, known: Mapping[AssetKey, Known]) -> Staleness:
    if not definition.is_made_here:
        return Staleness(StaleStatus.FRESH)
    found = known.get(key)
    if found is None or not found.was_made:
        return Staleness(StaleStatus.MISSING)
    if found.provenance is None:  # reported by somebody who does not say
        return Staleness(StaleStatus.FRESH)
    causes = [*_code(key, definition, found.provenance), *_data(key, definition, found.provenance, known)]
    return Staleness(StaleStatus.STALE, tuple(causes)) if causes else Staleness(StaleStatus.FRESH)


def _code(key: AssetKey, definition: Definition, provenance: DataProvenance) -> Sequence[StaleCause]:
    if definition.code_version is None or definition.code_version == provenance.code_version:
        return ()
    return (StaleCause(key, StaleCauseCategory.CODE, "has a new code version"),)


def _data(
    key: AssetKey, definition: Definition, provenance: DataProvenance, known: Mapping[AssetKey, Known]
) -> list[StaleCause]:
    causes = []
    used = provenance.input_data_versions
    for dep in dict.fromkeys(definition.deps):
        name = dep.to_user_string()
        if dep == key:
            continue  # made from what it was before: it would be stale the moment it is made
        if dep not in used:
            causes.append(StaleCause(key, StaleCauseCategory.DEPENDENCIES, f"has a new dependency on {name}", dep))
            continue
        now = known.get(dep)
        if now is None or now.version != used[dep]:
            causes.append(
                StaleCause(key, StaleCauseCategory.DATA, f"has a new data version of its dependency {name}", dep)
            )
    for dep in used:
        if dep not in definition.deps:
            name = dep.to_user_string()
            causes.append(
                StaleCause(key, StaleCauseCategory.DEPENDENCIES, f"has no dependency on {name} any more", dep)
            )
    return causes
