"""Blocking checks: whatever is made from an asset waits for them. Pure: steps in, steps out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from watchbell.execute.plan import FromStep, FromSteps, Step
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.keys import AssetKey


def with_waits(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps, those downstream of an asset also waiting for the asset's blocking checks.

    A check that a step makes along with its asset needs none of this: when it fails, the step does.

    Args:
        steps: as the graph orders them.

    Returns:
        The same object if no step of its own is a blocking check.

    Raises:
        DagsterInvalidDefinitionError: a blocking check needs something that is made from the asset it blocks.
    """
    blockers: dict[AssetKey, list[str]] = {}
    for step in steps:
        if step.checks is not None and step.checks.is_check:
            for key in step.checks.blocked_keys:
                blockers.setdefault(key, []).append(step.key)
    if not blockers:
        return steps
    by_key = {step.key: step for step in steps}
    needs = {key: _all_upstream(found, by_key) for key, found in blockers.items()}
    return [_waiting(step, blockers, needs) for step in steps]


def _waiting(step: Step, blockers: Mapping[AssetKey, list[str]], needs: Mapping[AssetKey, frozenset[str]]) -> Step:
    waits = set(step.depends_on)
    for each in step.inputs:
        key = each.asset_key
        if key not in blockers or key is None or not isinstance(each.source, FromStep | FromSteps):
            continue
        if step.checks is not None and step.checks.is_check and _looks_at(step, key):
            continue  # another check of the same asset: it says more about what is wrong
        if step.key in needs[key]:
            raise DagsterInvalidDefinitionError(
                f"the blocking check {blockers[key][0]!r} of asset {key.to_user_string()!r} needs {step.key!r}, which "
                "is made from that asset and would have to wait for the check; make the check one of the later asset, "
                "or not blocking",
                step_key=step.key,
            )
        waits.update(blockers[key])
    return step if len(waits) == len(step.depends_on) else replace(step, depends_on=frozenset(waits))


def _looks_at(step: Step, key: AssetKey) -> bool:
    return step.checks is not None and any(spec.asset_key == key for spec in step.checks.specs.values())


def _all_upstream(keys: Iterable[str], by_key: Mapping[str, Step]) -> frozenset[str]:
    found: set[str] = set()
    edge = list(keys)
    while edge:
        for key in by_key[edge.pop()].depends_on:
            if key not in found:
                found.add(key)
                edge.append(key)
    return frozenset(found)
