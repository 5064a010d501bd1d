"""What a plan knows of the checks that a step makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


@dataclass(frozen=True, slots=True)
class StepChecks:
    """The checks that a step makes.

    Args:
        specs: those that are wanted in this run, by key.
        output_names: how their outputs are called in the log.
        all_count: how many the definition has (count).
        is_check: whether the step makes nothing else.
    """

    specs: Mapping[AssetCheckKey, AssetCheckSpec]
    output_names: Mapping[AssetCheckKey, str]
    all_count: int
    is_check: bool

    @property
    def blocked_keys(self) -> frozenset[AssetKey]:
        """Assets of which nothing downstream runs when a check of this step fails."""
        return frozenset(spec.asset_key for spec in self.specs.values() if spec.blocking)


def step_checks(assets_def: Any, path: str = "") -> StepChecks | None:
    """The checks of an assets definition, as its step makes them; None: it makes none.

    Args:
        assets_def: the definition.
        path: the step's op; of a graph's ops only the one that answers a check makes it.
    """
    specs = () if assets_def is None else assets_def.check_specs
    if not specs:
        return None
    outputs = assets_def.node.outputs_at(path)
    if outputs is not None:
        here = {outputs[name]: spec for name, spec in assets_def.check_specs_by_output_name.items() if name in outputs}
        if not here:
            return None
        own_names = {spec.key: name for name, spec in here.items()}
        makes_assets = any(name in outputs for name in assets_def.keys_by_output_name)
        return StepChecks({spec.key: spec for spec in here.values()}, own_names, len(here), not makes_assets)
    names = {spec.key: name for name, spec in assets_def.check_specs_by_output_name.items()}
    if not isinstance(assets_def, AssetChecksDefinition):
        count = len(assets_def.node_check_specs_by_output_name)
        return StepChecks({spec.key: spec for spec in specs}, names, count, is_check=False)
    wanted = assets_def.check_keys if assets_def.selected_checks is None else assets_def.selected_checks
    return StepChecks({spec.key: spec for spec in specs if spec.key in wanted}, names, len(specs), is_check=True)
