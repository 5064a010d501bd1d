"""What the ready-made checks have in common: one definition with a check for each of several assets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from watchbell.declare.assets.asset_spec import asset_key_of
from watchbell.declare.checks.asset_check import AssetChecksDefinition, multi_asset_check
from watchbell.declare.checks.asset_check_spec import AssetCheckResult, AssetCheckSpec
from watchbell.ground.clock import Clock
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.wire import dumps
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey

NAME_DIGITS = 8  # of a digest, so that the steps of two definitions of one kind have different names

Look = Callable[[Any, AssetKey, datetime], AssetCheckResult]


def asset_keys_of(assets: Iterable[object], what: str) -> list[AssetKey]:
    """The keys of assets that are given as keys, text, definitions or specs.

    Args:
        assets: as they were given; a definition of several stands for all of them.
        what: the argument, for messages.

    Raises:
        ParameterCheckError: it is no list, a member names no asset, or one is there twice.
    """
    if isinstance(assets, str) or not isinstance(assets, Iterable):
        raise ParameterCheckError(f"{what} is a list of assets, not {assets!r}", parameter="assets", value=assets)
    found: list[AssetKey] = []
    for each in assets:
        keys = getattr(each, "keys", None)
        found.extend(keys if isinstance(keys, AbstractSet) else [asset_key_of(each, what)])
    twice = next((key for key in found if found.count(key) > 1), None)
    if twice is not None:
        raise ParameterCheckError(
            f"{what} has the asset {twice.to_user_string()!r} twice; name each once", parameter="assets", value=assets
        )
    return found


def checks_of_assets(
    kind: str, specs: Sequence[AssetCheckSpec], facts: Mapping[str, Any], look: Look
) -> Sequence[AssetChecksDefinition]:
    """One definition with a check for each of several assets; none for no asset.

    Args:
        kind: how the step's name begins.
        specs: the checks.
        facts: what tells it from others of its kind, as plain values.
        look: makes the check of one asset, given the context, the asset and the time.
    """
    if not specs:
        return []
    said = dumps([[spec.key.to_user_string() for spec in specs], dict(facts)])
    digest = hashlib.sha256(said.encode()).hexdigest()[:NAME_DIGITS]

    @multi_asset_check(specs=specs, name=f"{kind}_{digest}", can_subset=True)
    def check(context):  # type: ignore[no-untyped-def]
        clock: Clock = context.instance.clock
        now = clock.now()
        for key in sorted(context.selected_asset_check_keys):
            answer: AssetCheckResult = look(context, key.asset_key, now)
            yield AssetCheckResult(
                passed=answer.passed,
                asset_key=key.asset_key,
                check_name=key.name,
                metadata=answer.metadata,
                severity=answer.severity,
                description=answer.description,
            )

    return [check]


def latest_materializations(instance: Any, key: AssetKey, count: int) -> list[EventLogEntry]:
    """The newest materializations of an asset, newest first."""
    records = instance.fetch_materializations(key, limit=count).records
    return [record.event_log_entry for record in records]


def answered(passed: bool, severity: AssetCheckSeverity, text: str, metadata: Any = None) -> AssetCheckResult:
    """An answer in words."""
    return AssetCheckResult(passed=passed, severity=severity, description=text, metadata=metadata)
