"""The partitions that a step makes of its assets, and those it takes of the assets these are made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.plain_mapping import IdentityPartitionMapping
from watchbell.declare.partitions.view import PartitionsView
from watchbell.execute.run_partitions import RunPartitions
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.upward import call_upward
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

SHOWN_KEYS_MAX = 5  # missing partitions named in a message


class Upstream(NamedTuple):
    """What a step takes of an asset.

    Args:
        partitions: those that exist.
        missing: keys that are asked for and do not exist, some of them if there are many.
    """

    partitions: AssetPartitions
    missing: tuple[str, ...] = ()


class StepPartitions:
    """The partitions of one step's assets.

    Args:
        run: those of the run.
        assets_def: the definition the step executes; None: a plain op.
        definition_of: the partitions of an asset that the step makes or takes; None for one without.
    """

    __slots__ = ("_assets_def", "_definition_of", "_upstream", "run")

    def __init__(
        self, run: RunPartitions, assets_def: Any, definition_of: Callable[[AssetKey], PartitionsDefinition | None]
    ) -> None:
        self.run = run
        self._assets_def = assets_def
        self._definition_of = definition_of
        self._upstream: dict[AssetKey, Upstream] = {}

    def definition_of(self, key: AssetKey) -> PartitionsDefinition | None:
        """The partitions of an asset that the step makes or takes."""
        return self._definition_of(key)

    @property
    def definition(self) -> PartitionsDefinition | None:
        """The partitions of the job, or where it has none (only checks are run), those of the step's own assets."""
        return self.run.definition or self._own_definition()

    @property
    def own(self) -> AssetPartitions | None:
        """The run's partitions by that definition; None: there is none, or the run is for none."""
        if self.run.definition is not None:
            return self.run.own
        definition = self._own_definition()
        return None if definition is None else self.run.of(definition)

    def made(self, key: AssetKey) -> AssetPartitions | None:
        """The partitions of an asset that the step makes; None: it has none, or the run is for none."""
        definition = self._definition_of(key)
        return None if definition is None else self.run.of(definition)

    def taken(self, key: AssetKey) -> AssetPartitions | None:
        """The partitions that are loaded of an asset; None if it has none.

        Args:
            key: an asset that those of the step are made from.

        Raises:
            DagsterInvariantViolationError: the step's assets have partitions and the run is for none, or some of the
                upstream partitions they need do not exist.
        """
        upstream_def = self._definition_of(key)
        if upstream_def is None:
            return None
        found = self._upstream.get(key)
        if found is None:
            found = self._upstream[key] = self._mapped(key, upstream_def)
        if found.missing:
            shown = ", ".join(repr(each) for each in found.missing[:SHOWN_KEYS_MAX])
            raise DagsterInvariantViolationError(
                f"{self._who} needs partitions of the asset {key.to_user_string()!r} that do not exist: {shown}"
                f"{' and more' if len(found.missing) > SHOWN_KEYS_MAX else ''}; choose other partitions, or a mapping "
                "that allows them to be missing",
                asset_key=key,
            )
        return found.partitions

    def mapped(self, key: AssetKey, made: AssetPartitions | None) -> Upstream | None:
        """What some partitions that the step makes are made from; None if that asset has no partitions.

        Args:
            key: an asset that those of the step are made from.
            made: partitions that the step makes; None: of assets without partitions.
        """
        upstream_def = self._definition_of(key)
        return None if upstream_def is None else self._map(key, made, upstream_def)

    # ------------------------------------------------------------- inside

    @property
    def _who(self) -> str:
        if self._assets_def is None:
            return "this op"
        names = [key.to_user_string() for key in self._assets_def.keys]
        return f"the asset {names[0]!r}" if len(names) == 1 else f"the step of {', '.join(names) or 'checks'}"

    def _mapped(self, key: AssetKey, upstream_def: PartitionsDefinition) -> Upstream:
        own = self._own_definition()
        return self._map(key, None if own is None else self.run.required(own, self._who), upstream_def)

    def _own_definition(self) -> PartitionsDefinition | None:
        """The partitions of what the step makes: of its assets, or else of its checks."""
        assets = self._assets_def
        if assets is None:
            return None
        specs = [*assets.specs_by_key.values()] or [*assets.check_specs_by_output_name.values()]
        return next((spec.partitions_def for spec in specs if spec.partitions_def is not None), None)

    def _map(self, key: AssetKey, made: AssetPartitions | None, upstream_def: PartitionsDefinition) -> Upstream:
        view = self.run.view
        downstream_def = None if made is None else made.definition
        mapping = self._mapping(key, downstream_def, upstream_def)
        if mapping is None and made is not None and len(made) == 1:  # each from the same: no set is needed
            own = made.keys[0]
            if upstream_def.ordinal_of(own, view) is None:
                return Upstream(AssetPartitions.of_ordinals(upstream_def, OrdinalSet(), view), (own,))
            return Upstream(AssetPartitions(upstream_def, key=own, view=view))
        mapping = mapping or IdentityPartitionMapping()
        return _looked_up(mapping, made, downstream_def, upstream_def, view)

    def _mapping(
        self, key: AssetKey, downstream_def: PartitionsDefinition | None, upstream_def: PartitionsDefinition
    ) -> PartitionMapping | None:
        """How partitions depend on those of an asset; None: each on the one of the same key."""
        given = self._given_mapping(key)
        if given is None and downstream_def is not None and downstream_def.numbering == upstream_def.numbering:
            return None
        found: PartitionMapping = call_upward("partition_mapping", given, downstream_def, upstream_def)
        return found

    def _given_mapping(self, key: AssetKey) -> Any:
        if self._assets_def is None:
            return None
        for spec in self._assets_def.specs_by_key.values():
            for dep in spec.deps:
                if dep.asset_key == key and dep.partition_mapping is not None:
                    return dep.partition_mapping
        return None


def _looked_up(
    mapping: PartitionMapping,
    made: AssetPartitions | None,
    downstream_def: PartitionsDefinition | None,
    upstream_def: PartitionsDefinition,
    view: PartitionsView,
) -> Upstream:
    downstream = None if made is None else made.ordinals
    found = mapping.upstream_of(downstream, downstream_def, upstream_def, view)
    partitions = AssetPartitions.of_ordinals(upstream_def, found.existing, view)
    missing = [*sorted(found.missing_keys), *upstream_def.keys_of(found.missing.page(0, SHOWN_KEYS_MAX + 1), view)]
    return Upstream(partitions, tuple(missing))
