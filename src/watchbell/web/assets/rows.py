"""Rows of the catalog: what is known of assets, shaped for lists; the strips and checks of those on a page only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchbell.automate.catalog.assets import CatalogAsset
from watchbell.automate.catalog.freshness import Freshness, freshness_of
from watchbell.automate.catalog.partition_view import view_of as partition_view_of
from watchbell.automate.catalog.standing import CheckVerdict, verdict_of
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot
from watchbell.web.assets.automations import AssetAutomations
from watchbell.web.assets.memory import Known
from watchbell.web.problem import Problem
from watchbell.web.shapes.assets import AssetRow, CheckCounts, FreshnessShape, SegmentShape, StripShape
from watchbell.web.view import View

STRIP_SEGMENTS_MAX = 60
"""Segments of a strip in a list (count)."""
ABOUT_CHARS_MAX = 200


def key_in(text: str) -> AssetKey:
    """The asset that a parameter names.

    Raises:
        Problem: 422, it is no key.
    """
    try:
        return AssetKey.from_escaped_user_string(text)
    except ValueError as error:
        raise Problem(422, "invalid-request", f"{text[:200]!r} is no asset key: {error}") from error


def name_of(key: AssetKey) -> str:
    """A key as the API writes it."""
    return key.to_escaped_user_string()


def asset_rows(view: View, known: Known, keys: Sequence[AssetKey]) -> list[AssetRow]:
    """Rows of these assets, which are all defined; a fixed number of statements."""
    strips = strips_of(view, known, keys)
    checks = check_counts(view, known, keys)
    automations = AssetAutomations(view, known.catalog)
    return [_row(known, known.catalog.by_key[key], strips.get(key), checks[key], automations) for key in keys]


def _row(
    known: Known, asset: CatalogAsset, strip: StripShape | None, checks: CheckCounts, automations: AssetAutomations
) -> AssetRow:
    told, fact = asset.told, known.fact(asset.key)
    return AssetRow(
        key=name_of(asset.key),
        location=asset.location_name,
        group=told.group_name,
        kinds=list(told.kinds),
        owners=list(told.owners),
        description=first_line(told),
        state=known.standings[asset.key].value,
        why=known.why_stale.get(asset.key, ""),
        is_made_here=told.executable,
        is_observable=told.observable,
        made_at=fact.made_at,
        run_id=fact.run_id or None,
        failed_at=fact.failed_at,
        failed_run_id=fact.failed_run_id,
        going_run_id=fact.going_run_id,
        freshness=freshness_shape(freshness_in(known, asset)),
        failed_partitions=known.failed_partitions.get(asset.key, 0),
        partitions=strip,
        has_partitions=told.partitions is not None,
        checks=checks,
        automations=automations.of(asset.key),
    )


def freshness_in(known: Known, asset: CatalogAsset) -> Freshness | None:
    """How fresh an asset is; None: it has no policy."""
    return freshness_of(asset.said.freshness_policy, known.fact(asset.key).made_at, known.now)


def freshness_shape(freshness: Freshness | None) -> FreshnessShape | None:
    """The same as the API tells it."""
    if freshness is None:
        return None
    return FreshnessShape(state=freshness.state.value, due_at=freshness.due_at, policy=freshness.policy_text)


def first_line(told: AssetSnapshot) -> str:
    """The first line of a description, for lists."""
    lines = (told.description or "").strip().splitlines()
    line = lines[0].strip() if lines else ""
    return line if len(line) <= ABOUT_CHARS_MAX else line[: ABOUT_CHARS_MAX - 1] + "…"


def strips_of(view: View, known: Known, keys: Iterable[AssetKey]) -> dict[AssetKey, StripShape]:
    """The strips of those of these assets whose partitions can be told."""
    definitions = known.catalog.partitions_defs(keys)
    if not definitions:
        return {}
    states = view.instance.partition_states(definitions, known.catalog.assets_of_job)
    found = {}
    for key in definitions:
        partitions = partition_view_of(known.catalog, key, known.now, view.instance)
        if partitions is None:
            continue
        standings = partitions.standings(states[key])
        segments, is_exact = standings.segments(STRIP_SEGMENTS_MAX)
        found[key] = StripShape(
            total=len(partitions.there),
            counts=standings.counts(),
            segments=[
                SegmentShape(state=each.standing.value, start=each.start, count=each.count, marked=each.marked)
                for each in segments
            ],
            is_exact=is_exact,
        )
    return found


def check_counts(view: View, known: Known, keys: Iterable[AssetKey]) -> dict[AssetKey, CheckCounts]:
    """What the checks of assets found last."""
    wanted = list(keys)
    defined = {key: [AssetCheckKey(key, each.name) for each in known.catalog.by_key[key].told.checks] for key in wanted}
    all_of = [check for each in defined.values() for check in each]
    records = view.store.latest_checks(all_of) if all_of else {}
    found = {}
    for key, checks in defined.items():
        verdicts = [verdict_of(records.get(check), None) for check in checks]
        found[key] = CheckCounts(
            total=len(checks),
            failed=verdicts.count(CheckVerdict.FAILED),
            warned=verdicts.count(CheckVerdict.WARNED),
        )
    return found


def state_counts(known: Known, keys: Iterable[AssetKey]) -> Mapping[str, int]:
    """How many of these assets stand how; the states that none has are left out."""
    counts: dict[str, int] = {}
    for key in keys:
        state = known.standings[key].value
        counts[state] = counts.get(state, 0) + 1
    return counts
