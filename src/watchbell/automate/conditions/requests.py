"""From the partitions that conditions ask for to run requests: what is made together joins, what fits shares runs.

The stages are those of a backfill (``automate/backfills/groups.py``), with one difference: an asset whose parent is
asked for in the same tick, by the same key, is in the run of that parent (:class:`_Joined`), whatever else it is made
from and whatever their backfill policies. A condition that says ``will_be_requested`` counts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from watchbell.automate.backfills.groups import GroupPieces, RunGroup, pieces_of
from watchbell.automate.backfills.units import ONE_PARTITION_A_RUN, WHOLE_ORDINAL, PlanUnit, units_of
from watchbell.automate.conditions.job_plans import JobRequests
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.request import RunRequest

AUTOMATION_TAG = "dagster/from_automation_condition"
"""Run tag, ``"true"``: a condition asked for the run."""
TICK_TAG = "dagster/asset_evaluation_id"
"""Run tag: number of the tick of the condition sensor that asked for the run."""
WHOLE = OrdinalSet([WHOLE_ORDINAL])


@dataclass(frozen=True, eq=False)
class Requests:
    """What became of the partitions that were asked for.

    Args:
        run_requests: the runs, in an order in which they can run.
        left: what no run was asked for, because there would have been too many.
    """

    run_requests: tuple[RunRequest, ...]
    left: Mapping[EntityKey, Subset]


class RequestPlanner:
    """Makes run requests for the assets and checks of one location; kept, since it knows what is made together.

    Args:
        graph: the assets of the location.
        job_name: the job that makes any of them.
        jobs: the jobs of the location that have a condition.
    """

    def __init__(self, graph: AssetGraph, job_name: str, jobs: Iterable[JobDefinition] = ()) -> None:
        self._jobs = JobRequests(jobs)
        self._graph = graph
        self._job_name = job_name
        self._units: dict[EntityKey, PlanUnit] = {}
        self._orders: dict[PlanUnit, tuple[int, tuple[AssetCheckKey, ...]]] = {}
        self._parents: dict[PlanUnit, list[tuple[AssetKey, bool]]] = {}
        self._places = {key: place for place, key in enumerate(graph.specs)}
        self.lacking: Callable[[AssetKey], Collection[AssetCheckKey]] = lambda key: ()
        """The checks of an asset that its runs leave out, since they would fail all of the run."""

    def requests(
        self, asked: Mapping[EntityKey, Subset], tags: Mapping[str, str], view: PartitionsView, most: int
    ) -> Requests:
        """The runs that make what was asked for.

        Args:
            asked: the partitions of each asset, check and job.
            tags: tags of all runs.
            view: from where partitions are looked at.
            most: at most so many runs (count).
        """
        whole, left_jobs = self._jobs.requests(asked, tags, view, most)
        asked = {key: subset for key, subset in asked.items() if not isinstance(key, AssetJobKey)}
        joined = _Joined(self, asked)
        requests = list(whole)
        left: dict[PlanUnit, OrdinalSet] = {}
        for group in joined.groups():
            pieces = pieces_of(group, joined, view)
            count = min(len(pieces), most - len(requests))
            requests += self._requests_of(group, pieces, count, tags, view)
            if count < len(pieces):
                made = OrdinalSet.of_range(0, pieces.pieces[count].first)
                left |= {unit: joined[unit] - made for unit in group.units}
        return Requests(tuple(requests), {**left_jobs, **self._left(asked, left)})

    def is_observed(self, unit: PlanUnit) -> bool:
        """Whether it is only looked at: sources that are made elsewhere."""
        return bool(unit.keys) and self._graph.observable_keys.issuperset(unit.keys)

    def order_of(self, unit: PlanUnit) -> tuple[int, tuple[AssetCheckKey, ...]]:
        """Sorts units upstream first, checks after the asset they are of."""
        found = self._orders.get(unit)
        if found is None:
            keys = unit.keys or tuple(key.asset_key for key in unit.check_keys)
            place = min(self._places.get(key, len(self._places)) for key in keys)
            found = self._orders[unit] = (place, unit.check_keys)
        return found

    # ------------------------------------------------------------------ units

    def unit_of_asset(self, key: AssetKey) -> PlanUnit:
        """The asset with what is always made together with it."""
        unit = self._units.get(key)
        if unit is None:
            (unit,) = units_of(self._graph, self._graph.made_together(key))
            self._units |= dict.fromkeys(unit.keys, unit)
        return unit

    def unit_of_check(self, key: AssetCheckKey) -> PlanUnit:
        """The check with what is always executed together with it; with its asset, if only that one's function can."""
        unit = self._units.get(key)
        if unit is None:
            maker = self._graph.checks[key]
            if maker.keys and not maker.can_subset:
                unit = self.unit_of_asset(min(maker.keys))
            else:
                together = (key,) if maker.can_subset else tuple(sorted(spec.key for spec in maker.check_specs))
                definition = self._graph.check_specs[key].partitions_def
                unit = PlanUnit((), definition, ONE_PARTITION_A_RUN, check_keys=together)
                self._units |= dict.fromkeys(together, unit)
            self._units[key] = unit
        return unit

    def parents_of(self, unit: PlanUnit) -> Sequence[tuple[AssetKey, bool]]:
        """What a unit is made from, and whether each partition depends on the one of the same key alone."""
        found = self._parents.get(unit)
        if found is None:
            found = self._parents[unit] = list(self._read_parents(unit))
        return found

    def _read_parents(self, unit: PlanUnit) -> Iterator[tuple[AssetKey, bool]]:
        for edge in unit.edges:
            yield edge.parent, edge.is_identity
        for check in unit.check_keys:
            spec = self._graph.check_specs[check]
            for parent in (check.asset_key, *(dep.asset_key for dep in spec.additional_deps)):
                known = self._graph.specs.get(parent)
                yield parent, known is not None and known.partitions_def == unit.definition

    # ------------------------------------------------------------------- runs

    def _requests_of(
        self, group: RunGroup, pieces: GroupPieces, count: int, tags: Mapping[str, str], view: PartitionsView
    ) -> Iterator[RunRequest]:
        chosen = [self._chosen(units) for units in pieces.units_of]
        wanted = pieces.pieces[:count]
        definition = group.definition
        if definition is None:
            yield from (self._request(*chosen[piece.makes], tags) for piece in wanted)
            return
        is_range = group.policy.max_partitions_per_run != 1  # its function counts on a range, even of one partition
        keys = _keys_by_ordinal(definition, (end for piece in wanted for end in (piece.first, piece.last)), view)
        for piece in wanted:
            first, last = keys[piece.first], keys[piece.last]
            if is_range:
                ends = {RANGE_START_TAG: first, RANGE_END_TAG: last}
                yield self._request(*chosen[piece.makes], {**tags, **ends})
            else:
                named = {**tags, **definition.get_tags_for_partition_key(first)}
                yield self._request(*chosen[piece.makes], named, first)

    def _chosen(self, units: Sequence[PlanUnit]) -> tuple[list[AssetKey], list[AssetCheckKey] | None]:
        """The assets of a run; and its checks, if it has others than those of its assets."""
        assets = [key for unit in units for key in unit.keys]
        checks = [key for unit in units for key in unit.check_keys]
        lacking = {check for key in assets for check in self.lacking(key)}
        if not (checks or lacking):
            return assets, None
        by_asset = self._graph.check_keys_by_asset
        along = (each for key in assets for each in by_asset.get(key, ()) if each not in lacking)
        return assets, list(dict.fromkeys([*checks, *along]))

    def _request(
        self,
        assets: Sequence[AssetKey],
        checks: Sequence[AssetCheckKey] | None,
        tags: Mapping[str, str],
        partition_key: str | None = None,
    ) -> RunRequest:
        return RunRequest(
            job_name=self._job_name,
            asset_selection=assets,
            asset_check_keys=checks,
            partition_key=partition_key,
            tags=tags,
        )

    def _left(
        self, asked: Mapping[EntityKey, Subset], left: Mapping[PlanUnit, OrdinalSet]
    ) -> Mapping[EntityKey, Subset]:
        if not left:
            return {}
        found: dict[EntityKey, Subset] = {}
        for key, subset in asked.items():
            if isinstance(key, AssetJobKey):
                continue
            unit = self.unit_of_check(key) if isinstance(key, AssetCheckKey) else self.unit_of_asset(key)
            rest = left.get(unit)
            if rest and subset:
                found[key] = subset & rest if isinstance(subset, OrdinalSet) else True
        return {key: subset for key, subset in found.items() if subset}


