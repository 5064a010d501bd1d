"""The assets of all code locations as their snapshots tell of them: one graph, which selections can be asked of.

For processes that never load user code. Where two locations speak of one asset, the one that makes it is listened to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from watchbell.declare.assets.asset_view import CheckKeys, Keys
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition, walk
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.snapshot_reading import SaidOfAsset, said_of_assets
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.ground.wire import WireError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot, CheckSnapshot, LocationSnapshot

NOTHING_SAID = SaidOfAsset(None, None, {}, {})


@dataclass(frozen=True, eq=False)
class CatalogAsset:
    """An asset as it is defined now.

    Args:
        key: its key.
        location_name: the code location that speaks for it.
        told: what that says of it.
        said: the same that is said by objects.
    """

    key: AssetKey
    location_name: str
    told: AssetSnapshot
    said: SaidOfAsset = NOTHING_SAID

    @property
    def name(self) -> str:
        """Its key as people write it."""
        return self.key.to_user_string()

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """Its partitions; None: it has none, or only its own code can tell (then ``told.partitions`` is there)."""
        return self.said.partitions_def

    @property
    def tags(self) -> Mapping[str, str]:
        """Its labels."""
        return self.told.tags

    @property
    def kinds(self) -> frozenset[str]:
        """What it is made with or stored in."""
        return frozenset(self.told.kinds)

    @property
    def owners(self) -> Sequence[str]:
        """Who answers for it."""
        return self.told.owners

    @property
    def condition_name(self) -> str | None:
        """When it is to be made by itself, in short; None: nothing was said."""
        condition = self.said.condition
        return None if condition is None else condition.get_label() or condition.name

    @property
    def condition_crons(self) -> tuple[tuple[str, str], ...]:
        """The cron strings that its condition waits for, each with its zone."""
        return crons_of(self.said.condition)


class Catalog:
    """All assets; fulfils what a selection asks of assets.

    Args:
        locations: the code locations in use.
    """

    def __init__(self, locations: Iterable[LocationSnapshot]) -> None:
        self.locations = tuple(locations)
        found: dict[AssetKey, CatalogAsset] = {}
        for location in self.locations:
            said = _said(location)
            for told in location.assets:
                each = CatalogAsset(told.key, location.name, told, said.get(told.key, NOTHING_SAID))
                before = found.get(told.key)
                if before is None or _weight(told) > _weight(before.told):
                    found[told.key] = each
        self.by_key: Mapping[AssetKey, CatalogAsset] = dict(sorted(found.items()))

    @cached_property
    def upstream(self) -> Mapping[AssetKey, tuple[AssetKey, ...]]:
        """Of each asset what it is made from, as far as that is defined."""
        return {key: tuple(dep for dep in each.told.deps if dep in self.by_key) for key, each in self.by_key.items()}

    @cached_property
    def downstream(self) -> Mapping[AssetKey, tuple[AssetKey, ...]]:
        """Of each asset what is made from it."""
        found: dict[AssetKey, list[AssetKey]] = {key: [] for key in self.by_key}
        for key, deps in self.upstream.items():
            for dep in deps:
                if dep != key:
                    found[dep].append(key)
        return {key: tuple(each) for key, each in found.items()}

    def find(self, key: AssetKey) -> CatalogAsset | None:
        """The asset of that key; None: nobody defines it (any more)."""
        return self.by_key.get(key)

    def near(self, key: AssetKey) -> str:
        """The end of a sentence about a key that is not there: the nearest name."""
        return did_you_mean(key.to_user_string(), (each.to_user_string() for each in self.by_key))

    def select(self, text: str) -> Keys:
        """The assets that a selection's text means, those made elsewhere included.

        Raises:
            DagsterInvalidAssetSelectionError: the text means nothing.
            DagsterInvalidSubsetError: it names an asset that is not there.
        """
        return AssetSelection.from_string(text, include_sources=True).keys_in(self)

    def check(self, key: AssetCheckKey) -> CheckSnapshot | None:
        """A check as it is defined; None: there is none."""
        asset = self.by_key.get(key.asset_key)
        return None if asset is None else next((each for each in asset.told.checks if each.name == key.name), None)

    def partitions_defs(self, keys: Iterable[AssetKey] | None = None) -> dict[AssetKey, PartitionsDefinition]:
        """Of those of these assets (of all) that have partitions which can be told, what they are."""
        chosen = self.by_key if keys is None else keys
        found = {key: self.by_key[key].partitions_def for key in chosen if key in self.by_key}
        return {key: definition for key, definition in found.items() if definition is not None}

    def assets_of_job(self, job_name: str, location_name: str | None) -> frozenset[AssetKey]:
        """What a job makes, by its name and that of its code location."""
        return self._by_job.get((location_name or "", job_name), frozenset())

    @cached_property
    def _by_job(self) -> Mapping[tuple[str, str], frozenset[AssetKey]]:
        jobs = ((location.name, job) for location in self.locations for job in location.jobs)
        return {(name, job.name): frozenset(job.asset_keys) for name, job in jobs}

    # ------------------------------------------------- what a selection asks

    @cached_property
    def all_keys(self) -> Keys:
        """All assets."""
        return frozenset(self.by_key)

    @cached_property
    def materializable_keys(self) -> Keys:
        """All, those included that are made elsewhere: who looks at the catalog walks over these, too."""
        return self.all_keys

    @cached_property
    def external_keys(self) -> Keys:
        """Those that nothing here makes."""
        return frozenset(key for key, each in self.by_key.items() if not each.told.executable)

    @cached_property
    def keys_by_group(self) -> Mapping[str, Sequence[AssetKey]]:
        """The assets of each group."""
        groups: dict[str, list[AssetKey]] = {}
        for key, each in self.by_key.items():
            groups.setdefault(each.told.group_name, []).append(key)
        return groups

    @cached_property
    def check_keys(self) -> CheckKeys:
        """All checks."""
        return frozenset(AssetCheckKey(key, each.name) for key, a in self.by_key.items() for each in a.told.checks)

    def made_together(self, key: AssetKey) -> Keys:
        """The assets of the same op."""
        asset = self.by_key[key]
        op = (asset.location_name, asset.told.op_name)
        if asset.told.op_name is None:
            return frozenset((key,))
        return frozenset(k for k, each in self.by_key.items() if (each.location_name, each.told.op_name) == op)

    def spec(self, key: AssetKey) -> CatalogAsset:
        """What is said of an asset."""
        return self.by_key[key]

    def upstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """What it is made from."""
        return self.upstream[key]

    def downstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """What is made from it."""
        return self.downstream[key]

    def around(self, key: AssetKey, depth: int, most: int) -> dict[AssetKey, int]:
        """The assets at most so many steps away, each with its distance: negative upstream, positive downstream.

        Args:
            key: from where.
            depth: most steps either way (count).
            most: after so many no further ones are looked for (count).
        """
        found = {key: 0}
        for sign, steps in ((-1, self.upstream), (1, self.downstream)):
            edge = [key]
            for distance in range(1, depth + 1):
                edge = [near for each in edge for near in dict.fromkeys(steps[each]) if near not in found]
                for near in edge:
                    if len(found) < most:
                        found.setdefault(near, sign * distance)
                edge = [near for near in dict.fromkeys(edge) if near in found]
        return found


def crons_of(condition: AutomationCondition[object] | None) -> tuple[tuple[str, str], ...]:
    """The cron strings that a condition waits for, each with its zone."""
    if condition is None:
        return ()
    parts = (each for each in walk(condition) if isinstance(each, BuiltInCondition) and each.kind == "cron_tick_passed")
    return tuple(dict.fromkeys((str(each.param("cron")), str(each.param("timezone"))) for each in parts))


def _weight(told: AssetSnapshot) -> int:
    return 2 if told.executable else 1 if told.observable else 0


def _said(location: LocationSnapshot) -> Mapping[AssetKey, SaidOfAsset]:
    try:
        return said_of_assets(location.assets)
    except WireError:  # told by a service of another version; what is said in words is shown all the same
        return {}
