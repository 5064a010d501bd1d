"""Which checks there are, and which of them belong to a selection of assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey

Checks = Mapping[AssetCheckKey, AssetsDefinition]


def checks_of(definitions: Iterable[AssetsDefinition]) -> dict[AssetCheckKey, AssetsDefinition]:
    """What makes each check: a definition of checks, or of an asset with ``check_specs``.

    Raises:
        DagsterInvalidDefinitionError: two make the same check.
    """
    found: dict[AssetCheckKey, AssetsDefinition] = {}
    for definition in definitions:
        for spec in definition.check_specs:
            if found.setdefault(spec.key, definition) is not definition:
                raise DagsterInvalidDefinitionError(
                    f"the check {spec.key.to_user_string()!r} is defined twice; give one of them another name",
                    check=spec.key,
                )
    return found


def check_partitions_of_checks(definitions: Iterable[AssetsDefinition], specs: Mapping[AssetKey, AssetSpec]) -> None:
    """Does nothing if each check with partitions has those of its asset.

    Args:
        definitions: what makes the checks.
        specs: the assets that are known; of others nobody can tell.

    Raises:
        DagsterInvalidDefinitionError: one has others; names both.
    """
    for definition in definitions:
        for check in definition.check_specs:
            asset = specs.get(check.asset_key) if check.partitions_def is not None else None
            if asset is not None and asset.partitions_def != check.partitions_def:
                raise DagsterInvalidDefinitionError(
                    f"the check {check.key.to_user_string()!r} has partitions_def={check.partitions_def!r}, and its "
                    f"asset {asset.partitions_def!r}; give both the same, or none to the check, which looks at the "
                    "whole asset then",
                    check=check.key,
                )


def check_makers(checks: Checks, wanted: AbstractSet[AssetCheckKey]) -> list[AssetChecksDefinition]:
    """The definitions of these checks, each cut down to the wanted ones; those of assets are not among them.

    Raises:
        DagsterInvalidDefinitionError: one cannot make some of its checks without the others.
    """
    definitions = {id(checks[key]): checks[key] for key in sorted(wanted)}
    return [
        each.with_selected_checks(wanted) for each in definitions.values() if isinstance(each, AssetChecksDefinition)
    ]


def check_inline(checks: Checks, wanted: AbstractSet[AssetCheckKey], keys: AbstractSet[AssetKey], what: str) -> None:
    """Refuses checks that the function of an asset makes, if that asset is not to be made and it cannot leave it out.

    Raises:
        DagsterInvalidDefinitionError: there is one.
    """
    made_along = {key: checks[key] for key in wanted if not isinstance(checks[key], AssetChecksDefinition)}
    # Not `maker.keys & keys`, which goes through all keys of the job for each check.
    wrong = [
        key
        for key, maker in made_along.items()
        if not maker.can_subset and not any(each in keys for each in maker.keys)
    ]
    if wrong:
        key = min(wrong)
        name = key.asset_key.to_user_string()
        raise DagsterInvalidDefinitionError(
            f"{what} selects the check {key.to_user_string()!r}, which the function of the asset {name!r} makes; "
            "select the asset too",
            check=key,
        )


def implied_checks(checks: Iterable[AssetCheckKey], keys: AbstractSet[AssetKey]) -> frozenset[AssetCheckKey]:
    """The checks of these assets."""
    return frozenset(key for key in checks if key.asset_key in keys)


def unknown_check(key: AssetCheckKey, known: Iterable[AssetCheckKey], where: str) -> DagsterInvalidSubsetError:
    """The error that there is no such check; gives the nearest."""
    name = key.to_user_string()
    near = did_you_mean(name, (each.to_user_string() for each in known))
    return DagsterInvalidSubsetError(f"no check {name!r} is defined {where}{near}", check=key)


def checks_in_job(
    assets_by_node: Mapping[str, Any],
    keys: AbstractSet[AssetKey],
    wanted: AbstractSet[AssetCheckKey] | None,
    what: str,
) -> dict[str, AssetChecksDefinition]:
    """The nodes of a job that make checks and stay when it is cut down, with what they then make.

    Args:
        assets_by_node: the job's definitions by node path.
        keys: the assets that are still made.
        wanted: the checks; None: those of the assets.
        what: the job, for messages.

    Raises:
        DagsterInvalidSubsetError: a check is wanted that the job does not make.
        DagsterInvalidDefinitionError: one cannot be made without others, or without its asset.
    """
    by_check = checks_of(assets_by_node.values())
    if wanted is None:
        chosen = implied_checks(by_check, keys)
        return {
            path: each.with_selected_checks(chosen) if each.can_subset else each
            for path, each in assets_by_node.items()
            if isinstance(each, AssetChecksDefinition) and each.check_keys & chosen
        }
    for key in sorted(wanted):
        if key not in by_check:
            raise unknown_check(key, by_check, f"in {what}")
    check_inline(by_check, wanted, keys, what)
    return {
        path: each.with_selected_checks(wanted)
        for path, each in assets_by_node.items()
        if isinstance(each, AssetChecksDefinition) and each.check_keys & wanted
    }