class _Joined:
    """What is asked for, by what is made together; fulfils ``UnitSets``.

    Units that a promise ties together (see the module) form *parts*: a union-find over ``_heads``.
    """

    def __init__(self, planner: RequestPlanner, asked: Mapping[EntityKey, Subset]) -> None:
        self._planner = planner
        self._sets: dict[PlanUnit, OrdinalSet] = {}
        self._unit_of: dict[AssetKey, PlanUnit] = {}
        for key, subset in asked.items():
            if subset and isinstance(key, AssetKey):
                self._add(planner.unit_of_asset(key), subset)
        for key, subset in asked.items():
            if subset and isinstance(key, AssetCheckKey):
                self._add_check(key, subset)
        self.units: Sequence[PlanUnit] = sorted(self._sets, key=planner.order_of)
        self._heads = {unit: unit for unit in self.units}
        for unit in self.units:
            for parent, is_identity in planner.parents_of(unit):
                other = self._unit_of.get(parent)
                if is_identity and other is not None:
                    self._heads[self._head(unit)] = self._head(other)

    def __getitem__(self, unit: PlanUnit) -> OrdinalSet:
        return self._sets[unit]

    def unit_of(self, key: AssetKey) -> PlanUnit | None:
        """The unit that makes an asset."""
        return self._unit_of.get(key)

    def groups(self) -> list[RunGroup]:
        """What shares runs, upstream first."""
        members: dict[PlanUnit, list[PlanUnit]] = {}
        for unit in self.units:
            members.setdefault(self._head(unit), []).append(unit)
        levels: dict[PlanUnit, int] = {}
        merged: dict[tuple[int, int, int, bool], list[PlanUnit]] = {}
        definitions: list[PartitionsDefinition | None] = []  # few, and not all can be hashed
        for head, part in members.items():
            # By what its first one is made from: parts may be made from each other both ways, and order is a courtesy.
            found = [self._unit_of.get(key) for key, _ in self._planner.parents_of(part[0])]
            parents = {self._head(other) for other in found if other is not None}
            levels[head] = level = max((levels[each] + 1 for each in parents - {head} if each in levels), default=0)
            if part[0].definition not in definitions:
                definitions.append(part[0].definition)
            most = min(unit.policy.max_partitions_per_run or _UNLIMITED for unit in part)
            place = definitions.index(part[0].definition)
            kind = (level, place, most, all(map(self._planner.is_observed, part)))
            merged.setdefault(kind, []).extend(part)
        groups = []
        for (level, _, most, _), units in sorted(merged.items(), key=lambda item: item[0][0]):
            policy = BackfillPolicy(None if most == _UNLIMITED else most)
            units.sort(key=self._planner.order_of)
            groups.append(RunGroup(level, tuple(units), units[0].definition, policy))
        return groups

    def _add(self, unit: PlanUnit, subset: Subset) -> None:
        ordinals = subset if isinstance(subset, OrdinalSet) else WHOLE
        known = self._sets.get(unit)
        self._sets[unit] = ordinals if known is None else known | ordinals
        self._unit_of |= dict.fromkeys(unit.keys, unit)

    def _add_check(self, key: AssetCheckKey, subset: Subset) -> None:
        """A check by itself, unless a run that makes its asset executes it anyway."""
        asset = self._unit_of.get(key.asset_key)
        if asset is not None and isinstance(subset, OrdinalSet) and asset.definition is not None:
            subset = subset - self._sets[asset]
        elif asset is not None:
            return
        if subset:
            self._add(self._planner.unit_of_check(key), subset)

    def _head(self, unit: PlanUnit) -> PlanUnit:
        heads = self._heads
        while (head := heads[unit]) is not unit:
            heads[unit] = heads[head]
            unit = head
        return unit


_UNLIMITED = 1 << 62


def _keys_by_ordinal(
    definition: PartitionsDefinition, ordinals: Iterable[int], view: PartitionsView
) -> Mapping[int | None, str]:
    """The keys of partitions by their ordinals, asked for all at once."""
    keys = definition.keys_of(sorted(set(ordinals)), view)
    return dict(zip(definition.ordinals_of(keys, view), keys, strict=True))
