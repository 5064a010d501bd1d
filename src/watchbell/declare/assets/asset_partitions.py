"""Which partitions the assets of a definition have, and whether they fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from watchbell.declare.assets.asset_spec import AssetSpec, replace_fields
from watchbell.declare.partitions.backfill_policy import BackfillPolicy, BackfillPolicyType
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.partition_arguments import only_partitions_def
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.keys import AssetKey


class HasPartitions(Protocol):
    """A spec, of an asset or a check."""

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """How it is divided into partitions."""


def with_partitions_of_whole(
    specs: Sequence[AssetSpec], partitions_def: PartitionsDefinition | None, what: str
) -> Sequence[AssetSpec]:
    """The specs with the partitions that were given for all of them together.

    Raises:
        CheckError: some say their own.
    """
    if partitions_def is None:
        return specs
    own = [spec for spec in specs if spec.partitions_def is not None]
    for spec in own:
        if spec.partitions_def != partitions_def or len(own) < len(specs):
            raise CheckError(
                f"{what} has partitions_def={partitions_def!r}, and the spec of {spec.key.to_user_string()!r} says "
                f"partitions_def={spec.partitions_def!r}; give it to the whole, or to every spec"
            )
    return specs if own else [replace_fields(spec, partitions_def=partitions_def) for spec in specs]


def check_partitions(
    specs: Iterable[AssetSpec], can_subset: bool, backfill_policy: BackfillPolicy | None, what: str
) -> None:
    """Does nothing if the partitions of the assets of a definition fit each other.

    Args:
        specs: the assets.
        can_subset: whether some can be made without the others.
        backfill_policy: how many partitions one run makes.
        what: the definition, for messages.

    Raises:
        DagsterInvalidDefinitionError: assets that are only made together have different partitions, an asset is made
            from itself and not from its own earlier partitions, or two are made from different partitions of one asset.
        ParameterCheckError: several runs for a backfill of assets without partitions.
    """
    has_partitions = False
    said: dict[AssetKey, tuple[AssetSpec, PartitionMapping]] = {}
    for spec in specs:
        has_partitions = has_partitions or spec.partitions_def is not None
        for dep in spec.deps:
            mapping = dep.partition_mapping
            if mapping is not None and said.setdefault(dep.asset_key, (spec, mapping))[1] != mapping:
                raise _mapped_in_two_ways(dep.asset_key, said[dep.asset_key], (spec, mapping), what)
            if dep.asset_key == spec.key and not looks_back(dep.partition_mapping, spec.partitions_def):
                raise _made_of_itself(spec)
    if has_partitions and not can_subset:
        try:
            only_partitions_def(spec.partitions_def for spec in specs)
        except ValueError as error:
            raise DagsterInvalidDefinitionError(
                f"{what}: its assets have different partitions ({error}) but are only made together; write "
                "can_subset=True, or give them the same partitions_def"
            ) from None
    if backfill_policy is None or has_partitions:
        return
    if backfill_policy.policy_type is BackfillPolicyType.MULTI_RUN:
        raise ParameterCheckError(
            f"{what} has no partitions, so a backfill is one run; backfill_policy={backfill_policy!r} does not fit it: "
            "write BackfillPolicy.single_run(), or leave it out",
            parameter="backfill_policy",
            value=backfill_policy,
        )


def partitions_def_of(specs: Iterable[HasPartitions], what: str) -> PartitionsDefinition | None:
    """The partitions of assets or checks that agree on them; None if they have none.

    Raises:
        CheckError: they have different ones.
    """
    try:
        return only_partitions_def(spec.partitions_def for spec in specs)
    except ValueError as error:
        raise CheckError(
            f"{what} makes assets with different partitions ({error}), so .partitions_def is not one; ask the spec of "
            "each: get_asset_spec(key).partitions_def"
        ) from None


def looks_back(mapping: Any, partitions_def: PartitionsDefinition | None) -> bool:
    """Whether an asset may be made from itself by this mapping: each partition from earlier ones in time.

    Args:
        mapping: of the asset onto itself; None: nothing was said.
        partitions_def: its partitions.
    """
    if mapping is None or partitions_def is None:
        return False
    start, end = getattr(mapping, "start_offset", None), getattr(mapping, "end_offset", None)
    if start is not None and end is not None:
        return bool(start < 0 and end < 0)
    dimensions = getattr(mapping, "downstream_mappings_by_upstream_dimension", None)
    if not dimensions:
        return False
    return any(looks_back(each.partition_mapping, partitions_def) for each in dimensions.values())


def _mapped_in_two_ways(
    dep: AssetKey,
    one: tuple[AssetSpec, PartitionMapping],
    other: tuple[AssetSpec, PartitionMapping],
    what: str,
) -> DagsterInvalidDefinitionError:
    said = " and ".join(f"{spec.key.to_user_string()!r} says {mapping!r}" for spec, mapping in (one, other))
    return DagsterInvalidDefinitionError(
        f"{what}: its assets take different partitions of {dep.to_user_string()!r}, but what makes them together is "
        f"given one set of them: {said}. Use one partition_mapping for all, or make the assets apart"
    )


def _made_of_itself(spec: AssetSpec) -> DagsterInvalidDefinitionError:
    name = spec.key.to_user_string()
    return DagsterInvalidDefinitionError(
        f"the asset {name!r} depends on itself, and not on its own earlier partitions; if that is meant, give it time "
        f"partitions and AssetIn({name!r}, partition_mapping=TimeWindowPartitionMapping(start_offset=-1, "
        "end_offset=-1)), else remove the dependency",
        asset_key=spec.key,
    )


def check_same_partitions(
    specs: Iterable[AssetSpec], given: PartitionsDefinition | None, what: str
) -> PartitionsDefinition | None:
    """The partitions that the assets of a job have; None if none of them has some.

    Args:
        specs: the assets.
        given: the partitions that the job was given; None: nothing was said.
        what: the job, for messages.

    Raises:
        DagsterInvalidDefinitionError: two assets have different partitions, or others than the job was given.
    """
    first: AssetSpec | None = None
    for spec in specs:
        if spec.partitions_def is None:
            continue
        name = spec.key.to_user_string()
        if given is not None and spec.partitions_def != given:
            raise DagsterInvalidDefinitionError(
                f"{what} has partitions_def={given!r}, but its asset {name!r} has {spec.partitions_def!r}; leave "
                "partitions_def out, or make them the same"
            )
        first = spec if first is None else first
        if spec.partitions_def != first.partitions_def:
            raise DagsterInvalidDefinitionError(
                f"{what} selects assets with different partitions: {first.key.to_user_string()!r} has "
                f"{first.partitions_def!r}, {name!r} has {spec.partitions_def!r}; make a job for each"
            )
    return None if first is None else first.partitions_def
