"""Specs of assets changed in many definitions at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.ground.errors import ParameterCheckError


def map_asset_specs(
    func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[AssetsDefinition | AssetSpec]
) -> Sequence[AssetsDefinition | AssetSpec]:
    """The same assets and specs, with what is said of each changed by a function.

    Args:
        func: from a spec to the changed one.
        iterable: definitions and specs.

    Raises:
        ParameterCheckError: a member is neither.
        DagsterInvalidDefinitionError: see :meth:`AssetsDefinition.map_asset_specs`.

    Example:
        >>> [owned] = map_asset_specs(
        ...     lambda spec: spec.merge_attributes(owners=["team:sales"]), [AssetSpec("orders")]
        ... )
        >>> owned.owners
        ('team:sales',)
    """
    changed: list[AssetsDefinition | AssetSpec] = []
    for each in iterable:
        if isinstance(each, AssetsDefinition):
            changed.append(each.map_asset_specs(func))
        elif isinstance(each, AssetSpec):
            changed.append(func(each))
        else:
            raise ParameterCheckError(
                f"map_asset_specs takes assets and AssetSpecs; {each!r} is a {type(each).__name__}",
                parameter="iterable",
                value=each,
            )
    return changed
