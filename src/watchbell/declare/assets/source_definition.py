"""Source assets as the definitions that a location works with."""

from __future__ import annotations

from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.graphs.output import DEFAULT_OUTPUT


def definition_of_source(source: SourceAsset) -> AssetsDefinition:
    """A source asset as a definition: only declared, or made of the op that looks at it; the same at each call."""
    definition = source.definition
    if definition is None:
        definition = AssetsDefinition(
            node_def=source.op if source.is_observable else None,
            keys_by_output_name={DEFAULT_OUTPUT: source.key} if source.is_observable else None,
            specs=(source.spec,),
            resource_defs=source.resource_defs,
            observes=source.is_observable,
        )
        source.definition = definition
    assert isinstance(definition, AssetsDefinition)
    return definition
