"""What a code location is told of others: their assets, for conditions that look at them.

A location with condition sensors is told of those it is tied to by assets: both have a key, or a third one ties them
together. Only what conditions need is passed on. Of those that were not loaded yet it is told so: who is made from what
they may have is not evaluated as if they had nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from watchbell.record.evaluation import OtherAssets
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot, LocationSnapshot


class Neighbours:
    """Keeps what each location was told, so that it is told only of changes."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, OtherAssets]] = {}

    def news(
        self, locations: Mapping[str, LocationSnapshot], missing: Mapping[str, str] | None = None
    ) -> Iterator[tuple[str, OtherAssets]]:
        """What is to be told now, each to the location of that name.

        Args:
            locations: the definitions in use, by location.
            missing: the locations that have none yet, each with why.
        """
        unknown = {name: OtherAssets(name, missing=why) for name, why in (missing or {}).items()}
        for name, snapshot in locations.items():
            wanted = {}
            if _minds(snapshot):
                wanted = {each.name: _told_of(each) for each in _tied(snapshot, locations)} | unknown
            known = self._told.setdefault(name, {})
            for gone in known.keys() - wanted.keys():
                del known[gone]
                yield name, OtherAssets(gone)
            for other, told in wanted.items():
                if known.get(other) != told:
                    known[other] = told
                    yield name, told


def _minds(snapshot: LocationSnapshot) -> bool:
    return any(sensor.sensor_type == "AUTOMATION" for sensor in snapshot.sensors)


def _tied(snapshot: LocationSnapshot, locations: Mapping[str, LocationSnapshot]) -> list[LocationSnapshot]:
    left = [each for name, each in locations.items() if name != snapshot.name]
    keys = _keys(snapshot)
    found: list[LocationSnapshot] = []
    while near := [each for each in left if not keys.isdisjoint(_keys(each))]:
        found += near
        left = [each for each in left if each not in near]
        keys = keys.union(*map(_keys, near))
    return found


def _keys(snapshot: LocationSnapshot) -> set[AssetKey]:
    return {asset.key for asset in snapshot.assets}


def _told_of(snapshot: LocationSnapshot) -> OtherAssets:
    told = [_bare(asset) for asset in snapshot.assets if asset.executable or asset.checks]
    return OtherAssets(snapshot.name, tuple(told))


def _bare(asset: AssetSnapshot) -> AssetSnapshot:
    return replace(asset, description=None, kinds=(), owners=(), tags={}, metadata={}, job_names=(), partitions=None)
